// What goes out as one message where a receiver's limit leaves no room for each: the worst one by one, the rest together.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchesOf } from '../../../src/daemons/warn/notification/batches.ts';
import type { Due } from '../../../src/daemons/warn/notification/group-message.ts';
import { createLimiter } from '../../../src/daemons/warn/notification/limiter.ts';
import type { OpenReceiver } from '../../../src/daemons/warn/notification/open-receivers.ts';

const DUES = ['a', 'b', 'c', 'd', 'e'] as unknown as readonly Due[];

/** A receiver that takes so many within half a minute. */
function open(count: number, kind = 'slack', merge = false): OpenReceiver {
  const limiter = createLimiter([{ count, perMs: 60_000 }]);
  return { receiver: { kind, pace: { rateLimits: [] } }, limiter, merge } as unknown as OpenReceiver;
}
const sizes = (of: OpenReceiver, dues = DUES) => batchesOf(of, dues, 0).map((batch) => batch.length);

test('each by itself where there is room, and the last that has room takes the rest', () => {
  assert.deepEqual(sizes(open(5)), [1, 1, 1, 1, 1]);
  assert.deepEqual(sizes(open(4)), [1, 1, 1, 2]);
  assert.deepEqual(sizes(open(1)), [5]);
  assert.deepEqual(sizes(open(1, 'email')), [1, 1, 1, 1, 1], 'each recipient has its own');
});

test('what gathered while a receiver asked to wait is one message, once', () => {
  const waited = open(5, 'slack', true);
  assert.deepEqual(sizes(waited), [5]);
  assert.deepEqual(sizes(waited), [1, 1, 1, 1, 1]);
  const one = open(5, 'slack', true);
  assert.deepEqual(sizes(one, DUES.slice(0, 1)), [1]);
  assert.equal(one.merge, false);
});
