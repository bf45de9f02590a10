// What every catalog promises of its audit log: each change is in it, with who made it.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Catalog } from '../../src/catalog/catalog.ts';
import type { VirtualClock } from '../../src/runtime/clock.ts';

type WithCatalog = (work: (catalog: Catalog, clock: VirtualClock) => Promise<void>) => Promise<void>;

export function auditContract(withCatalog: WithCatalog, NOW_MS: number): void {
  it('writes down every change with its actor and nothing for what stayed', () =>
    withCatalog(async ({ inventory, audit }, clock) => {
      await inventory.insert({ hostId: 'a', location: '725' }, 'ann');
      await clock.advanceTo(NOW_MS + 5);
      await inventory.assign(
        [
          { hostId: 'a', location: '725' },
          { hostId: 'b', location: '机房' },
        ],
        'ben',
      );
      await inventory.assign([{ hostId: 'a', location: '机房' }], 'ben');
      await inventory.unassign(['b'], 'cat');
      await inventory.unassign(['b'], 'cat');
      await inventory.remove(['a', 'b', 'nobody'], 'dan');
      const removed = [
        ['a', NOW_MS + 5],
        ['b', NOW_MS + 5],
      ];
      assert.deepEqual([...(await inventory.removedSince(NOW_MS))], removed);
      assert.deepEqual([...(await inventory.removedSince(NOW_MS + 5))], []);
      const entries = await audit.list({ limit: 100 });
      assert.deepEqual(
        entries.map(({ actor, action, subject, detail }) => [actor, action, subject, detail]),
        [
          ['ann', 'host.add', 'a', { to: '725' }],
          ['ben', 'host.add', 'b', { to: '机房' }],
          ['ben', 'host.move', 'a', { from: '725', to: '机房' }],
          ['cat', 'host.unassign', 'b', { from: '机房' }],
          ['dan', 'host.remove', 'a', { from: '机房' }],
          ['dan', 'host.remove', 'b', {}],
        ],
      );
      assert.deepEqual(
        entries.map((entry) => entry.atMs - NOW_MS),
        [0, 5, 5, 5, 5, 5],
      );
      assert.deepEqual(await audit.list({ afterId: entries[3]!.id, limit: 1 }), [entries[4]]);
    }));
}
