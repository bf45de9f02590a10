// What every catalog promises, as tests that run against each backend.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Assignment, Catalog, InventoryHost } from '../../src/catalog/catalog.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { compareBytes } from '../../src/domain/names.ts';
import { type Clock, createVirtualClock } from '../../src/runtime/clock.ts';
import { alertConfigurationContract } from './alert-configuration-contract.ts';
import { alertHistoryContract } from './alert-history-contract.ts';
import { alertStatesContract } from './alert-states-contract.ts';
import { auditContract } from './audit-contract.ts';
import { enrolmentsContract } from './enrolments-contract.ts';
import { tokensContract } from './tokens-contract.ts';

const NOW_MS = Date.parse('2026-11-25T09:00:00.123Z');
const ALIKE = [
  'web-1',
  'Web-1',
  'web-1 ',
  'web-1\t',
  ' web-1',
  'w\u00e9b-1',
  'we\u0301b-1',
  '\uff71',
  '\u{20bb7}',
];

/** `open` gives an empty catalog each time; the suite stops it. */
export function catalogContract(name: string, open: (clock: Clock) => Promise<Catalog>): void {
  async function withCatalog(
    work: (catalog: Catalog, clock: ReturnType<typeof createVirtualClock>) => Promise<void>,
  ) {
    const clock = createVirtualClock(NOW_MS);
    const catalog = await open(clock);
    try {
      await work(catalog, clock);
    } finally {
      await catalog.stop();
    }
  }

  describe(`catalog on ${name}`, () => {
    it('keeps ids apart that differ in case, spaces, normal form or width', () =>
      withCatalog(async ({ inventory }) => {
        for (const [i, hostId] of ALIKE.entries()) {
          await inventory.insert({ hostId, location: `room ${i}` }, 'test');
        }
        for (const [i, hostId] of ALIKE.entries()) {
          assert.equal((await inventory.find({ hostId }))?.location, `room ${i}`);
        }
        assert.deepEqual(await inventory.remove(['web-1'], 'test'), [{ hostId: 'web-1', from: 'room 0' }]);
        assert.equal((await inventory.list({ limit: 100 })).length, ALIKE.length - 1);
        assert.equal(await inventory.find({ hostId: 'web-1' }), undefined);
      }));

    it('keeps locations apart that are alike, and does not find one under the other', () =>
      withCatalog(async ({ inventory }) => {
        await inventory.assign(
          ALIKE.map((location, i) => ({ hostId: `h-${i}`, location })),
          'test',
        );
        for (const [i, location] of ALIKE.entries()) {
          const hosts = await inventory.list({ location, limit: 100 });
          assert.deepEqual(
            hosts.map((host) => host.hostId),
            [`h-${i}`],
          );
        }
        const order = (await inventory.locations()).map((one) => one.location);
        assert.deepEqual(order, [...ALIKE].sort(compareBytes));
      }));

    it('gives every id once in byte order, whatever the size of the page', () =>
      withCatalog(async ({ inventory }) => {
        await inventory.assign(
          ALIKE.map((hostId) => ({ hostId, location: '725' })),
          'test',
        );
        for (const limit of [1, 2, 100]) {
          assert.deepEqual(
            (await pages(inventory, limit)).map((host) => host.hostId),
            [...ALIKE].sort(compareBytes),
          );
        }
        assert.ok(compareBytes('\uff71', '\u{20bb7}') < 0);
      }));

    it('never uses a numeric id again, not even the newest', () =>
      withCatalog(async ({ inventory }) => {
        const first = await inventory.insert({ hostId: 'a', location: '725' }, 'test');
        await inventory.remove(['a'], 'test');
        const second = await inventory.insert({ hostId: 'a', location: '725' }, 'test');
        assert.ok(second.id > first.id);
        assert.equal(await inventory.find({ id: first.id }), undefined);
        assert.deepEqual(await inventory.find({ id: second.id }), second);
      }));

    it('tells for each assignment what it changed, in the order asked', () =>
      withCatalog(async ({ inventory }) => {
        await inventory.assign([{ hostId: 'b', location: '725' }], 'test');
        const assignments = [
          { hostId: 'c', location: '725' },
          { hostId: 'b', location: '726' },
          { hostId: 'a', location: '725' },
          { hostId: 'b', location: '726' },
        ];
        const planned = await inventory.planAssign(assignments);
        assert.deepEqual((await inventory.list({ limit: 9 })).length, 1, 'a plan changes nothing');
        const outcomes = await inventory.assign(assignments, 'test');
        assert.deepEqual(outcomes, planned);
        assert.deepEqual(outcomes, [
          { hostId: 'c', change: 'added', location: '725' },
          { hostId: 'b', change: 'moved', from: '725', location: '726' },
          { hostId: 'a', change: 'added', location: '725' },
          { hostId: 'b', change: 'unchanged', from: '726', location: '726' },
        ]);
      }));

    it('refuses to insert a host that is there and says where it stands', () =>
      withCatalog(async ({ inventory }) => {
        await inventory.insert({ hostId: 'web-1', location: '725' }, 'test');
        await assert.rejects(inventory.insert({ hostId: 'web-1', location: '726' }, 'test'), (error) => {
          assert.ok(error instanceof ExpectedError);
          assert.equal(error.code, 'HOST_EXISTS');
          assert.match(error.message, /web-1.*725/);
          return true;
        });
        assert.equal((await inventory.find({ hostId: 'web-1' }))?.location, '725');
      }));

    it('keeps milliseconds, creation times and, where nothing changed, update times', () =>
      withCatalog(async ({ inventory }, clock) => {
        const made = await inventory.insert({ hostId: 'a', location: '725' }, 'test');
        assert.deepEqual([made.createdMs, made.updatedMs], [NOW_MS, NOW_MS]);
        await clock.advanceTo(NOW_MS + 1_001);
        await inventory.assign([{ hostId: 'a', location: '725' }], 'test');
        assert.deepEqual(await inventory.find({ hostId: 'a' }), made);
        await inventory.assign([{ hostId: 'a', location: '726' }], 'test');
        assert.deepEqual(await inventory.find({ hostId: 'a' }), {
          ...made,
          location: '726',
          updatedMs: NOW_MS + 1_001,
        });
      }));

    it('remembers a location after its last host left', () =>
      withCatalog(async ({ inventory }) => {
        await inventory.assign([{ hostId: 'a', location: '725' }], 'test');
        assert.deepEqual(await inventory.planDepartures(['a', 'nobody', 'a']), [
          { hostId: 'a', from: '725' },
        ]);
        assert.deepEqual(await inventory.unassign(['a', 'nobody'], 'test'), [{ hostId: 'a', from: '725' }]);
        assert.deepEqual(await inventory.unassign(['a'], 'test'), [{ hostId: 'a' }]);
        assert.deepEqual(await inventory.locations(), [{ location: '725', hosts: 0 }]);
        const host = await inventory.find({ hostId: 'a' });
        assert.ok(host && host.location === undefined);
        assert.deepEqual(await inventory.list({ location: '725', limit: 10 }), []);
      }));

    it('lists only the hosts that are asked for', () =>
      withCatalog(async ({ inventory }) => {
        await inventory.assign(
          ['a', 'b', 'c'].map((hostId) => ({ hostId, location: '725' })),
          'test',
        );
        const some = await inventory.list({ hosts: ['c', 'a', 'nobody'], limit: 10 });
        assert.deepEqual(
          some.map((host) => host.hostId),
          ['a', 'c'],
        );
        assert.deepEqual(await inventory.list({ hosts: [], limit: 10 }), []);
      }));

    it('lets one of many simultaneous inserts win and loses no simultaneous assignment', () =>
      withCatalog(async ({ inventory }) => {
        const inserts = await Promise.allSettled(
          Array.from({ length: 8 }, (_, i) => inventory.insert({ hostId: 'same', location: `${i}` }, 'test')),
        );
        assert.equal(inserts.filter((one) => one.status === 'fulfilled').length, 1);
        for (const one of inserts) {
          if (one.status === 'rejected') assert.equal(one.reason.code, 'HOST_EXISTS');
        }
        const rooms = Array.from({ length: 8 }, (_, i) => `room-${i}`);
        await Promise.all(
          rooms.map((location, i) =>
            inventory.assign(
              // Each from the other end, so that locks are asked for in opposite orders.
              ordered(
                Array.from({ length: 20 }, (_, n) => ({ hostId: `h-${n}`, location })),
                i % 2 === 1,
              ),
              'test',
            ),
          ),
        );
        const hosts = (await pages(inventory, 100)).filter((host) => host.hostId.startsWith('h-'));
        assert.equal(hosts.length, 20);
        assert.equal(new Set(hosts.map((host) => host.location)).size, 1, 'one assignment came last for all');
      }));

    it('takes ten thousand hosts in one assignment and pages through them', () =>
      withCatalog(async ({ inventory }) => {
        const assignments = Array.from({ length: 10_000 }, (_, i) => ({
          hostId: `host-${i}`,
          location: `${i % 40}`,
        }));
        const outcomes = await inventory.assign(assignments, 'test');
        assert.ok(outcomes.every((outcome) => outcome.change === 'added'));
        assert.equal((await pages(inventory, 3_000)).length, 10_000);
        assert.ok((await inventory.locations()).every((one) => one.hosts === 250));
      }));

    it('agrees with a plain map over any sequence of changes', () =>
      withCatalog(async ({ inventory }) => {
        const hostIds = ['a', 'A', 'b ', '机', '\u{20bb7}'];
        const assignment = fc.record({
          hostId: fc.constantFrom(...hostIds),
          location: fc.constantFrom('1', '2'),
        });
        const step = fc.oneof(
          fc.record({ assign: fc.array(assignment, { maxLength: 6 }) }),
          fc.record({ unassign: fc.array(fc.constantFrom(...hostIds), { maxLength: 3 }) }),
          fc.record({ remove: fc.array(fc.constantFrom(...hostIds), { maxLength: 3 }) }),
        );
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
            await inventory.remove(hostIds, 'test');
            const model = new Map<string, string | undefined>();
            for (const one of steps) {
              if ('assign' in one) {
                await inventory.assign(one.assign, 'test');
                for (const { hostId, location } of one.assign as Assignment[]) model.set(hostId, location);
              } else if ('unassign' in one) {
                await inventory.unassign(one.unassign, 'test');
                for (const hostId of one.unassign) if (model.has(hostId)) model.set(hostId, undefined);
              } else {
                const found = await inventory.remove(one.remove, 'test');
                assert.deepEqual(
                  new Set(found.map(({ hostId }) => hostId)),
                  new Set(one.remove.filter((hostId) => model.has(hostId))),
                );
                for (const hostId of one.remove) model.delete(hostId);
              }
            }
            const listed = (await pages(inventory, 2)).map((host) => [host.hostId, host.location]);
            assert.deepEqual(
              listed,
              [...model].sort(([a], [b]) => compareBytes(a, b)),
            );
          }),
          { numRuns: 30 },
        );
      }));

    it('has a new version after every call that changes a host, with the hosts that changed', () =>
      withCatalog(async ({ inventory, audit }) => {
        const calls = {
          insert: () => inventory.insert({ hostId: 'w\u00e9b-1', location: '725' }, 'test'),
          assign: () =>
            inventory.assign(
              ['w\u00e9b-1', 'b'].map((hostId) => ({ hostId, location: '726' })),
              'test',
            ),
          unassign: () => inventory.unassign(['b', 'nobody'], 'test'),
          remove: () => inventory.remove(['b'], 'test'),
          undo: async () => {
            const { changes } = await audit.changes({ limit: 1 });
            await inventory.undo(changes[0]!.id, { actor: 'test' });
          },
          renameLocation: () => inventory.renameLocation({ from: '726', to: '727' }, 'test'),
          removeLocation: () => inventory.removeLocation('727', { actor: 'test', force: true }),
        };
        const reads = [
          'list',
          'find',
          'planAssign',
          'planDepartures',
          'removedSince',
          'version',
          'changedHosts',
          'locations',
        ];
        assert.deepEqual(new Set(Object.keys(inventory)), new Set([...Object.keys(calls), ...reads]));
        const changed = {
          insert: ['w\u00e9b-1'],
          assign: ['b', 'w\u00e9b-1'],
          unassign: ['b'],
          remove: ['b'],
          undo: ['b'],
          renameLocation: ['w\u00e9b-1'],
          removeLocation: ['w\u00e9b-1'],
        };
        for (const [name, call] of Object.entries(calls)) {
          const before = await inventory.version();
          await call();
          const after = await inventory.version();
          assert.ok(after > before, `${name} leaves the version at ${before}`);
          const { version, hostIds, more } = await inventory.changedHosts({
            afterVersion: before,
            limit: 10,
          });
          assert.deepEqual([version, more], [after, false]);
          assert.deepEqual([...hostIds].sort(), changed[name as keyof typeof changed]);
        }
      }));

    it('keeps its version when nothing changed, and when only a rule did', () =>
      withCatalog(async ({ inventory, alertConfiguration }) => {
        await inventory.assign([{ hostId: 'a', location: '725' }], 'test');
        const before = await inventory.version();
        await inventory.assign([{ hostId: 'a', location: '725' }], 'test');
        await inventory.unassign(['nobody'], 'test');
        await inventory.remove(['nobody'], 'test');
        await assert.rejects(inventory.insert({ hostId: 'a', location: '725' }, 'test'));
        const silence = {
          kind: 'silence',
          name: 'x',
          record: undefined,
          action: 'silence.remove',
          detail: {},
        };
        await alertConfiguration.change(() => [{ ...silence, kind: 'silence' }], 'test');
        assert.equal(await inventory.version(), before);
        const none = { version: before, hostIds: [], more: false };
        assert.deepEqual(await inventory.changedHosts({ afterVersion: before, limit: 10 }), none);
      }));

    it('misses no change of many at once, read in parts', () =>
      withCatalog(async ({ inventory }) => {
        const start = await inventory.version();
        const ids = Array.from({ length: 24 }, (_, i) => `h-${i}`);
        await Promise.all(ids.map((hostId) => inventory.assign([{ hostId, location: '725' }], 'test')));
        const seen: string[] = [];
        let after = { version: start, more: true };
        while (after.more) {
          const part = await inventory.changedHosts({ afterVersion: after.version, limit: 5 });
          seen.push(...part.hostIds);
          after = part;
        }
        assert.deepEqual(seen.sort(), [...ids].sort());
        assert.equal(after.version, await inventory.version());
      }));

    auditContract(withCatalog, NOW_MS);
    tokensContract(withCatalog, NOW_MS);
    enrolmentsContract(withCatalog, NOW_MS);
    alertConfigurationContract(withCatalog, ALIKE);
    alertHistoryContract(withCatalog);
    alertStatesContract(withCatalog, ALIKE);

    it('stores what was told: replaced as a whole, deleted, large, in any script', () =>
      withCatalog(async ({ notifications }) => {
        const large = {
          told: Array.from({ length: 3_000 }, (_, i) => `host-${i} \u{20bb7} 机房 'quoted' \\`),
        };
        await notifications.save([
          { key: 'a', record: { repeat: 1 } },
          { key: 'A', record: large },
        ]);
        await notifications.save([
          { key: 'a', record: { repeat: 2 } },
          { key: 'b', record: {} },
          { key: 'gone', record: undefined },
        ]);
        await notifications.save([{ key: 'b', record: undefined }]);
        assert.deepEqual(await notifications.list(), [
          { key: 'A', record: large },
          { key: 'a', record: { repeat: 2 } },
        ]);
      }));
  });
}

const ordered = <T>(list: T[], reversed: boolean): T[] => (reversed ? list.reverse() : list);

async function pages(inventory: Catalog['inventory'], limit: number): Promise<InventoryHost[]> {
  const hosts: InventoryHost[] = [];
  for (;;) {
    const after = hosts.at(-1)?.hostId;
    const page = await inventory.list({ limit, ...(after !== undefined && { afterHostId: after }) });
    hosts.push(...page);
    if (page.length < limit) return hosts;
  }
}
