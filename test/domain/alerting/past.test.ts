// Past samples fill windows: nothing is judged by them, and none counts twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change } from '../../../src/domain/alerting/alert.ts';
import { createEvaluator } from '../../../src/domain/alerting/evaluator.ts';
import { parseExpression } from '../../../src/domain/expression/parser.ts';

const NOW = Date.parse('2026-03-20T10:00:00Z');
const MINUTE = 60_000;

function evaluatorOf(text: string) {
  const changes: Change[] = [];
  const evaluator = createEvaluator((change) => changes.push(change));
  const expression = parseExpression(text);
  evaluator.setRules(
    [{ name: 'r', expression, severity: 'warning', locations: [], hosts: [], enabled: true }],
    NOW,
  );
  evaluator.setHost('web-1', '725', NOW);
  const tick = (timeMs: number, value: number) =>
    evaluator.tick({
      ...{ hostId: 'web-1', timeMs, intervalMs: MINUTE, receivedMs: timeMs },
      samples: [{ metric: 'disk.free', labels: { mount: '/' }, value }],
    });
  const past = { hostId: 'web-1', metric: 'disk.free', labels: { mount: '/' } };
  return { evaluator, changes, tick, past, fired: () => changes.filter(({ kind }) => kind === 'firing') };
}

test('a forecast is made of the means of six hours before the first tick', () => {
  const { evaluator, tick, past, fired } = evaluatorOf('forecast(disk.free, 4h) < 0');
  const spanMs = 6 * 60 * MINUTE;
  const spans = new Map([['[]', spanMs]]);
  assert.deepEqual(evaluator.windows(), [{ metric: 'disk.free', of: 'means', spanMs, spans }]);
  const timesMs = Array.from({ length: 72 }, (_, i) => NOW - (72 - i) * 5 * MINUTE);
  // A GB each five minutes: empty in an hour.
  const values = timesMs.map((ms) => (12 + (NOW - ms) / (5 * MINUTE)) * 1e9);
  evaluator.fill({ ...past, of: 'means', timesMs, values });
  assert.deepEqual(fired(), []);
  tick(NOW, 12e9);
  assert.equal(fired().length, 1);
  const [value] = fired()[0]!.alert.values;
  assert.ok(Math.abs(value! - (12 - 48) * 1e9) < 1e9, String(value));
});

test('what a window holds stays, and a gap in the past is none', () => {
  const { evaluator, tick, past, fired } = evaluatorOf('avg(disk.free, 4m) > 0');
  for (const minutes of [2, 1]) tick(NOW - minutes * MINUTE, 30);
  const timesMs = [4, 3, 2, 1].map((minutes) => NOW - minutes * MINUTE);
  evaluator.fill({ ...past, of: 'samples', timesMs, values: [60, null, 1_000, 1_000] });
  assert.deepEqual(fired(), []);
  tick(NOW - 1, 0);
  assert.deepEqual(fired()[0]!.alert.values, [30], '(60 + 30 + 30 + 0) / 4: of the last four minutes');
});

test('an alert that is pending here and fires as another evaluator stored it goes on firing, told once over', () => {
  const other = evaluatorOf('disk.free > 5 for 2m');
  for (const minutes of [3, 2, 1]) other.tick(NOW - minutes * MINUTE, 9);
  const [stored] = other.evaluator.open();
  assert.equal(stored!.state, 'firing');
  const { evaluator, changes, tick } = evaluatorOf('disk.free > 5 for 2m');
  tick(NOW - MINUTE, 9);
  assert.deepEqual(
    evaluator.open().map(({ state }) => state),
    ['pending'],
  );
  evaluator.restore([stored!], NOW);
  assert.deepEqual(
    evaluator.open().map(({ state, sinceMs }) => [state, sinceMs]),
    [['firing', NOW - 3 * MINUTE]],
  );
  const before = changes.length;
  tick(NOW, 9);
  tick(NOW + MINUTE, 1);
  assert.deepEqual(
    changes.slice(before).map(({ kind }) => kind),
    ['resolved'],
  );
  assert.deepEqual(evaluator.open(), []);
});
