// Changes of the inventory through manage: what is taken, what is refused, and ids that are almost the same.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { auditEntries } from '../catalog/audit-entries.ts';
import { type ManageFixture, NOW_MS, openManage, reporter } from './reporters.ts';

const PADDED = ['web-1 ', ' web-1', 'web-1\t', 'web-1\u00a0', 'web-1\u3000', '\ufeffweb-1', 'web-1\n'];
const BROKEN = [
  '',
  'web-1\\',
  'we\u0301b-1',
  'web\u0000-1',
  'web-\u001b[31m1',
  'x'.repeat(129),
  'x'.repeat(10_000),
  '\ud800',
];

describe('hosts from before their ids were refused', () => {
  for (const hostId of ['web-1\\', 'we\u200bb-1', 'web-1 ', 'we\u0301b-1'])
    it(`${JSON.stringify(hostId)} is listed, shown, unassigned and removed, and not added`, async () => {
      const { service, catalog, stop } = await openManage([reporter('web-1'), reporter(hostId)]);
      try {
        await catalog.inventory.assign([{ hostId, location: '725' }], 'before');
        const listed = async () => (await service.listHosts({ all: true })).hosts.map((host) => host.hostId);
        assert.ok((await listed()).includes(hostId));
        assert.equal((await service.getHost(hostId)).location, '725');
        await assert.rejects(service.assignHosts({ new: true, assignments: [{ hostId, location: '726' }] }), {
          code: 'BAD_ID',
        });
        assert.deepEqual((await service.unassignHosts({ hostIds: [hostId] })).hostIds, [hostId]);
        const removed = await service.removeHosts({ hostIds: [hostId] });
        assert.deepEqual(removed.hostIds, [hostId]);
        const left = await catalog.inventory.list({ limit: 10 });
        assert.deepEqual(left, []);
        // It reports still, and nothing more can be done about that than to end it.
        assert.equal((await service.getHost(hostId)).managed, false);
      } finally {
        await stop();
      }
    });
});

describe('changes of the inventory', () => {
  let fixture: ManageFixture;
  beforeEach(async () => {
    fixture = await openManage([reporter('web-1'), reporter('stray')]);
    await fixture.service.insertHost({ hostId: 'web-1', location: '725' });
  });
  afterEach(() => fixture.stop());
  const placeOf = async (hostId: string) => (await fixture.service.getHost(hostId)).location;

  for (const hostId of [...PADDED, ...BROKEN]) {
    it(`refuse the host id ${JSON.stringify(hostId.slice(0, 20))} on every read and write`, async () => {
      const { service } = fixture;
      const bad = { code: 'BAD_ID' };
      await assert.rejects(service.getHost(hostId), bad);
      await assert.rejects(service.insertHost({ hostId, location: '725' }), bad);
      await assert.rejects(service.updateHost({ hostId, location: '726' }), bad);
      await assert.rejects(
        service.assignHosts({ new: true, assignments: [{ hostId, location: '726' }] }),
        bad,
      );
      await assert.rejects(service.unassignHosts({ hostIds: ['web-1', hostId] }), bad);
      await assert.rejects(service.removeHosts({ hostIds: [hostId] }), bad);
      assert.deepEqual(
        (await service.findAllHosts()).map((host) => [host.hostId, host.location]),
        [['web-1', '725']],
      );
    });

    it(`refuse the location ${JSON.stringify(hostId.slice(0, 20))} on every read and write`, async () => {
      const { service } = fixture;
      const bad = { code: 'BAD_ID' };
      const location = hostId.replace('web-1', '725');
      await assert.rejects(service.listHosts({ location }), bad);
      await assert.rejects(service.listAssignments({ location }), bad);
      await assert.rejects(service.insertHost({ hostId: 'new', location }), bad);
      await assert.rejects(service.updateHost({ hostId: 'web-1', location }), bad);
      await assert.rejects(
        service.assignHosts({ new: true, assignments: [{ hostId: 'web-1', location }] }),
        bad,
      );
      assert.equal(await placeOf('web-1'), '725');
    });
  }

  it('treat Web-1 and the two letters ｱ and 𠮷 as hosts of their own', async () => {
    for (const [i, hostId] of ['Web-1', 'ｱ', '\u{20bb7}', 'w\u00e9b-1'].entries()) {
      await fixture.service.insertHost({ hostId, location: `${i}` });
      assert.equal(await placeOf(hostId), `${i}`);
    }
    assert.equal(await placeOf('web-1'), '725');
  });

  it('name the nearest host or location for one that is unknown', async () => {
    const { service } = fixture;
    await assert.rejects(service.getHost('web-11'), { code: 'HOST_UNKNOWN', hint: 'Did you mean web-1?' });
    await assert.rejects(service.getHost('Stray'), { code: 'HOST_UNKNOWN', hint: 'Did you mean stray?' });
    await assert.rejects(service.listHosts({ location: '7255' }), {
      code: 'LOCATION_UNKNOWN',
      hint: 'Did you mean 725?',
    });
    await assert.rejects(service.updateHost({ hostId: 'web-2', location: '725' }), {
      code: 'HOST_UNKNOWN',
      hint: 'Did you mean web-1?',
    });
    await assert.rejects(service.updateHost({ id: 77, location: '725' }), {
      code: 'HOST_UNKNOWN',
      message: /77/,
    });
    await assert.rejects(service.removeHosts({ hostIds: ['quite-another'] }), {
      code: 'HOST_UNKNOWN',
      hint: /minimon hosts list --all/,
    });
    await assert.rejects(service.unassignHosts({ hostIds: ['stray'] }), {
      code: 'HOST_UNKNOWN',
      message: /reports, but is not in the inventory/,
      hint: 'Assign it first: minimon hosts assign stray --location LOCATION',
    });
  });

  it('take several hosts at once and refuse one that is named for two rooms', async () => {
    const { service } = fixture;
    const assignments = [
      { hostId: 'a', location: '1' },
      { hostId: 'web-1', location: '1' },
      { hostId: 'a', location: '1' },
    ];
    const outcomes = await service.assignHosts({ new: true, assignments, actor: 'ann' });
    assert.deepEqual(
      outcomes.map((outcome) => outcome.change),
      ['added', 'moved', 'unchanged'],
    );
    await assert.rejects(
      service.assignHosts({ new: true, assignments: [...assignments, { hostId: 'a', location: '2' }] }),
      { code: 'BAD_REQUEST', message: 'a is assigned to both 1 and 2' },
    );
    assert.equal(await placeOf('a'), '1');
    const actors = (await auditEntries(fixture.catalog.audit)).map((entry) => entry.actor);
    assert.deepEqual(actors, ['anonymous', 'ann', 'ann']);
    assert.deepEqual(await service.assignHosts({ new: true, assignments: [] }), []);
  });

  it('unassign and remove those that are there and name them', async () => {
    const { service } = fixture;
    assert.deepEqual(await service.unassignHosts({ hostIds: ['nobody', 'web-1', 'web-1'] }), {
      hostIds: ['web-1'],
      changes: [{ hostId: 'web-1', change: 'unassigned', from: '725' }],
    });
    assert.equal(await placeOf('web-1'), undefined);
    assert.deepEqual((await service.listHosts({ location: '725' })).hosts, [], 'a known room without hosts');
    assert.deepEqual(await service.listAssignments({}), { assignments: [], locations: ['725'] });
    assert.deepEqual(await service.unassignHosts({ hostIds: ['web-1'] }), {
      hostIds: ['web-1'],
      changes: [{ hostId: 'web-1', change: 'unchanged' }],
    });
    assert.deepEqual(await service.removeHosts({ hostIds: ['web-1'] }), {
      hostIds: ['web-1'],
      changes: [{ hostId: 'web-1', change: 'removed' }],
    });
    const host = await service.getHost('web-1');
    assert.deepEqual([host.managed, host.state], [false, 'reporting'], 'it still reports: unmanaged again');
  });

  it('add a host that reports, and one that nobody has seen only when told to', async () => {
    const { service, stream, clock } = fixture;
    const assign = (hostIds: readonly string[], more: { readonly new?: true } = {}) =>
      service.assignHosts({
        assignments: hostIds.map((hostId) => ({ hostId, location: '726' })),
        ...more,
      });
    await assert.rejects(assign(['stray', 'wbe-1']), {
      code: 'HOST_UNKNOWN',
      message: 'wbe-1 has never reported',
      hint: /^Did you mean web-1\? --new .*Nothing was changed\.$/,
    });
    assert.deepEqual(await placeOf('stray'), undefined);
    await assert.rejects(assign(['web-1', 'n1', 'n2', 'n3', 'n4']), {
      message: 'n1, n2, n3 and 1 more have never reported',
    });
    assert.deepEqual(
      (await assign(['stray', 'web-1'])).map(({ change }) => change),
      ['added', 'moved'],
    );
    stream.hosts.push(reporter('fresh'));
    assert.equal((await assign(['fresh']))[0]?.change, 'added', 'it has just reported');
    assert.equal((await assign(['wbe-1'], { new: true }))[0]?.change, 'added');
    stream.down = true;
    await clock.advanceTo(clock.nowMs() + 3_000);
    assert.equal((await assign(['wbe-1']))[0]?.change, 'unchanged', 'the inventory knows it');
    await assert.rejects(assign(['other']), { code: 'UNAVAILABLE', hint: /--new/ });
  });

  it('tell what they would do, and do nothing', async () => {
    const { service, catalog } = fixture;
    const assignments = [
      { hostId: 'web-1', location: '726' },
      { hostId: 'stray', location: '726' },
    ];
    assert.deepEqual(await service.assignHosts({ assignments, dryRun: true }), [
      { hostId: 'web-1', change: 'moved', from: '725', location: '726' },
      { hostId: 'stray', change: 'added', location: '726' },
    ]);
    const hostIds = ['web-1', 'nobody'];
    assert.deepEqual((await service.unassignHosts({ hostIds, dryRun: true })).changes, [
      { hostId: 'web-1', change: 'unassigned', from: '725' },
    ]);
    assert.deepEqual((await service.removeHosts({ hostIds, dryRun: true })).changes, [
      { hostId: 'web-1', change: 'removed', from: '725' },
    ]);
    await assert.rejects(service.removeHosts({ hostIds: ['nobody'], dryRun: true }), {
      code: 'HOST_UNKNOWN',
    });
    assert.equal(await placeOf('web-1'), '725');
    assert.equal((await auditEntries(catalog.audit)).length, 1);
  });

  it('refuse to insert a host twice', async () => {
    await assert.rejects(fixture.service.insertHost({ hostId: 'web-1', location: '726' }), {
      code: 'HOST_EXISTS',
    });
  });

  it('update by number, by id, or by both if they mean one host', async () => {
    const { service } = fixture;
    const { id } = await service.insertHost({ hostId: 'b', location: '1' });
    await service.updateHost({ id, location: '2' });
    await service.updateHost({ hostId: 'web-1', location: '3' });
    await service.updateHost({ id, hostId: 'b', location: '4' });
    assert.deepEqual([await placeOf('b'), await placeOf('web-1')], ['4', '3']);
    await assert.rejects(service.updateHost({ id, hostId: 'web-1', location: '5' }), { code: 'BAD_REQUEST' });
    await assert.rejects(service.updateHost({ location: '5' }), { code: 'BAD_REQUEST' });
    for (const bad of [0, -1, 1.5, Number.NaN]) {
      await assert.rejects(service.updateHost({ id: bad, location: '5' }), { code: 'BAD_REQUEST' });
    }
  });

  it('list all hosts in the order of their numbers, as the original did', async () => {
    await fixture.service.insertHost({ hostId: 'a', location: '1' });
    const hosts = await fixture.service.findAllHosts();
    assert.deepEqual(
      hosts.map(({ id, hostId, createdMs }) => [id, hostId, createdMs]),
      [
        [1, 'web-1', NOW_MS],
        [2, 'a', NOW_MS],
      ],
    );
  });
});
