// The lease of a warn to the millisecond: how long it holds, when it is tried for, and what a catalog that hangs or fails holds up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEASE_MS, type WarnLease } from '../../src/catalog/warn-lease.ts';
import { createLease } from '../../src/daemons/warn/lease.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';

const ROW = { holder: 'a', fence: 1, leftMs: 0 };

/** A lease over a catalog that answers as told, and when it was asked. */
function leaseOf(answers: Partial<WarnLease>) {
  const clock = createVirtualClock(0);
  const asked: string[] = [];
  const store: WarnLease = {
    read: async () => ROW,
    acquire: async () => ({ ...ROW, won: true }),
    renew: async () => true,
    release: async () => {},
    ...answers,
  };
  const noted = Object.fromEntries(
    Object.entries(store).map(([name, call]) => [
      name,
      (...args: never[]) => {
        asked.push(`${name} ${clock.monotonicMs()}`);
        return (call as (...given: never[]) => unknown)(...args);
      },
    ]),
  ) as WarnLease;
  const lease = createLease({ store: noted, holder: 'a', clock, logger: silentLogger });
  const start = async (ready = () => true) => {
    lease.start(ready);
    await new Promise(setImmediate);
  };
  return { clock, lease, asked, start };
}

test('it holds from when it was asked for, however long the catalog took to answer', async () => {
  for (const slow of ['acquire', 'renew'] as const) {
    let delayMs = 1_500;
    const later = async <T>(answer: T) => {
      await clock.sleep(delayMs);
      delayMs = Number.POSITIVE_INFINITY;
      return answer;
    };
    const { clock, lease, start } = leaseOf({
      acquire: () =>
        slow === 'acquire' ? later({ ...ROW, won: true }) : Promise.resolve({ ...ROW, won: true }),
      renew: () => later(true),
    });
    await start();
    // Renewed two seconds after it was won.
    const heldMs = slow === 'acquire' ? LEASE_MS : 2_000 + LEASE_MS;
    await clock.advanceTo(heldMs - 1);
    assert.deepEqual([lease.fence(), lease.isUncertain()], [1, false], slow);
    await clock.advanceTo(heldMs);
    assert.equal(lease.isUncertain(), true, slow);
  }
});

test('after an outage of the catalog whoever stood by leaves the holder the first word, for as long as a lease', async () => {
  let fails = true;
  const { clock, lease, asked, start } = leaseOf({
    read: async () => {
      if (fails) throw new Error('away');
      return ROW;
    },
  });
  let isReady = false;
  await start(() => isReady);
  await clock.advanceTo(3_000);
  assert.equal(lease.lastError(), 'away');
  fails = false;
  isReady = true;
  await clock.advanceTo(3_000 + LEASE_MS - 1);
  assert.equal(lease.fence(), undefined);
  await clock.advanceTo(3_000 + LEASE_MS);
  assert.equal(lease.fence(), 1);
  assert.equal(asked.at(-1), `acquire ${3_000 + LEASE_MS}`);
});

test('whoever stands by asks again just after the end of the lease', async () => {
  const { clock, lease, asked, start } = leaseOf({
    acquire: async () => ({ ...ROW, leftMs: 700, won: false }),
  });
  await start();
  await clock.advanceTo(1_600);
  assert.deepEqual(asked, ['acquire 0', 'acquire 750', 'acquire 1500']);
  assert.equal(lease.holder(), 'a');
});

test('past its end the catalog is asked before a message goes out, and an answer from before then proves nothing', async () => {
  const answers: ((renewed: boolean) => void)[] = [];
  const { clock, lease, asked, start } = leaseOf({
    renew: () => new Promise((answer) => answers.push(answer)),
    read: async () => ({ ...ROW, holder: 'b', leftMs: 5_000 }),
  });
  await start();
  await clock.advanceTo(2_000);
  assert.equal(await lease.mayTell(), true);
  // Held up while it was asking, for longer than the lease.
  await clock.skip(60_000);
  const may = lease.mayTell();
  answers[0]!(true);
  for (let i = 0; i < 20 && answers.length < 2; i++) await new Promise(setImmediate);
  answers[1]?.(false);
  assert.equal(await may, false);
  assert.equal(lease.holder(), 'b');
  assert.deepEqual(asked.slice(1), ['renew 2000', 'renew 62000', 'read 62000']);
});

test('while the catalog does not answer the last holder goes on, and asks no oftener for its messages', async () => {
  const { clock, lease, asked, start } = leaseOf({ renew: () => Promise.reject(new Error('away')) });
  await start();
  await clock.advanceTo(20_500);
  const before = asked.length;
  assert.equal(await lease.mayTell(), true);
  assert.equal(lease.isUncertain(), true);
  assert.equal(asked.length, before);
});

test('at its stop it is given back, where it was held', async () => {
  const { lease, asked, start } = leaseOf({});
  await start();
  await lease.stop();
  assert.deepEqual(asked, ['acquire 0', 'release 0']);
  assert.equal(lease.fence(), undefined);
  const standby = leaseOf({ acquire: async () => ({ ...ROW, leftMs: 5_000, won: false }) });
  await standby.start();
  await standby.lease.stop();
  assert.deepEqual(standby.asked, ['acquire 0']);
});

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
