// What holds of the evaluator whatever comes: random ticks, late, twice and out of order, gaps, stalls, moves and restarts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Change } from '../../../src/domain/alerting/alert.ts';
import { createEvaluator, type Evaluator, type StreamTick } from '../../../src/domain/alerting/evaluator.ts';
import type { RuleDefinition } from '../../../src/domain/alerting/rule-set.ts';
import { rule, START_MS, sampleOf, told } from './timeline.ts';

const MINUTE = 60_000;
const VALUE_RULES = [
  rule('cpu > 90 for 2m', { name: 'for' }),
  rule('cpu > 90 clear < 70 keep 2m', { name: 'keep' }),
  rule('cpu > 80 warning clear < 75, > 95 critical for 1m', { name: 'levels' }),
  rule('cpu > 90 and mem.usage > 50', { name: 'both' }),
];
const WINDOW_RULES = [
  rule('avg(cpu.usage, 5m) > 80 clear < 60', { name: 'avg' }),
  rule('delta(mem.usage, 3m) > 20', { name: 'delta' }),
];
const TIME_RULES = [
  rule('silent for 2m', { name: 'host-silent' }),
  rule('share(silent) > 20% min 2 for 1m', { name: 'room-dark' }),
  rule('share(cpu.usage > 90) > 40%', { name: 'busy' }),
];

const value = fc.constantFrom(20, 60, 72, 78, 85, 91, 96, 99);
const tickOf = (host: string, minute: number, cpu: number, mem: number, lateMs = 0): StreamTick => ({
  hostId: host,
  timeMs: START_MS + minute * MINUTE,
  intervalMs: MINUTE,
  receivedMs: START_MS + minute * MINUTE + lateMs,
  samples: [sampleOf('cpu.usage', cpu), sampleOf('mem.usage', mem)],
});

/** One host, a tick a minute; some are missing. */
const timeline = fc
  .array(fc.record({ cpu: value, mem: value, missing: fc.nat(9) }), { minLength: 2, maxLength: 40 })
  .map((minutes) =>
    minutes.flatMap(({ cpu, mem, missing }, i) => (missing === 0 ? [] : [tickOf('web-17', i, cpu, mem)])),
  );

function started(rules: readonly RuleDefinition[], hosts: Readonly<Record<string, string>>) {
  const changes: Change[] = [];
  const evaluator = createEvaluator((change) => changes.push(change));
  evaluator.setRules(rules, START_MS);
  for (const [id, location] of Object.entries(hosts)) evaluator.setHost(id, location, START_MS);
  return { evaluator, changes };
}

function run(rules: readonly RuleDefinition[], ticks: readonly StreamTick[]) {
  const one = started(rules, { 'web-17': '725' });
  for (const tick of ticks) one.evaluator.tick(tick);
  return one;
}

/** Each alert's told changes in turn: nothing is over that did not fire, and nothing fires that fires already. */
function assertPaired(changes: readonly Change[]): void {
  const firing = new Set<string>();
  for (const { kind, alert } of changes) {
    if (kind === 'firing') assert.ok(!firing.has(alert.id), `${alert.rule} fires twice`);
    if (kind === 'resolved' || kind === 'ended' || kind === 'level')
      assert.ok(firing.has(alert.id), `${alert.rule}: ${kind} without firing`);
    if (kind === 'firing') firing.add(alert.id);
    if (kind === 'resolved' || kind === 'ended') firing.delete(alert.id);
  }
}

test('what was not told as firing is never told as over, and a replay tells the same', () => {
  fc.assert(
    fc.property(timeline, (ticks) => {
      const rules = [...VALUE_RULES, ...WINDOW_RULES];
      const { changes } = run(rules, ticks);
      assertPaired(changes);
      assert.deepEqual(run(rules, ticks).changes, changes);
    }),
    { numRuns: 300 },
  );
});

test('ticks that come twice, late or out of order change nothing that was told', () => {
  const again = fc.array(
    fc.record({ at: fc.nat(1_000), of: fc.nat(1_000), cpu: value, same: fc.boolean() }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(timeline, again, (ticks, extra) => {
      const mixed = [...ticks];
      for (const { at, of, cpu, same } of extra) {
        if (ticks.length === 0) break;
        const position = 1 + (at % mixed.length);
        const newest = Math.max(...mixed.slice(0, position).map(({ timeMs }) => timeMs));
        const earlier = ticks.filter(({ timeMs }) => timeMs <= newest);
        const tick = earlier[of % earlier.length]!;
        // The same tick again, or another one of a time that was missing.
        const other = tickOf('web-17', (tick.timeMs - START_MS) / MINUTE - 0.5, cpu, 60);
        mixed.splice(position, 0, same ? tick : other);
      }
      assert.deepEqual(told(run(VALUE_RULES, mixed).changes), told(run(VALUE_RULES, ticks).changes));
    }),
    { numRuns: 300 },
  );
});

test('a restart in the middle tells nothing that no restart would not, and forgets nothing', () => {
  fc.assert(
    fc.property(timeline, fc.nat(1_000), (ticks, cut) => {
      const at = cut % (ticks.length + 1);
      const before = run(VALUE_RULES, ticks.slice(0, at));
      const after = started(VALUE_RULES, { 'web-17': '725' });
      // As the catalog gives them back.
      const stored = JSON.parse(JSON.stringify(before.evaluator.open()));
      after.evaluator.restore(stored, START_MS + at * MINUTE);
      for (const tick of ticks.slice(at)) after.evaluator.tick(tick);
      const whole = told(run(VALUE_RULES, ticks).changes);
      assert.deepEqual([...told(before.changes), ...told(after.changes)], whole);
    }),
    { numRuns: 500 },
  );
});

const HOSTS = ['a', 'b', 'c', 'd', 'e', 'f'];
const host = fc.constantFrom(...HOSTS);
const interval = fc.constantFrom(10_000, MINUTE, 200_000);
const step = fc.oneof(
  // A minute in which most hosts tick.
  { weight: 12, arbitrary: fc.record({ round: fc.array(fc.option(value), { minLength: 6, maxLength: 6 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ tick: host, cpu: value, interval, source: fc.constantFrom('', 'other') }),
  },
  { weight: 3, arbitrary: fc.record({ wait: fc.constantFrom(1_000, 20_000, MINUTE, 200_000) }) },
  { weight: 1, arbitrary: fc.record({ stall: fc.constantFrom(20_000, 100_000, 86_400_000) }) },
  { weight: 1, arbitrary: fc.record({ move: host, to: fc.constantFrom('725', '726') }) },
  { weight: 1, arbitrary: fc.record({ remove: host }) },
  { weight: 1, arbitrary: fc.record({ silence: host, on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ rules: fc.subarray([...TIME_RULES, ...VALUE_RULES]) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** `before` runs before each look at what time decides. */
function live(steps: readonly Step[], before: (evaluator: Evaluator) => void): Change[][] {
  const hosts = Object.fromEntries(HOSTS.map((id, i) => [id, i < 4 ? '725' : '726']));
  const { evaluator, changes } = started([...TIME_RULES, ...VALUE_RULES], hosts);
  const partition = (id: string) => HOSTS.indexOf(id) % 2;
  let nowMs = START_MS;
  const seen: Change[][] = [];
  const advance = () => {
    before(evaluator);
    evaluator.advance(nowMs);
    seen.push(changes.splice(0).sort((a, b) => (a.alert.id + a.kind < b.alert.id + b.kind ? -1 : 1)));
  };
  const wait = (ms: number, partitions: readonly number[]) => {
    for (const end = nowMs + ms; nowMs < end; ) {
      nowMs = Math.min(end, nowMs + Math.max(10_000, ms / 10));
      for (const each of partitions) evaluator.heartbeat(each, nowMs);
      advance();
    }
  };
  const tick = (id: string, cpu: number, intervalMs: number, source: string) => {
    const at = { timeMs: nowMs, receivedMs: nowMs, intervalMs, partition: partition(id) };
    evaluator.tick({ ...tickOf(id, 0, cpu, 60), ...at, source });
  };
  for (const one of steps) {
    if ('round' in one) {
      for (const [i, cpu] of one.round.entries()) if (cpu !== null) tick(HOSTS[i]!, cpu, MINUTE, '');
      wait(MINUTE, [0, 1]);
    } else if ('tick' in one) tick(one.tick, one.cpu, one.interval, one.source);
    else if ('wait' in one) wait(one.wait, [0, 1]);
    // One partition only: the hosts of the other one are judged on.
    else if ('stall' in one) wait(one.stall, [1]);
    else if ('move' in one) evaluator.setHost(one.move, one.to, nowMs);
    else if ('remove' in one) {
      evaluator.removeHost(one.remove, nowMs);
      evaluator.setHost(one.remove, '725', nowMs);
    } else if ('silence' in one) evaluator.setSilenced(one.silence, one.on);
    else evaluator.setRules(one.rules, nowMs);
    advance();
  }
  return seen;
}

test('hosts that are looked at only when they are due are judged as if all were looked at each time', () => {
  const lookAtAll = (evaluator: Evaluator) => {
    for (const { id, silenced, sources } of evaluator.hosts.values()) {
      for (const { name, partition, intervalMs } of sources)
        evaluator.seeHost({ hostId: id, source: name, partition, intervalMs, timeMs: 0, receivedMs: 0 });
      // There and back: its location is counted anew.
      evaluator.setSilenced(id, !silenced);
      evaluator.setSilenced(id, silenced);
    }
  };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const due = live(steps, () => {});
      assert.deepEqual(due, live(steps, lookAtAll));
      assertPaired(due.flat());
    }),
    { numRuns: 300 },
  );
});

test('an alert of a source that ended is marked, and over after a day, while the host reports through another', () => {
  const { evaluator, changes } = started([rule('cpu > 90')], { 'web-17': '725' });
  evaluator.tick({ ...tickOf('web-17', 0, 95, 60), source: 'snmp' });
  for (let minute = 0; minute <= 24 * 60 + 1; minute++) {
    evaluator.tick({ ...tickOf('web-17', minute, 10, 60), source: 'agent' });
    for (let second = 0; second < 60; second += 20) {
      evaluator.heartbeat(0, START_MS + minute * MINUTE + second * 1_000);
      evaluator.advance(START_MS + minute * MINUTE + second * 1_000);
    }
    if (minute === 3) assert.equal(evaluator.open()[0]!.noDataSinceMs, START_MS);
  }
  assert.deepEqual(
    changes.map(({ kind, reason }) => [kind, reason]),
    [
      ['firing', undefined],
      ['ended', 'no data'],
    ],
  );
});
