// What ends, moves and survives: rules edited, disabled and deleted, hosts moved and removed, restarts, several sources.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { at, play, rule, START_MS, sampleOf, start, ticksOf, told } from './timeline.ts';

const HIGH = ticksOf({ 'cpu.usage': '95x3' });
const later = (value: string, time: string) => ticksOf({ 'cpu.usage': value }, { startMs: at(time) });

test('case 6a: a disabled rule ends its alerts once, an enabled one starts over', () => {
  const run = start([rule('cpu > 90 for 1m')]);
  play(run, HIGH);
  run.evaluator.setRules([rule('cpu > 90 for 1m', { enabled: false })], at('10:02:20'));
  play(run, later('95x3', '10:03'));
  run.evaluator.setRules([rule('cpu > 90 for 1m')], at('10:05:30'));
  run.evaluator.setRules([rule('cpu > 90 for 1m')], at('10:05:40'));
  play(run, later('95x3', '10:06'));
  assert.deepEqual(told(run.changes), [
    'F 10:01 since 10:00',
    'ended 10:02:20 rule disabled',
    'F 10:07 since 10:06',
  ]);
});

test('case 6b: a rule deleted while nobody watched ends its alerts at the start', () => {
  const before = start([rule('cpu > 90')]);
  play(before, HIGH);
  const after = start([]);
  after.evaluator.restore(before.evaluator.open(), at('10:10'));
  play(after, later('95x3', '10:03'));
  assert.deepEqual(told(after.changes), ['ended 10:10 rule deleted']);
});

test('case 6b: so do a disabled one and one whose scope was narrowed', () => {
  for (const [now, wanted] of [
    [rule('cpu > 90', { enabled: false }), 'rule disabled'],
    [rule('cpu > 90', { locations: ['8*'] }), 'rule changed'],
  ] as const) {
    const before = start([rule('cpu > 90')]);
    play(before, HIGH);
    const after = start([now]);
    after.evaluator.restore(before.evaluator.open(), at('10:10'));
    play(after, later('95x3', '10:03'));
    assert.deepEqual(told(after.changes), [`ended 10:10 ${wanted}`]);
    const live = start([rule('cpu > 90')]);
    play(live, HIGH);
    live.evaluator.setRules([now], at('10:02:10'));
    assert.equal(live.changes.at(-1)!.reason, wanted);
  }
});

test('case 6b: the alert of a host that moved out of the scope while nobody watched ends as moved', () => {
  const scoped = rule('cpu > 90', { locations: ['72?'] });
  const before = start([scoped]);
  play(before, HIGH);
  const after = start([scoped], { 'web-17': '800' });
  after.evaluator.restore(before.evaluator.open(), at('10:10'));
  assert.deepEqual(told(after.changes), ['ended 10:10 host moved']);
});

test('case 6c: a rule changed while nobody watched is judged by the next tick', () => {
  for (const [expression, wanted] of [
    ['cpu > 92', []],
    ['cpu > 97', ['ended 10:03 rule changed']],
  ] as const) {
    const before = start([rule('cpu > 90')]);
    play(before, HIGH);
    const after = start([rule(expression)]);
    after.evaluator.restore(before.evaluator.open(), at('10:10'));
    play(after, later('95x3', '10:03'));
    assert.deepEqual(told(after.changes), wanted);
  }
});

test('case 18: a restart keeps what fires and tells what recovered', () => {
  const hosts = { a: '725', b: '725', c: '725' };
  const ticks = (host: string, value: string, startMs = START_MS) =>
    ticksOf({ 'mem.usage': value }, { host, startMs });
  const sorted = (list: ReturnType<typeof ticks>) => list.sort((x, y) => x.receivedMs - y.receivedMs);
  const before = start([rule('mem.usage > 90 for 5m')], hosts);
  play(before, sorted(['a', 'b', 'c'].flatMap((host) => ticks(host, '95x8'))));
  const after = start([rule('mem.usage > 90 for 5m')], hosts);
  after.evaluator.restore(JSON.parse(JSON.stringify(before.evaluator.open())), at('10:11'));
  play(
    after,
    sorted([
      ...ticks('a', '95x4', at('10:08')),
      ...ticks('b', '30x4', at('10:08')),
      ...ticks('c', '95x4', at('10:08')),
    ]),
  );
  assert.deepEqual(told(after.changes), ['R 10:08']);
  assert.deepEqual(
    after.evaluator.open().map(({ sinceMs, firedMs }) => [sinceMs, firedMs]),
    [
      [START_MS, at('10:05')],
      [START_MS, at('10:05')],
    ],
  );
  assert.ok(!after.changes.some(({ kind }) => kind === 'pending'));
});

test('case 20: a removed host ends once, its stragglers raise nothing, an assigned one starts over', () => {
  const run = start([rule('cpu > 90 for 1m')]);
  play(run, HIGH);
  run.evaluator.removeHost('web-17', at('10:02:30'));
  play(run, later('95x3', '10:03'));
  run.evaluator.setHost('web-17', '725', at('10:05:30'));
  play(run, later('95x2', '10:06'));
  assert.deepEqual(told(run.changes), [
    'F 10:01 since 10:00',
    'ended 10:02:30 host removed',
    'F 10:07 since 10:06',
  ]);
});

test('a moved host ends in its old location and goes on in the new one, if the rule covers it', () => {
  const run = start([
    rule('cpu > 90', { name: 'all' }),
    rule('cpu > 90', { name: 'old', locations: ['72?'] }),
  ]);
  play(run, HIGH);
  run.evaluator.setHost('web-17', '800', at('10:02:30'));
  play(run, later('95x2', '10:03'));
  assert.deepEqual(
    run.changes.map(({ kind, alert, reason }) => [
      kind,
      alert.rule,
      alert.subject.kind === 'host' && alert.subject.location,
      reason,
    ]),
    [
      ['firing', 'all', '725', undefined],
      ['firing', 'old', '725', undefined],
      ['ended', 'all', '725', 'host moved'],
      ['firing', 'all', '800', undefined],
      ['ended', 'old', '725', 'host moved'],
    ],
  );
  assert.equal(run.evaluator.open()[0]!.sinceMs, START_MS);
});

test('scopes are globs on hosts and locations', () => {
  const hosts = { 'web-1': '725', 'web-10': '725', 'xweb-1': '725', 'db-1': '8' };
  const fired = (scope: { hosts?: string[]; locations?: string[] }) => {
    const run = start([rule('cpu > 90', scope)], hosts);
    play(
      run,
      Object.keys(hosts).flatMap((host) => ticksOf({ 'cpu.usage': '95' }, { host })),
    );
    return run.evaluator.open().map(({ subject }) => subject.kind === 'host' && subject.host);
  };
  assert.deepEqual(fired({ hosts: ['web-1'] }), ['web-1']);
  assert.deepEqual(fired({ hosts: ['web-*'] }), ['web-1', 'web-10']);
  assert.deepEqual(fired({ locations: ['7*'] }), ['web-1', 'web-10', 'xweb-1']);
  assert.deepEqual(fired({ locations: ['8'], hosts: ['web*'] }), []);
});

test('a firing alert without data for a day ends as no data', () => {
  const run = start([rule('cpu > 90')], { 'web-17': '725', other: '725' });
  play(run, HIGH, at('10:05') + 86_400_000);
  // A day after the last tick is not over a day.
  assert.deepEqual(told(run.changes), ['F 10:00', 'ended 10:02:10 no data']);
});

test('a rule that is edited while its alert has no data leaves that said', () => {
  const run = start([rule('cpu > 90')]);
  play(run, HIGH, at('10:10'));
  assert.equal(run.evaluator.open()[0]!.noDataSinceMs, at('10:02'));
  run.evaluator.setRules([rule('cpu > 85')], at('10:10'));
  assert.equal(run.evaluator.open()[0]!.noDataSinceMs, at('10:02'));
});

test('of a window that no rule asked for meanwhile nothing is left: between what it had and what comes would be a gap', () => {
  const run = start([rule('avg(cpu, 10m) > 50')]);
  play(run, ticksOf({ 'cpu.usage': '100x5' }));
  run.evaluator.setRules([], at('10:04:30'));
  play(run, later('0x2', '10:05'));
  const before = run.changes.length;
  run.evaluator.setRules([rule('avg(cpu, 10m) > 50')], at('10:06:30'));
  play(run, later('0', '10:07'));
  assert.deepEqual(run.changes.slice(before), []);
});

test('a pending alert of a host that went silent is dropped', () => {
  const run = start([rule('cpu > 90 for 10m')]);
  play(run, HIGH, at('10:06'));
  assert.deepEqual(
    run.changes.map(({ kind }) => kind),
    ['pending', 'dropped'],
  );
});

test('`and` across sources takes values of either that are fresh', () => {
  const own = (value: string, minutes: number) => ticksOf({ 'cpu.usage': `${value}x${minutes}` });
  const other = (value: string, minutes: number) =>
    ticksOf({ 'gpu.usage': `${value}x${minutes}` }, { source: 'exporter', startMs: START_MS + 5_000 });
  const outcomeOf = (minutes: number) => {
    const run = start([rule('cpu > 90 and gpu.usage > 90 for 3m')]);
    play(
      run,
      [...own('95', 10), ...other('95', minutes)].sort((a, b) => a.receivedMs - b.receivedMs),
    );
    return told(run.changes);
  };
  assert.deepEqual(outcomeOf(10), ['F 10:04 since 10:01']);
  // The other source stops at 10:00:05; its value is too old from 10:03 on, and pending stays as it is.
  assert.deepEqual(outcomeOf(1), []);
});

test('a source that is late or ends does not end what another source shows', () => {
  const run = start([rule('cpu > 90'), rule('gpu.usage > 90', { name: 'gpu' })]);
  const ticks = [
    ...ticksOf({ 'cpu.usage': '95x10' }),
    ...ticksOf({ 'gpu.usage': '95x2' }, { source: 'exporter', startMs: START_MS + 5_000 }),
  ].sort((a, b) => a.receivedMs - b.receivedMs);
  play(run, ticks);
  assert.deepEqual(told(run.changes), ['F 10:00', 'F 10:00:05']);
  assert.deepEqual(
    run.evaluator.open().map(({ rule, noDataSinceMs }) => [rule, noDataSinceMs !== undefined]),
    [
      ['r', false],
      ['gpu', true],
    ],
  );
});

test('one missing side leaves the state, and labels of either side join', () => {
  const run = start([rule('disk.usage > 90 and cpu.usage > 50')]);
  play(run, ticksOf({ 'disk.usage{/}': '95 95 95', 'disk.usage{/var}': '95 95 95', 'cpu.usage': '60 _ 40' }));
  assert.deepEqual(told(run.changes), ['F 10:00 /', 'F 10:00 /var', 'R 10:02 /', 'R 10:02 /var']);
});

test('forecast: a disk that fills is foreseen, not while it is being emptied, and not from an hour too short', () => {
  const gib = 1024 ** 3;
  const line = (minutes: number, perMinute: number, from = 100) =>
    Array.from({ length: minutes }, (_, i) => (from - i * perMinute) * gib);
  const run = (values: readonly number[]) => {
    const r = start([rule('forecast(disk.free, 24h) < 0')]);
    play(
      r,
      values.map((value, i) => ({
        hostId: 'web-17',
        timeMs: START_MS + i * 60_000,
        intervalMs: 60_000,
        receivedMs: START_MS + i * 60_000,
        samples: [sampleOf('disk.free{/}', value)],
      })),
    );
    return told(r.changes);
  };
  assert.deepEqual(run(line(50, 0.1)), []);
  assert.deepEqual(run(line(90, 0.1)), ['F 10:55 /']);
  assert.deepEqual(run(line(300, 0.01)), []);
  const rising = line(40, -0.5, 60);
  assert.deepEqual(run([...line(59, 0.1), ...rising]).length <= 1, true);
});

test('replayed and repeated ticks change nothing', () => {
  const values = fc.array(fc.constantFrom(95, 20, 80), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(values, fc.array(fc.nat(29), { maxLength: 20 }), (list, repeats) => {
      const ticks = ticksOf({ 'cpu.usage': list.join(' ') });
      const plain = start([rule('cpu > 90 clear < 70 for 2m keep 1m')]);
      play(plain, ticks);
      const again = start([rule('cpu > 90 clear < 70 for 2m keep 1m')]);
      const withRepeats = ticks.flatMap((tick, i) => [
        tick,
        ...repeats.filter((r) => r <= i).map((r) => ({ ...ticks[r]!, receivedMs: tick.receivedMs })),
      ]);
      play(again, withRepeats);
      assert.deepEqual(told(again.changes), told(plain.changes));
    }),
    { numRuns: 100 },
  );
});

test('a restart at any tick gives the changes of an unbroken run', () => {
  const values = fc.array(fc.constantFrom('95', '20', '80', '_'), { minLength: 2, maxLength: 30 });
  fc.assert(
    fc.property(values, fc.nat(), (list, cut) => {
      const rules = [
        rule('cpu > 90 clear < 70 for 2m keep 1m'),
        rule('cpu > 75 warning, > 90 critical', { name: 'levels' }),
      ];
      const ticks = ticksOf({ 'cpu.usage': list.join(' ') });
      if (ticks.length < 2) return;
      const whole = start(rules);
      play(whole, ticks);
      const first = start(rules);
      const second = start(rules);
      const at = 1 + (cut % (ticks.length - 1));
      play(first, ticks.slice(0, at));
      second.evaluator.restore(JSON.parse(JSON.stringify(first.evaluator.open())), START_MS);
      play(second, ticks.slice(at - 1));
      assert.deepEqual(told([...first.changes, ...second.changes]), told(whole.changes));
    }),
    { numRuns: 300 },
  );
});
