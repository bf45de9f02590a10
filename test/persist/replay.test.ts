// The start-up replay: when it is over, and what persist and the answers of analyze say until then.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BusLag } from '../../src/bus/bus.ts';
import { createReplay } from '../../src/daemons/persist/replay.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
const lag = (partition: number, position: number, end: number): BusLag => ({
  ...{ partition, position, end, committed: position },
  ...{ unread: end - position, uncommitted: end - position },
});

test('it is over when all that was there at the start is processed, whatever came since', () => {
  const replay = createReplay(createVirtualClock(NOON));
  assert.match(replay.pending()!, /replay is under way/);
  replay.look([lag(0, 5, 10), lag(1, 7, 7)]);
  assert.match(
    replay.pending()!,
    /\(5 records left\): samples received from the last seal to 2026-01-01T12:00:00.000Z/,
  );
  replay.processed(0, 8, NOON - 60_000);
  replay.look([lag(0, 8, 20), lag(1, 7, 9)]);
  assert.match(
    replay.pending()!,
    /\(2 records left\): samples received from 2026-01-01T11:59:00.000Z to 2026-01-01T12:00:00.000Z may be missing/,
  );
  replay.processed(0, 10, NOON - 30_000);
  assert.equal(replay.pending(), undefined);
  replay.look([lag(0, 10, 30)]);
  assert.equal(replay.pending(), undefined, 'falling behind later is no replay');
});

test('an empty bus is no replay, a partition that went to another persist is not waited for', () => {
  const replay = createReplay(createVirtualClock(NOON));
  replay.look([lag(0, 0, 0)]);
  assert.equal(replay.pending(), undefined);
  const shared = createReplay(createVirtualClock(NOON));
  shared.look([lag(0, 0, 9), lag(1, 3, 3)]);
  assert.notEqual(shared.pending(), undefined);
  shared.look([lag(1, 3, 3)]);
  assert.equal(shared.pending(), undefined);
});

test('a persist that is assigned nothing is ready after half a minute', async () => {
  const clock = createVirtualClock(NOON);
  const replay = createReplay(clock);
  replay.look([]);
  assert.notEqual(replay.pending(), undefined);
  await clock.skip(30_000);
  replay.look([]);
  assert.equal(replay.pending(), undefined);
});

test('the bus may know less than what was processed: neither its place nor its time is taken back', () => {
  const replay = createReplay(createVirtualClock(NOON));
  replay.look([lag(0, 0, 10)]);
  replay.processed(0, 8, NOON - 60_000);
  replay.look([lag(0, 5, 10)]);
  assert.match(replay.pending()!, /\(2 records left\): samples received from 2026-01-01T11:59/);
  // What was skipped, or is lost, has no time.
  replay.look([lag(0, 9, 10)]);
  assert.match(replay.pending()!, /\(1 records left\): samples received from 2026-01-01T11:59/);
});

test('what is processed before the bus has told of its partitions is no end', async () => {
  const clock = createVirtualClock(NOON);
  const replay = createReplay(clock);
  await clock.skip(60_000);
  replay.processed(0, 3, NOON - 60_000);
  assert.match(replay.pending()!, /\(records left\)/);
  replay.look([lag(0, 3, 4)]);
  replay.processed(0, 4, NOON - 50_000);
  assert.equal(replay.pending(), undefined);
});
