// A start on a full disk: with the room that was kept for it everything opens and answers; without, the error says what is full.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { diskError } from '../../src/runtime/disk-errors.ts';
import { holdDiskReserve } from '../../src/runtime/disk-reserve.ts';
import { silentLogger as logger } from '../../src/runtime/logging.ts';
import { openSqlite } from '../../src/runtime/sqlite.ts';
import { createEmbeddedStore } from '../../src/store/embedded/store.ts';
import { createRecorder } from '../store/records.ts';
import { until } from '../until.ts';

const NOW = Date.UTC(2026, 2, 18, 8);

/** A disk of 16 MiB; undefined where this user may not mount one. */
function smallDisk(t: TestContext): string | undefined {
  const disk = mkdtempSync(join(tmpdir(), 'minimon-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]).status === 0;
  t.after(() => {
    if (mounted) spawnSync('umount', [disk]);
    rmSync(disk, { recursive: true, force: true });
  });
  if (!mounted) t.skip('needs the right to mount');
  return mounted ? disk : undefined;
}

function fill(disk: string): string {
  const path = join(disk, 'filling');
  for (const size of [65_536, 1]) {
    const bytes = Buffer.alloc(size * 64);
    try {
      for (;;) appendFileSync(path, bytes);
    } catch {
      // No space is left.
    }
  }
  return path;
}

test('a start on a full disk answers queries, takes no reports, and takes them again once there is room', async (t) => {
  const disk = smallDisk(t);
  if (disk === undefined) return;
  const clock = createVirtualClock(NOW);
  const parts = { clock, logger };
  const { record } = createRecorder();
  const batch = record([{ host: 'web-1', ms: NOW, values: { 'cpu.usage': 1 } }]);
  const message = { partition: 0, bytes: batch.bytes, receivedMs: NOW };
  const run = async () => {
    const reserve = holdDiskReserve({ directory: disk, ...parts });
    const bus = await createEmbeddedBus({ directory: join(disk, 'bus'), ...parts });
    const store = await createEmbeddedStore({ directory: join(disk, 'store'), ...parts });
    const stop = async () => {
      await store.stop();
      await bus.stop();
      await reserve.stop();
    };
    return { bus, store, stop };
  };
  const before = await run();
  await before.bus.publish([message]);
  await before.store.write([batch]);
  await before.stop();
  assert.ok(statSync(join(disk, 'reserve')).size > 500_000);

  const filling = fill(disk);
  const { bus, store, stop } = await run();
  try {
    assert.ok(!existsSync(join(disk, 'reserve')));
    assert.match(bus.unhealthy()!, /% free; the bus leaves 5 %/);
    await assert.rejects(bus.publish([message]), { code: 'BUS_FULL' });
    assert.equal((await store.hosts({ sinceMs: 0 })).length, 1);

    rmSync(filling);
    await until('it takes reports again', () => bus.unhealthy() === undefined);
    await bus.publish([message]);
    await until('the room is kept again', async () => {
      await clock.skip(60_000);
      return existsSync(join(disk, 'reserve'));
    });
  } finally {
    await stop();
  }
});

test('the room is kept over a start while the disk is not full, and made only while much of it is free', async (t) => {
  const disk = smallDisk(t);
  if (disk === undefined) return;
  const clock = createVirtualClock(NOW);
  const path = join(disk, 'reserve');
  const parts = { directory: disk, clock, logger };
  await holdDiskReserve(parts).stop();
  const { ino } = statSync(path);
  // A seventh of the disk would be free without it.
  writeFileSync(join(disk, 'data'), Buffer.alloc(13.7 * 1_048_576));
  await holdDiskReserve(parts).stop();
  assert.equal(statSync(path).ino, ino);
  rmSync(path);
  await holdDiskReserve(parts).stop();
  assert.ok(!existsSync(path));
});

test('a file that does not fit on the disk is an error that says what is full', (t) => {
  const disk = smallDisk(t);
  if (disk === undefined) return;
  fill(disk);
  assert.throws(
    () => openSqlite({ path: join(disk, 'some.sqlite'), synchronous: 'full' }),
    (error) => error instanceof ExpectedError && /the disk of .*some\.sqlite is full/.test(error.message),
  );
});

test('what is wrong with a file is said of the file, and no error of a disk is called a bug', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-files-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'some.sqlite');
  mkdirSync(path);
  assert.throws(
    () => openSqlite({ path, synchronous: 'full' }),
    (error) => error instanceof ExpectedError && /A directory stands in the place/.test(error.hint ?? ''),
  );
  const unreadable = join(directory, 'unreadable');
  appendFileSync(unreadable, '');
  chmodSync(unreadable, 0);
  const of = (code: string) =>
    diskError(Object.assign(new Error('what it says'), { code, path: unreadable }));
  assert.match(of('EACCES')!.hint!, /let minimon's user read and write it/);
  for (const code of ['SQLITE_FULL', 'ENOSPC', 'EDQUOT'])
    assert.match(of(code)!.message, /is full: what it says/);
  for (const code of ['SQLITE_IOERR_WRITE', 'EIO']) assert.match(of(code)!.message, /the disk failed at/);
  assert.equal(of('SQLITE_CONSTRAINT'), undefined);
  assert.equal(diskError(new TypeError('a bug')), undefined);
});
