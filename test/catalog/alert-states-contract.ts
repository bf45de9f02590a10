// What every catalog promises about what warn stores: open alerts with their offsets, and the lease of the one that may write.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { LEASE_MS } from '../../src/catalog/warn-lease.ts';
import type { AlertState } from '../../src/domain/alerting/alert.ts';
import type { VirtualClock } from '../../src/runtime/clock.ts';

const stateOf = (host: string, value: number): AlertState => ({
  id: `hot\u0000${host}`,
  rule: 'hot',
  expression: 'cpu.usage > 90',
  subject: { kind: 'host', host, location: '机房一', labels: { mount: '/a"b\\c d' } },
  state: 'firing',
  severity: 'critical',
  sinceMs: 1_764_032_400_123,
  values: [value],
  evaluatedMs: 1_764_032_460_123,
  source: '',
  levels: [{ sinceMs: 1_764_032_400_123, firing: true }],
});

type WithCatalog = (work: (catalog: Catalog, clock: VirtualClock) => Promise<void>) => Promise<void>;

export function alertStatesContract(withCatalog: WithCatalog, alike: readonly string[]): void {
  it('keeps open alerts and offsets together, each alert by its own id', () =>
    withCatalog(async ({ alertStates }) => {
      assert.deepEqual(await alertStates.load(), { states: [], offsets: new Map(), readFrom: new Map() });
      await alertStates.save({
        changed: alike.map((host, i) => stateOf(host, i)),
        removedIds: [],
        offsets: new Map([
          [0, 10],
          [11, Number.MAX_SAFE_INTEGER],
        ]),
        fence: 0,
      });
      await alertStates.save({
        changed: [stateOf(alike[1]!, 99.5)],
        removedIds: [stateOf(alike[0]!, 0).id, 'never there'],
        offsets: new Map([[0, 11]]),
        readFrom: new Map([[0, 4]]),
        fence: 0,
      });
      const { states, offsets, readFrom } = await alertStates.load();
      const byId = (a: AlertState, b: AlertState) => (a.id < b.id ? -1 : 1);
      assert.deepEqual(
        [...states].sort(byId),
        alike
          .slice(1)
          .map((host, i) => stateOf(host, i === 0 ? 99.5 : i + 1))
          .sort(byId),
      );
      assert.deepEqual(
        [...offsets].sort(([a], [b]) => a - b),
        [
          [0, 11],
          [11, Number.MAX_SAFE_INTEGER],
        ],
      );
      assert.deepEqual(readFrom, new Map([[0, 4]]));
    }));

  it('writes nothing for who does not hold the lease any more', () =>
    withCatalog(async ({ alertStates, notifications, warnLease }) => {
      const first = await warnLease.acquire('first');
      assert.equal(first.won, true);
      await alertStates.save({
        changed: [stateOf('a', 1)],
        removedIds: [],
        offsets: new Map([[0, 1]]),
        fence: first.fence,
      });
      await warnLease.release(first.fence);
      const second = await warnLease.acquire('second');
      assert.equal(second.fence, first.fence + 1);
      const before = await alertStates.load();
      const late = {
        changed: [stateOf('b', 2)],
        removedIds: [stateOf('a', 1).id],
        offsets: new Map([[0, 9]]),
      };
      await assert.rejects(alertStates.save({ ...late, fence: first.fence }), { code: 'LEASE_LOST' });
      await assert.rejects(notifications.save([{ key: 'k', record: {} }], first.fence), {
        code: 'LEASE_LOST',
      });
      assert.deepEqual(await alertStates.load(), before);
      assert.deepEqual(await notifications.list(), []);
      await alertStates.save({ ...late, fence: second.fence });
      await notifications.save([{ key: 'k', record: {} }], second.fence);
      assert.deepEqual((await alertStates.load()).offsets, new Map([[0, 9]]));
    }));

  it('gives the lease to one at a time, and to another one when it was not renewed', () =>
    withCatalog(async ({ warnLease }) => {
      const won = await Promise.all(['a', 'b', 'c'].map((holder) => warnLease.acquire(holder)));
      const winners = won.filter((one) => one.won);
      assert.equal(winners.length, 1);
      const [winner] = winners;
      for (const { holder, fence } of won) assert.deepEqual([holder, fence], [winner!.holder, winner!.fence]);
      const { leftMs } = await warnLease.read();
      assert.ok(leftMs > 0 && leftMs <= LEASE_MS, String(leftMs));
      assert.equal(await warnLease.renew(winner!.fence), true);
      assert.equal(await warnLease.renew(winner!.fence - 1), false);
      await warnLease.release(winner!.fence - 1);
      assert.equal((await warnLease.acquire('d')).won, false);
      // The same holder, started again: what its former self still sends is refused.
      const again = await warnLease.acquire(winner!.holder);
      assert.deepEqual([again.won, again.fence], [true, winner!.fence + 1]);
      assert.equal(await warnLease.renew(winner!.fence), false);
      await warnLease.release(again.fence);
      assert.deepEqual(await warnLease.read(), { holder: '', fence: again.fence, leftMs: 0 });
      assert.equal((await warnLease.acquire('d')).won, true);
    }));
}
