// What is made of a line of line protocol: the same series each time, and no more of all of them than there is room for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ForeignSeries, ForeignTicks } from '../../src/daemons/report/ingest/foreign-ticks.ts';
import { createPlans, type Plans } from '../../src/daemons/report/ingest/line-plan.ts';
import { readKnownLines } from '../../src/wire/known-lines.ts';
import { viewOf } from '../../src/wire/protobuf.ts';

const FIELDS = Array.from({ length: 100 }, (_, i) => `f${i}=${i}`).join(',');
const headOf = (i: number) => `m,host=web-${i},rack=r17`;

function send({ known, make }: Plans, head: string): void {
  readKnownLines(Buffer.from(`${head} ${FIELDS} 1763800000000000000`), {
    ...{ known, keep: make, timeDigits: 6 },
    bytesOf: ({ bytes }) => bytes,
    onKnown: () => {},
    onLine: () => {},
    onMalformed: ({ reason }) => assert.fail(reason),
  });
}

const isKnown = ({ known }: Plans, head: string) =>
  known.find(viewOf(Buffer.from(head)), 0, head.length) !== undefined;

test('lines of many series that are kept leave room for fewer lines', () => {
  for (const [isKept, wanted] of [
    [true, false],
    [false, true],
  ]) {
    const plans = createPlans(() => isKept!, 400_000)('influx');
    for (let i = 0; i < 4; i++) send(plans, headOf(i));
    assert.equal(isKnown(plans, headOf(3)), true);
    assert.equal(isKnown(plans, headOf(0)), wanted);
  }
});

test('all senders together have one bound', () => {
  const bySource = createPlans(() => false, 400_000);
  const plans = ['influx', 'telegraf'].map(bySource);
  for (const one of plans) for (let i = 0; i < 16; i++) send(one, headOf(i));
  // Looking for one that was not seen lately forgets others: the newest first.
  const newest = Array.from({ length: 16 }, (_, i) => headOf(15 - i));
  const known = plans.map((one) => newest.filter((head) => isKnown(one, head)).length);
  assert.deepEqual(known, [5, 5]);
});

test("a line's series are the same each time, with the labels of all of them", () => {
  const plans = createPlans(() => true)('influx');
  send(plans, headOf(1));
  const { of } = plans.known.find(viewOf(Buffer.from(headOf(1))), 0, headOf(1).length)!;
  const rounds = [0, 1].map(() => {
    const taken: ForeignSeries[] = [];
    const ticks = { take: (series: ForeignSeries) => void taken.push(series) } as unknown as ForeignTicks;
    of.add(ticks, 0, Array(100).fill(1));
    return taken;
  });
  assert.equal(rounds[0]!.length, 100);
  for (const [i, series] of rounds[0]!.entries()) {
    assert.equal(series, rounds[1]![i]);
    assert.equal(series.labels, rounds[0]![0]!.labels);
  }
  assert.deepEqual(rounds[0]![7]!.labels, { rack: 'r17', source: 'influx' });
});
