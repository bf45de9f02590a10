// Somebody sets the clock of warn's machine while alerts fire, are pending, are being told and are owed: nothing is told that is
// not so, nothing is told again, and nothing is forgotten.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { owned, tick } from '../report/ticks.ts';
import { setup, startWarn, webhook } from './alert-line.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

for (const [text, stepMs] of [
  ['five hours back', -5 * HOUR],
  ['three hours back', -3 * HOUR],
  ['three hours forward', 3 * HOUR],
  ['forty days forward', 40 * 24 * HOUR],
] as const) {
  test(`the clock is set ${text}`, async () => {
    const at = await setup();
    const { told, url } = await webhook();
    const parts = await startWarn(at);
    const { warn, manage } = parts;
    owned(warn);
    const [beginMs, startMs] = [at.clock.monotonicMs(), at.clock.nowMs()];
    /** Report is another machine, whose clock nobody sets. */
    const nowMs = () => startMs + at.clock.monotonicMs() - beginMs;
    const pass = async (ms: number) => {
      for (const endMs = nowMs() + ms; nowMs() < endMs; ) {
        await at.clock.advanceTo(at.clock.nowMs() + 500);
        if ((nowMs() - startMs) % 10_000 < 500) {
          const heartbeat = { reportId: 'r', timeMs: nowMs() };
          await at.bus.publish([
            { partition: 0, receivedMs: nowMs(), bytes: encodeBatch([], { heartbeat }) },
          ]);
        }
        await at.inFlight.idle();
      }
    };
    const minute = async (values: Readonly<Record<string, number>>) => {
      const ticks = Object.entries(values).map(([hostId, value]) =>
        encodeTick(tick({ hostId, timeMs: nowMs(), samples: [{ metric: 'cpu.usage', labels: {}, value }] })),
      );
      await at.bus.publish([{ partition: 0, receivedMs: nowMs(), bytes: encodeBatch(ticks) }]);
      await pass(MINUTE);
    };
    const options = JSON.stringify({ url });
    await manage.putReceiver({ name: 'ops', kind: 'webhook', options, isDefault: true });
    // Nobody listens there: what it is owed stays owed.
    await manage.putReceiver({
      ...{ name: 'gone', kind: 'webhook', options: JSON.stringify({ url: 'http://127.0.0.1:1/' }) },
      matchers: ['host=owed'],
    });
    const hosts = ['firing', 'pending', 'owed', 'seen', 'quiet'];
    await manage.assignHosts({
      new: true,
      assignments: hosts.map((hostId) => ({ hostId, location: hostId })),
    });
    await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90 for 3m', severity: 'critical' });
    await pass(3_000);
    const bad = { firing: 95, owed: 95, seen: 95 };
    for (let i = 0; i < 5; i++) await minute({ ...bad, pending: 20, quiet: 20 });
    assert.equal(told.length, 2);
    await warn.acknowledge({ alert: 'hot', host: 'seen', note: 'known', by: 'ann' });
    for (let i = 0; i < 2; i++) await minute({ ...bad, pending: 95, quiet: 20 });
    const before = (await warn.listHistory({})).entries.length;

    await at.clock.stepBy(stepMs);
    // Since before the step, and 3 min of it in tick time.
    await minute({ ...bad, pending: 95, quiet: 20 });
    assert.equal(told.length, 2);
    await minute({ ...bad, pending: 95, quiet: 20 });
    assert.deepEqual(told.map(({ title }) => /hot (\w+)/.exec(title)?.[1]).slice(2), ['pending']);
    for (let i = 0; i < 8; i++) await minute({ ...bad, pending: 95, quiet: 20 });
    assert.equal(told.length, 3, told.map(({ title }) => title).join('\n'));
    const { alerts } = await warn.listAlerts({});
    assert.deepEqual(
      alerts.map(({ host, sinceMs }) => [host, Math.floor((sinceMs - startMs) / MINUTE)]).sort(),
      [
        ['firing', 0],
        ['owed', 0],
        ['pending', 5],
        ['seen', 0],
      ],
    );
    assert.equal(alerts.find(({ host }) => host === 'seen')!.acknowledged?.note, 'known');
    const { receivers } = await warn.listReceiverHealth();
    const gone = receivers.find(({ name }) => name === 'gone')!;
    assert.deepEqual([gone.state, gone.owed], ['behind', 1]);
    const { entries } = await warn.listHistory({});
    assert.ok(entries.length > before, 'nothing of the history is gone');
    for (let i = 0; i < 7; i++) await minute({ firing: 20, owed: 20, seen: 20, pending: 20, quiet: 20 });
    const ends = told.slice(3).map(({ title, status }) => `${status} ${/hot (\w+)/.exec(title)?.[1]}`);
    assert.deepEqual(ends.sort(), ['resolved firing', 'resolved pending', 'resolved seen']);
  });
}
