// Hosts as manage tells of them: states, notes, pages, and what it says while analyze is down.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Host } from '../../src/api/manage.ts';
import { compareBytes } from '../../src/domain/names.ts';
import { HOUR, type ManageFixture, MINUTE, NOW_MS, openManage, reporter } from './reporters.ts';

const withManage =
  (work: (fixture: ManageFixture) => Promise<void>, ...hosts: Parameters<typeof openManage>) =>
  async () => {
    const fixture = await openManage(...hosts);
    try {
      await work(fixture);
    } finally {
      await fixture.stop();
    }
  };

const assign = ({ service }: ManageFixture, ...hostIds: string[]) =>
  service.assignHosts({ new: true, assignments: hostIds.map((hostId) => ({ hostId, location: '725' })) });

async function everyHost(
  { service }: ManageFixture,
  request: { all?: boolean; patterns?: readonly string[]; limit: number },
) {
  const hosts: Host[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await service.listHosts({ ...request, ...(cursor && { cursor }) });
    assert.ok(page.hosts.length <= request.limit);
    hosts.push(...page.hosts);
    cursor = page.nextCursor;
    if (!cursor) return hosts;
    assert.equal(page.hosts.length, request.limit, 'a page with a successor is full');
  }
}

describe('hosts that manage lists', () => {
  it(
    'have the state that the stream and the inventory say together',
    withManage(
      async (fixture) => {
        await assign(fixture, 'fresh', 'late', 'silent', 'never', 'refused');
        const { hosts, warnings } = await fixture.service.listHosts({});
        assert.deepEqual(
          hosts.map((host) => [host.hostId, host.state]),
          [
            ['fresh', 'reporting'],
            ['late', 'late'],
            ['never', 'never'],
            ['refused', 'refused'],
            ['silent', 'silent'],
          ],
        );
        assert.deepEqual(warnings, []);
        assert.match(hosts[3]!.note ?? '', /5 min ahead/);
        assert.ok(hosts.every((host) => host.managed && host.location === '725'));
      },
      [
        reporter('fresh'),
        reporter('late', { agoMs: 90_000 }),
        reporter('silent', { agoMs: 30 * HOUR }),
        reporter('refused', {
          agoMs: 50_000,
          refusal: { receivedMs: NOW_MS - 1_000, reason: 'over the limit of 5 min ahead', samples: 3 },
        }),
      ],
    ),
  );

  it(
    'are unknown and not silent while the pipeline is behind',
    withManage(
      async (fixture) => {
        await assign(fixture, 'a', 'never');
        for (const behindMs of [31_000, undefined]) {
          fixture.stream.behindMs = behindMs;
          await fixture.clock.advanceTo(fixture.clock.nowMs() + 2_001);
          const { hosts } = await fixture.service.listHosts({});
          assert.deepEqual(
            hosts.map((host) => host.state),
            ['unknown', 'unknown'],
          );
        }
      },
      [reporter('a', { agoMs: 10 * MINUTE })],
    ),
  );

  it(
    'are all unknown with a warning while analyze is down, and known again after it',
    withManage(
      async (fixture) => {
        await assign(fixture, 'a', 'never');
        await fixture.service.listHosts({});
        fixture.stream.down = true;
        await fixture.clock.advanceTo(NOW_MS + 5_000);
        const down = await fixture.service.listHosts({ all: true });
        assert.deepEqual(
          down.hosts.map((host) => host.state),
          ['unknown', 'unknown'],
        );
        assert.match(
          down.warnings[0] ?? '',
          /analyze does not answer .*127\.0\.0\.1:8010.* as of 2026-11-25T10:00:00/,
        );
        assert.equal(down.hosts[0]!.lastSeenMs, NOW_MS - 1_000, 'what was known is still told');
        const { locations, warnings } = await fixture.service.listLocations();
        assert.deepEqual(locations, [{ location: '725', hosts: 2, states: { unknown: 2 } }]);
        assert.equal(warnings.length, 1);
        assert.match((await fixture.service.getHost('a')).note ?? '', /analyze does not answer/);
        await assert.rejects(fixture.service.getHost('stranger'), { code: 'UNAVAILABLE' });
        const asked = fixture.stream.calls;
        await fixture.service.listHosts({});
        assert.equal(fixture.stream.calls, asked, 'an outage is not asked about with every request');
        fixture.stream.down = false;
        await fixture.clock.advanceTo(NOW_MS + 10_000);
        assert.deepEqual((await fixture.service.listHosts({})).warnings, []);
      },
      [reporter('a')],
    ),
  );

  it(
    'come in byte order, once each, with those that only report among them',
    withManage(async (fixture) => {
      const managed = ['\uff71', 'Web-1', 'b', 'silent-for-days'];
      const unmanaged = ['\u{20bb7}', 'web-1', 'a', 'c', 'zz'];
      await assign(fixture, ...managed);
      fixture.stream.hosts = [
        ...['\uff71', ...unmanaged].map((hostId) => reporter(hostId)),
        reporter('gone', { agoMs: 25 * HOUR }),
        reporter('silent-for-days', { agoMs: 72 * HOUR }),
      ];
      for (const limit of [1, 2, 3, 1_000]) {
        const all = await everyHost(fixture, { all: true, limit });
        assert.deepEqual(
          all.map((host) => host.hostId),
          [...managed, ...unmanaged].sort(compareBytes),
        );
        assert.deepEqual(
          all.filter((host) => host.managed).map((host) => host.hostId),
          [...managed].sort(compareBytes),
        );
        const only = await everyHost(fixture, { limit });
        assert.deepEqual(
          only.map((host) => host.hostId),
          [...managed].sort(compareBytes),
        );
      }
    }),
  );

  it(
    'can be asked for by location and by state',
    withManage(
      async (fixture) => {
        await assign(fixture, 'a', 'b', 'never');
        await fixture.service.assignHosts({
          new: true,
          assignments: [{ hostId: 'elsewhere', location: '726' }],
        });
        const ids = async (request: Parameters<typeof fixture.service.listHosts>[0]) =>
          (await fixture.service.listHosts(request)).hosts.map((host) => host.hostId);
        assert.deepEqual(await ids({ location: '726', all: true }), ['elsewhere']);
        assert.deepEqual(await ids({ state: 'reporting', limit: 1 }), ['a']);
        assert.deepEqual(await ids({ state: 'reporting', all: true }), ['a', 'b', 'stray']);
        assert.deepEqual(await ids({ state: 'never', location: '725' }), ['never']);
        // @ts-expect-error a state that is none, as a request over HTTP may bring it
        await assert.rejects(fixture.service.listHosts({ state: 'reportin' }), {
          code: 'BAD_REQUEST',
          hint: 'Did you mean reporting?',
        });
      },
      [reporter('a'), reporter('b'), reporter('stray')],
    ),
  );

  it(
    'can be asked for by ids and globs, in pages',
    withManage(
      async (fixture) => {
        await assign(fixture, 'db-1', 'web-1', 'web-2', 'web-3');
        const ids = async (request: Omit<Parameters<typeof everyHost>[1], 'limit'>) =>
          (await everyHost(fixture, { ...request, limit: 1 })).map((host) => host.hostId);
        assert.deepEqual(await ids({ patterns: ['web-*'] }), ['web-1', 'web-2', 'web-3']);
        assert.deepEqual(await ids({ patterns: ['*-1', 'web-[13]'], all: true }), ['db-1', 'web-1', 'web-3']);
        assert.deepEqual(await ids({ patterns: ['web-stray', 'nobody'], all: true }), ['web-stray']);
        assert.deepEqual(await ids({ patterns: ['web-stray'] }), []);
        const many = (count: number) => Array.from({ length: count }, (_, i) => `x-${i}`);
        assert.deepEqual(await ids({ patterns: many(100) }), []);
        await assert.rejects(fixture.service.listHosts({ patterns: many(101) }), { code: 'BAD_REQUEST' });
      },
      [reporter('web-1'), reporter('web-stray')],
    ),
  );

  it(
    'refuse a cursor of another list, a changed one and a limit that is none',
    withManage(async (fixture) => {
      await assign(fixture, 'a', 'b');
      const { nextCursor } = await fixture.service.listHosts({ limit: 1 });
      for (const cursor of [
        'x',
        `${nextCursor}A`,
        Buffer.from('reporting\na').toString('base64url'),
        'ホスト',
      ]) {
        await assert.rejects(fixture.service.listHosts({ cursor }), { code: 'BAD_CURSOR' });
      }
      for (const limit of [0, -1, 1.5, 10_001, Number.NaN]) {
        await assert.rejects(fixture.service.listHosts({ limit }), {
          code: 'BAD_REQUEST',
          message: /1 to 10000/,
        });
      }
    }),
  );

  it(
    'number ten thousand and are all read, in pages, with their states by location',
    withManage(async (fixture) => {
      const ids = Array.from({ length: 10_000 }, (_, i) => `host-${i}`);
      fixture.stream.hosts = ids.map((hostId) => reporter(hostId));
      await assign(fixture, ...ids.slice(0, 9_000));
      assert.equal((await everyHost(fixture, { all: true, limit: 1_000 })).length, 10_000);
      assert.equal((await everyHost(fixture, { limit: 10_000 })).length, 9_000);
      const { locations } = await fixture.service.listLocations();
      assert.deepEqual(locations, [{ location: '725', hosts: 9_000, states: { reporting: 9_000 } }]);
      assert.equal(fixture.stream.calls, 5, 'one reading of analyze, in five pages');
    }),
  );
});

describe('clocks', () => {
  it(
    'a host whose newest tick is stamped ahead of its arrival, or long before it, says so; backfill says nothing of clocks',
    withManage(
      async (fixture) => {
        const { hosts } = await fixture.service.listHosts({ all: true });
        assert.deepEqual(
          hosts.map(({ hostId, note }) => [hostId, note]),
          [
            ['ahead', 'its clock is 31s ahead'],
            ['backfilled', undefined],
            ['behind', 'its clock is 1h behind'],
            ['right', undefined],
          ],
        );
      },
      [
        reporter('right', { lastSeenMs: NOW_MS - 60_000 }),
        reporter('ahead', { lastSeenMs: NOW_MS + 30_000 }),
        reporter('behind', { lastSeenMs: NOW_MS - 1_000 - HOUR }),
        reporter('backfilled', { lastSeenMs: NOW_MS - HOUR, lastReceivedMs: 0, machines: [] }),
      ],
    ),
  );
});

describe('clones, twins and reinstalled hosts', () => {
  const noteOf = async ({ service }: ManageFixture, hostId: string) => {
    const { state, note } = await service.getHost(hostId);
    return { state, note: note ?? '' };
  };
  const machine = (machineId: string, agoMs = 1_000) => ({ machineId, lastReceivedMs: NOW_MS - agoMs });

  const sourcesOf = (telegrafAgoMs: number) => [
    { source: '', lastReceivedMs: NOW_MS - 1_000, intervalMs: MINUTE },
    { source: 'telegraf', lastReceivedMs: NOW_MS - telegrafAgoMs, intervalMs: 10_000 },
  ];

  it(
    'the sources of a host are named, and one that is silent while another reports',
    withManage(
      async (fixture) => {
        assert.deepEqual(await noteOf(fixture, 'quiet'), {
          state: 'reporting',
          note: 'telegraf is silent for 4m 59s',
        });
        assert.deepEqual(await noteOf(fixture, 'both'), { state: 'reporting', note: '' });
        assert.deepEqual((await fixture.service.getHost('both')).sources, ['minimon', 'telegraf']);
        assert.deepEqual((await fixture.service.getHost('own')).sources, ['minimon']);
      },
      [
        reporter('quiet', { sources: sourcesOf(5 * MINUTE) }),
        reporter('both', { sources: sourcesOf(20_000) }),
        reporter('own'),
      ],
    ),
  );

  it(
    'two hosts with one machine-id are two hosts, and each names the other',
    withManage(
      async (fixture) => {
        assert.deepEqual(await noteOf(fixture, 'app-1'), {
          state: 'reporting',
          note: 'same machine-id as app-2 (cloned?)',
        });
        assert.match((await noteOf(fixture, 'app-2')).note, /app-1 \(cloned\?\)/);
      },
      [
        reporter('app-1', { machines: [machine('image')] }),
        reporter('app-2', { machines: [machine('image')] }),
      ],
    ),
  );

  it(
    'many hosts of one image are counted and not all named',
    withManage(
      async (fixture) => {
        assert.match(
          (await noteOf(fixture, 'n-7')).note,
          /^same machine-id as n-0 and 98 more \(cloned\?\)$/,
        );
      },
      Array.from({ length: 100 }, (_, i) => reporter(`n-${i}`, { machines: [machine('image')] })),
    ),
  );

  it(
    'two machines in turn under one id are a conflict that names both',
    withManage(
      async (fixture) => {
        const { state, note } = await noteOf(fixture, 'app-3');
        assert.equal(state, 'conflict');
        assert.match(note, /machines B and A report under this one id/);
      },
      [reporter('app-3', { machines: [machine('B'), machine('A', MINUTE)] })],
    ),
  );

  it(
    'a reinstalled host is in conflict for less than an hour after its old machine was last seen',
    withManage(
      async (fixture) => {
        assert.deepEqual(await noteOf(fixture, 'app-4'), {
          state: 'conflict',
          note: 'machine A stopped 5m ago and B reports under its id: if it was replaced, this clears in 55m',
        });
        await fixture.clock.advanceTo(NOW_MS + 56 * MINUTE);
        fixture.stream.hosts = [
          reporter('app-4', {
            nowMs: fixture.clock.nowMs(),
            machines: [
              { machineId: 'B', lastReceivedMs: fixture.clock.nowMs() - 1_000 },
              machine('A', 5 * MINUTE),
            ],
          }),
        ];
        assert.deepEqual(await noteOf(fixture, 'app-4'), { state: 'reporting', note: '' });
      },
      [reporter('app-4', { machines: [machine('B'), machine('A', 5 * MINUTE)] })],
    ),
  );

  it(
    'a host that only rebooted, and hosts without a machine-id, have no note',
    withManage(
      async (fixture) => {
        for (const hostId of ['app-5', 'bare-1', 'bare-2']) {
          assert.deepEqual(await noteOf(fixture, hostId), { state: 'reporting', note: '' });
        }
      },
      [
        reporter('app-5', { bootId: 'another boot' }),
        reporter('bare-1', { machines: [machine('')] }),
        reporter('bare-2', { machines: [machine('')] }),
      ],
    ),
  );

  it(
    'a renamed host is told under its old and its new name',
    withManage(
      async (fixture) => {
        assert.match(
          (await noteOf(fixture, 'new')).note,
          /old, which stopped before this began \(renamed\?\)/,
        );
        assert.match(
          (await noteOf(fixture, 'old')).note,
          /new, which began after this stopped \(renamed\?\)/,
        );
      },
      [
        reporter('old', { agoMs: 2 * HOUR, machines: [machine('M', 2 * HOUR)] }),
        reporter('new', { firstSeenMs: NOW_MS - HOUR, machines: [machine('M')] }),
      ],
    ),
  );
});
