// Enrolment as a whole: agents, report and manage in this process, a join token exchanged, reports taken, machines told apart.

import assert from 'node:assert/strict';
import { cpSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createReportClient } from '../../src/api/grpc/report-client.ts';
import { createHttpClient } from '../../src/api/http/client.ts';
import { manageApi } from '../../src/api/manage.ts';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { createAgentDaemon } from '../../src/daemons/agent/agent-daemon.ts';
import { createHostCredential, type Enrolling } from '../../src/daemons/agent/credential.ts';
import { agentOptions } from '../../src/daemons/agent/options.ts';
import { createManageDaemon } from '../../src/daemons/manage/manage-daemon.ts';
import { manageOptions } from '../../src/daemons/manage/options.ts';
import { reportOptions } from '../../src/daemons/report/options.ts';
import { createReportDaemon } from '../../src/daemons/report/report-daemon.ts';
import { createStaticDiscovery } from '../../src/discovery/discovery.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { createVirtualClock, systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createRootTree } from '../agent/root-tree.ts';
import { auditEntries } from '../catalog/audit-entries.ts';
import { directory, owned } from '../report/ticks.ts';
import { until } from '../until.ts';

const DAY = 86_400_000;
const NOON = Date.UTC(2026, 10, 25, 12);
const MACHINE = '00112233445566778899aabbccddeeff';
const OTHER = 'ffeeddccbbaa99887766554433221100';

/** Manage and report as they are with tokens, and agents that know where both are. */
async function site(t: TestContext) {
  const clock = createVirtualClock(NOON + 30_000);
  // Daemons sleep by themselves; what time it is, is the agents' clock.
  const parts = { clock: { ...systemClock, nowMs: clock.nowMs }, logger: silentLogger };
  const path = join(directory(), 'catalog.sqlite');
  const catalog = owned(await openSqliteCatalog({ path, logger: silentLogger, clock }));
  const reporting = { hosts: [] as unknown[], isAway: false };
  const checks = { insecure: false, certificatesOptional: false };
  const manage = owned(
    createManageDaemon(manageOptions.parse({ grpc: '127.0.0.1:0', http: '127.0.0.1:0' }), {
      ...{ ...parts, catalog },
      analyze: {
        async listReportingHosts() {
          if (reporting.isAway) throw new ExpectedError('UNAVAILABLE', 'analyze is away');
          return { nowMs: clock.nowMs(), watermarks: [], hosts: reporting.hosts as never };
        },
        queryLatest: async () => ({ nowMs: clock.nowMs(), samples: [], warnings: [] }),
      },
      callers: { ...checks, sync: () => assert.fail('asked of another') },
    }),
  );
  await manage.start();
  const report = owned(
    createReportDaemon(
      reportOptions.parse({ grpc: '127.0.0.1:0', push: '127.0.0.1:0', admin: '127.0.0.1:0' }),
      {
        ...{ ...parts, retentionMs: 35 * DAY, roomFor: { maxHosts: 100, maxSeries: 1_000 } },
        bus: owned(await createEmbeddedBus({ directory: directory(), ...parts })),
        callers: { ...checks, sync: manage.service.syncTokens },
      },
    ),
  );
  await report.start();

  const joinToken = async (given: { hosts?: number; location?: string; endsMs?: number } = {}) => {
    const name = `join-${(await catalog.tokens.list()).length}`;
    const asked = { name, hosts: 9, endsMs: clock.nowMs() + 30 * DAY, ...given };
    return (await manage.service.createJoinToken(asked)).token;
  };

  /** `answers`: what becomes of manage's answers on their way. */
  function agent(given: {
    readonly joinToken?: string;
    readonly hostId?: string;
    readonly machineId?: string;
    readonly stateDir?: string;
    readonly answers?: (() => void) | undefined;
    readonly isCutOff?: () => boolean;
  }) {
    const { hostId = 'web-1', machineId = MACHINE, stateDir = directory() } = given;
    const root = createRootTree(t);
    root.write({ 'etc/machine-id': `${machineId}\n` });
    const enrolling: Enrolling = async (token) => {
      const bearer = { token: () => token, insecure: false };
      const client = createHttpClient(manageApi, { baseUrl: manage.addresses()['http']!, bearer });
      const lossy = <T>(answer: T): T => {
        given.answers?.();
        return answer;
      };
      return {
        joinHost: async (request) => lossy(await client.joinHost(request)),
        renewCredential: async (request) => lossy(await client.renewCredential(request)),
        stop: client.stop,
      };
    };
    const credential = createHostCredential({
      ...{ stateDir, joinToken: given.joinToken, enrolling, clock, logger: silentLogger },
    });
    const client = createReportClient({
      discovery: createStaticDiscovery([report.addresses()['grpc']!]),
      bearer: { token: credential.token, insecure: false },
    });
    /** `bare`: nothing was shown, which this process' own user may do here. */
    const reports = { taken: 0, refused: 0, bare: 0, errors: [] as string[] };
    const daemon = createAgentDaemon(
      agentOptions.parse({ ...{ root: root.dir, admin: '127.0.0.1:0', hostId, immediate: true } }),
      {
        ...{ clock, logger: silentLogger, stateDir, agentVersion: '9.9.9', credential },
        report: {
          async report(bytes) {
            if (given.isCutOff?.()) throw new ExpectedError('UNREACHABLE', 'cut off');
            try {
              if (credential.token() === undefined) reports.bare++;
              const answer = await client.report(bytes);
              reports.taken += answer.acceptedSamples;
              reports.refused += answer.refusedSamples;
              return answer;
            } catch (error) {
              reports.errors.push((error as ExpectedError).code);
              throw error;
            }
          },
        },
        monotonicMs: clock.nowMs,
      },
    );
    let isStopped = false;
    const stop = async () => {
      if (isStopped) return;
      isStopped = true;
      await daemon.stop();
      await client.stop();
    };
    t.after(stop);
    /** Time passes until it is so: on a slow machine hours. */
    const when = (what: string, isSo: () => boolean) => until(what, isSo, { clock });
    const reportsNow = async () => {
      const before = reports.taken;
      await when('a report is taken', () => reports.taken > before);
    };
    const stored = () => JSON.parse(readFileSync(join(stateDir, 'credential'), 'utf8'));
    return { daemon, credential, reports, stateDir, stop, when, reportsNow, stored, start: daemon.start };
  }
  return { clock, catalog, manage: manage.service, reporting, joinToken, agent };
}

const actions = async ({ catalog }: Awaited<ReturnType<typeof site>>) =>
  (await auditEntries(catalog.audit)).map(({ action, actor }) => `${action} by ${actor}`);

test('a host exchanges a join token for a credential, reports with it, and is in its location', async (t) => {
  const world = await site(t);
  const host = world.agent({ joinToken: await world.joinToken({ location: '725' }) });
  await host.start();
  await host.reportsNow();
  assert.equal(host.credential.unhealthy(), undefined);
  assert.equal(statSync(join(host.stateDir, 'credential')).mode & 0o777, 0o600);
  assert.equal((await world.catalog.inventory.find({ hostId: 'web-1' }))?.location, '725');
  const { enrolments } = await world.manage.listEnrolments({});
  assert.deepEqual(
    enrolments.map(({ hostId, machineId, revoked }) => [hostId, machineId, revoked]),
    [['web-1', MACHINE, false]],
  );
  assert.deepEqual((await actions(world)).slice(1), ['enrolment.join by join-0', 'host.add by join-0']);
  // Started again, without the join token, it has what it needs.
  await host.stop();
  const again = world.agent({ stateDir: host.stateDir });
  await again.start();
  await again.reportsNow();
  // A token in the name of another host: its reports are that other's no more than before.
  const renamed = world.agent({ stateDir: host.stateDir, hostId: 'web-2' });
  await renamed.start();
  assert.equal(renamed.credential.token(), undefined);
});

test('what an agent kept when it was killed is sent with its credential at the next start, and not without one first', async (t) => {
  const world = await site(t);
  let cutOff = false;
  const host = world.agent({ joinToken: await world.joinToken(), isCutOff: () => cutOff });
  await host.start();
  await host.reportsNow();
  cutOff = true;
  const queued = async () => {
    const text = await (await fetch(`http://${host.daemon.addresses()['http']}/readyz?verbose`)).text();
    return /[1-9]\d* ticks in the spool/.test(text);
  };
  await until('a tick is kept', queued, { clock: world.clock });
  await host.stop();
  const again = world.agent({ stateDir: host.stateDir });
  await again.start();
  await again.reportsNow();
  assert.deepEqual([again.reports.errors, again.reports.bare], [[], 0]);
});

test('a second machine of the name is refused and named; once it is allowed, the first is refused', async (t) => {
  const world = await site(t);
  const token = await world.joinToken();
  const first = world.agent({ joinToken: token });
  await first.start();
  await first.reportsNow();
  const second = world.agent({ joinToken: token, machineId: OTHER });
  await second.start();
  await second.when('it is refused', () =>
    /not enrolled: web-1 is enrolled as another machine$/.test(second.credential.unhealthy() ?? ''),
  );
  assert.equal(second.reports.taken, 0);
  const [enrolled] = (await world.manage.listEnrolments({})).enrolments;
  assert.deepEqual(
    [enrolled?.machineId, enrolled?.waiting?.machineId, enrolled?.waiting?.address],
    [MACHINE, OTHER, '127.0.0.1'],
  );
  await assert.rejects(world.manage.replaceHost({ hostId: 'web-1' }), {
    code: 'USAGE',
    hint: /ffeeddccbbaa/,
  });
  await assert.rejects(world.manage.replaceHost({ hostId: 'web-1', machine: MACHINE.slice(0, 12) }), {
    code: 'MACHINE_UNKNOWN',
    hint: /^ffeeddccbbaa\w+ at 127\.0\.0\.1 is waiting/,
  });
  await assert.rejects(world.manage.replaceHost({ hostId: 'web-1', machine: 'ffeedd' }), { code: 'USAGE' });
  const allowed = await world.manage.replaceHost({ hostId: 'web-1', machine: 'FFEEDDCC', actor: 'ann' });
  assert.equal(allowed.waiting?.machineId, OTHER);
  await second.reportsNow();
  await first.when('the first is refused', () => first.reports.errors.includes('UNAUTHENTICATED'));
  assert.match(
    (await actions(world)).join('\n'),
    /enrolment\.refuse by join-0\nenrolment\.allow by ann\nenrolment\.join/,
  );
});

test('a host that reports from another machine is taken, though it has no credential', async (t) => {
  const world = await site(t);
  const machines = [{ machineId: OTHER, lastReceivedMs: world.clock.nowMs() }];
  world.reporting.hosts = [
    {
      ...{ hostId: 'web-1', firstSeenMs: 1, lastSeenMs: NOON, lastReceivedMs: NOON, intervalMs: 60_000 },
      ...{ bootId: 'b', agentVersion: '1', machines, facts: {} },
    },
  ];
  const host = world.agent({ joinToken: await world.joinToken() });
  await host.start();
  await host.when('it is refused', () =>
    /reports from another machine/.test(host.credential.unhealthy() ?? ''),
  );
  await world.manage.replaceHost({ hostId: 'web-1', machine: MACHINE });
  await host.reportsNow();
});

test('as long as nobody can say whether another machine has the name, nobody gets it', async (t) => {
  const world = await site(t);
  world.reporting.isAway = true;
  const host = world.agent({ joinToken: await world.joinToken() });
  await host.start();
  await host.when('it waits', () => /it is unknown whether/.test(host.credential.unhealthy() ?? ''));
  assert.deepEqual((await world.manage.listEnrolments({})).enrolments, []);
  world.reporting.isAway = false;
  await host.reportsNow();
});

test('it renews its credential by itself, also where answers are lost, and reports all the while', async (t) => {
  const world = await site(t);
  let lost = 1;
  const answers = () => {
    if (lost-- > 0) throw new ExpectedError('UNREACHABLE', 'the answer was lost');
  };
  const host = world.agent({ joinToken: await world.joinToken({ hosts: 1 }), answers });
  await host.start();
  await host.reportsNow();
  const first = host.stored().current.token;
  assert.equal((await world.catalog.tokens.list()).length, 2);
  lost = 1;
  await world.clock.skip(10 * DAY);
  await until('the answer is lost', () => lost < 1);
  // What was lost is stored: the process may end now.
  assert.equal(host.stored().current.token, first);
  assert.equal(typeof host.stored().next, 'string');
  await host.stop();
  const again = world.agent({ stateDir: host.stateDir });
  await again.start();
  await again.when('it is renewed', () => again.stored().current.token !== first);
  assert.equal(again.stored().current.token, host.stored().current.token);
  await again.reportsNow();
  assert.deepEqual((await actions(world)).slice(1), [
    'enrolment.join by join-0',
    'enrolment.renew by agent web-1',
  ]);
});

test('a copy of the disk: another machine does not use the credential, and of two alike the second to renew is refused', async (t) => {
  const world = await site(t);
  const host = world.agent({ joinToken: await world.joinToken() });
  await host.start();
  await host.reportsNow();
  const copies = [directory(), directory()] as const;
  for (const copy of copies) cpSync(join(host.stateDir, 'credential'), join(copy, 'credential'));
  const cloned = world.agent({ stateDir: copies[0], machineId: OTHER });
  await cloned.start();
  assert.equal(cloned.credential.token(), undefined);
  await world.clock.skip(10 * DAY);
  await host.when('the host renews', () => host.stored().current.endsMs > NOON + 31 * DAY);
  const alike = world.agent({ stateDir: copies[1] });
  await alike.start();
  await alike.when('the copy is refused', () => /renewed by a copy/.test(alike.credential.lastError() ?? ''));
  await host.reportsNow();
});

test('a join token that has ended, was revoked or is used up enrols nobody; one that was revoked ends a host', async (t) => {
  const world = await site(t);
  const used = await world.joinToken({ hosts: 1 });
  const host = world.agent({ joinToken: used });
  await host.start();
  await host.reportsNow();
  const refused = async (joinToken: string, why: RegExp) => {
    const other = world.agent({ joinToken, hostId: 'web-2', machineId: OTHER });
    await other.start();
    await other.when('it is refused', () => why.test(other.credential.unhealthy() ?? ''));
    await other.stop();
  };
  await refused(used, /it has enrolled as many hosts as it allows/);
  const revoked = await world.joinToken();
  await world.manage.revokeToken({ name: 'join-2' });
  await refused(revoked, /the token mm_\w+ is not valid/);
  const short = await world.joinToken({ endsMs: world.clock.nowMs() + 5_000 });
  await world.clock.advanceTo(world.clock.nowMs() + 5_000);
  await refused(short, /the token mm_\w+ is not valid|has expired/);
  await world.manage.revokeToken({ name: 'agent web-1' });
  await host.when('reports are refused', () => host.reports.errors.includes('UNAUTHENTICATED'));
  assert.equal((await world.manage.listEnrolments({})).enrolments[0]!.revoked, true);
  // It gets another with another join token, once somebody says so.
  await host.stop();
  const again = world.agent({ joinToken: await world.joinToken(), stateDir: host.stateDir });
  await again.start();
  await again.when('it asks', () => /not its credential/.test(again.credential.lastError() ?? ''));
  await world.manage.replaceHost({ hostId: 'web-1', machine: MACHINE });
  await again.reportsNow();
});

test('a name that would fit other hosts, and a token that is no join token, enrol nobody', async (t) => {
  const world = await site(t);
  const glob = world.agent({ joinToken: await world.joinToken(), hostId: 'web-*' });
  await glob.start();
  await glob.when('it is refused', () => /cannot be enrolled/.test(glob.credential.unhealthy() ?? ''));
  const { token } = await world.manage.createToken({ name: 'all', scopes: ['report:*'] });
  const other = world.agent({ joinToken: token });
  await other.start();
  await other.when('it is refused', () => /neither a join token/.test(other.credential.unhealthy() ?? ''));
});
