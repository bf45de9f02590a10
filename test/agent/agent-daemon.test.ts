// The agent as a whole, on a virtual clock: from files to acknowledged ticks, over restarts, with probes and closing sums.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { test } from 'node:test';
import type { ReportService } from '../../src/api/report.ts';
import { createAgentDaemon } from '../../src/daemons/agent/agent-daemon.ts';
import { agentOptions } from '../../src/daemons/agent/options.ts';
import { sampleOnce } from '../../src/daemons/agent/sample-once.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import type { Tick } from '../../src/domain/tick.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createTickReader, tickOf } from '../../src/wire/tick-reader.ts';
import { until } from '../until.ts';
import { createRootTree, type Ending, netDev, netLine, type RootTree } from './root-tree.ts';

const NOON = Date.UTC(2026, 10, 25, 12);

/** A report that keeps what it gets; `fail` decides each call's end. */
function keepingReport() {
  const ticks: Tick[] = [];
  const reader = createTickReader();
  const report = {
    ticks,
    fail: undefined as ExpectedError | undefined,
    async report(bytes: Uint8Array) {
      if (report.fail) throw report.fail;
      let samples = 0;
      reader.readRequest(bytes, (view) => {
        ticks.push(tickOf(view));
        samples += view.layout.series.length;
      });
      return { acceptedSamples: samples, refusedSamples: 0, refusals: [], receivedMs: NOON, sentMs: NOON };
    },
  };
  return report;
}

function agentOn(
  t: Ending,
  root: RootTree,
  given: { report: ReportService; startMs?: number; settings?: object },
) {
  const clock = createVirtualClock(given.startMs ?? NOON + 30_000);
  const options = agentOptions.parse({ root: root.dir, admin: '127.0.0.1:0', ...given.settings });
  const daemon = createAgentDaemon(options, {
    clock,
    logger: silentLogger,
    report: given.report,
    stateDir: root.path('state'),
    agentVersion: '9.9.9',
    monotonicMs: clock.nowMs,
  });
  t.after(() => daemon.stop());
  const start = async () => {
    await daemon.start();
    await until('the sampler waits for its first slot', () => clock.sleepers() >= 1);
  };
  return { clock, daemon, start };
}

const page = (address: string, path: string): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    get(`http://${address}${path}`, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, body }));
    }).on('error', reject);
  });

/** Sums of the agent's own numbers: received, sent, refused, dropped, queued. */
async function sums(address: string): Promise<Record<string, number>> {
  const { body } = await page(address, '/metrics');
  const found: Record<string, number> = { received: 0, sent: 0, refused: 0, dropped: 0, queued: 0 };
  for (const [, name = '', value] of body.matchAll(/^minimon_samples_(\w+?)(?:_total)?\{[^}]*\} (\d+)$/gm)) {
    found[name] = (found[name] ?? 0) + Number(value);
  }
  return found;
}

test('a tick carries the host, the grid time, the samples and, the first time, the facts', async (t) => {
  const root = createRootTree(t);
  const report = keepingReport();
  const { clock, start } = agentOn(t, root, { report, settings: { location: 'room 7' } });
  await start();
  await clock.advanceTo(NOON + 40_000);
  root.write({ 'proc/net/dev': netDev(netLine('  eth0: ', 8_000, 7_000)) });
  await clock.advanceTo(NOON + 66_000);
  await until('the first tick', () => report.ticks.length === 1);
  const [tick] = report.ticks;
  assert.deepEqual(
    { ...tick, samples: undefined, facts: undefined },
    {
      hostId: 'oak-1',
      timeMs: NOON + 60_000,
      intervalMs: 60_000,
      machineId: '00112233445566778899aabbccddeeff',
      bootId: '11111111-0000-4000-8000-000000000001',
      agentVersion: '9.9.9',
      samples: undefined,
      facts: undefined,
    },
  );
  assert.equal(tick!.facts?.['location_hint'], 'room 7');
  // 3000 bytes in the 30 s since the start.
  assert.equal(tick!.samples.find((one) => one.metric === 'net.received')?.value, 100);
  await clock.advanceTo(NOON + 126_000);
  await until('the second tick', () => report.ticks.length === 2);
  assert.equal(report.ticks[1]!.facts, undefined);
  assert.ok(report.ticks[1]!.samples.some((one) => one.metric === 'clock.offset'));
});

test('an outage with a restart in the middle of it loses nothing, and the sums close in both lives', async (t) => {
  const root = createRootTree(t);
  const report = keepingReport();
  report.fail = new ExpectedError('UNREACHABLE', 'no report service answers');
  const first = agentOn(t, root, { report, startMs: NOON + 1_000 });
  await first.start();
  for (const minute of [1, 2, 3]) {
    await first.clock.advanceTo(NOON + minute * 60_000 + 6_000);
    await until('the sender backs off', () => first.clock.sleepers() === 2);
  }
  const atOutage = await sums(first.daemon.addresses()['http']!);
  assert.equal(atOutage['queued'], atOutage['received']);
  assert.ok(atOutage['queued']! > 0);
  const outage = await page(first.daemon.addresses()['http']!, '/readyz?verbose');
  assert.equal(outage.status, 200);
  assert.match(outage.body, /no report service answers/);
  await first.daemon.stop();

  report.fail = undefined;
  const second = agentOn(t, root, { report, startMs: NOON + 200_000 });
  await second.start();
  await until('the three ticks of the first life', () => report.ticks.length === 3);
  await second.clock.advanceTo(NOON + 246_000);
  await until('a tick of the second life', () => report.ticks.length === 4);
  assert.deepEqual(
    report.ticks.map((tick) => (tick.timeMs - NOON) / 60_000),
    [3, 2, 1, 4],
  );
  const { received, sent, refused, dropped, queued } = await sums(second.daemon.addresses()['http']!);
  assert.equal(received, sent! + refused! + dropped! + queued!);
  assert.equal(queued, 0);
  await second.daemon.stop();
});

test('an agent whose authentication fails is unready and says why; it is alive all the same', async (t) => {
  const root = createRootTree(t);
  const report = keepingReport();
  report.fail = new ExpectedError('UNAUTHENTICATED', 'no valid token was given');
  const { clock, daemon, start } = agentOn(t, root, { report });
  await start();
  const address = daemon.addresses()['http']!;
  assert.equal((await page(address, '/readyz')).status, 200);
  await clock.advanceTo(NOON + 66_000);
  await until('both loops asleep', () => clock.sleepers() === 2);
  const ready = await page(address, '/readyz?verbose');
  assert.equal(ready.status, 503);
  assert.match(ready.body, /authentication failed at report: no valid token/);
  assert.equal((await page(address, '/livez')).status, 200);
});

test('a host without a name of its own does not start, and leaves nothing behind that runs', async (t) => {
  const root = createRootTree(t, { 'etc/hostname': 'localhost\n' });
  const { daemon } = agentOn(t, root, { report: keepingReport() });
  await assert.rejects(daemon.start(), (error) => error instanceof ExpectedError && error.code === 'BAD_ID');
  await daemon.stop();
});

test('a root that does not exist is an error that names it', async () => {
  const options = agentOptions.parse({ root: '/nowhere/at/all/' });
  await assert.rejects(
    sampleOnce(options, { clock: createVirtualClock(NOON), agentVersion: '1' }),
    (error) =>
      error instanceof ExpectedError &&
      error.code === 'FILE_MISSING' &&
      error.message.includes('/nowhere/at/all'),
  );
});

test('stopping twice, or in the middle of a call that never ends, is fine', async (t) => {
  const root = createRootTree(t);
  const { clock, daemon, start } = agentOn(t, root, { report: { report: () => new Promise(() => {}) } });
  await start();
  await clock.advanceTo(NOON + 66_000);
  await daemon.stop();
  await daemon.stop();
});

test('settings that make no sense are refused with a reason', () => {
  const reasons: readonly (readonly [object, RegExp])[] = [
    [{ interval: '100ms' }, /under 1s/],
    [{ interval: '60' }, /not a duration/],
    [{ hostId: 'oak ' }, /white space/],
    [{ location: '' }, /empty/],
    [{ admin: '8090' }, /host:port/],
    [{ mount: {} }, /[Uu]nrecognized/],
  ];
  for (const [settings, reason] of reasons) {
    assert.match(agentOptions.safeParse(settings).error?.message ?? 'accepted', reason);
  }
});

test('one tick by itself has rates, names what is left out, and needs no server and no directory', async (t) => {
  const root = createRootTree(t, { 'etc/machine-id': '' });
  const clock = createVirtualClock(NOON + 345);
  const options = agentOptions.parse({ root: root.dir });
  const taking = sampleOnce(options, {
    clock,
    agentVersion: '1',
    stateDir: root.path('state'),
    monotonicMs: clock.nowMs,
  });
  await until('the first reading', () => clock.sleepers() === 1);
  root.write({ 'proc/net/dev': netDev(netLine('  eth0: ', 5_700, 7_000)) });
  await clock.advanceTo(NOON + 1_345);
  const { tick, omitted, failed } = await taking;
  assert.equal(tick.hostId, 'oak-1');
  assert.equal(tick.machineId, '');
  assert.ok(!existsSync(root.path('state')));
  assert.equal(tick.timeMs, NOON + 1_345);
  assert.equal(tick.samples.find((one) => one.metric === 'net.received')?.value, 700);
  assert.equal(tick.facts?.['view'], 'host');
  assert.deepEqual(
    omitted.map((one) => one.what),
    ['cpu', 'swap.usage', "the host's interfaces"],
  );
  assert.deepEqual(failed, []);
});

test('what a tick failed to collect is a note of readyz, which stays ready, and goes when it is back', async (t) => {
  const root = createRootTree(t, { 'proc/meminfo': '' });
  const report = keepingReport();
  const { clock, daemon, start } = agentOn(t, root, { report });
  await start();
  const notesAfter = async (timeMs: number, ticks: number) => {
    await clock.advanceTo(timeMs);
    await until('the tick is sent', () => report.ticks.length === ticks);
    const ready = await page(daemon.addresses()['http']!, '/readyz?verbose');
    assert.equal(ready.status, 200);
    return ready.body;
  };
  assert.match(await notesAfter(NOON + 66_000, 1), /not collected in the last tick: memory \(.*MemTotal/);
  root.write({ 'proc/meminfo': 'MemTotal: 10 kB\nMemFree: 5 kB\nSwapTotal: 0 kB\n' });
  assert.doesNotMatch(await notesAfter(NOON + 126_000, 2), /not collected/);
});
