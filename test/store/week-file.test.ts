// A week's file: numbers of series go with a transaction that failed, and which times are of which week.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { directoryId } from '../../src/runtime/directory-id.ts';
import { openWeekFile } from '../../src/store/embedded/week-file.ts';
import {
  chunkRow,
  firstWindow,
  seriesOfRow,
  WINDOW_MS,
  weekEndMs,
  weekFileName,
  weekOf,
  weekOfFileName,
  windowOfRow,
  windowStart,
} from '../../src/store/embedded/windows.ts';
import { temporaryFolder } from './opened.ts';

const WEEK = 2_932;
const PHASE_MS = WINDOW_MS / 24;

test('series that were new in a transaction that failed are new again, with the same numbers', async () => {
  const directory = await temporaryFolder();
  const path = join(directory, weekFileName(WEEK));
  const owner = directoryId(directory, assert.fail);
  const open = () => openWeekFile({ path, week: WEEK, owner, warn: assert.fail });
  const file = open();
  const idOf = (key: string, fails = false) => {
    let id = 0;
    const work = () =>
      file.transaction(() => {
        id = file.seriesId('web-1', key);
        if (fails) throw new Error('the disk is full');
      });
    if (fails) assert.throws(work, /the disk is full/);
    else work();
    return id;
  };
  assert.deepEqual([idOf('a'), idOf('b', true), idOf('c'), idOf('b'), idOf('a')], [1, 2, 2, 3, 1]);
  file.close();
  const again = open();
  assert.deepEqual(
    [...again.series().get('web-1')!],
    [
      ['a', 1],
      ['c', 2],
      ['b', 3],
    ],
  );
  again.close();
});

test('no window of a week ends after the week, and the one that is shifted most ends with it', () => {
  const ends = Array.from({ length: 24 }, (_, phase) => windowStart(firstWindow(WEEK + 1), phase * PHASE_MS));
  assert.equal(Math.max(...ends), weekEndMs(WEEK));
  assert.deepEqual([weekOf(firstWindow(WEEK)), weekOf(firstWindow(WEEK + 1) - 1)], [WEEK, WEEK]);
  assert.equal(new Date(windowStart(firstWindow(WEEK), 0)).getUTCDay(), 1);
});

test('a row says its series and window, a name its week', () => {
  for (const phase of [0, 1, 23]) {
    for (const window of [firstWindow(WEEK), firstWindow(WEEK + 1) - 1]) {
      const row = chunkRow(2 ** 24 - 1, window, phase * PHASE_MS);
      assert.deepEqual([seriesOfRow(row), windowOfRow(row, WEEK)], [2 ** 24 - 1, window]);
    }
  }
  assert.equal(weekOfFileName(weekFileName(WEEK)), WEEK);
  for (const name of [
    'week-2026-03-17.sqlite',
    'week-2026-02-30.sqlite',
    'hosts.sqlite',
    `${weekFileName(WEEK)}-wal`,
  ])
    assert.equal(weekOfFileName(name), undefined, name);
});
