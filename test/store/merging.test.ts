// When units of the head are merged into their files: once they are over and quiet, by their age, or for want of memory.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { directoryId } from '../../src/runtime/directory-id.ts';
import { createPositions, type RecordRef } from '../../src/store/embedded/durable-positions.ts';
import { createHead, type Head } from '../../src/store/embedded/head.ts';
import { createHeadVersions } from '../../src/store/embedded/head-versions.ts';
import { createMerging } from '../../src/store/embedded/merging.ts';
import { openWeekFiles } from '../../src/store/embedded/week-files.ts';
import {
  phaseOf,
  sealsAt,
  WINDOW_MS,
  weekEndMs,
  weekOf,
  windowOf,
} from '../../src/store/embedded/windows.ts';
import { createTickReader } from '../../src/wire/tick-reader.ts';
import { temporaryFolder } from './opened.ts';
import { createRecorder } from './records.ts';

/** A Wednesday. */
const NOW = Date.parse('2026-03-18T15:20:00Z');
const windowAt = (timeMs: number) => windowOf(timeMs, phaseOf('web-1'));
const SEALS_AT = sealsAt(windowAt(NOW), phaseOf('web-1'));

async function opened(
  given: { maxBytes?: number; expiredBeforeMs?: number; counts?: Partial<ReturnType<Head['counts']>> } = {},
) {
  const directory = await temporaryFolder();
  const owner = directoryId(directory, assert.fail);
  const files = openWeekFiles(directory, { error: assert.fail, close: async () => {}, reopen() {}, owner });
  const real = createHead(new Int32Array(createHeadVersions()));
  const head: Head = { ...real, counts: () => ({ ...real.counts(), ...given.counts }) };
  const positions = createPositions();
  const { record } = createRecorder();
  const reader = createTickReader();
  const released: RecordRef[] = [];
  const early: number[] = [];
  let monotonicMs = 0;
  const merging = createMerging({
    // Each look takes longer than a turn may: one unit a turn.
    clock: { monotonicMs: () => (monotonicMs += 20) } as Parameters<typeof createMerging>[0]['clock'],
    ...{ head, files, maxBytes: given.maxBytes ?? 1e9 },
    expiredBeforeMs: () => given.expiredBeforeMs ?? 0,
    release: (ref) => void released.push(ref),
    onEarly: (untilMs) => void early.push(untilMs),
    onMerged() {},
    onError: assert.fail,
  });
  /** A tick that comes at a time of the store's clocks. */
  function add(ms: number, at: { wallMs: number; monotonicMs: number }, host = 'web-1') {
    const batch = record([{ host, ms, values: { a: 1 } }]);
    const ref = positions.begin({ ...batch, bytes: batch.bytes.length });
    reader.readBatch(batch.bytes, (tick) => real.add(tick, { record: ref, times: at }));
    return ref;
  }
  const units = () => real.counts().units;
  return { directory, files, head: real, merging, add, units, released, early };
}

/** What has begun goes on in turns of its own. */
async function idle(merging: { isIdle(): boolean }): Promise<void> {
  while (!merging.isIdle()) await new Promise(setImmediate);
}

test('a window is merged once it is over and nothing came for two seconds, or ten seconds later', async () => {
  const { merging, add, units, early } = await opened();
  const at = (overMs: number) => ({ wallMs: SEALS_AT + overMs, monotonicMs: 3_600_000 + overMs });
  add(NOW, at(-3_600_000));
  merging.mergeDue(at(-1));
  assert.equal(units(), 1);
  merging.mergeDue(at(0));
  assert.equal(units(), 0, 'quiet since an hour');
  // Ticks that come on and on.
  add(NOW + WINDOW_MS, { wallMs: NOW, monotonicMs: 0 });
  for (const overMs of [-1_000, 0, 2_000, 4_000, 6_000, 8_000, 9_500]) {
    const times = { ...at(overMs), wallMs: SEALS_AT + WINDOW_MS + overMs };
    add(NOW + WINDOW_MS + 1_000 + overMs, times);
    merging.mergeDue(times);
    assert.equal(units(), 1, `${overMs} ms over`);
  }
  merging.mergeDue({ ...at(10_000), wallMs: SEALS_AT + WINDOW_MS + 10_000 });
  await idle(merging);
  assert.equal(units(), 0);
  assert.deepEqual(early, []);
});

test('a window whose end a clock that was set back never reaches is merged by its age, and said to be open', async () => {
  const { merging, add, units, early } = await opened();
  add(NOW, { wallMs: NOW, monotonicMs: 0 });
  const most = WINDOW_MS + 30 * 60_000;
  const times = (monotonicMs: number) => ({ wallMs: NOW - 86_400_000, monotonicMs });
  merging.mergeDue(times(most - 1));
  assert.deepEqual([units(), early], [1, []]);
  merging.mergeDue(times(most));
  assert.deepEqual([units(), early], [0, [SEALS_AT]]);
});

test('the oldest is merged first, whatever came first', async () => {
  const { merging, add, units, released } = await opened();
  const times = { wallMs: NOW, monotonicMs: 0 };
  const refs = [-2, -4, -3].map((back) => add(NOW + back * WINDOW_MS, times));
  merging.mergeDue({ wallMs: NOW, monotonicMs: 2_000 });
  await idle(merging);
  assert.equal(units(), 0);
  assert.deepEqual(released, [refs[1], refs[2], refs[0]]);
});

test('what is of a week past retention goes without a file', async () => {
  const endMs = weekEndMs(weekOf(windowAt(NOW)));
  for (const [expiredBeforeMs, files] of [
    [endMs - 1, 1],
    [endMs, 0],
  ] as const) {
    const { merging, add, directory, released } = await opened({ expiredBeforeMs });
    const ref = add(NOW, { wallMs: NOW, monotonicMs: 0 });
    merging.mergeDue({ wallMs: SEALS_AT, monotonicMs: 3_600_000 });
    await idle(merging);
    assert.deepEqual(released, [ref]);
    assert.equal(merging.stats()['expired_samples'], 1 - files);
    assert.equal(readdirSync(directory).filter((name) => name.endsWith('.sqlite')).length, files);
  }
});

test('over its memory the head is emptied to a half, the largest first; then writes go on', async () => {
  const times = { wallMs: NOW, monotonicMs: 0 };
  const probe = await opened();
  for (let i = 0; i < 20; i++) probe.add(NOW, times, `web-${i}`);
  const maxBytes = probe.head.counts().bytes - 1;
  const { merging, add, head, early } = await opened({ maxBytes });
  for (let i = 0; i < 19; i++) add(NOW, times, `web-${i}`);
  merging.makeRoom();
  assert.deepEqual([head.counts().units, early], [19, []]);
  add(NOW, times, 'web-19');
  merging.makeRoom();
  const { bytes, units } = head.counts();
  assert.ok(bytes <= maxBytes / 2 && units > 5, `${units} units, ${bytes} bytes`);
  assert.equal(early.length, 1);
  assert.equal(merging.stats()['early_merges'], 1);
  assert.equal(merging.unhealthy(), undefined);
});

test('too many series, or too many late samples, are too much as well', async () => {
  const times = { wallMs: NOW, monotonicMs: 0 };
  for (const [counts, left] of [
    [{ series: 4_000_000 }, 2],
    [{ series: 4_000_001 }, 0],
    [{ late: 12_000_000 }, 2],
    // Only those that are late.
    [{ late: 12_000_001 }, 1],
  ] as const) {
    const { merging, add, units } = await opened({ counts });
    add(NOW, times);
    add(NOW - 2 * WINDOW_MS, times);
    merging.makeRoom();
    assert.equal(units(), left, JSON.stringify(counts));
  }
});

test('what comes faster than it is merged makes the store unhealthy', async () => {
  const maxBytes = 1_000;
  const why = async (counts: Partial<ReturnType<Head['counts']>>) =>
    (await opened({ maxBytes, counts })).merging.unhealthy();
  assert.equal(await why({ bytes: 2_000 }), undefined);
  assert.match((await why({ bytes: 2_001 }))!, /^samples arrive faster/);
  assert.equal(await why({ late: 12_000_000 }), undefined);
  assert.match((await why({ late: 12_000_001 }))!, /^late samples arrive faster/);
});
