// A reserve file in the data directory, deleted when the disk is so full that a start could not open its files.
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../domain/errors.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './logging.ts';

/** What SQLite needs beside each file that it opens, for some tens of files. */
const MOST_BYTES = 8 * 1024 * 1024;
/** Less than what the embedded bus leaves free: with the room of the reserve alone no report is taken. */
const MOST_OF_DISK = 0.04;
/** It is made only where it takes nothing from anybody. */
const MAKE_WITH_FREE_SHARE = 0.15;
const LOOK_EVERY_MS = 60_000;

export type DiskReserve = { stop(): Promise<void> };

/** Gives it up now if the disk is full; makes it, also later, once there is room. The directory is there already. */
export function holdDiskReserve(parts: {
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
}): DiskReserve {
  const { directory, clock, logger } = parts;
  const path = join(directory, 'reserve');
  const abort = new AbortController();

  const disk = () => {
    const { bavail, blocks, bsize } = statfsSync(directory);
    return { freeBytes: bavail * bsize, bytes: blocks * bsize };
  };
  const sizeFor = (bytes: number) => Math.floor(Math.min(MOST_BYTES, bytes * MOST_OF_DISK));

  function giveUp(): void {
    const { freeBytes, bytes } = disk();
    if (freeBytes >= sizeFor(bytes) || !existsSync(path)) return;
    rmSync(path, { force: true });
    logger.error(
      `the disk of ${directory} is full (${kib(freeBytes)} KiB free): the room that was kept for a start is given up. ` +
        'Queries are answered; reports are not taken until there is room: agents keep their ticks',
    );
  }

  function make(): void {
    if (existsSync(path)) return;
    const { freeBytes, bytes } = disk();
    if (freeBytes < bytes * MAKE_WITH_FREE_SHARE) return;
    const file = openSync(path, 'wx', 0o600);
    try {
      // Written and not only sized: a sparse file holds no room.
      const zeros = Buffer.alloc(64 * 1024);
      for (let left = sizeFor(bytes); left > 0; )
        left -= writeSync(file, zeros, 0, Math.min(left, zeros.length));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  /** Without it a start on a full disk fails with its reason; nothing else depends on it. */
  function attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      logger.warn(`cannot write the disk reserve ${path}: ${messageOf(error)}`);
    }
  }

  async function watch(): Promise<void> {
    for (;;) {
      attempt(make);
      await clock.sleep(LOOK_EVERY_MS, abort.signal);
    }
  }

  attempt(giveUp);
  const running = watch().catch(() => {});
  return {
    async stop() {
      abort.abort();
      await running;
    },
  };
}

const kib = (bytes: number): number => Math.floor(bytes / 1024);
