// Silence judged against the pipeline: hosts, locations, the fleet, stalls, restarts, and what is held back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change } from '../../../src/domain/alerting/alert.ts';
import { builtInRules } from '../../../src/domain/alerting/built-in.ts';
import type { StreamTick } from '../../../src/domain/alerting/evaluator.ts';
import { at, clock, describe as line, play, type Run, rule, START_MS, start, ticksOf } from './timeline.ts';

/** Changes with who they are about, pending and dropped left out. */
const said = (changes: readonly Change[]): string[] =>
  changes
    .filter(({ kind }) => kind !== 'pending' && kind !== 'dropped')
    .map((change) => {
      const { rule: name, subject, inside } = change.alert;
      const who =
        subject.kind === 'host' ? subject.host : subject.kind === 'location' ? subject.location : '';
      return `${line(change)} ${name} ${who}${inside === undefined ? '' : ` inside ${inside}`}`
        .replace(/ location | +/g, ' ')
        .trim();
    });

const hostsOf = (count: number, location = '725'): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${location}-${i}`, location]));

/** Ticks of hosts, each minute but where `stopped` says otherwise; they arrive in order. */
function fleetTicks(
  hosts: Iterable<string>,
  minutes: number,
  stopped: (host: string, minute: number) => boolean = () => false,
  startMs = START_MS,
): StreamTick[] {
  const names = [...hosts];
  return Array.from({ length: minutes }, (_, m) =>
    names
      .filter((host) => !stopped(host, m))
      .flatMap((host) => ticksOf({ 'cpu.usage': '10' }, { host, startMs: startMs + m * 60_000 })),
  ).flat();
}

const indexOf = (host: string): number => Number(host.split('-')[1]);
const silentRule = (expression: string) => rule(expression, { name: 's' });

test('a host that stops is silent 130 s after its last tick, and told after `for`', () => {
  const run = start([silentRule('silent for 3m')], { 'web-1': '725', 'web-2': '725' });
  play(
    run,
    fleetTicks(['web-1', 'web-2'], 15, (host, m) => host === 'web-1' && m >= 5 && m < 12),
  );
  assert.deepEqual(said(run.changes), ['F 10:09:10 since 10:06:10 s web-1', 'R 10:12 s web-1']);
});

test('a host that never reported is not silent', () => {
  const run = start([silentRule('silent')], { 'web-1': '725', never: '725' });
  play(run, fleetTicks(['web-1'], 20));
  assert.deepEqual(said(run.changes), []);
});

test('case 19a: the bus unreachable for 5 min names the pipeline and no host', () => {
  const hosts = { ...hostsOf(30, 'a'), ...hostsOf(30, 'b') };
  const run = start([...builtInRules(), silentRule('silent')], hosts);
  play(run, fleetTicks(Object.keys(hosts), 6), at('10:05:20'));
  for (let ms = at('10:05:21'); ms < at('10:10:30'); ms += 1_000) run.evaluator.advance(ms);
  play(run, fleetTicks(Object.keys(hosts), 5, undefined, at('10:10:30')));
  assert.deepEqual(said(run.changes), [
    'F 10:05:20 pipeline pipeline-stalled',
    'R 10:10:30 pipeline pipeline-stalled',
  ]);
});

test('a host that stopped before a stall is told by the time in which the stream flowed', () => {
  const run = start([silentRule('silent for 1m')], { 'web-1': '725', 'web-2': '725' });
  play(
    run,
    fleetTicks(['web-1', 'web-2'], 5, (host, m) => host === 'web-1' && m > 3),
    at('10:05:00'),
  );
  play(run, fleetTicks(['web-2'], 10, undefined, at('10:10:00')));
  // Last tick 10:03, 120 s of stream until the stall, 70 s after it.
  assert.deepEqual(said(run.changes), ['F 10:11:10 since 10:10:10 s web-1']);
});

test('where all stood still, a host that was silent before fires and is back by the time of day', () => {
  const run = start([silentRule('silent for 1m'), rule('silent for 10m', { name: 'long' })], hostsOf(2));
  const beat = (from: string, to: string, hosts: readonly string[]) => {
    for (let ms = at(from); ms < at(to); ms += 10_000) {
      const sent = ms % 60_000 === 0 ? hosts : [];
      for (const host of sent) run.evaluator.tick(ticksOf({ 'cpu.usage': '1' }, { host, startMs: ms })[0]!);
      run.evaluator.heartbeat(0, ms);
      run.evaluator.advance(ms);
    }
  };
  beat('10:00', '10:03', ['725-0', '725-1']);
  beat('10:03', '10:10', ['725-0']);
  beat('10:30', '10:40', ['725-0']);
  beat('10:40', '10:42', ['725-0', '725-1']);
  assert.deepEqual(said(run.changes), [
    'F 10:05:10 since 10:04:10 s 725-1',
    // Twenty minutes and ten seconds later: in those nothing came.
    'F 10:34:20 since 10:04:10 long 725-1',
    'R 10:40 s 725-1',
    'R 10:40 long 725-1',
  ]);
});

const darkRoom = (back: (index: number) => number) => {
  const hosts = hostsOf(10);
  const run = start([...builtInRules(), silentRule('silent')], hosts);
  play(
    run,
    fleetTicks(Object.keys(hosts), 20, (host, m) => indexOf(host) < 4 && m >= 5 && m < back(indexOf(host))),
    at('10:19:50'),
  );
  return said(run.changes);
};

test('case 19b: four of ten hosts that are back before room-dark fires are never told', () => {
  assert.deepEqual(
    darkRoom(() => 8),
    [],
  );
});

test('case 19c: of held hosts those are told that stay away while the share falls', () => {
  assert.deepEqual(
    darkRoom((i) => (i < 2 ? 8 : 12)),
    [
      'F 10:08 since 10:06:10 s 725-2',
      'F 10:08 since 10:06:10 s 725-3',
      'F 10:09:10 since 10:06:10 host-silent 725-2',
      'F 10:09:10 since 10:06:10 host-silent 725-3',
      'R 10:12 host-silent 725-2',
      'R 10:12 s 725-2',
      'R 10:12 host-silent 725-3',
      'R 10:12 s 725-3',
    ],
  );
});

test('a location that goes dark is told first, its hosts inside it', () => {
  const hosts = { ...hostsOf(4), ...hostsOf(4, '726') };
  const run = start(builtInRules(), hosts);
  play(
    run,
    fleetTicks(Object.keys(hosts), 14, (host, m) => host.startsWith('725') && m >= 5),
    at('10:13:30'),
  );
  const lines = said(run.changes);
  assert.equal(lines[0], 'F 10:08:20 since 10:06:20 room-dark 725');
  assert.deepEqual(
    lines.slice(1),
    [0, 1, 2, 3].map((i) => `F 10:09:10 since 10:06:10 host-silent 725-${i} inside room-dark`),
  );
});

test('case 19d: arrivals late by up to 5 s raise nothing', () => {
  const run = start([silentRule('silent for 1m')], { 'web-1': '725' });
  const ticks = fleetTicks(['web-1'], 60).map((tick, i) => ({
    ...tick,
    receivedMs: tick.receivedMs + ((i * 7) % 6) * 1_000,
  }));
  play(run, ticks);
  assert.deepEqual(run.changes, []);
});

test('every host silent while heartbeats flow is one alert of the fleet', () => {
  const hosts = { ...hostsOf(4, 'a'), ...hostsOf(4, 'b'), ...hostsOf(4, 'c') };
  const run = start(builtInRules(), hosts);
  play(run, fleetTicks(Object.keys(hosts), 5), at('10:12:00'));
  const lines = said(run.changes);
  assert.equal(lines[0], 'F 10:08:20 since 10:06:20 fleet fleet-silent');
  assert.equal(
    lines.filter((text) => text.includes('room-dark') && text.endsWith('inside fleet-silent')).length,
    3,
  );
  assert.equal(
    lines.filter((text) => text.includes('host-silent') && text.endsWith('inside fleet-silent')).length,
    12,
  );
  assert.equal(lines.length, 16);
});

test('a host of several sources is silent since the last of them is', () => {
  for (const [first, second] of [
    ['agent', 'snmp'],
    ['snmp', 'agent'],
  ]) {
    const run = start([silentRule('silent')]);
    const ticks = [
      ...ticksOf({ 'cpu.usage': '1x3' }, { source: first! }),
      ...ticksOf({ 'cpu.usage': '1x5' }, { source: second! }),
    ];
    play(
      run,
      ticks.sort((a, b) => a.receivedMs - b.receivedMs),
      at('10:10'),
    );
    assert.deepEqual(said(run.changes), ['F 10:06:10 s web-17']);
  }
});

for (const count of [1, 2]) {
  test(`an installation of ${count} has no share of hosts, and each host is told`, () => {
    const hosts = hostsOf(count);
    const run = start(builtInRules(), hosts);
    play(run, fleetTicks(Object.keys(hosts), 5), at('10:12:00'));
    assert.deepEqual(
      said(run.changes),
      Object.keys(hosts).map((host) => `F 10:09:10 since 10:06:10 host-silent ${host}`),
    );
  });
}

test('after a start nobody is silent before one interval, and who stopped meanwhile is told', () => {
  const run = start([silentRule('silent for 1m')], { gone: '725', slow: '725' });
  for (const hostId of ['gone', 'slow'])
    run.evaluator.seeHost({ hostId, timeMs: at('9:30'), receivedMs: at('9:30'), intervalMs: 60_000 });
  play(
    run,
    fleetTicks(['slow'], 5, undefined, at('10:00:50')).map((t) => ({ ...t, receivedMs: t.receivedMs })),
    at('10:05'),
  );
  assert.deepEqual(said(run.changes), ['F 10:02:50 since 10:01:50 s gone']);
});

test('a silent alert that was told goes on over a restart and resolves with the next tick', () => {
  const before = start([silentRule('silent for 1m')], { 'web-1': '725' });
  play(before, fleetTicks(['web-1'], 3), at('10:10'));
  const restarted = (ticks: StreamTick[]): Run => {
    const after = start([silentRule('silent for 1m')], { 'web-1': '725' });
    after.evaluator.restore(JSON.parse(JSON.stringify(before.evaluator.open())), at('10:20'));
    after.evaluator.seeHost({
      hostId: 'web-1',
      timeMs: at('10:02'),
      receivedMs: at('10:02'),
      intervalMs: 60_000,
    });
    after.evaluator.heartbeat(0, at('10:20'));
    play(after, ticks, at('10:25'));
    return after;
  };
  assert.deepEqual(said(before.changes), ['F 10:05:10 since 10:04:10 s web-1']);
  assert.deepEqual(said(restarted(fleetTicks(['web-1'], 5, undefined, at('10:20:30'))).changes), [
    'R 10:20:30 s web-1',
  ]);
  assert.deepEqual(said(restarted(fleetTicks(['other'], 5, undefined, at('10:20:30'))).changes), []);
});

test('one partition stalled makes its hosts unknown, and the others are judged', () => {
  const run = start([silentRule('silent')], { a: '725', b: '725' });
  const { evaluator } = run;
  for (let ms = START_MS; ms <= at('10:10'); ms += 10_000) {
    const flows = ms < at('10:03');
    if (flows && ms % 60_000 === 0)
      evaluator.tick({ ...ticksOf({ 'cpu.usage': '1' }, { host: 'a', startMs: ms })[0]!, partition: 0 });
    if (flows && ms % 60_000 === 0)
      evaluator.tick({ ...ticksOf({ 'cpu.usage': '1' }, { host: 'b', startMs: ms })[0]!, partition: 1 });
    if (flows) evaluator.heartbeat(0, ms);
    evaluator.heartbeat(1, ms);
    evaluator.advance(ms);
  }
  assert.deepEqual(said(run.changes), ['F 10:02:50 pipeline pipeline-stalled', 'F 10:04:10 s b']);
});

test('a share of a condition counts hosts with fresh ticks, and three at least', () => {
  const hosts = { ...hostsOf(4), ...hostsOf(2, '726') };
  const run = start([rule('share(cpu.usage > 90) >= 50% for 1m', { name: 'busy' })], hosts);
  const ticks = (minute: number, busy: readonly string[]) =>
    Object.keys(hosts).flatMap((host) =>
      ticksOf(
        { 'cpu.usage': busy.includes(host) ? '95' : '10' },
        { host, startMs: START_MS + minute * 60_000 },
      ),
    );
  play(run, [
    ...ticks(0, []),
    ...ticks(1, ['725-0']),
    ...ticks(2, ['725-0', '725-1', '726-0', '726-1']),
    ...ticks(3, ['725-0', '725-1']),
    ...ticks(4, ['725-0']),
  ]);
  assert.deepEqual(said(run.changes), ['F 10:03 since 10:02 busy 725', 'R 10:04 busy 725']);
});

test('silenced hosts do not count in shares of silent hosts', () => {
  const hosts = hostsOf(10);
  const run = start(builtInRules(), hosts);
  for (const i of [0, 1]) run.evaluator.setSilenced(`725-${i}`, true);
  play(
    run,
    fleetTicks(Object.keys(hosts), 20, (host, m) => indexOf(host) < 3 && m >= 5),
  );
  assert.deepEqual(
    said(run.changes).filter((text) => text.includes('room-dark')),
    [],
  );
});

/** Ticks a minute from then on by report's clock, whose stamps are so much off. */
const shifted = (from: string, minutes: number, offsetMs: number, source = '') =>
  ticksOf({ 'cpu.usage': `20x${minutes}` }, { startMs: at(from) + offsetMs, source }).map((t) => ({
    ...t,
    receivedMs: t.timeMs - offsetMs,
  }));

const clockFaults = (changes: readonly Change[]) =>
  changes.flatMap(({ kind, atMs, alert: { rule, subject } }) =>
    rule === 'clock-fault' && subject.kind === 'host'
      ? [`${kind} ${clock(atMs)} ${subject.labels.clock}`]
      : [],
  );

test('a clock that is an hour behind from the start is named with the second tick, and over when it is set', () => {
  const run = start([rule('cpu > 90')]);
  play(run, [...shifted('10:00', 5, -3_600_000), ...shifted('10:05', 3, 0)]);
  assert.deepEqual(clockFaults(run.changes), ['firing 10:01 behind', 'resolved 10:05 behind']);
  assert.equal(run.evaluator.hosts.get('web-17')!.clockFault, undefined);
});

test('one tick that was held up, and a backlog after it, are no clock fault; up to the limit nothing is', () => {
  const run = start([rule('cpu > 90')]);
  const held = ticksOf({ 'cpu.usage': '20' }).map((tick) => ({ ...tick, receivedMs: at('10:20') }));
  play(run, [...held, ...shifted('10:21', 5, 0)]);
  assert.deepEqual(clockFaults(run.changes), []);
  const edge = start([rule('cpu > 90')]);
  // 5 min and two intervals and 10 s.
  play(edge, shifted('10:00', 5, -430_000));
  assert.deepEqual(clockFaults(edge.changes), []);
  const over = start([rule('cpu > 90')]);
  play(over, shifted('10:00', 5, -430_001));
  assert.deepEqual(clockFaults(over.changes), ['firing 10:01 behind']);
});

test('a right source of a host does not make up for one whose clock is wrong', () => {
  const run = start([rule('cpu > 90')]);
  const both = [...shifted('10:00', 5, 0, 'agent'), ...shifted('10:00', 5, 120_000, 'snmp')];
  play(
    run,
    both.sort((a, b) => a.receivedMs - b.receivedMs),
  );
  assert.deepEqual(clockFaults(run.changes), ['firing 10:00 ahead']);
});

test('clock faults are named: stamps that run ahead, and stamps behind what was evaluated', () => {
  const run = start([rule('cpu > 90')]);
  const shifted = (from: string, minutes: number, offsetMs: number, value: string) =>
    ticksOf({ 'cpu.usage': `${value}x${minutes}` }, { startMs: at(from) + offsetMs }).map((t) => ({
      ...t,
      receivedMs: t.timeMs - offsetMs,
    }));
  play(run, [
    ...shifted('10:00', 3, 0, '95'),
    ...shifted('10:03', 5, 120_000, '95'),
    ...shifted('10:08', 10, -3_600_000, '20'),
  ]);
  const faults = run.changes.filter(({ alert }) => alert.rule === 'clock-fault');
  assert.deepEqual(
    faults.map(({ kind, atMs, alert }) => [
      kind,
      clock(atMs),
      alert.subject.kind === 'host' && alert.subject.labels.clock,
    ]),
    [['firing', '10:03', 'ahead']],
  );
  assert.deepEqual(run.evaluator.hosts.get('web-17')!.clockFault, 'behind');
  // Never "below threshold": the alert stays.
  assert.deepEqual(
    said(run.changes).filter((text) => text.includes(' r ')),
    ['F 10:00 r web-17'],
  );
});

test('a late tick is the first that is heard of a host: it is judged by the next one that is not late', () => {
  const run = start([rule('cpu > 90')]);
  const late = (minute: string, value: string, receivedAt: string) =>
    ticksOf({ 'cpu.usage': value }, { startMs: at(minute) }).map((t) => ({
      ...t,
      receivedMs: at(receivedAt),
    }));
  // What the agent kept of a cut, after newer ticks that were judged before a restart.
  play(run, [...late('10:05', '95', '10:20:10'), ...late('10:06', '95', '10:20:11')]);
  assert.deepEqual(said(run.changes), []);
  play(run, [...late('10:21', '20', '10:21'), ...late('10:07', '95', '10:21:05')]);
  assert.deepEqual(said(run.changes), []);
  play(run, late('10:22', '95', '10:22'));
  assert.deepEqual(said(run.changes), ['F 10:22 r web-17']);
});

test('a report whose clock is an hour behind, beside one that is right, sets nothing back', () => {
  const run = start(builtInRules());
  for (let second = 0; second < 600; second += 5) {
    const ms = at('10:00') + second * 1_000;
    run.evaluator.heartbeat(0, second % 10 === 0 ? ms : ms - 3_600_000);
    run.evaluator.advance(ms);
  }
  assert.deepEqual(said(run.changes), []);
  for (let second = 600; second < 660; second++) run.evaluator.advance(at('10:00') + second * 1_000);
  assert.deepEqual(said(run.changes), ['F 10:09:50 pipeline pipeline-stalled']);
});
