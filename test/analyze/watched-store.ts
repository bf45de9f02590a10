// A real embedded store that writes down what it is asked and can be taken away and given back.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExpectedError } from '../../src/domain/errors.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createEmbeddedStore } from '../../src/store/embedded/store.ts';
import type { RangeQuery, Store } from '../../src/store/store.ts';

export type WatchedStore = Store & {
  readonly ranges: RangeQuery[];
  /** While set, every read fails as that of a store that is down. */
  down: boolean;
};

export async function openWatchedStore(nowMs: number): Promise<WatchedStore> {
  const directory = await mkdtemp(join(tmpdir(), 'minimon-analyze-'));
  // A clock of its own: its sleepers are not those of the service under test.
  const clock = createVirtualClock(nowMs);
  const store = await createEmbeddedStore({ directory, clock, logger: silentLogger });
  const ranges: RangeQuery[] = [];
  const up = <Result>(read: () => Promise<Result>): Promise<Result> =>
    watched.down ? Promise.reject(new ExpectedError('UNAVAILABLE', 'the store is down')) : read();
  const watched: WatchedStore = {
    ...store,
    ranges,
    down: false,
    range: (query) => {
      ranges.push(query);
      return up(() => store.range(query));
    },
    latest: (query) => up(() => store.latest(query)),
    encoded: (query) => up(() => store.encoded(query)),
    hosts: (query) => up(() => store.hosts(query)),
    metrics: (query) => up(() => store.metrics(query)),
    unhealthy: () => (watched.down ? 'the store is down' : store.unhealthy()),
    async stop() {
      await store.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return watched;
}
