// What `alerts why` says of states that are hard to bring about: held back, kept, without data, ahead of time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  hostSteps,
  shareSteps,
  silentSteps,
  stateSteps,
  valueSteps,
} from '../../src/daemons/warn/state-steps.ts';
import type { Explanation } from '../../src/domain/alerting/explain.ts';
import { parseExpression } from '../../src/domain/expression/parser.ts';
import { at, stateOf } from './notification/stage.ts';

const explained = (more: Partial<Explanation>): Explanation => ({
  isHeard: true,
  covered: true,
  silent: false,
  lastReceivedMs: at('10:00'),
  silentAfterMs: 130_000,
  clockFault: undefined,
  missing: [],
  subjects: [],
  others: [],
  ...more,
});
const lines = (steps: ReturnType<typeof stateSteps>) =>
  steps.map(
    ({ verdict, text, atMs }) =>
      `${verdict} ${text}${atMs === undefined ? '' : ` @${(atMs - at('10:00')) / 60_000}`}`,
  );

test('held back, pending, firing, kept and without data, each with the instant it is about', () => {
  const expression = parseExpression('cpu.usage > 90 for 3m keep 2m');
  const firing = stateOf('web-1');
  assert.deepEqual(lines(stateSteps({ ...firing, state: 'pending' }, expression)), [
    'wait pending for less than 3m: fires at about @3',
  ]);
  const [held] = stateSteps({ ...firing, state: 'pending', held: true }, expression);
  assert.match(held!.text, /held back while a rule about the share of silent hosts fires for its location/);
  const levels = [{ sinceMs: at('10:00'), firing: true, goodSinceMs: at('10:05') }];
  assert.deepEqual(lines(stateSteps({ ...firing, levels, noDataSinceMs: at('10:06') }, expression)), [
    'ok fires, warning @0',
    'note good; over 2m after the first good tick @7',
    'note its host has sent nothing since: the alert keeps its state, is not repeated, and ends after 24h @6',
  ]);
});

test('a host: never seen, silent, its clock ahead or behind', () => {
  assert.deepEqual(lines(hostSteps(explained({ lastReceivedMs: undefined }))), [
    'stop no tick since warn started: it cannot be evaluated',
  ]);
  assert.deepEqual(lines(hostSteps(explained({ silent: true }))), [
    'note silent: no tick for over 2m10s, the last one came @0',
  ]);
  assert.match(hostSteps(explained({ clockFault: 'ahead' }))[1]!.text, /its clock is ahead/);
  assert.equal(hostSteps(explained({ clockFault: 'behind' }))[1]!.verdict, 'stop');
});

test('after a start: nothing was read of the host yet, or its past alone', () => {
  const expression = parseExpression('avg(cpu.usage, 60m) > 1');
  const firing = stateOf('web-1');
  assert.deepEqual(
    lines(valueSteps(explained({ isHeard: false, missing: ['cpu.usage'], others: [firing] }), expression)),
    ['wait no tick since warn started: it is evaluated with the next one', 'ok fires, warning @0'],
  );
  const past = { metric: 'cpu.usage', labels: {}, lastValue: Number.NaN, lastMs: Number.NEGATIVE_INFINITY };
  const coverage = { samples: 7, due: 60, enough: false };
  const subject = { labels: {}, tests: [{ ...past, value: undefined, coverage }], crosses: [undefined] };
  const steps = valueSteps(explained({ subjects: [subject] }), expression);
  assert.deepEqual(
    lines(steps)[0],
    'wait avg(cpu.usage, 1h): 7 of 60 samples: too few to say; no value since warn started',
  );
  for (const { atMs } of steps) assert.ok(atMs === undefined || Number.isFinite(atMs));
});

test('silence and shares at their boundaries', () => {
  const silent = parseExpression('silent for 3m');
  assert.deepEqual(lines(silentSteps(explained({ silent: true }), silent)), [
    'wait silent; it is evaluated within a second',
  ]);
  const share = parseExpression('share(silent) > 20% min 2');
  const verdicts = (of: number, among: number) => shareSteps([{ of, among }], share, undefined)[0]!.verdict;
  assert.deepEqual(
    [verdicts(2, 10), verdicts(3, 10), verdicts(1, 3), verdicts(2, 3)],
    ['stop', 'ok', 'stop', 'ok'],
  );
  assert.match(shareSteps([undefined], share, undefined)[0]!.text, /fewer than three/);
});
