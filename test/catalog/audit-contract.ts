// What every catalog promises of its audit log: each change is in it, with who made it.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { AuditFilter } from '../../src/catalog/audit.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { servedTo } from '../../src/runtime/caller.ts';
import type { VirtualClock } from '../../src/runtime/clock.ts';
import { auditEntries } from './audit-entries.ts';

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
      const entries = await auditEntries(audit);
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
    }));

  const changesOf = async ({ audit }: Catalog, filter: Partial<AuditFilter> = {}) => {
    const { changes } = await audit.changes({ limit: 100, ...filter });
    return changes.map(({ actor, entries }) => [actor, ...entries.map(({ subject }) => subject)]);
  };

  it('keeps what was done at once as one change, newest first, and finds it by host, location, actor and time', () =>
    withCatalog(async (catalog, clock) => {
      const { inventory, audit } = catalog;
      const many = Array.from({ length: 450 }, (_, i) => ({ hostId: `h-${i}`, location: '7"25' }));
      await inventory.assign(many, 'ann');
      await clock.advanceTo(NOW_MS + 5);
      await servedTo({ name: undefined, address: '10.0.0.9' }, () =>
        inventory.assign([{ hostId: 'h-1', location: 'ab' }], 'ben'),
      );
      await inventory.remove(['h-2', 'nobody'], 'ben');
      await inventory.assign([{ hostId: 'h-1', location: 'AB' }], 'ann');
      const all = (await audit.changes({ limit: 100 })).changes;
      assert.deepEqual(
        all.map(({ actor, address, atMs, entries }) => [actor, address, atMs - NOW_MS, entries.length]),
        [
          ['ann', undefined, 5, 1],
          ['ben', undefined, 5, 1],
          ['ben', '10.0.0.9', 5, 1],
          ['ann', undefined, 0, 450],
        ],
      );
      assert.deepEqual(all[0]!.entries, [
        { action: 'host.move', subject: 'h-1', detail: { from: 'ab', to: 'AB' } },
      ]);
      assert.deepEqual(await changesOf(catalog, { host: 'h-1', limit: 2 }), [
        ['ann', 'h-1'],
        ['ben', 'h-1'],
      ]);
      assert.equal((await audit.changes({ host: 'h-449', limit: 9 })).changes[0]!.entries.length, 450);
      assert.deepEqual(await changesOf(catalog, { host: 'H-1' }), []);
      assert.deepEqual(await changesOf(catalog, { location: 'AB' }), [['ann', 'h-1']]);
      assert.deepEqual((await changesOf(catalog, { location: '7"25' })).length, 3);
      assert.deepEqual(await changesOf(catalog, { location: '7' }), []);
      assert.deepEqual(await changesOf(catalog, { actor: 'ben', sinceMs: NOW_MS + 5 }), [
        ['ben', 'h-2'],
        ['ben', 'h-1'],
      ]);
      assert.deepEqual(await changesOf(catalog, { sinceMs: NOW_MS + 6 }), []);
      const pages: number[] = [];
      for (let beforeId: number | undefined; ; ) {
        const { changes, more } = await audit.changes({ beforeId, limit: 3 });
        pages.push(...changes.map(({ id }) => id));
        beforeId = changes.at(-1)?.id;
        if (!more) break;
      }
      assert.deepEqual(
        pages,
        all.map(({ id }) => id),
      );
      assert.equal(await audit.change(all[3]!.id + 1), undefined, 'an entry in the middle is no change');
    }));

  it('takes a change back: added, moved, unassigned and removed hosts are as before', () =>
    withCatalog(async ({ inventory, audit }, clock) => {
      const newest = async () => (await audit.changes({ limit: 1 })).changes[0]!;
      const places = async () =>
        (await inventory.list({ limit: 99 })).map(({ hostId, location }) => [hostId, location]);
      await inventory.assign(
        ['a', 'b', '机'].map((hostId) => ({ hostId, location: '725' })),
        'ann',
      );
      await inventory.unassign(['b'], 'ann');
      const before = await places();
      const changes = [
        () =>
          inventory.assign(
            ['a', 'b', '机', 'new'].map((hostId) => ({ hostId, location: '7' })),
            'ben',
          ),
        () => inventory.unassign(['a', 'b', '机'], 'ben'),
        () => inventory.remove(['a', 'b', '机'], 'ben'),
        () => inventory.renameLocation({ from: '725', to: 'renamed' }, 'ben'),
        () => inventory.removeLocation('725', { actor: 'ben', force: true }),
      ];
      for (const [i, change] of changes.entries()) {
        await clock.advanceTo(NOW_MS + i + 1);
        await change();
        const made = await newest();
        const changed = await places();
        const planned = await inventory.undo(made.id, { actor: 'cat', dryRun: true });
        assert.deepEqual(await places(), changed, 'a dry run changes nothing');
        assert.deepEqual(await inventory.undo(made.id, { actor: 'cat' }), planned);
        assert.deepEqual(await places(), before);
        assert.deepEqual(await inventory.locations(), [{ location: '725', hosts: 2 }]);
        const undo = await newest();
        assert.deepEqual([undo.actor, undo.undoes], ['cat', made.id]);
        await inventory.undo(undo.id, { actor: 'dan' });
        assert.deepEqual(await places(), changed, 'an undo is taken back as any change');
        await inventory.undo((await newest()).id, { actor: 'dan' });
      }
      await assert.rejects(inventory.undo(123_456, { actor: 'x' }), { code: 'CHANGE_UNKNOWN' });
    }));

  it('leaves a location that others have come to when it takes a change back, and makes one again that is gone', () =>
    withCatalog(async ({ inventory, audit }, clock) => {
      let atMs = NOW_MS;
      const move = async (hostId: string, location: string) => {
        await clock.advanceTo(++atMs);
        await inventory.assign([{ hostId, location }], 'ann');
        return (await audit.changes({ limit: 1 })).changes[0]!.id;
      };
      await move('a', '725');
      const made = await move('a', 'new');
      await move('b', 'new');
      await inventory.undo(made, { actor: 'ann' });
      const [old, fresh] = ['725', 'new'].map((location) => ({ location, hosts: 1 }));
      assert.deepEqual(await inventory.locations(), [old, fresh]);
      const left = await move('a', 'new');
      await inventory.removeLocation('725', { actor: 'ann' });
      assert.deepEqual(await inventory.locations(), [{ location: 'new', hosts: 2 }]);
      await inventory.undo(left, { actor: 'ann' });
      assert.deepEqual(await inventory.locations(), [old, fresh]);
    }));

  it('does not take back what was changed since, unless forced', () =>
    withCatalog(async ({ inventory, audit }) => {
      const assign = (location: string, ...hostIds: string[]) =>
        inventory.assign(
          hostIds.map((hostId) => ({ hostId, location })),
          'ann',
        );
      await assign('1', 'a', 'b', 'c');
      await assign('2', 'a', 'b', 'c');
      const { id } = (await audit.changes({ limit: 1 })).changes[0]!;
      await assign('3', 'b');
      await inventory.remove(['c'], 'ann');
      await assert.rejects(inventory.undo(id, { actor: 'ann' }), {
        code: 'HOST_CHANGED',
        message: '2 of 3 hosts were changed since: b (now in 3), c (now not in the inventory)',
      });
      await assert.rejects(inventory.undo(id, { actor: 'ann', dryRun: true }), { code: 'HOST_CHANGED' });
      assert.equal((await inventory.find({ hostId: 'a' }))?.location, '2');
      assert.deepEqual(await inventory.undo(id, { actor: 'ann', force: true }), [
        { hostId: 'a', from: '2', location: '1', change: 'moved' },
        { hostId: 'b', from: '3', location: '1', change: 'moved' },
        { hostId: 'c', location: '1', change: 'added' },
      ]);
    }));

  it('renames and removes locations, with hosts only when told to', () =>
    withCatalog(async ({ inventory }) => {
      await inventory.assign([{ hostId: 'a', location: '725' }], 'ann');
      await inventory.assign([{ hostId: 'b', location: '906' }], 'ann');
      await inventory.remove(['b'], 'ann');
      assert.equal(await inventory.renameLocation({ from: '72', to: 'x' }, 'ann'), undefined);
      await assert.rejects(inventory.renameLocation({ from: '725', to: '906' }, 'ann'), {
        code: 'LOCATION_EXISTS',
      });
      assert.deepEqual(await inventory.renameLocation({ from: '725', to: '机房' }, 'ann'), ['a']);
      await assert.rejects(inventory.removeLocation('机房', { actor: 'ann' }), { code: 'LOCATION_IN_USE' });
      assert.deepEqual(await inventory.removeLocation('906', { actor: 'ann' }), []);
      assert.deepEqual(await inventory.locations(), [{ location: '机房', hosts: 1 }]);
      assert.deepEqual(await inventory.removeLocation('机房', { actor: 'ann', force: true }), ['a']);
      assert.equal((await inventory.find({ hostId: 'a' }))?.location, undefined);
      assert.deepEqual(await inventory.locations(), []);
      assert.equal(await inventory.removeLocation('机房', { actor: 'ann' }), undefined);
    }));
}
