// What is to be stored again: an alert has another revision after each change of its state, and none where only time passed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertState } from '../../../src/domain/alerting/alert.ts';
import { at, play, rule, start, ticksOf } from './timeline.ts';

type Run = ReturnType<typeof start>;

/** What a store would hold that writes only alerts with another revision. */
function storeOf(run: Run) {
  const stored = new Map<string, { revision: number; state: AlertState }>();
  let writes = 0;
  return {
    save(): number {
      const before = writes;
      for (const [id, { revision }] of run.evaluator.alerts) {
        if (stored.get(id)?.revision === revision) continue;
        stored.set(id, { revision, state: run.evaluator.stateOf(id)! });
        writes++;
      }
      for (const id of stored.keys()) if (!run.evaluator.alerts.has(id)) stored.delete(id);
      return writes - before;
    },
    states: () => [...stored.values()].map(({ state }) => state),
  };
}

const withoutTimes = (states: readonly AlertState[]) =>
  states.map(({ evaluatedMs: _, values: __, ...state }) => state);

test('a store that writes changed revisions only has every alert as it is', () => {
  const high = rule('cpu > 90 warning clear < 80, > 95 critical for 1m keep 1m');
  const run = start([high, rule('silent for 3m', { name: 'gone' })]);
  const store = storeOf(run);
  const check = () => {
    store.save();
    assert.deepEqual(withoutTimes(store.states()), withoutTimes(run.evaluator.open()));
  };
  for (const tick of ticksOf({ 'cpu.usage': '91 96 97 85 91 70 70 99 99 _ _ _ 99' })) {
    play(run, [tick]);
    check();
    run.evaluator.heartbeat(0, tick.receivedMs + 30_000);
    run.evaluator.advance(tick.receivedMs + 30_000);
    check();
  }
  run.evaluator.setRules([rule('cpu > 90 for 1m', { severity: 'info' })], at('10:13:10'));
  check();
  run.evaluator.setRules([rule('cpu > 90 for 1m', { severity: 'critical' })], at('10:13:20'));
  check();
  run.evaluator.setHost('web-17', '726', at('10:13:30'));
  check();
  for (let second = 0; second < 300; second += 10) {
    run.evaluator.heartbeat(0, at('10:14') + second * 1_000);
    run.evaluator.advance(at('10:14') + second * 1_000);
    check();
  }
  assert.ok(store.states().length > 0);
});

test('an alert of a silent host is not stored again while it only goes on', () => {
  const run = start([rule('silent for 1m')]);
  const store = storeOf(run);
  play(run, ticksOf({ 'cpu.usage': '10x2' }));
  const writes: number[] = [];
  for (let ms = at('10:01'); ms <= at('10:30'); ms += 10_000) {
    run.evaluator.heartbeat(0, ms);
    run.evaluator.advance(ms);
    writes.push(store.save());
  }
  assert.equal(run.evaluator.open()[0]?.state, 'firing');
  assert.equal(
    writes.reduce((a, b) => a + b),
    2,
    'once pending, once firing',
  );
});

test('of an alert on values the newest are stored with each tick', () => {
  const run = start([rule('cpu > 90')]);
  const store = storeOf(run);
  for (const [i, value] of [95, 96, 95.5].entries()) {
    play(run, ticksOf({ 'cpu.usage': String(value) }, { startMs: at('10:00') + i * 60_000 }));
    assert.equal(store.save(), 1);
    assert.deepEqual(store.states()[0]!.values, [value]);
  }
});

test('a share that is right again is stored once: since when, for its `keep`', () => {
  const hosts = { a: '725', b: '725', c: '725' };
  const run = start([rule('share(cpu > 90) > 50% keep 10m')], hosts);
  const store = storeOf(run);
  const writes = [95, 10, 10, 10].map((value, minute) => {
    const startMs = at('10:00') + minute * 30_000;
    for (const host of Object.keys(hosts))
      run.evaluator.tick(ticksOf({ 'cpu.usage': String(value) }, { host, startMs })[0]!);
    run.evaluator.advance(startMs);
    return store.save();
  });
  assert.deepEqual(writes, [1, 1, 0, 0]);
  assert.equal(store.states()[0]!.levels[0]!.goodSinceMs, at('10:00:30'));
});
