// Delivery: retries, refusals, what a receiver takes in which time, digests, e-mail's recipients, restarts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, receiver, ruleOf, stage, stateOf } from './stage.ts';

const after = (line: string) => line.slice(line.indexOf(' ') + 1);
const inRoom = (room: number, more = {}) => ({
  subject: { kind: 'host' as const, host: `h-${room}`, location: `room-${room}`, labels: {} },
  ...more,
});

test('case 21 a: refused is noted, told to history and not sent again unchanged', async (t) => {
  const s = await stage(t);
  s.answers.set('ops', (message) =>
    message.counts.firing === 0 ? { kind: 'refused', reason: 'keywords not in content' } : { kind: 'sent' },
  );
  await s.fire('10:00', 'web-1');
  await s.end('10:10', 'web-1');
  await s.until('11:10');
  assert.equal(s.got.length, 2);
  assert.deepEqual(
    s.deliveries.map(({ kind, text }) => [kind, text]),
    [
      ['sent', ''],
      ['refused', 'keywords not in content'],
    ],
  );
  assert.match(
    s.notifier().notes()[0]!,
    /receiver ops: 1 message refused since 2026-11-28 10:10:00 UTC: keywords/,
  );
});

test('case 21 d: 429 with Retry-After while it resolves: nothing before, then both facts', async (t) => {
  const s = await stage(t);
  let count = 0;
  s.answers.set('ops', () =>
    count++ === 0 ? { kind: 'retry', reason: 'too fast', afterMs: 20_000 } : { kind: 'sent' },
  );
  await s.fire('10:00', 'web-1');
  await s.end('10:00:10', 'web-1');
  await s.until('10:30');
  assert.deepEqual(s.lines(), [
    '10:00 first retry F web-1*',
    '10:00:20 all_resolved R web-1* O web-1 10:00-10:00:10',
  ]);
});

test('case 21 b: 10 minutes out, then all that gathered as one message', async (t) => {
  const s = await stage(t);
  let count = 0;
  s.answers.set('ops', () =>
    count++ === 0 ? { kind: 'retry', reason: '130101', afterMs: 600_000 } : { kind: 'sent' },
  );
  await s.fire('10:00', 'h-1', inRoom(1));
  for (let room = 2; room < 6; room++) await s.fire('10:01', `h-${room}`, inRoom(room));
  await s.until('10:20');
  assert.equal(s.got.length, 2);
  assert.match(s.lines()[1]!, /^10:10 digest( D room-\d 1\/0){5}$/);
  await s.end('10:20', 'h-1');
  assert.match(s.lines()[2]!, /all_resolved R h-1$/, 'a digest tells each group');
});

test('after so many tries of a doubtful answer it counts as refused', async (t) => {
  const s = await stage(t);
  s.answers.set('ops', () => ({ kind: 'retry', reason: 'a web page', maxTries: 3 }));
  await s.fire('10:00', 'web-1');
  await s.until('11:00');
  assert.equal(s.got.length, 3);
});

test('over a rate limit: worst first, one by one what can go in 30 s, the rest as one digest', async (t) => {
  const s = await stage(t, { pace: { ops: { rateLimits: [{ count: 20, perMs: 60_000 }] } } });
  for (let room = 0; room < 60; room++) {
    s.tell({
      kind: 'firing',
      atMs: at('10:00'),
      alert: stateOf(`h-${room}`, inRoom(room, { severity: room === 40 ? 'critical' : 'warning' })),
    });
  }
  await s.until('10:05');
  assert.equal(s.got.length, 20);
  assert.match(s.lines()[0]!, /F h-40\*/);
  const digest = s.got.find(({ message }) => message.reason === 'digest')!.message;
  assert.equal(digest.digest.length, 41);
  assert.equal(digest.counts.firing, 41);
});

test('a kind that keeps each alert waits for its limit and is resent what fires', async (t) => {
  const s = await stage(t, {
    pace: {
      ops: { rateLimits: [{ count: 1, perMs: 60_000 }], needsAllAlerts: true, resendEveryMs: 180_000 },
    },
  });
  for (let room = 0; room < 3; room++) {
    s.tell({ kind: 'firing', atMs: at('10:00'), alert: stateOf(`h-${room}`, inRoom(room)) });
  }
  await s.until('10:02:30');
  assert.deepEqual(
    s.lines().map((line) => line.slice(0, 5)),
    ['10:00', '10:01', '10:02'],
  );
  assert.equal(new Set(s.got.map(({ message }) => message.group)).size, 3);
  await s.until('10:03:30');
  assert.equal(after(s.lines()[3]!), `repeat ${after(s.lines()[0]!).slice(6, -1)}`);
});

test('e-mail: each recipient has its own outcome and retries', async (t) => {
  const recipients = ['a@example.org', 'b@example.org', 'c@example.org'];
  const s = await stage(t, { receivers: [receiver('mail', { kind: 'email' })], recipients });
  let greylisted = 0;
  s.answers.set('mail/b@example.org', () =>
    greylisted++ === 0 ? { kind: 'retry', reason: '451' } : { kind: 'sent' },
  );
  s.answers.set('mail/c@example.org', () => ({ kind: 'refused', reason: '550' }));
  await s.fire('10:00', 'web-1');
  await s.until('10:30');
  assert.equal(s.lines('mail/a@example.org').length, 1);
  assert.equal(s.lines('mail/b@example.org').length, 2);
  assert.equal(s.lines('mail/c@example.org').length, 1);
});

test('an hour undelivered: noted, told once to the default receiver, and its end', async (t) => {
  const s = await stage(t, {
    receivers: [receiver('a', { isDefault: false }), receiver('default')],
    rules: [ruleOf('high', { notify: ['a'] })],
  });
  const back = at('12:00');
  s.answers.set('a', () =>
    s.clock.nowMs() < back ? { kind: 'retry', reason: 'ECONNREFUSED' } : { kind: 'sent' },
  );
  await s.fire('10:00', 'web-1');
  await s.until('11:30');
  assert.deepEqual(s.lines('default'), ['11:00 first F fleet*']);
  assert.deepEqual(s.notifier().counts(), { alertsFiring: 1, messagesOwed: 1 });
  const [alert] = s.got.find((one) => one.receiver === 'default')!.message.alerts;
  assert.equal(alert!.rule, 'receiver-behind');
  assert.equal(alert!.text, 'Receiver a accepts no messages: ECONNREFUSED. They stay queued.');
  assert.match(
    s.notifier().notes()[0]!,
    /^receiver a: 1 message owed since 2026-11-28 10:00:00 UTC: ECONNREFUSED$/,
  );
  const health = async () => (await s.notifier().calls.listReceiverHealth()).receivers;
  const { lastErrorMs, ...first } = (await health())[0]!;
  assert.deepEqual(first, {
    name: 'a',
    state: 'behind',
    owed: 1,
    sinceMs: at('10:00'),
    lastError: 'ECONNREFUSED',
  });
  assert.ok(at('11:30') - lastErrorMs! <= 60_000, 'tried once a minute at least');
  const metrics = await s.metrics().text();
  assert.match(metrics, /minimon_receiver_owed_messages\{receiver="a",daemon="warn"\} 1/);
  assert.match(metrics, /minimon_receiver_behind_seconds\{receiver="a",daemon="warn"\} 5400/);
  await s.until('12:10');
  const [again] = await health();
  assert.deepEqual([again!.state, again!.owed, again!.sinceMs], ['ok', 0, undefined]);
  assert.ok(again!.lastSentMs! >= at('12:00'));
  assert.match(s.lines('default')[1]!, /all_resolved R fleet/);
  assert.deepEqual(s.notifier().notes(), []);
});

test('down for five hours and a restart in between: told once to the default, one message says what is so', async (t) => {
  const s = await stage(t, {
    receivers: [receiver('a', { isDefault: false }), receiver('default')],
    rules: [ruleOf('high', { notify: ['a'] })],
  });
  const back = at('15:00');
  s.answers.set('a', () =>
    s.clock.nowMs() < back ? { kind: 'retry', reason: 'ECONNREFUSED' } : { kind: 'sent' },
  );
  await s.fire('10:00', 'web-1');
  await s.end('10:30', 'web-1');
  await s.fire('11:30', 'web-2');
  await s.restart('12:00');
  await s.fire('13:00', 'web-3');
  await s.end('13:10', 'web-3');
  await s.fire('13:20', 'web-1');
  await s.until('14:59');
  assert.deepEqual(s.lines('default'), ['11:00 first F fleet*']);
  const [health] = (await s.notifier().calls.listReceiverHealth()).receivers;
  assert.equal(health!.sinceMs, at('10:00'), 'owed since then, also for the next process');
  await s.until('15:10');
  const sent = s.lines('a').filter((line) => !line.includes(' retry '));
  assert.equal(sent.length, 1);
  assert.match(sent[0]!, /F web-1\*.* F web-2\*/);
  assert.match(sent[0]!, /O web-1 10:00-10:30|web-1\*\+1/);
  await s.end('15:20', 'web-1');
  await s.end('15:20', 'web-2');
  await s.until('15:30');
  assert.deepEqual(s.lines('a').slice(-2), [
    '15:20 some_resolved F web-2 R web-1',
    '15:25 all_resolved R web-2',
  ]);
});

test('case 11: a hanging receiver delays no other, and one message a group brings it up to date', async (t) => {
  const s = await stage(t, {
    receivers: [receiver('h', { isDefault: false }), receiver('n', { isDefault: false })],
    rules: [ruleOf('high', { notify: ['h', 'n'] })],
  });
  let hanging = 0;
  let most = 0;
  const quick = at('10:20');
  s.answers.set('h', async () => {
    if (s.clock.nowMs() >= quick) return { kind: 'sent' };
    most = Math.max(most, ++hanging);
    await s.clock.sleep(10_000);
    hanging--;
    return { kind: 'unknown', reason: 'timeout' };
  });
  for (let room = 0; room < 40; room++) {
    const time = new Date(at('10:00') + room * 7_000).toISOString().slice(11, 19);
    await s.fire(time, `h-${room}`, inRoom(room));
  }
  for (let room = 0; room < 20; room++) await s.end('10:10', `h-${room}`);
  await s.until('10:40');
  assert.ok(most <= 4, `${most} at once`);
  const first = s.got.filter((one) => one.receiver === 'n' && one.message.reason === 'first');
  assert.equal(first.length, 40);
  for (const { atMs, message } of first) assert.equal(atMs, message.alerts[0]!.sinceMs, 'at once');
  const late = s.got.filter((one) => one.receiver === 'h' && one.kind === 'sent');
  assert.equal(late.length, 40);
  for (const { message } of late) {
    const room = Number(message.group.slice('room-'.length));
    assert.equal(message.counts.firing, room < 20 ? 0 : 1);
  }
});

test('case 18: a restart tells what recovered meanwhile, once, and repeats on the old clock', async (t) => {
  const s = await stage(t);
  for (const host of ['a', 'b', 'c']) await s.fire('10:00', host);
  await s.until('10:10');
  await s.restart('10:20', ['b']);
  await s.until('13:59');
  assert.deepEqual(s.lines(), [
    '10:00 first F a*',
    '10:00:30 new F b* F c* F a',
    '10:20 some_resolved F a F c R b',
  ]);
  await s.until('14:31');
  assert.equal(s.lines().length, 4);
  assert.match(s.lines()[3]!, /^14:[23]\d(:\d\d)? repeat F a F c$/);
});

test('killed before the answer: sent again under the same id; killed after it: not again', async (t) => {
  const s = await stage(t);
  s.answers.set('ops', () => ({ kind: 'unknown', reason: 'killed' }));
  await s.fire('10:00', 'web-1');
  s.answers.delete('ops');
  await s.restart('10:00:00');
  await s.until('10:02');
  assert.deepEqual(
    s.got.map(({ kind }) => kind),
    ['unknown', 'sent'],
  );
  assert.equal(s.got[0]!.message.id, s.got[1]!.message.id);
  await s.restart('10:03');
  await s.until('11:00');
  assert.equal(s.got.length, 2);
});

test('what changed is stored before `settled`: an end that was not told yet survives', async (t) => {
  const s = await stage(t);
  await s.fire('10:00', 'web-1');
  await s.fire('10:00', 'web-2');
  await s.end('10:03', 'web-1', 'rule changed');
  await s.notifier().settled();
  const [row] = await s.catalog.notifications.list();
  assert.match(JSON.stringify(row), /"over":\[\{.*"reason":"rule changed"/);
  await s.restart('10:04');
  await s.until('10:06');
  assert.match(s.lines().at(-1)!, /E web-1\(rule changed\)/);
});

test('the catalog is gone: told all the same, with the word that it may come twice', async (t) => {
  const s = await stage(t);
  const save = s.catalog.notifications.save;
  Object.assign(s.catalog.notifications, { save: () => Promise.reject(new Error('no disk')) });
  await s.fire('10:00', 'web-1');
  assert.equal(s.got[0]!.message.mayComeTwice, true, 'found out by storing before it went out');
  await s.fire('10:10', 'web-2');
  assert.equal(s.got[1]!.message.mayComeTwice, true);
  assert.match(s.notifier().unhealthy()!, /no disk/);
  await assert.rejects(s.notifier().settled(), /no disk/);
  Object.assign(s.catalog.notifications, { save });
  await s.until('10:11');
  assert.equal(s.notifier().unhealthy(), undefined);
  await s.restart('10:12');
  await s.until('11:00');
  assert.equal(s.got.length, 2);
});

test('a receiver that is removed is forgotten; one that cannot be opened is told to the default', async (t) => {
  const a = receiver('a', { isDefault: false });
  const s = await stage(t, {
    receivers: [a, receiver('default')],
    rules: [ruleOf('high', { notify: ['a'] })],
  });
  await s.fire('10:00', 'web-1');
  await s.until('10:10');
  await s.configure({ receivers: [{ ...a, options: { broken: true } }, receiver('default')] });
  await s.until('10:20');
  assert.deepEqual(s.lines('default'), ['10:10:10 first F fleet*']);
  assert.match(s.notifier().notes()[0]!, /^receiver a cannot be used: broken$/);
  await s.configure({ receivers: [receiver('default')] });
  await s.until('10:30');
  assert.deepEqual(s.lines('default').slice(1), ['10:20 first F web-1*', '10:20:10 all_resolved R fleet']);
  const rows = (await s.catalog.notifications.list()).map(({ record }) => record as { receiver: string });
  assert.ok(rows.every((record) => record.receiver === 'default'));
});

test('410 switches a receiver off: noted, told to the default, no more tries until it is set again', async (t) => {
  const a = receiver('a', { isDefault: false });
  const s = await stage(t, {
    receivers: [a, receiver('default')],
    rules: [ruleOf('high', { notify: ['a'] })],
  });
  s.answers.set('a', () => ({ kind: 'refused', reason: 'gone (410)', disable: true }));
  await s.fire('10:00', 'web-1');
  await s.fire('10:10', 'web-2');
  await s.until('10:20');
  assert.equal(s.lines('a').length, 1);
  assert.deepEqual(s.lines('default'), ['10:00:10 first F fleet*']);
  assert.match(s.notifier().notes()[0]!, /^receiver a rejects all messages: gone \(410\)$/);
  s.answers.delete('a');
  await s.configure({ receivers: [{ ...a, updatedMs: 1 }, receiver('default')] });
  await s.until('10:30');
  assert.equal(s.lines('a')[1], '10:20 first F web-1* F web-2*');
  assert.match(s.lines('default')[1]!, /all_resolved R fleet$/);
});

test('changes that come before it is known what was told wait for that', async (t) => {
  const s = await stage(t);
  await s.fire('10:00', 'web-1');
  await s.until('10:10');
  await s.notifier().stop();
  const next = s.create();
  next.change({ kind: 'resolved', atMs: at('10:10'), alert: stateOf('web-1') });
  await next.start([stateOf('web-1')]);
  await s.until('10:11');
  assert.deepEqual(s.lines().slice(1), ['10:10 all_resolved R web-1']);
  await next.stop();
});

test('where nothing fires any more nothing wakes for a resend', async (t) => {
  const s = await stage(t, { pace: { ops: { rateLimits: [], resendEveryMs: 60_000 } } });
  await s.fire('10:00', 'web-1');
  await s.end('10:05', 'web-1');
  await s.until('10:07');
  let sleeps = 0;
  const { sleep } = s.clock;
  s.clock.sleep = (...given) => {
    sleeps++;
    return sleep(...given);
  };
  await s.until('10:08');
  // The catalog looks once a second whether it has something to write back.
  assert.ok(sleeps < 80, `${sleeps} times in a minute`);
});
