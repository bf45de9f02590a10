// A rule whose matched series fall to none says so, once; one that never matched anything, or is gone, says nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROUND_MS } from '../../../src/domain/alerting/rule-matches.ts';
import { clock, rule, START_MS, sampleOf, start } from './timeline.ts';

const MINUTE = 60_000;
const HOSTS = { 'web-1': '725', 'web-2': '725' };

/** Both hosts tick each minute, with swap in the given minutes only. */
function live(rules = [rule('swap.usage > 90', { name: 'swap' }), rule('load.9 > 1', { name: 'never' })]) {
  const run = start(rules, HOSTS);
  const minutes = (from: number, count: number, hasSwap: boolean) => {
    for (let minute = from; minute < from + count; minute++) {
      const timeMs = START_MS + minute * MINUTE;
      const samples = [sampleOf('cpu.usage', 10), ...(hasSwap ? [sampleOf('swap.usage', 10)] : [])];
      for (const hostId of Object.keys(HOSTS))
        run.evaluator.tick({ hostId, timeMs, intervalMs: MINUTE, receivedMs: timeMs, samples });
      for (let second = 0; second < 60; second += 20) {
        run.evaluator.heartbeat(0, timeMs + second * 1_000);
        run.evaluator.advance(timeMs + second * 1_000);
      }
    }
  };
  const said = () =>
    run.changes.map(({ kind, atMs, reason, alert: { subject } }) =>
      [kind, clock(atMs), subject.kind === 'rule' && `${subject.rule} ${subject.before}`, reason ?? '']
        .join(' ')
        .trim(),
    );
  return { ...run, minutes, said };
}

test('once, with how many series it matched before, and its end when they are back', () => {
  const run = live();
  run.minutes(0, 11, true);
  assert.deepEqual(run.evaluator.ruleHealth('swap').matches, 2);
  assert.deepEqual(run.evaluator.ruleHealth('never').matches, 0);
  run.minutes(11, 30, false);
  assert.equal(run.evaluator.ruleHealth('swap').matches, 0);
  assert.equal(run.said().length, 1);
  assert.match(run.said()[0]!, /^firing 10:1\d:40 swap 2$/);
  run.minutes(41, 11, true);
  assert.equal(run.said().length, 2);
  assert.match(run.said()[1]!, /^resolved 10:[45]\d(:[0-9]+)? swap 2$/);
});

test('a rule that is edited begins anew: what it matched before says nothing of it', () => {
  const run = live();
  run.minutes(0, 11, true);
  run.evaluator.setRules([rule('load.9 > 2', { name: 'swap' })], START_MS + 11 * MINUTE);
  assert.equal(run.evaluator.ruleHealth('swap').matches, undefined);
  run.minutes(11, 30, false);
  assert.deepEqual(run.said(), []);
});

test('it ends with the rule: deleted, disabled, or gone when warn starts again', () => {
  for (const [rules, reason] of [
    [[], 'rule deleted'],
    [[rule('swap.usage > 90', { name: 'swap', enabled: false })], 'rule disabled'],
  ] as const) {
    const run = live();
    run.minutes(0, 11, true);
    run.minutes(11, 12, false);
    const open = run.evaluator.open();
    assert.equal(open.length, 1);
    run.evaluator.setRules(rules, START_MS + 24 * MINUTE);
    assert.equal(run.said().at(-1), `ended 10:24 swap 2 ${reason}`);
    run.minutes(24, (2 * ROUND_MS) / MINUTE, false);
    assert.deepEqual(run.evaluator.open(), []);
    const again = live([...rules]);
    again.evaluator.restore(open, START_MS + 24 * MINUTE);
    assert.deepEqual(again.said(), [`ended 10:24 swap 2 ${reason}`]);
  }
});

test('hosts that fall silent are no reason: their series are not gone', () => {
  const run = live();
  run.minutes(0, 11, true);
  for (let second = 0; second < 1_200; second += 20) {
    run.evaluator.heartbeat(0, START_MS + 11 * MINUTE + second * 1_000);
    run.evaluator.advance(START_MS + 11 * MINUTE + second * 1_000);
  }
  assert.deepEqual(run.said(), []);
});
