// Where built and fetched servers are kept, each made once: in a draft folder, under a lock, renamed when whole.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { delay } from '../../src/runtime/clock.ts';
import { lockFile } from '../../src/runtime/sqlite.ts';

/** Read at each call: tests point it elsewhere. */
export const cacheDirectory = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'minimon', 'servers');

const LOCK_POLL_MS = 250;

export type Provision = {
  /** With the version in it: another version is another folder. */
  readonly name: string;
  /** Fills an empty folder. Rejects with an error that says what is missing; nothing is kept then. */
  build(draft: string): Promise<void>;
};

/** The folder with the built thing. Safe to call from several processes at once: one builds, the others wait. */
export async function provisionOnce({ name, build }: Provision): Promise<string> {
  const root = cacheDirectory();
  const target = join(root, name);
  if (existsSync(target)) return target;
  mkdirSync(root, { recursive: true });
  // The kernel drops the lock with its holder: a killed build leaves a draft, never a lock.
  const release = await lock(join(root, `${name}.lock`));
  const draft = mkdtempSync(join(root, `.draft-${name}-`));
  try {
    if (existsSync(target)) return target;
    await build(draft);
    renameSync(draft, target);
    return target;
  } finally {
    rmSync(draft, { recursive: true, force: true });
    release();
  }
}

async function lock(path: string): Promise<() => void> {
  for (;;) {
    const release = lockFile(path);
    if (release) return release;
    await delay(LOCK_POLL_MS);
  }
}
