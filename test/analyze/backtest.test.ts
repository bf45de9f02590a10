// What a backtest answers beside the changes: counts, the worst first, windows, notes, the start and end of its range, limits.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { BacktestAlert } from '../../src/api/backtest-fields.ts';
import type { StreamTick } from '../../src/domain/alerting/evaluator.ts';
import { at, clock, START_MS, sampleOf, ticksOf } from '../domain/alerting/timeline.ts';
import { openRecording, type Recording } from './recordings.ts';

const MINUTE = 60_000;
const places = { 'web-17': '725', 'web-18': '725' };

async function over(t: TestContext, ticks: readonly StreamTick[], given: Partial<Recording> = {}) {
  const recorded = await openRecording({
    ticks: ticks.toSorted((a, b) => a.timeMs - b.timeMs),
    places,
    startMs: START_MS,
    stopMs: START_MS + 60 * MINUTE,
    ...given,
  });
  t.after(() => recorded.store.stop());
  return recorded;
}

const rules = (expression: string) => ({ rules: [{ name: 'r', expression }] });
const shown = ({ host, firedMs, endedMs, worst, severity }: BacktestAlert) =>
  [host, clock(firedMs), endedMs && clock(endedMs), worst, severity].join(' ');

test('counts firings, hosts and times, and lists the worst first', async (t) => {
  const { run } = await over(t, [
    ...ticksOf({ 'cpu.usage': '95 95 20 99 20x20' }),
    ...ticksOf({ 'cpu.usage': '20x10 91 91 91 20x10' }, { host: 'web-18' }),
  ]);
  const { result } = await run(rules('cpu.usage > 90'));
  const [rule] = result.rules;
  assert.equal(rule!.firings, 3);
  assert.equal(rule!.hosts, 2);
  assert.equal(rule!.firingMs, 6 * MINUTE);
  assert.equal(rule!.longestMs, 3 * MINUTE);
  assert.deepEqual(rule!.alerts.map(shown), [
    'web-17 10:03 10:04 99 warning',
    'web-17 10:00 10:02 95 warning',
    'web-18 10:10 10:13 91 warning',
  ]);
  assert.equal(rule!.more, 0);
  assert.equal(result.ticks, 47);
  assert.equal(result.stepMs, MINUTE);
  assert.deepEqual(rule!.fired.slice(0, 5), [1, 0, 0, 1, 0]);
  assert.deepEqual(rule!.firing.slice(0, 5), [MINUTE, MINUTE, 0, MINUTE, 0]);
  assert.equal(
    rule!.firing.reduce((sum, ms) => sum + ms),
    rule!.firingMs,
  );
});

test('lists at most the limit and counts the others', async (t) => {
  const values = Array.from({ length: 50 }, (_, i) => (i % 2 ? '20' : String(91 + (i % 7)))).join(' ');
  const { run } = await over(t, ticksOf({ 'cpu.usage': values }));
  const { result } = await run({ ...rules('cpu.usage > 90'), limit: 3 });
  assert.equal(result.rules[0]!.firings, 25);
  assert.deepEqual(
    result.rules[0]!.alerts.map(({ worst }) => worst),
    [97, 97, 97],
  );
  assert.equal(result.rules[0]!.more, 22);
  assert.equal((await run({ ...rules('cpu.usage > 90'), limit: 0 })).result.rules[0]!.alerts.length, 0);
});

test('the severest level is worse than a farther value of a milder one', async (t) => {
  const { run } = await over(t, [
    ...ticksOf({ 'disk.free': '6 2 6 60' }),
    ...ticksOf({ 'disk.free': '8 7 60' }, { host: 'web-18' }),
  ]);
  const { result } = await run(rules('disk.free < 10B warning, < 3B critical'));
  assert.deepEqual(result.rules[0]!.alerts.map(shown), [
    'web-17 10:00 10:03 2 critical',
    'web-18 10:00 10:02 7 warning',
  ]);
});

test('what fired when the range began is marked, what fires at its end is open, and times are cut to the range', async (t) => {
  const { run } = await over(t, ticksOf({ 'cpu.usage': '95x30' }));
  const range = { startMs: at('10:10'), stopMs: at('10:20') };
  const { alerts, ...rule } = (await run({ ...rules('cpu.usage > 90 for 5m'), ...range })).result.rules[0]!;
  assert.deepEqual([rule.firings, rule.firingMs], [1, 10 * MINUTE]);
  assert.equal(alerts[0]!.atStart, true);
  assert.equal(alerts[0]!.firedMs, at('10:08'));
  assert.equal(alerts[0]!.endedMs, undefined);
});

test('reads the longest window and `for` before the range, so that a rule fires with its first tick', async (t) => {
  const { run, ranges } = await over(t, ticksOf({ 'cpu.usage': '95x60' }));
  const range = { startMs: at('10:30'), stopMs: at('10:40') };
  const { result } = await run({ ...rules('avg(cpu.usage, 10m) > 90 for 5m'), ...range });
  assert.equal(result.rules[0]!.firings, 1);
  // A series that ended with the first tick ended a millisecond before it.
  assert.equal(Math.min(...ranges.map(({ startMs }) => startMs)), at('10:12:40') - 1);
  assert.equal(Math.max(...ranges.map(({ stopMs }) => stopMs)), at('10:40'));
});

test('a host that is silent throughout fires from the start; one that never reported is not counted', async (t) => {
  const { run } = await over(
    t,
    [...ticksOf({ 'cpu.usage': '1x5' }), ...ticksOf({ 'cpu.usage': '1x60' }, { host: 'web-18' })],
    { places: { ...places, 'web-19': '725' } },
  );
  const range = { startMs: at('10:30'), stopMs: at('10:50') };
  const { result } = await run({ ...rules('silent for 3m'), ...range });
  assert.deepEqual(
    result.rules[0]!.alerts.map(({ host, atStart, endedMs }) => [host, atStart, endedMs]),
    [['web-17', true, undefined]],
  );
});

test('one reading serves several rules, and the answer is in their order', async (t) => {
  const { run, ranges } = await over(t, ticksOf({ 'cpu.usage': '95x3 20x3' }));
  const first = (await run(rules('cpu.usage > 90'))).result;
  const reads = ranges.length;
  const { result } = await run({
    rules: [
      { name: 'b', expression: 'cpu.usage > 99' },
      { name: 'a', expression: 'cpu.usage > 90' },
    ],
  });
  assert.equal(ranges.length - reads, reads);
  assert.deepEqual(
    result.rules.map(({ name, firings }) => [name, firings]),
    [
      ['b', 0],
      ['a', 1],
    ],
  );
  assert.deepEqual(result.rules[1], { ...first.rules[0], name: 'a' });
});

test('rules on values, silence and shares in one request find what each finds alone', async (t) => {
  const hosts = ['a', 'b', 'c', 'd'];
  const { run } = await over(
    t,
    hosts.flatMap((host, i) => ticksOf({ 'cpu.usage': `95x${10 + 3 * i} _x12 20x10` }, { host })),
    { places: Object.fromEntries(hosts.map((host) => [host, '725'])) },
  );
  const expressions = [
    'cpu.usage > 90 for 5m',
    'silent for 3m',
    'share(silent) > 40% min 2',
    'avg(cpu.usage, 10m) > 80',
  ];
  const { result } = await run({
    rules: expressions.map((expression) => ({ name: expression, expression })),
  });
  for (const [i, expression] of expressions.entries()) {
    const rule = result.rules[i]!;
    assert.ok(rule.firings > 0, expression);
    // What is due while the location's share fires is held back by it: that is so live too.
    if (expression.startsWith('silent')) continue;
    const [alone] = (await run({ rules: [{ name: expression, expression }] })).result.rules;
    assert.deepEqual(rule, alone);
  }
  assert.equal(result.ticks, 4 * 20 + 3 * (0 + 1 + 2 + 3));
});

test('reads only hosts in the scope, in portions that fit, and answers the same bytes again', async (t) => {
  // At a second's distance a day would be 86,400 points: portions stay under what the store gives at once.
  const length = 30_000;
  const ticks = Array.from({ length }, (_, i): StreamTick => {
    const timeMs = START_MS + i * 1_000;
    const value = i % 5_000 < 100 ? 95 : 20;
    return {
      hostId: 'web-17',
      timeMs,
      intervalMs: 1_000,
      receivedMs: timeMs,
      samples: [sampleOf('cpu.usage', value)],
    };
  });
  const { run, ranges } = await over(t, ticks, { stopMs: START_MS + length * 1_000 });
  const request = { rules: [{ name: 'r', expression: 'cpu.usage > 90 for 10s', hosts: ['web-*7'] }] };
  const { result } = await run(request);
  assert.equal(result.hosts, 1);
  assert.equal(result.rules[0]!.firings, 6);
  assert.ok(ranges.length >= 3);
  assert.ok(ranges.every(({ hosts }) => hosts?.join() === 'web-17'));
  assert.equal(JSON.stringify((await run(request)).result), JSON.stringify(result));
});

test('an interval that was another one than today is seen in the ticks', async (t) => {
  const slow = ticksOf({ 'cpu.usage': '95x30' }, { intervalMs: MINUTE });
  const fast = ticksOf({ 'cpu.usage': '20x30' }, { intervalMs: 10_000, startMs: at('10:40') });
  const { run } = await over(t, [...slow, ...fast]);
  const range = { startMs: START_MS, stopMs: at('10:30') };
  const { result } = await run({ ...rules('cpu.usage > 90 for 5m'), ...range });
  assert.equal(result.rules[0]!.firings, 1);
});

test('says from when on samples are there, where the range begins before', async (t) => {
  const { run } = await over(t, ticksOf({ 'cpu.usage': '1x30' }, { startMs: at('10:20') }));
  assert.equal((await run(rules('cpu.usage > 90'))).result.samplesFromMs, at('10:20'));
  const later = { ...rules('cpu.usage > 90'), startMs: at('10:18') };
  assert.equal((await run(later)).result.samplesFromMs, undefined, 'within an interval of the start');
});

test('says what the reader must know', async (t) => {
  const { run } = await over(t, ticksOf({ 'cpu.usage': '1x30' }, { startMs: at('10:20') }));
  const notes = async (expression: string, scope = {}) =>
    (await run({ rules: [{ name: 'r', expression, ...scope }] })).result.warnings;
  assert.deepEqual(await notes('cpu.usage > 90'), [
    'samples begin at 2026-11-28T10:20:00.000Z: nothing is known before',
  ]);
  assert.match((await notes('share(silent) > 20%')).join('\n'), /locations are those of today/);
  assert.match(
    (await notes('cpu.usage > 90', { locations: ['72?'] })).join('\n'),
    /locations are those of today/,
  );
  assert.match((await notes('swap.usage > 90')).join('\n'), /no host in the scope reported swap.usage/);
  assert.deepEqual(await notes('cpu.usage > 90', { hosts: ['db-*'] }), [
    'no assigned host that ever reported is in the scope',
  ]);
  assert.deepEqual(await notes('cpu.usage > 90', { hosts: ['web-18'] }), [
    'no assigned host that ever reported is in the scope',
  ]);
});

test('refuses what cannot be run, with a caret where it is wrong', async (t) => {
  const { run } = await over(t, ticksOf({ 'cpu.usage': '1x3' }));
  await assert.rejects(run(rules('cpu.usage >> 90')), { code: 'BAD_EXPRESSION', message: /\^/ });
  await assert.rejects(run(rules('disk.free < 10%')), { code: 'BAD_EXPRESSION', message: /\^/ });
  await assert.rejects(run({ ...rules('cpu.usage > 90'), startMs: at('12:00') }), { code: 'BAD_RANGE' });
  const long = { startMs: at('11:00') - 93 * 86_400_000 };
  await assert.rejects(run({ ...rules('cpu.usage > 90'), ...long }), {
    code: 'BAD_RANGE',
    message: /92 days/,
  });
  await assert.rejects(run({ rules: [] }), { code: 'BAD_REQUEST' });
  await assert.rejects(run({ ...rules('cpu.usage > 90'), limit: 1_001 }), { code: 'BAD_REQUEST' });
});

test('two at a time, a third is refused; one whose reader left makes room', async (t) => {
  const { run, backtest } = await over(t, ticksOf({ 'cpu.usage': '1x3' }));
  const left = new AbortController();
  const request = { ...rules('cpu.usage > 90'), startMs: START_MS, stopMs: START_MS + 3 * MINUTE };
  const running = [1, 2].map(() => backtest(request, left.signal)[Symbol.asyncIterator]());
  for (const one of running) assert.equal((await one.next()).value?.progress, 0);
  await assert.rejects(run(request), { code: 'UNAVAILABLE', message: /2 backtests are running/ });
  left.abort(new Error('left'));
  await assert.rejects(running[0]!.next(), /left/);
  assert.equal((await run(request)).result.ticks, 3);
  await running[1]!.return?.(undefined);
  await Promise.all([run(request), run(request)]);
});
