// Shares of a location's hosts: who counts in them, what unknown hosts leave open, and when their alerts end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, clock, describe as line, type Run, rule, start, ticksOf } from './timeline.ts';

const HOSTS = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`web-${i}`, '725']));

/** Minutes from 10:00 on: each host's value, undefined where it sends none; time is judged every ten seconds. */
function play(
  run: Run,
  minutes: readonly number[],
  valueAt: (i: number, minute: number) => number | undefined,
) {
  for (const minute of minutes) {
    const startMs = at('10:00') + minute * 60_000;
    for (const [i, host] of Object.keys(HOSTS).entries()) {
      const value = valueAt(i, minute);
      if (value === undefined) continue;
      run.evaluator.tick(ticksOf({ 'cpu.usage': String(value) }, { host, startMs })[0]!);
    }
    for (let ms = startMs; ms < startMs + 60_000; ms += 10_000) {
      run.evaluator.heartbeat(0, ms);
      run.evaluator.advance(ms);
    }
  }
}
const minutes = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const said = ({ changes }: Run): string[] =>
  changes
    .filter(
      ({ kind, alert }) => kind !== 'pending' && kind !== 'dropped' && alert.subject.kind === 'location',
    )
    .map(line);

const DARK = rule('share(silent) >= 40% for 1m', { name: 'dark' });
const BUSY = rule('share(cpu.usage > 90) >= 50%', { name: 'busy' });
const isDark = (i: number): number | undefined => (i < 4 ? undefined : 10);

test('`min` is the least number of hosts that fires', () => {
  for (const [count, wanted] of [
    [4, ['F 10:05:20 since 10:04:20 location']],
    [5, []],
  ] as const) {
    const run = start([rule(`share(silent) >= 40% min ${count} for 1m`)], HOSTS);
    play(run, minutes(0, 10), (i, minute) => (minute > 2 ? isDark(i) : 10));
    assert.deepEqual(said(run), wanted);
  }
});

test('a share of a condition is one of the hosts that report, silenced ones too', () => {
  const run = start([BUSY], HOSTS);
  run.evaluator.setSilenced('web-0', true);
  // Three of seven, then three of six.
  play(run, minutes(0, 9), (i, minute) => (i > 6 - (minute > 3 ? 1 : 0) ? undefined : i < 3 ? 95 : 10));
  assert.deepEqual(run.evaluator.sharesOf('busy', '725'), [{ of: 3, among: 6 }]);
  assert.deepEqual(said(run), ['F 10:05:20 location']);
});

test('a location whose hosts are removed or move has no share any more', () => {
  for (const leave of [
    (run: Run, id: string) => run.evaluator.removeHost(id, at('10:10')),
    (run: Run, id: string) => run.evaluator.setHost(id, '726', at('10:10')),
  ]) {
    const run = start([DARK], HOSTS);
    play(run, minutes(0, 10), (i, minute) => (minute > 2 ? isDark(i) : 10));
    for (const id of Object.keys(HOSTS)) leave(run, id);
    run.evaluator.heartbeat(0, at('10:10'));
    run.evaluator.advance(at('10:10'));
    assert.equal(said(run)[1], 'ended 10:10 no longer reported location');
  }
});

test('after a start a dark location stays so until it is known who reported before', () => {
  const before = start([DARK], HOSTS);
  play(before, minutes(0, 10), (i, minute) => (minute > 2 ? isDark(i) : 10));
  const after = start([DARK], HOSTS);
  after.evaluator.setComplete(false);
  after.evaluator.restore(before.evaluator.open(), at('10:10'));
  play(after, minutes(10, 20), isDark);
  assert.deepEqual(said(after), []);
  after.evaluator.setComplete(true);
  play(after, minutes(20, 21), isDark);
  assert.deepEqual(said(after), ['R 10:20 location']);
});

test('a dark location stays so while its silent hosts are unknown, and keeps its beginning over that time', () => {
  const run = start([DARK], HOSTS);
  const { evaluator } = run;
  const beat = (from: string, to: string, partitions: readonly number[]) => {
    for (let ms = at(from); ms < at(to); ms += 10_000) {
      for (const [i, host] of Object.keys(HOSTS).entries()) {
        const partition = i < 4 ? 0 : 1;
        const sends = partition === 1 || ms < at('10:03');
        if (!sends || ms % 60_000 !== 0) continue;
        evaluator.tick({ ...ticksOf({ 'cpu.usage': '1' }, { host, startMs: ms })[0]!, partition });
      }
      for (const partition of partitions) evaluator.heartbeat(partition, ms);
      evaluator.advance(ms);
    }
  };
  beat('10:00', '10:10', [0, 1]);
  beat('10:10', '10:20', [1]);
  assert.deepEqual(said(run), ['F 10:05:20 since 10:04:20 location']);
  beat('10:20', '10:22', [0, 1]);
  const open = evaluator.open().find(({ rule: name }) => name === 'dark')!;
  assert.equal(clock(open.sinceMs), '10:04:20');
});

test('where all stood still, what was open before keeps its beginning, and ends when it was over', () => {
  const run = start([DARK], HOSTS);
  play(run, minutes(0, 10), (i, minute) => (minute > 2 ? isDark(i) : 10));
  play(run, minutes(30, 32), isDark);
  assert.deepEqual(said(run), ['F 10:05:20 since 10:04:20 location']);
  const open = run.evaluator.open().find(({ rule: name }) => name === 'dark')!;
  assert.equal(clock(open.sinceMs), '10:04:20');
  play(run, minutes(32, 33), () => 10);
  assert.deepEqual(said(run).slice(1), ['R 10:32 location']);
});

test('where all stood still while it was dark, a location that is removed ends when it was', () => {
  const run = start([DARK], HOSTS);
  play(run, minutes(0, 10), (i, minute) => (minute > 2 ? isDark(i) : 10));
  play(run, minutes(30, 32), isDark);
  for (const id of Object.keys(HOSTS)) run.evaluator.removeHost(id, at('10:32'));
  run.evaluator.heartbeat(0, at('10:32'));
  run.evaluator.advance(at('10:32'));
  assert.deepEqual(said(run).slice(1), ['ended 10:32 no longer reported location']);
});

test('a rule that is saved while a location is dark counts it at once', () => {
  const run = start([], HOSTS);
  play(run, minutes(0, 10), (i, minute) => (minute > 2 ? isDark(i) : 10));
  run.evaluator.setRules([DARK], at('10:10'));
  play(run, minutes(10, 13), isDark);
  assert.deepEqual(said(run), ['F 10:11 since 10:10 location']);
});

test('a host that was held back for its location fires when it is let go, not when it was due, over a restart too', () => {
  const rules = [rule('silent', { name: 's' }), rule('share(silent) >= 40% for 1h', { name: 'dark' })];
  const before = start(rules, HOSTS);
  play(before, minutes(0, 6), (i, minute) => (minute > 2 ? isDark(i) : 10));
  const stored = before.evaluator.open();
  const held = stored.filter((alert) => alert.held);
  assert.equal(held.length, 4);
  // The rule of the location was deleted meanwhile.
  const after = start(rules.slice(0, 1), HOSTS);
  after.evaluator.restore(stored, at('10:06'));
  for (const hostId of Object.keys(HOSTS))
    after.evaluator.seeHost({ hostId, timeMs: at('10:02'), receivedMs: at('10:02'), intervalMs: 60_000 });
  play(after, minutes(6, 9), isDark);
  const fired = after.changes.filter(({ kind }) => kind === 'firing');
  assert.deepEqual(fired.map(line), new Array(4).fill('F 10:07:10 since 10:04:10'));
});

test('a host counts in the share of a condition for as long as its value may be late', () => {
  for (const [afterMs, of] of [
    [130_000, 10],
    [130_001, 9],
  ] as const) {
    const run = start([BUSY], HOSTS);
    play(run, minutes(0, 2), (i, minute) => (i === 0 && minute > 0 ? undefined : 95));
    const timeMs = at('10:00') + afterMs;
    const samples = [{ metric: 'load.1', labels: {}, value: 1 }];
    for (let ms = at('10:02'); ms < timeMs; ms += 10_000) run.evaluator.heartbeat(0, ms);
    run.evaluator.tick({ hostId: 'web-0', timeMs, intervalMs: 60_000, receivedMs: timeMs, samples });
    run.evaluator.advance(at('10:02:10'));
    assert.deepEqual(run.evaluator.sharesOf('busy', '725'), [{ of, among: 10 }]);
  }
});
