// Near thresholds of a backtest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearExpressions } from '../../../src/domain/alerting/near.ts';
import { parseExpression } from '../../../src/domain/expression/parser.ts';
import { printExpression } from '../../../src/domain/expression/printer.ts';

const near = (expression: string) => nearExpressions(parseExpression(expression)).map(printExpression);

test('a percentage moves by points, and never to where every or no value crosses', () => {
  assert.deepEqual(near('cpu.usage > 90 for 5m'), [
    'cpu.usage > 80 for 5m',
    'cpu.usage > 85 for 5m',
    'cpu.usage > 95 for 5m',
  ]);
  assert.deepEqual(near('share(silent) > 20% min 2'), [
    'share(silent) > 10% min 2',
    'share(silent) > 15% min 2',
    'share(silent) > 25% min 2',
    'share(silent) > 30% min 2',
  ]);
});

test('all else moves by a share of its threshold, from the lowest up', () => {
  assert.deepEqual(near('disk.free < 20GiB'), [
    'disk.free < 16GiB',
    'disk.free < 18GiB',
    'disk.free < 22GiB',
    'disk.free < 24GiB',
  ]);
  assert.deepEqual(near('delta(disk.free, 1h) < -10GiB')[0], 'delta(disk.free, 1h) < -12GiB');
});

test('levels and clear move together, and of joined tests the one with the levels', () => {
  assert.deepEqual(
    near('swap.usage > 50 and disk.usage > 80 warning clear < 78, > 90 critical clear < 88')[1],
    'swap.usage > 50 and disk.usage > 75 warning clear < 73, > 85 critical clear < 83',
  );
});

test('silence and a threshold of 0 have no near ones', () => {
  assert.deepEqual(near('silent for 3m'), []);
  assert.deepEqual(near('forecast(disk.free, 24h) < 0'), []);
});

test('a metric that is not in the table has them too', () => {
  assert.deepEqual(near('app.queue > 100')[0], 'app.queue > 80');
});
