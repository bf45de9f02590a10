// An embedded store in a folder of its own, with a clock that is moved by hand and its log lines kept.
import { mkdtemp, rm } from 'node:fs/promises';
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

export async function temporaryFolder(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'minimon-store-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
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
  // Ran before the folder goes: hooks run in the order they were added, so the folder's comes from elsewhere.
  t.after(() => store.stop());
  return { store, clock, lines };
}
