// Who is told what: silences and their recap, acknowledgements, routes, levels between receivers, flapping, wide rules.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AlertState, alertId } from '../../../src/domain/alerting/alert.ts';
import type { Silence } from '../../../src/domain/alerting/configuration.ts';
import { at, receiver, ruleOf, stage, stateOf } from './stage.ts';

const after = (line: string) => line.slice(line.indexOf(' ') + 1);
const silence = (matchers: string[], from: string, to: string, id = 's'): Silence => ({
  id,
  matchers,
  reason: 'work',
  author: 'ada',
  startsMs: at(from),
  endsMs: at(to),
  createdMs: at(from),
});

test('silence: nothing while it lasts, one recap at the end of the last one with what fires and what ended', async (t) => {
  const s = await stage(t);
  await s.fire('10:00', 'web-1');
  await s.fire('10:00', 'web-2');
  await s.until('10:10');
  const first = silence(['location=725'], '10:10', '10:30');
  await s.configure({ silences: [first, silence(['host~web-*'], '10:10', '10:40', 't')] });
  await s.fire('10:15', 'web-3');
  await s.end('10:20', 'web-2');
  await s.fire('10:21', 'web-4');
  await s.end('10:22', 'web-4');
  await s.until('10:39:59');
  assert.equal(s.lines().length, 2);
  await s.until('11:00');
  assert.deepEqual(s.lines().slice(2), ['10:40 recap F web-3* F web-1 R web-2 O web-4 10:21-10:22']);
});

test('silence: an alert silenced from start to end is never told', async (t) => {
  const s = await stage(t);
  await s.configure({ silences: [silence(['rule=high'], '10:00', '11:00')] });
  await s.fire('10:01', 'web-8');
  await s.end('10:05', 'web-8', 'host removed');
  await s.until('12:00');
  assert.deepEqual(s.lines(), []);
});

test('silence: expired early counts from then; extended goes on without a word', async (t) => {
  const s = await stage(t);
  await s.fire('10:00', 'web-1');
  await s.until('10:10');
  await s.configure({ silences: [silence(['host=web-1'], '10:10', '10:20')] });
  await s.until('10:15');
  await s.configure({ silences: [silence(['host=web-1'], '10:10', '10:40')] });
  await s.until('10:30');
  assert.equal(s.lines().length, 1);
  await s.configure({ silences: [] });
  await s.until('10:31');
  assert.deepEqual(s.lines().slice(1), ['10:30 recap F web-1']);
});

test('case 13: acknowledged ones are not repeated, new ones, rises and ends are told', async (t) => {
  const acknowledged = new Set<string>();
  const s = await stage(t, {
    parts: {
      acknowledgementOf: ({ id, sinceMs }: AlertState) =>
        acknowledged.has(`${id} ${sinceMs}`) ? { by: 'ada', atMs: at('10:10') } : undefined,
    },
  });
  await s.fire('10:00', 'a');
  await s.fire('10:00', 'b');
  await s.until('10:10');
  for (const host of ['a', 'b']) acknowledged.add(`${alertId('high', host)} ${at('10:00')}`);
  await s.fire('10:15', 'c');
  assert.equal(s.lines()[2], '10:15 new F c* F a(ack ada) F b(ack ada)');
  await s.end('10:30', 'c');
  await s.restart('12:00');
  await s.until('12:59');
  assert.equal(s.lines().length, 4, 'no repeat, none after the restart');
  await s.end('13:00', 'a');
  assert.equal(s.lines()[4], '13:00 some_resolved F b(ack ada) R a');
  await s.until('17:20');
  assert.equal(s.lines().length, 5, 'b alone is acknowledged: no repeat');
  await s.fire('17:30', 'a');
  assert.equal(s.lines()[5], '17:30 new F a* F b(ack ada)');
  await s.fire('17:45', 'b', { severity: 'critical' });
  assert.match(s.lines()[6]!, /^17:45 new F b\(warning->critical\)\(ack ada\) F a$/);
});

test('case 4: severity decides the receiver; each is told the end, neither while it fires', async (t) => {
  const s = await stage(t, {
    receivers: [
      receiver('mail', { isDefault: false, matchers: ['severity=warning'] }),
      receiver('chat', { isDefault: false, matchers: ['severity=critical'] }),
    ],
  });
  await s.fire('10:00', 'web-1', { severity: 'warning' });
  await s.fire('10:10', 'web-1', { severity: 'critical' });
  assert.deepEqual(s.lines('mail'), ['10:00 first F web-1*', '10:10 new F web-1(warning->critical)']);
  assert.deepEqual(s.lines('chat'), ['10:10 first F web-1*']);
  await s.end('10:20', 'web-1');
  assert.deepEqual(s.lines('mail').slice(2), ['10:20 all_resolved R web-1']);
  assert.deepEqual(s.lines('chat').slice(1), ['10:20 all_resolved R web-1']);
});

test('case 4 d: a severity that swings for an hour: one message in 5 minutes, nothing open at the end', async (t) => {
  const s = await stage(t);
  for (let minute = 0; minute < 60; minute++) {
    await s.fire(`10:${String(minute).padStart(2, '0')}`, 'web-1', {
      severity: minute % 2 === 0 ? 'warning' : 'critical',
    });
  }
  await s.end('11:00', 'web-1');
  await s.until('11:10');
  assert.ok(s.lines().length <= 14);
  for (const [i, one] of s.got.entries()) {
    if (i > 0) assert.ok(one.atMs - s.got[i - 1]!.atMs >= 300_000);
  }
  assert.equal(after(s.lines().at(-1)!), 'all_resolved R web-1');
});

test('case 7 a: on and off for an hour: at most 13 messages, the last says resolved', async (t) => {
  const s = await stage(t);
  for (let ms = at('10:00'); ms < at('11:00'); ms += 180_000) {
    await s.fire(new Date(ms).toISOString().slice(11, 19), 'web-1');
    await s.end(new Date(ms + 90_000).toISOString().slice(11, 19), 'web-1');
  }
  await s.until('12:00');
  assert.ok(s.lines().length <= 13, s.lines().join('\n'));
  assert.match(s.lines().at(-1)!, /all_resolved R web-1/);
});

test('case 7 c: told resolved, firing again: told within 5 minutes', async (t) => {
  const s = await stage(t);
  await s.fire('11:00', 'web-1');
  await s.end('11:20', 'web-1');
  await s.fire('11:20:10', 'web-1');
  await s.until('11:26');
  assert.deepEqual(s.lines(), ['11:00 first F web-1*', '11:20 all_resolved R web-1', '11:25 first F web-1*']);
});

test('ended reasons are told in their word; tell_resolved off says nothing of the end', async (t) => {
  const s = await stage(t, { rules: [ruleOf('high'), ruleOf('quiet', { tellResolved: false })] });
  await s.fire('10:00', 'web-1');
  await s.end('10:10', 'web-1', 'rule deleted');
  await s.fire('10:20', 'web-2', { rule: 'quiet' });
  await s.end('10:30', 'web-2', undefined, 'quiet');
  await s.fire('10:40', 'web-3', { rule: 'quiet' });
  assert.deepEqual(s.lines(), [
    '10:00 first F web-1*',
    '10:10 ended E web-1(rule deleted)',
    '10:20 first F web-2*',
    '10:40 first F web-3*',
  ]);
});

test('another notify: the old receiver is told that it ends there, the new one that it fires', async (t) => {
  const receivers = [receiver('a', { isDefault: false }), receiver('b', { isDefault: false })];
  const s = await stage(t, { receivers, rules: [ruleOf('high', { notify: ['a'] })] });
  await s.fire('10:00', 'web-1');
  await s.until('10:10');
  await s.configure({ rules: [ruleOf('high', { notify: ['b'] })] });
  await s.until('10:20');
  await s.end('10:30', 'web-1');
  assert.deepEqual(s.lines('a'), ['10:00 first F web-1*', '10:10 ended E web-1(receiver changed)']);
  assert.deepEqual(s.lines('b'), ['10:10 first F web-1*', '10:30 all_resolved R web-1']);
});

test('another default receiver: the old one is told that it ends there, one whose route fits goes on', async (t) => {
  const s = await stage(t, {
    receivers: [receiver('a'), receiver('b', { isDefault: false })],
  });
  await s.fire('10:00', 'web-1');
  await s.until('10:10');
  await s.configure({ receivers: [receiver('a', { isDefault: false }), receiver('b')] });
  await s.until('10:20');
  assert.deepEqual(s.lines('a'), ['10:00 first F web-1*', '10:10 ended E web-1(receiver changed)']);
  assert.deepEqual(s.lines('b'), ['10:10 first F web-1*']);
});

test('active times: what still fires when they begin is told then', async (t) => {
  const hours = { timeZone: 'Asia/Shanghai', days: [], from: '19:00', to: '07:00' };
  const s = await stage(t, {
    receivers: [
      receiver('night', { isDefault: false, matchers: ['severity~*'], activeTimes: [hours] }),
      receiver('day'),
    ],
  });
  await s.fire('10:00', 'web-1');
  await s.until('12:00');
  assert.deepEqual(s.lines('day'), ['10:00 first F web-1*']);
  assert.deepEqual(s.lines('night'), ['11:00 first F web-1*'], '19:00 in Shanghai');
});

test('a rule over 1,000 alerts is one line; what was told one by one stays so', async (t) => {
  const s = await stage(t);
  await s.configure({
    assignments: Array.from({ length: 2_400 }, (_, i) => ({ hostId: `h-${i}`, location: `${i % 60}` })),
  });
  const state = (i: number) =>
    stateOf(`h-${i}`, { subject: { kind: 'host', host: `h-${i}`, location: `${i % 60}`, labels: {} } });
  for (let i = 0; i < 10; i++) s.tell({ kind: 'firing', atMs: at('10:00'), alert: state(i) });
  await s.until('10:10');
  assert.equal(s.got.length, 10);
  for (let i = 10; i < 2_400; i++) s.tell({ kind: 'firing', atMs: at('10:10'), alert: state(i) });
  await s.until('10:20');
  assert.deepEqual(s.lines().slice(10), ['10:10 first W high 2400/2400']);
  for (let i = 10; i < 2_400; i++)
    s.tell({ kind: 'ended', atMs: at('10:20'), alert: state(i), reason: 'rule changed' });
  await s.until('10:30');
  assert.equal(s.lines().length, 12);
  assert.equal(after(s.lines()[11]!), 'ended E fleet(rule changed)');
  for (let i = 0; i < 10; i++) s.tell({ kind: 'resolved', atMs: at('10:30'), alert: state(i) });
  await s.until('10:40');
  assert.equal(
    s
      .lines()
      .slice(12)
      .filter((line) => /all_resolved R h-/.test(line)).length,
    10,
  );
});

test('a dark fleet is one message; its members are not told', async (t) => {
  const states = new Map<string, AlertState>();
  const s = await stage(t, { parts: { stateOf: (id) => states.get(id) } });
  s.tell({
    kind: 'firing',
    atMs: at('10:00'),
    alert: stateOf('', {
      id: 'fleet',
      rule: 'fleet-silent',
      subject: { kind: 'fleet' },
      severity: 'critical',
    }),
  });
  for (let i = 0; i < 20; i++) {
    const alert = stateOf(`h-${i}`, { inside: 'fleet-silent' });
    states.set(alert.id, alert);
    s.tell({ kind: 'firing', atMs: at('10:00'), alert });
  }
  await s.until('10:10');
  assert.deepEqual(s.lines(), ['10:00 first F fleet*']);
  const left = stateOf('h-3');
  states.set(left.id, left);
  await s.until('10:11');
  assert.deepEqual(s.lines().slice(1), ['10:10:10 first F h-3*']);
});

test('no receiver at all is noted', async (t) => {
  const s = await stage(t, { receivers: [] });
  await s.fire('10:00', 'web-1');
  assert.deepEqual(s.notifier().notes(), [
    '1 alerts have no receiver: add a default receiver (minimon receivers add --default)',
  ]);
});

test('case 7 b, d: no end without a beginning; on and off under a silence is one recap at its end', async (t) => {
  const s = await stage(t);
  await s.configure({ silences: [silence(['host=web-1'], '10:10', '10:40')] });
  for (let ms = at('10:00'); ms < at('11:00'); ms += 180_000) {
    await s.fire(new Date(ms).toISOString().slice(11, 19), 'web-1');
    await s.end(new Date(ms + 90_000).toISOString().slice(11, 19), 'web-1');
  }
  await s.until('12:00');
  const during = s.got.filter(({ atMs }) => atMs > at('10:10') && atMs < at('10:40'));
  assert.deepEqual(during, []);
  const recaps = s.lines().filter((line) => line.includes('recap'));
  assert.equal(recaps.length, 1);
  assert.match(
    recaps[0]!,
    /^10:40 recap F web-1\*( O web-1 10:\d\d(:30)?-10:\d\d(:30)?){11}$/,
    'with what came and went',
  );
  let open = false;
  for (const { message } of s.got) {
    const [alert] = message.alerts;
    assert.ok(open || alert!.state === 'firing' || alert!.isNew, s.lines().join('\n'));
    open = alert!.state === 'firing';
  }
  assert.equal(open, false, s.lines().join('\n'));
});

test('firing again while its end is on the way is told again', async (t) => {
  const s = await stage(t);
  await s.fire('10:00', 'web-1');
  s.answers.set('ops', async () => {
    await s.clock.sleep(8_000);
    return { kind: 'sent' };
  });
  await s.end('10:10', 'web-1');
  await s.fire('10:10:04', 'web-1');
  await s.until('10:20');
  assert.deepEqual(s.lines(), [
    '10:00 first F web-1*',
    '10:10:08 all_resolved R web-1',
    '10:15:16 first F web-1*',
  ]);
});
