// What outlives a restart besides the accounts: how much receivers were sent, that they want to be left alone, whose end is not
// told; also where somebody sets the clock before it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RateLimit } from '../../../src/receivers/receiver.ts';
import { at, receiver, ruleOf, stage, stateOf } from './stage.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const inRoom = (room: number) => ({
  subject: { kind: 'host' as const, host: `h-${room}`, location: `room-${room}`, labels: {} },
});
const perMinute = (count: number): { readonly rateLimits: readonly RateLimit[] } => ({
  rateLimits: [{ count, perMs: 60_000 }],
});

test('twenty a minute, a restart after ten of them: ten more, and no other before the minute is over', async (t) => {
  const s = await stage(t, { pace: { ops: perMinute(20) } });
  const fire = (from: number, to: number) => {
    for (let room = from; room < to; room++) {
      s.tell({ kind: 'firing', atMs: s.clock.nowMs(), alert: stateOf(`h-${room}`, inRoom(room)) });
    }
  };
  fire(0, 10);
  await s.until('10:00:10');
  assert.equal(s.got.length, 10);
  const open = Array.from({ length: 10 }, (_, room) => stateOf(`h-${room}`, inRoom(room)));
  await s.restartWith(open);
  for (let room = 10; room < 40; room++) {
    s.tell({ kind: 'firing', atMs: s.clock.nowMs(), alert: stateOf(`h-${room}`, inRoom(room)) });
  }
  await s.until('10:00:59');
  assert.equal(s.got.length, 20);
  assert.deepEqual(s.got.at(-1)!.message.counts.firing, 21, 'the rest in one digest');
  await s.until('10:02');
  assert.equal(s.got.length, 20);
});

test('what fired while a message was gathered is told at the start after a crash, not five minutes after the first', async (t) => {
  const s = await stage(t);
  await s.fire('10:00:00', 'web-1');
  await s.until('10:00:10');
  await s.notifier().stop();
  await s.until('10:01:10');
  const fired = (host: string, time: string) => stateOf(host, { firedMs: at(time) }, at(time));
  const open = [fired('web-1', '10:00:00'), fired('web-2', '10:00:20')];
  await s.restartWith(open);
  await s.until('10:02:00');
  assert.deepEqual(s.lines().slice(1), ['10:01:10 new F web-2* F web-1']);
  // Once the gathering is over, the next message waits for its slot.
  await s.restartWith([...open, fired('web-3', '10:00:25')]);
  await s.until('10:06:09');
  assert.equal(s.got.length, 2);
  await s.until('10:06:11');
  assert.match(s.lines()[2]!, /^10:06:10 new F web-3\*/);
});

for (const stepMs of [0, -5 * HOUR, 3 * HOUR]) {
  test(`a robot that bars its senders for ten minutes is left alone over a restart, the clock set by ${stepMs / HOUR} h`, async (t) => {
    const s = await stage(t);
    let tries = 0;
    s.answers.set('ops', () =>
      ++tries === 1 ? { kind: 'retry', reason: '130101', afterMs: 600_000 } : { kind: 'sent' },
    );
    const startMs = s.clock.monotonicMs();
    const pass = async (ms: number) => {
      await s.clock.advanceTo(s.clock.nowMs() + startMs + ms - s.clock.monotonicMs());
      await s.turn();
    };
    await s.fire('10:00', 'h-1');
    await s.clock.stepBy(stepMs);
    s.notifier().clockWasSet();
    await pass(60_000);
    await s.restartWith([stateOf('h-1', {}, at('10:00'))]);
    await pass(599_000);
    assert.equal(tries, 1);
    await pass(611_000);
    assert.equal(tries, 2);
  });
}

test('one that switched itself off stays off over a restart, until it is set again', async (t) => {
  const s = await stage(t);
  s.answers.set('ops', () => ({ kind: 'refused', reason: '410', disable: true }));
  await s.fire('10:00', 'h-1');
  await s.restart('10:10');
  await s.until('10:30');
  assert.equal(s.got.length, 1);
  assert.match(s.notifier().notes()[0]!, /receiver ops rejects all messages: 410/);
  s.answers.delete('ops');
  await s.configure({ receivers: [receiver('ops', { updatedMs: 1 })] });
  await s.until('10:40');
  assert.equal(s.got.length, 2);
});

test('a receiver that is removed leaves nothing in the catalog', async (t) => {
  const s = await stage(t, { pace: { ops: perMinute(20) }, receivers: [receiver('ops'), receiver('b')] });
  await s.fire('10:00', 'h-1');
  await s.end('10:06', 'h-1');
  assert.equal(s.lines().length, 2);
  await s.configure({ receivers: [receiver('b')] });
  await s.until('10:20');
  const rows = await s.catalog.notifications.list();
  assert.deepEqual(
    rows.filter(({ record }) => (record as { pace?: string }).pace === 'ops'),
    [],
  );
});

test('tell_resolved off holds where the rule itself is deleted, while warn runs and while it is down', async (t) => {
  const s = await stage(t, { rules: [ruleOf('quiet', { tellResolved: false })] });
  await s.fire('10:00', 'web-1', { rule: 'quiet' });
  await s.fire('10:01', 'web-2', { rule: 'quiet' });
  await s.until('10:10');
  const told = s.got.length;
  await s.configure({ rules: [] });
  await s.end('10:20', 'web-1', 'rule deleted', 'quiet');
  await s.until('10:40');
  assert.equal(s.got.length, told);
  await s.restart('10:50', []);
  await s.restartWith([]);
  await s.until('11:30');
  assert.equal(s.got.length, told);
  assert.deepEqual(
    (await s.catalog.notifications.list()).filter(({ record }) => 'told' in (record as object)),
    [],
  );
});

test('tell_resolved that is switched on again before the rule is deleted: the end is told', async (t) => {
  const s = await stage(t, { rules: [ruleOf('quiet', { tellResolved: false })] });
  await s.fire('10:00', 'web-1', { rule: 'quiet' });
  await s.configure({ rules: [ruleOf('quiet')] });
  await s.until('10:10');
  await s.configure({ rules: [] });
  await s.end('10:20', 'web-1', 'rule deleted', 'quiet');
  assert.match(s.lines()[1]!, /^10:20 ended E web-1\(rule deleted\)$/);
});

for (const stepMs of [-5 * HOUR, -3 * HOUR, 3 * HOUR, 40 * DAY]) {
  test(`the clock is set by ${stepMs / HOUR} h, and warn restarted: repeats on the old beat, nobody is behind for long`, async (t) => {
    const s = await stage(t, {
      receivers: [receiver('a', { isDefault: false }), receiver('default')],
      rules: [ruleOf('high', { notify: ['a'] }), ruleOf('other', { notify: ['default'] })],
    });
    const startMs = s.clock.monotonicMs();
    const passTo = async (ms: number) => {
      await s.clock.advanceTo(s.clock.nowMs() + startMs + ms - s.clock.monotonicMs());
      await s.turn();
    };
    s.answers.set('a', () => ({ kind: 'retry', reason: 'ECONNREFUSED' }));
    await s.fire('10:00', 'web-1');
    await s.fire('10:00', 'web-2', { rule: 'other' });
    assert.equal(s.lines('default').length, 1);
    await passTo(10 * 60_000);
    await s.clock.stepBy(stepMs);
    s.notifier().clockWasSet();
    await passTo(20 * 60_000);
    await s.restartWith([stateOf('web-1'), stateOf('web-2', { rule: 'other' })]);
    await passTo(59 * 60_000);
    // Nothing is said again, nobody counts as behind for an hour, and tries go on.
    assert.equal(s.lines('default').length, 1, s.lines('default').join('\n'));
    assert.ok(s.lines('a').length > 30);
    await passTo(HOUR + 60_000);
    assert.match(s.lines('default')[1]!, / F fleet\*$/);
    await passTo(4 * HOUR - 1_000);
    assert.equal(s.lines('default').filter((line) => line.includes('web-2')).length, 1);
    await passTo(4 * HOUR + 11 * 60_000);
    assert.equal(s.lines('default').filter((line) => line.includes('web-2')).length, 2);
  });
}
