// Stream time to the millisecond: what is a stall, when report's clock counts as set back, and where time goes on then.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPipeline } from '../../../src/domain/alerting/pipeline.ts';

const START = Date.UTC(2026, 10, 28, 10);
const HOUR = 3_600_000;

/** A heartbeat every ten seconds up to this time by the clock, stamped so much off. */
function beats(pipeline: ReturnType<typeof createPipeline>, from: number, to: number, offMs = 0) {
  for (let second = from; second <= to; second += 10) {
    pipeline.noteNow(START + second * 1_000);
    pipeline.note(0, START + second * 1_000 + offMs);
  }
}

test('a gap of 30 s is none, and a stream without anything for longer stands still since the newest record', () => {
  const pipeline = createPipeline();
  for (const ms of [0, 30_000]) pipeline.note(0, START + ms);
  assert.equal(pipeline.streamMs(0), START + 30_000);
  assert.equal(pipeline.isStalled(0, START + 60_000), false);
  assert.equal(pipeline.isStalled(0, START + 60_001), true);
  assert.deepEqual(pipeline.stalledSince(START + 60_001), { sinceMs: START + 30_000, stampOffsetMs: -0 });
  pipeline.note(0, START + 60_001);
  assert.equal(pipeline.streamMs(0), START + 30_000);
  assert.equal(pipeline.stampOffsetMs(0), 30_001);
});

test('of several partitions that stand still the one that has done so for longest says since when', () => {
  for (const [first, second] of [
    [0, 5_000],
    [5_000, 0],
  ] as const) {
    const pipeline = createPipeline();
    pipeline.note(0, START + first);
    pipeline.note(1, START + second);
    assert.equal(pipeline.stalledSince(START + HOUR)?.sinceMs, START);
  }
});

test('a clock is set back once nothing but older stamps came for 20 s; a little newer one than all before ends that', () => {
  const pipeline = createPipeline();
  beats(pipeline, 0, 60);
  beats(pipeline, 70, 80, -HOUR);
  assert.equal(pipeline.offsetMs(0), 0);
  beats(pipeline, 90, 90, -HOUR);
  assert.equal(pipeline.offsetMs(0), HOUR, 'it is followed: what came is of now');
  assert.equal(pipeline.streamMs(0), START + 60_000, 'no host is older by the time of doubt');
  // An instant of the stream by the clock that is set.
  assert.equal(pipeline.streamMs(0) + pipeline.stampOffsetMs(0), START + 90_000 - HOUR);
  beats(pipeline, 100, 100, -HOUR);
  assert.equal(pipeline.streamMs(0), START + 70_000);
  const newer = createPipeline();
  beats(newer, 0, 60);
  beats(newer, 70, 80, -HOUR);
  newer.note(0, START + 60_000);
  beats(newer, 90, 100, -HOUR);
  assert.equal(newer.offsetMs(0), 0);
});

test('how much was lost is seen where time is followed within 30 s, and else is none', () => {
  for (const [aheadMs, offsetMs] of [
    [30_000, HOUR + 30_000],
    [30_001, HOUR],
  ] as const) {
    const pipeline = createPipeline();
    pipeline.note(0, START);
    for (const second of [0, 10]) pipeline.note(0, START - HOUR + second * 1_000);
    pipeline.noteNow(START + 20_000 + aheadMs);
    pipeline.note(0, START - HOUR + 20_000);
    assert.equal(pipeline.offsetMs(0), offsetMs, `${aheadMs} ms`);
  }
});

test('while only older stamps come it does not stand still, until they stop for over 30 s', () => {
  const pipeline = createPipeline();
  beats(pipeline, 0, 60);
  beats(pipeline, 70, 80, -HOUR);
  assert.equal(pipeline.isStalled(0, START + 110_000), false);
  assert.equal(pipeline.isStalled(0, START + 110_001), true);
});

test('what stands still after a clock was set back is told by the clock as it is now', () => {
  const pipeline = createPipeline();
  beats(pipeline, 0, 60);
  beats(pipeline, 70, 120, -HOUR);
  const { sinceMs, stampOffsetMs } = pipeline.stalledSince(START + HOUR)!;
  assert.equal(sinceMs + stampOffsetMs, START + 120_000 - HOUR);
});
