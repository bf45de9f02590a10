// The lease of a warn whose catalog hangs: the end of the process does not wait for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLease } from '../../src/daemons/warn/lease.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';

const never = () => new Promise<never>(() => {});

test('stop ends in time where the catalog hangs, while the lease is renewed and while it is given back', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const hanging of ['renew', 'release'] as const) {
    const clock = createVirtualClock(0);
    const row = { holder: 'a', fence: 1, leftMs: 6_000 };
    const store = {
      read: async () => row,
      acquire: async () => ({ ...row, won: true }),
      renew: async () => true,
      release: async () => {},
      [hanging]: never,
    };
    const lease = createLease({ store, holder: 'a', clock, logger: silentLogger });
    lease.start(() => true);
    for (let i = 0; i < 20 && lease.fence() === undefined; i++) await new Promise(setImmediate);
    assert.equal(lease.fence(), 1);
    await clock.advanceTo(2_000);
    let stopped = false;
    const stopping = lease.stop().then(() => {
      stopped = true;
    });
    for (let i = 0; i < 10 && !stopped; i++) {
      await new Promise(setImmediate);
      t.mock.timers.tick(1_000);
    }
    await stopping;
  }
});
