// Which week leaves the store at which moment, to the millisecond and the byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directoryId } from '../../src/runtime/directory-id.ts';
import { openExpiredWeeks } from '../../src/store/embedded/expired-folder.ts';
import { openHosts } from '../../src/store/embedded/hosts.ts';
import { startRetention } from '../../src/store/embedded/retention.ts';
import { openWeekFiles } from '../../src/store/embedded/week-files.ts';
import { weekEndMs } from '../../src/store/embedded/windows.ts';
import { until } from '../until.ts';
import { temporaryFolder } from './opened.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FIRST_SWEEP = 600_000;
const [WEEK, NEXT] = [2_932, 2_933];

async function opened(
  weeks: readonly number[],
  given: {
    retentionMs?: number;
    maxBytes?: (bytes: number) => number;
    asideForMs?: number;
    removedThrough?: number;
    /** How far the newest record is ahead of this machine. */
    aheadMs?: number;
  } = {},
) {
  const directory = await temporaryFolder();
  const owner = directoryId(directory, assert.fail);
  const hosts = openHosts({ directory, owner, onDamaged: assert.fail });
  const files = openWeekFiles(directory, { error: assert.fail, close: async () => {}, reopen() {}, owner });
  for (const week of weeks) files.file(week);
  const startMs = weekEndMs(NEXT) - DAY;
  hosts.setLimit('believed_ms', startMs);
  if (given.asideForMs !== undefined) hosts.setLimit(`aside_for_ms_${WEEK}`, given.asideForMs);
  if (given.removedThrough !== undefined) hosts.setLimit('removed_through_week', given.removedThrough);
  if (given.aheadMs !== undefined)
    hosts.setWatermark({ partition: 0, receivedMs: startMs + given.aheadMs, next: 1 });
  const retention = startRetention({
    ...{ directory, hosts, files, retentionMs: given.retentionMs ?? 365 * DAY, warn() {} },
    maxBytes: given.maxBytes?.(files.bytes()),
    times: { wallMs: startMs, monotonicMs: 0 },
  });
  const runAt = (monotonicMs: number) => retention.run({ wallMs: startMs + monotonicMs, monotonicMs });
  const expired = openExpiredWeeks(directory);
  const { removedThrough } = retention;
  return { runAt, expired, removedThrough, removed: () => retention.stats().weeks_removed };
}

test('a week goes once all of it is older than the retention, and never before ten minutes after the start', async () => {
  const retentionMs = weekEndMs(NEXT) - DAY + FIRST_SWEEP - weekEndMs(WEEK);
  const due = await opened([WEEK, NEXT], { retentionMs });
  due.runAt(FIRST_SWEEP);
  assert.equal(due.removed(), 1);
  const notYet = await opened([WEEK, NEXT], { retentionMs: retentionMs + 1 });
  notYet.runAt(FIRST_SWEEP);
  assert.equal(notYet.removed(), 0);
  const early = await opened([WEEK, NEXT], { retentionMs: DAY });
  early.runAt(FIRST_SWEEP - 1);
  assert.equal(early.removed(), 0);
});

test('over the size limit by a byte the oldest week goes, but for the newest', async () => {
  for (const [weeks, less, removed] of [
    [[WEEK, NEXT], 0, 0],
    [[WEEK, NEXT], 1, 1],
    [[NEXT], 1, 0],
  ] as const) {
    const { runAt, removed: count } = await opened(weeks, { maxBytes: (bytes) => bytes - less });
    runAt(FIRST_SWEEP);
    assert.equal(count(), removed, `${weeks} and ${less} bytes less`);
  }
});

test('a week that is out is kept for a whole day, however long it was out before', async () => {
  const retentionMs = weekEndMs(NEXT) - DAY - weekEndMs(WEEK);
  const { runAt, expired } = await opened([WEEK, NEXT], { retentionMs, asideForMs: 23 * HOUR });
  runAt(FIRST_SWEEP);
  await until('it is out', () => expired.weeks().length === 1);
  runAt(FIRST_SWEEP + DAY - 60_000);
  assert.deepEqual(expired.weeks(), [WEEK]);
  runAt(FIRST_SWEEP + DAY);
  assert.deepEqual(expired.weeks(), []);
});

test('of this machine and the newest record the one that is behind counts', async () => {
  const dueMs = weekEndMs(NEXT) - DAY + FIRST_SWEEP - weekEndMs(WEEK);
  for (const [retentionMs, aheadMs, removed] of [
    [dueMs, 12 * HOUR, 1],
    [dueMs + 1, 12 * HOUR, 0],
    [dueMs - HOUR, -HOUR, 0],
  ] as const) {
    const { runAt, removed: count } = await opened([WEEK, NEXT], { retentionMs, aheadMs });
    runAt(FIRST_SWEEP);
    assert.equal(count(), removed, `${aheadMs}`);
  }
});

test('weeks that were removed for their size do not come back by one that is older', async () => {
  const { runAt, removed, removedThrough } = await opened([WEEK, NEXT], {
    maxBytes: (bytes) => bytes - 1,
    removedThrough: WEEK + 5,
  });
  runAt(FIRST_SWEEP);
  assert.deepEqual([removed(), removedThrough()], [1, WEEK + 5]);
});
