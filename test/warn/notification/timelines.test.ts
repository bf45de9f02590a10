// Timelines 21 to 28 of messages: what a receiver gets and when, on a virtual clock.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { receiver, ruleOf, stage } from './stage.ts';

const after = (line: string) => line.slice(line.indexOf(' ') + 1);

test('21: three of a location within 30 s: one at once, one with all, then quiet until the repeat', async (t) => {
  const s = await stage(t);
  await s.fire('10:00', 'web-1');
  await s.fire('10:00:05', 'web-2');
  await s.fire('10:00:29', 'web-3');
  await s.until('14:00:29');
  assert.deepEqual(s.lines(), ['10:00 first F web-1*', '10:00:30 new F web-2* F web-3* F web-1']);
  await s.until('14:10:30');
  assert.equal(s.lines().length, 3);
  assert.equal(after(s.lines()[2]!), 'repeat F web-1 F web-2 F web-3');
  await s.until('22:40');
  assert.equal(s.lines().length, 5);
  assert.equal(new Set(s.got.map(({ message }) => message.id)).size, 5, 'no repeat has the key of another');
});

test('22: fired and over between two messages is listed in the next', async (t) => {
  const s = await stage(t);
  await s.fire('10:00', 'web-1');
  await s.fire('10:00:05', 'web-2');
  await s.end('10:00:20', 'web-2');
  await s.until('10:04');
  assert.deepEqual(s.lines(), ['10:00 first F web-1*']);
  await s.end('10:10', 'web-1');
  assert.deepEqual(s.lines()[1], '10:10 all_resolved R web-1 O web-2 10:00:05-10:00:20');
});

test('23, 24: one message in 5 minutes; all over at the next slot', async (t) => {
  const s = await stage(t);
  await s.fire('10:00', 'web-1');
  await s.fire('10:03', 'web-2');
  await s.end('10:07', 'web-1');
  await s.end('10:07', 'web-2');
  await s.until('11:00');
  assert.deepEqual(s.lines(), [
    '10:00 first F web-1*',
    '10:05 new F web-2* F web-1',
    '10:10 all_resolved R web-1 R web-2',
  ]);
});

test('25: the repeat counts from the last message', async (t) => {
  const s = await stage(t);
  await s.fire('10:00', 'web-1');
  await s.fire('12:55', 'web-2');
  await s.until('16:55');
  assert.equal(s.lines().length, 2);
  await s.until('17:05');
  assert.equal(s.lines().length, 3);
  assert.match(s.lines()[2]!, /^1[67]:\d\d(:\d\d)? repeat F web-1 F web-2$/);
});

test('26: one that answers 500 does not hold up the other, and is told once when it is back', async (t) => {
  const s = await stage(t, {
    receivers: [receiver('a', { isDefault: false }), receiver('b', { isDefault: false })],
    rules: [ruleOf('high', { notify: ['a', 'b'] })],
  });
  const back = Date.UTC(2026, 10, 28, 10, 10);
  s.answers.set('a', () => (s.clock.nowMs() < back ? { kind: 'retry', reason: '500' } : { kind: 'sent' }));
  await s.fire('10:00', 'web-1');
  await s.until('11:00');
  assert.deepEqual(s.lines('b'), ['10:00 first F web-1*']);
  const sent = s.got.filter((one) => one.receiver === 'a' && one.kind === 'sent');
  assert.equal(sent.length, 1);
  assert.ok(sent[0]!.atMs - back <= 60_000);
  assert.equal(new Set(s.got.map(({ message }) => message.id)).size, 1, 'tries have one id');
});

test('27: unreachable while it resolves: both facts arrive, never only the end, never nothing', async (t) => {
  const s = await stage(t);
  const back = Date.UTC(2026, 10, 28, 10, 10);
  s.answers.set('ops', () =>
    s.clock.nowMs() < back ? { kind: 'retry', reason: 'refused' } : { kind: 'sent' },
  );
  await s.fire('10:00', 'web-1');
  await s.end('10:05', 'web-1');
  await s.until('11:00');
  const sent = s.lines().filter((line) => !line.includes('retry'));
  assert.equal(sent.length, 1);
  assert.equal(after(sent[0]!), 'all_resolved R web-1* O web-1 10:00-10:05');
});

test('27: no answer: firing at most twice under one id, the end always', async (t) => {
  const s = await stage(t);
  let answered = 0;
  s.answers.set('ops', () => (answered++ === 0 ? { kind: 'unknown', reason: 'timeout' } : { kind: 'sent' }));
  await s.fire('10:00', 'web-1');
  await s.until('10:04');
  assert.equal(s.got.length, 2);
  assert.equal(s.got[0]!.message.id, s.got[1]!.message.id);
  await s.end('10:05', 'web-1');
  await s.until('10:10');
  assert.equal(after(s.lines()[2]!), 'all_resolved R web-1');
  const lost = await stage(t);
  lost.answers.set('ops', (message) =>
    message.counts.firing > 0 ? { kind: 'unknown', reason: 'timeout' } : { kind: 'sent' },
  );
  await lost.fire('10:00', 'web-1');
  await lost.end('10:00:30', 'web-1');
  await lost.until('10:10');
  assert.equal(after(lost.lines().at(-1)!), 'all_resolved R web-1* O web-1 10:00-10:00:30');
});

test('28: each move of the severity is told, then the end', async (t) => {
  const s = await stage(t);
  await s.fire('10:00', 'web-1', { severity: 'warning' });
  await s.fire('10:10', 'web-1', { severity: 'critical' });
  await s.fire('10:20', 'web-1', { severity: 'warning' });
  await s.end('10:30', 'web-1');
  assert.deepEqual(s.lines(), [
    '10:00 first F web-1*',
    '10:10 new F web-1(warning->critical)',
    '10:20 new F web-1(critical->warning)',
    '10:30 all_resolved R web-1',
  ]);
});

test('4: good and back before the next message: none at 10:05, and the repeat says so', async (t) => {
  const s = await stage(t);
  await s.fire('10:00', 'web-1');
  await s.end('10:01', 'web-1');
  await s.fire('10:02', 'web-1');
  await s.until('14:10:01');
  assert.equal(s.lines().length, 2);
  assert.equal(after(s.lines()[1]!), 'repeat F web-1+1');
});
