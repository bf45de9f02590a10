// What is told, on its way to the catalog: what a former term did not get written is not written in the next one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount } from '../../../src/daemons/warn/notification/account.ts';
import { createLimiter } from '../../../src/daemons/warn/notification/limiter.ts';
import type { OpenReceiver } from '../../../src/daemons/warn/notification/open-receivers.ts';
import { createStorage } from '../../../src/daemons/warn/notification/storage.ts';
import { createVirtualClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logging.ts';
import { receiver } from './stage.ts';

const accountOf = (group: string) => Object.assign(createAccount(group, 'ops', ''), { lastMs: 0 });

test('an account of which nothing is left leaves once that is stored, unless it changed meanwhile', async () => {
  const clock = createVirtualClock(0);
  const [gone, busy] = [createAccount('725', 'ops', ''), createAccount('726', 'ops', '')];
  const idle: string[] = [];
  const storage = createStorage({
    ...{ clock, logger: silentLogger, onIdle: ({ group }) => void idle.push(group) },
    notifications: {
      list: async () => [],
      async save(changes) {
        assert.ok(changes.every(({ record }) => record === undefined));
        storage.note(busy);
      },
    },
  });
  for (const account of [gone, busy]) storage.note(account);
  await storage.flush();
  assert.deepEqual(idle, ['725']);
  assert.equal(storage.isDirty(), true);
});

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

/** A storage whose first write ends as told; the second half of it is what is noted meanwhile. */
function slowStorage() {
  const clock = createVirtualClock(0);
  const first = Promise.withResolvers<void>();
  const saved: string[][] = [];
  const storage = createStorage({
    ...{ clock, logger: silentLogger, onIdle() {} },
    notifications: {
      list: async () => [],
      async save(changes) {
        saved.push(changes.map(({ record }) => (record === undefined ? 'gone' : 'kept')));
        if (saved.length === 1) await first.promise;
      },
    },
  });
  const limiter = createLimiter([{ count: 1, perMs: 60_000 }]);
  limiter.take(0, 1);
  const open = { setup: receiver('ops'), limiter, waitUntilMs: 0, merge: false, off: undefined };
  return { storage, first, saved, open: open as unknown as OpenReceiver };
}

test('the pace of a receiver that is removed while it is written is not written again', async () => {
  const { storage, first, saved, open } = slowStorage();
  storage.notePace('ops', open);
  const writing = storage.flush();
  await new Promise(setImmediate);
  storage.notePace('ops', undefined);
  first.reject(new Error('away'));
  await writing;
  await storage.flush();
  assert.deepEqual(saved, [['kept']]);
});

test('a write of a former term that ends well says nothing of what the next one has in the catalog', async () => {
  const { storage, first, open } = slowStorage();
  storage.notePace('ops', open);
  const writing = storage.flush();
  await new Promise(setImmediate);
  storage.clear();
  first.resolve();
  await writing;
  assert.deepEqual([...storage.paces()], []);
});
