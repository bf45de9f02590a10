// Running copies of one machine through a warn: the boot ids of what reports publish are what tells them apart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { tick } from '../report/ticks.ts';
import { begun, MINUTE, pass, START, startWarn, world } from './restart-world.ts';

test('two copies that report side by side are an alert that names both boots', async () => {
  const at = await world([]);
  const warn = await startWarn(at);
  await begun(at, warn);
  for (let minute = 0; minute < 6; minute++) {
    const timeMs = START + minute * MINUTE;
    const ticks = ['11111111-a', '22222222-b'].map((bootId) =>
      encodeTick(tick({ hostId: 'web-1', timeMs, machineId: 'M', bootId })),
    );
    await at.bus.publish([{ partition: 0, receivedMs: timeMs, bytes: encodeBatch(ticks) }]);
    await pass(at, timeMs + MINUTE, warn);
  }
  const [fired] = warn.changes.filter(
    ({ kind, alert }) => kind === 'firing' && alert.rule === 'host-conflict',
  );
  assert.match(JSON.stringify(fired?.alert.subject), /M \(boot 11111111\) and M \(boot 22222222\)/);
});
