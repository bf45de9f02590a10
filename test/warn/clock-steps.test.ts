// A clock that somebody sets is said once, with how far; what a clock is slewed by is none of it.
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { watchClockSteps } from '../../src/daemons/warn/clock-steps.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logging.ts';

async function watched(steps: readonly number[]) {
  const clock = createVirtualClock(Date.UTC(2026, 10, 28));
  const abort = new AbortController();
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _, done) {
      lines.push(JSON.parse(String(chunk)).msg.replace(/:.*/, ''));
      done();
    },
  });
  let stepped = 0;
  const logger = await createLogger({ level: 'info', format: 'json' }, sink);
  const watching = watchClockSteps({ clock, logger, signal: abort.signal, onStep: () => stepped++ });
  for (const ms of steps) {
    await clock.stepBy(ms);
    await clock.advanceTo(clock.nowMs() + 5_000);
  }
  abort.abort();
  await watching;
  return { lines, stepped };
}

test('over half a minute, forward and back, once each', async () => {
  const { lines, stepped } = await watched([0, 30_001, 0, -3_600_000, 0, 0]);
  assert.deepEqual(lines, [
    'the clock of this machine was set 30 s forward',
    'the clock of this machine was set 3600 s back',
  ]);
  assert.equal(stepped, 2);
});

test('half a minute is none, and smaller ones do not add up', async () => {
  assert.deepEqual(await watched([30_000, 0, -30_000, 20_000, 20_000, 20_000]), { lines: [], stepped: 0 });
});
