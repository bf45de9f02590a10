// An embedded store in a folder of its own, with a clock that is moved by hand and its log lines kept.
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { createVirtualClock, type VirtualClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logging.ts';
import { createEmbeddedStore, type EmbeddedStoreOptions } from '../../src/store/embedded/store.ts';
import type { Store } from '../../src/store/store.ts';

export type Opened = {
  readonly store: Store;
  readonly clock: VirtualClock;
  readonly lines: readonly string[];
};

const folders: string[] = [];

/** Goes with the process: a hook of the test would run before the one that stops the store in it, and fail. */
export async function temporaryFolder(): Promise<string> {
  if (folders.length === 0) {
    process.once('exit', () => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    });
  }
  const directory = await mkdtemp(join(tmpdir(), 'minimon-store-'));
  folders.push(directory);
  return directory;
}

export async function openStore(
  t: TestContext,
  options: Pick<EmbeddedStoreOptions, 'directory' | 'retentionMs' | 'maxBytes' | 'maxHeadBytes'> & {
    readonly nowMs: number;
  },
): Promise<Opened> {
  const { nowMs, ...rest } = options;
  const clock = createVirtualClock(nowMs);
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const logger = await createLogger({ level: 'info', format: 'json' }, sink);
  const store = await createEmbeddedStore({ ...rest, clock, logger });
  t.after(() => store.stop());
  return { store, clock, lines };
}
