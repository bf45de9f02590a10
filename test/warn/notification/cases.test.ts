// Cases from the field about who is told how often: a rule that fires everywhere, a dark room, silences that overlap,
// are extended, and end while warn is down.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type AlertState, alertId } from '../../../src/domain/alerting/alert.ts';
import type { Silence } from '../../../src/domain/alerting/configuration.ts';
import { at, receiver, ruleOf, stage, stateOf } from './stage.ts';

const after = (line: string) => line.slice(line.indexOf(' ') + 1);
const silence = (id: string, matchers: string[], from: string, to: string): Silence => ({
  id,
  matchers,
  reason: 'work',
  author: 'ada',
  startsMs: at(from),
  endsMs: at(to),
  createdMs: at(from),
});

const FLEET = 2_400;
const hostOf = (i: number): AlertState =>
  stateOf(`h-${i}`, { subject: { kind: 'host', host: `h-${i}`, location: `${i % 60}`, labels: {} } });

async function everywhere(t: TestContext) {
  const s = await stage(t, { rules: [ruleOf('high'), ruleOf('other')] });
  await s.configure({
    assignments: Array.from({ length: FLEET }, (_, i) => ({ hostId: `h-${i}`, location: `${i % 60}` })),
  });
  const fire = (from: number, to: number) => {
    for (let i = from; i < to; i++) s.tell({ kind: 'firing', atMs: s.clock.nowMs(), alert: hostOf(i) });
  };
  const end = (from: number, to: number) => {
    for (let i = from; i < to; i++)
      s.tell({ kind: 'ended', atMs: s.clock.nowMs(), alert: hostOf(i), reason: 'rule changed' });
  };
  return { ...s, fireAll: fire, endAll: end };
}

test('case 5: a rule that fires everywhere and is taken back: bounded messages, nothing told that is not so', async (t) => {
  const s = await everywhere(t);
  s.fireAll(0, 10);
  await s.until('10:10');
  assert.equal(s.got.length, 10);
  s.fireAll(10, FLEET);
  await s.fire('10:11', 'db-1', { rule: 'other' });
  await s.until('10:20');
  assert.deepEqual(s.lines().slice(10), ['10:10 first W high 2400/2400', '10:11 first F db-1*']);
  s.endAll(10, FLEET);
  await s.until('10:30');
  assert.deepEqual(s.lines().slice(12), ['10:20 ended E fleet(rule changed)']);
  await s.until('14:30');
  const told = s.got.slice(13).map(({ message }) => message);
  assert.ok(told.every(({ reason }) => reason === 'repeat'));
  assert.ok(
    told.every(({ firedAndOver, wideRules }) => firedAndOver.length === 0 && wideRules.length === 0),
    'what was told as one line is not listed afterwards',
  );
  const open = new Set(told.flatMap(({ alerts }) => alerts.map(({ subject }) => subject.host)));
  assert.equal(open.size, 11, 'the ten and the other one are open throughout');
});

test('case 5: over a restart the one line stays the one line, and is over once', async (t) => {
  const s = await everywhere(t);
  s.fireAll(0, FLEET);
  await s.until('10:10');
  const before = s.got.length;
  await s.restartWith(Array.from({ length: FLEET }, (_, i) => hostOf(i)));
  await s.until('10:20');
  assert.equal(s.got.length, before);
  s.endAll(0, FLEET);
  await s.until('10:40');
  assert.equal(s.lines().filter((line) => after(line) === 'ended E fleet(rule changed)').length, 1);
});

test('case 15: two silences, the first extended, the second deleted: one recap when the last one is over', async (t) => {
  const s = await stage(t);
  await s.fire('10:00', 'web-1');
  await s.until('10:10');
  const second = silence('b', ['location=725'], '10:10', '10:50');
  await s.configure({ silences: [silence('a', ['host=web-1'], '10:10', '10:30'), second] });
  await s.until('10:20');
  await s.configure({ silences: [silence('a', ['host=web-1'], '10:10', '11:10'), second] });
  await s.until('10:40');
  await s.configure({ silences: [silence('a', ['host=web-1'], '10:10', '11:10')] });
  await s.until('11:09:59');
  assert.equal(s.lines().length, 1);
  await s.until('11:20');
  assert.deepEqual(s.lines().slice(1), ['11:10 recap F web-1']);
  assert.equal(s.got[1]!.message.alerts[0]!.sinceMs, at('10:00'), 'its true start');
});

test('a silence that ends while warn is down: the recap comes at the start, with what ended meanwhile', async (t) => {
  const s = await stage(t);
  for (const host of ['web-1', 'web-2']) await s.fire('10:00', host);
  await s.until('10:10');
  await s.configure({ silences: [silence('a', ['location=725'], '10:10', '10:30')] });
  await s.fire('10:15', 'web-3');
  await s.notifier().stop();
  await s.until('10:40');
  await s.restartWith([stateOf('web-1'), stateOf('web-3', {}, at('10:15'))]);
  await s.until('11:00');
  assert.deepEqual(s.lines().slice(2), ['10:40 recap F web-3* F web-1 R web-2']);
});

test('a restart under a silence tells nothing, and the recap still comes', async (t) => {
  const s = await stage(t);
  await s.fire('10:00', 'web-1');
  await s.until('10:10');
  await s.configure({ silences: [silence('a', ['location=725'], '10:10', '10:30')] });
  await s.until('10:12');
  await s.restart('10:15');
  await s.until('10:29:59');
  assert.equal(s.lines().length, 1);
  await s.until('10:40');
  assert.deepEqual(s.lines().slice(1), ['10:30 recap F web-1']);
});

test('what fired and was over under a silence is named in its recap only', async (t) => {
  const s = await stage(t);
  await s.fire('10:00', 'web-1');
  await s.until('10:10');
  await s.configure({ silences: [silence('a', ['host=web-2'], '10:10', '10:30')] });
  await s.fire('10:11', 'web-2');
  await s.end('10:12', 'web-2');
  await s.fire('10:40', 'web-3');
  assert.equal(s.lines().at(-1), '10:40 new F web-3* F web-1');
});

test('a rule that fires everywhere and recovers bit by bit: one line until few have been left for 5 min', async (t) => {
  const s = await everywhere(t);
  s.fireAll(0, FLEET);
  await s.until('10:10');
  const before = s.got.length;
  const resolve = (from: number, to: number) => {
    for (let i = from; i < to; i++) s.tell({ kind: 'resolved', atMs: s.clock.nowMs(), alert: hostOf(i) });
  };
  resolve(0, 1_600);
  await s.until('10:12');
  resolve(1_600, 2_399);
  await s.until('10:14:30');
  assert.equal(s.got.length, before, 'nobody is told one by one of what is over by then');
  await s.until('10:30');
  assert.deepEqual(s.lines().slice(before).map(after).sort(), ['all_resolved R fleet', 'first F h-2399*']);
});

test('a dark room is one message: its hosts are listed in later ones, and told once it is no longer dark', async (t) => {
  const states = new Map<string, AlertState>();
  const s = await stage(t, {
    rules: [ruleOf('room-dark'), ruleOf('host-silent')],
    parts: { stateOf: (id) => states.get(id) },
  });
  const room = stateOf('', {
    id: alertId('room-dark', '725'),
    rule: 'room-dark',
    subject: { kind: 'location', location: '725' },
    severity: 'critical',
  });
  s.tell({ kind: 'firing', atMs: at('10:00'), alert: room });
  const silent = (host: string, more: Partial<AlertState>) => {
    const alert = stateOf(host, { rule: 'host-silent', ...more });
    states.set(alert.id, alert);
    return alert;
  };
  await s.until('10:01');
  for (let i = 0; i < 3; i++) {
    const alert = silent(`h-${i}`, { inside: 'room-dark' });
    s.tell({ kind: 'firing', atMs: at('10:01'), alert });
  }
  await s.until('14:00');
  assert.deepEqual(s.lines(), ['10:00 first F 725*']);
  await s.until('14:10:01');
  assert.equal(after(s.lines()[1]!), 'repeat F 725 F h-0* F h-1* F h-2*');
  s.tell({ kind: 'resolved', atMs: at('14:20'), alert: room });
  s.tell({ kind: 'firing', atMs: at('14:20'), alert: silent('h-9', {}) });
  await s.until('14:30');
  assert.match(s.lines()[2]!, /new F h-9\* F h-0 F h-1 F h-2 R 725$/);
});

test('a dark room whose hosts go to another receiver: that one is told of each', async (t) => {
  const s = await stage(t, {
    receivers: [receiver('a', { isDefault: false }), receiver('b', { isDefault: false })],
    rules: [ruleOf('room-dark', { notify: ['a'] }), ruleOf('host-silent', { notify: ['b'] })],
  });
  const room = stateOf('', { rule: 'room-dark', subject: { kind: 'location', location: '725' } });
  s.tell({ kind: 'firing', atMs: at('10:00'), alert: room });
  s.tell({
    kind: 'firing',
    atMs: at('10:00'),
    alert: stateOf('h-1', { rule: 'host-silent', inside: 'room-dark' }),
  });
  await s.until('10:10');
  assert.deepEqual(s.lines('a'), ['10:00 first F 725*']);
  assert.deepEqual(s.lines('b'), ['10:00 first F h-1*']);
});

test('owed to a receiver that the rule no longer names: forgotten where nothing arrived, ended where it may have', async (t) => {
  const s = await stage(t, {
    receivers: ['down', 'mute', 'new'].map((name) => receiver(name, { isDefault: false })),
    rules: [ruleOf('high', { notify: ['down', 'mute'] })],
  });
  let isMute = true;
  s.answers.set('down', () => ({ kind: 'retry', reason: 'ECONNREFUSED' }));
  s.answers.set('mute', () => (isMute ? { kind: 'unknown', reason: 'timeout' } : { kind: 'sent' }));
  await s.fire('10:00', 'web-1');
  await s.until('10:10');
  await s.configure({ rules: [ruleOf('high', { notify: ['new'] })] });
  await s.until('10:12');
  isMute = false;
  s.answers.delete('down');
  await s.until('10:30');
  assert.deepEqual(s.lines('new'), ['10:10 first F web-1*']);
  assert.ok(
    s.lines('down').every((line) => line.includes(' retry ')),
    'never heard of it',
  );
  assert.match(s.lines('mute').at(-1)!, / ended E web-1\*\(receiver changed\) O web-1 /);
  const { receivers } = await s.notifier().calls.listReceiverHealth();
  assert.deepEqual(
    receivers.map(({ state, owed }) => [state, owed]),
    [
      ['ok', 0],
      ['ok', 0],
      ['ok', 0],
    ],
  );
});

test('owed and then silenced: nobody is behind, and the recap tells it', async (t) => {
  const s = await stage(t);
  s.answers.set('ops', () => ({ kind: 'retry', reason: 'ECONNREFUSED' }));
  await s.fire('10:00', 'web-1');
  await s.until('10:10');
  await s.configure({ silences: [silence('a', ['host=web-1'], '10:10', '10:30')] });
  await s.until('10:20');
  s.answers.delete('ops');
  assert.deepEqual(s.notifier().notes(), []);
  await s.until('10:40');
  assert.deepEqual(
    s.lines().filter((line) => !line.includes(' retry ')),
    ['10:30 recap F web-1*'],
  );
});

test('1,000 alerts of a rule are told one by one, 1,001 as one line', async (t) => {
  for (const [count, wide] of [
    [1_000, false],
    [1_001, true],
  ] as const) {
    const s = await everywhere(t);
    s.fireAll(0, count);
    await s.until('10:01');
    assert.equal(s.got.length === 1, wide);
    assert.equal(s.lines()[0]!.includes('W high 1001/2400'), wide);
  }
});

test('each message names the command that says more', async (t) => {
  const s = await stage(t, { rules: [ruleOf('high'), ruleOf('it is hot'), ruleOf('room-dark')] });
  const command = () => s.got.at(-1)!.message.command;
  await s.fire('10:00', 'web-1');
  assert.equal(command(), 'minimon alerts why high --host web-1');
  await s.fire('10:10', "w'b 2");
  assert.equal(command(), 'minimon alerts firing --location 725');
  await s.fire('10:20', 'x', {
    rule: 'it is hot',
    subject: { kind: 'host', host: "w'b 2", location: '726', labels: {} },
  });
  assert.equal(command(), "minimon alerts why 'it is hot' --host 'w'\\''b 2'");
  await s.fire('10:30', '', { rule: 'room-dark', subject: { kind: 'location', location: '727' } });
  assert.equal(command(), 'minimon alerts why room-dark --location 727');
});

test('an hour of e-mail that one recipient does not get: the default receiver hears which', async (t) => {
  const s = await stage(t, {
    receivers: [receiver('mail', { kind: 'email', isDefault: false }), receiver('default')],
    rules: [ruleOf('high', { notify: ['mail'] })],
    recipients: ['a@example.org', 'b@example.org'],
  });
  s.answers.set('mail/b@example.org', () => ({ kind: 'refused', reason: '550 no such user' }));
  await s.fire('10:00', 'web-1');
  await s.until('11:01');
  const { message } = s.got.find((one) => one.receiver === 'default')!;
  assert.equal(
    message.alerts[0]!.text,
    'Receiver mail accepts no messages for b@example.org: 550 no such user. They stay queued.',
  );
  assert.equal(message.command, 'minimon receivers list');
});
