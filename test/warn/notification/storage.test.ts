// What is told, on its way to the catalog: what a former term did not get written is not written in the next one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount } from '../../../src/daemons/warn/notification/account.ts';
import { createStorage } from '../../../src/daemons/warn/notification/storage.ts';
import { createVirtualClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logging.ts';

test('a write that hangs over the loss of the lease and fails later is not tried again under the next one', async () => {
  const clock = createVirtualClock(0);
  const first = Promise.withResolvers<void>();
  const saved: string[] = [];
  let saves = 0;
  const storage = createStorage({
    clock,
    logger: silentLogger,
    notifications: {
      list: async () => [],
      async save(changes) {
        if (++saves === 1) await first.promise;
        saved.push(...changes.map(({ key }) => key));
      },
    },
    onIdle() {},
  });
  const accountOf = (group: string) => Object.assign(createAccount(group, 'ops', ''), { lastMs: 0 });
  const [former, next] = [accountOf('725'), accountOf('726')];
  storage.note(former);
  const writing = storage.flush();
  await new Promise(setImmediate);
  storage.clear();
  first.reject(new Error('LEASE_LOST'));
  await writing;
  assert.equal(storage.lastError(), undefined);
  storage.note(next);
  await storage.flush();
  assert.deepEqual(saved, [next.key]);
});
