// The embedded store keeps the store contract.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createEmbeddedStore } from '../../src/store/embedded/store.ts';
import { storeContract } from './contract.ts';

storeContract('embedded store', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'minimon-store-'));
  const nowMs = Date.parse('2026-03-18T15:20:00Z');
  const store = await createEmbeddedStore({
    directory,
    clock: createVirtualClock(nowMs),
    logger: silentLogger,
  });
  return {
    store,
    nowMs,
    async close() {
      await store.stop();
      await rm(directory, { recursive: true });
    },
  };
});
