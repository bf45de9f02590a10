// A record from Kafka as the bus gives it, whatever wrote it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromKafka } from '../../src/bus/kafka/topic.ts';

const HOUR = 3_600_000;
const WRITTEN = Date.parse('2026-03-20T10:00:00Z');

const record = (headers: Record<string, string>) =>
  fromKafka(3, {
    ...{ key: null, value: Buffer.from('x'), timestamp: String(WRITTEN), attributes: 0, offset: '7' },
    headers,
  });

test("report's time is taken, up to an hour ahead of Kafka's; an absurd one gives way to Kafka's", () => {
  const receivedOf = (text: string) => record({ schema: '1', received_ms: text }).receivedMs;
  for (const ms of [1, WRITTEN - 40 * 24 * HOUR, WRITTEN, WRITTEN + HOUR])
    assert.equal(receivedOf(`${ms}`), ms);
  for (const text of [`${WRITTEN + HOUR + 1}`, '99999999999999999', '0', '-5', 'NaN', 'Infinity', 'x', '']) {
    assert.equal(receivedOf(text), WRITTEN, text);
  }
});

test('a record without headers has no known schema, and the time Kafka has', () => {
  const { schema, receivedMs, offset, partition } = record({});
  assert.deepEqual(
    { schema, receivedMs, offset, partition },
    { schema: 0, receivedMs: WRITTEN, offset: 7, partition: 3 },
  );
});
