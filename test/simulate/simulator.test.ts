// A simulated fleet against a report: history first, then live; outages, refusals, and the end.
import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type SimulateOptions, simulateOptions } from '../../src/daemons/simulate/options.ts';
import { createSimulator, type SimulationProgress } from '../../src/daemons/simulate/simulator.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import type { Tick } from '../../src/domain/tick.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { until } from '../until.ts';
import { createRecordingReport } from './recording-report.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 2, 18, 12);
const STARTED = NOON + 20_000;
const DEFAULTS = { hosts: 20, locations: 4, since: '6h', fault: ['leak', 'burst', 'reboot', 'silent'] };

function open(
  given: Partial<Record<keyof SimulateOptions, unknown>> = {},
  refuse?: (tick: Tick) => string | undefined,
) {
  const clock = createVirtualClock(STARTED);
  const report = createRecordingReport(clock, refuse);
  const progress: SimulationProgress[] = [];
  const simulator = createSimulator(simulateOptions.parse({ ...DEFAULTS, ...given }), {
    report,
    clock,
    logger: silentLogger,
    random: () => 0.5,
    onProgress: (one) => progress.push(one),
  });
  const abort = new AbortController();
  const run = () => {
    const running = simulator.run(abort.signal);
    running.catch(() => {});
    return running;
  };
  return { clock, report, progress, simulator, abort, run };
}

const caughtUp = ({ clock }: ReturnType<typeof open>) =>
  until('the wait for the next tick', () => clock.sleepers() > 0);

function timesByHost(ticks: readonly Tick[]): Map<string, number[]> {
  const times = new Map<string, number[]>();
  for (const { hostId, timeMs } of ticks) times.set(hostId, [...(times.get(hostId) ?? []), timeMs]);
  return times;
}

test('history is marked as backfill, on the grid, each host time once, and the silent host stops in it', async () => {
  const sim = open();
  const running = sim.run();
  await caughtUp(sim);
  // The newest tick is a live one, so that hosts are reporting at once.
  for (const { backfill, ticks } of sim.report.requests) {
    for (const tick of ticks) assert.equal(backfill, tick.timeMs < NOON);
  }
  const times = timesByHost(sim.report.ticks());
  assert.equal(times.size, 20);
  for (const host of sim.simulator.fleet.hosts) {
    const seen = times.get(host.hostId)!;
    assert.equal(new Set(seen).size, seen.length, 'no time twice');
    assert.ok(seen.every((timeMs) => timeMs % MINUTE === 0 && timeMs > NOON - 6 * HOUR && timeMs <= NOON));
    if (!host.fault) assert.equal(seen.length, 360, host.hostId);
    if (host.fault === 'silent') assert.equal(Math.max(...seen), NOON - 38 * MINUTE);
  }
  sim.abort.abort();
  const counts = await running;
  assert.equal(counts.sentSamples, sim.report.samples());
  assert.equal(counts.acceptedSamples, counts.sentSamples);
  const last = sim.progress.filter((one) => one.phase === 'backfill').at(-1)!;
  assert.deepEqual([last.doneTicks, last.totalTicks, last.throughMs], [20 * 359, 20 * 359, NOON - MINUTE]);
});

test('live ticks come on the grid, unmarked, spread over a tenth of the interval and at most 5 s', async () => {
  const sim = open({ since: '0s', hosts: 60 });
  const running = sim.run();
  await caughtUp(sim);
  assert.equal(sim.report.calls, 0);
  await sim.clock.advanceTo(NOON + 3 * MINUTE + 10_000);
  const { requests } = sim.report;
  assert.ok(requests.every((request) => !request.backfill && request.ticks.length === 1));
  const times = timesByHost(sim.report.ticks());
  for (const host of sim.simulator.fleet.hosts) {
    const expected = [1, 2, 3].map((minute) => NOON + minute * MINUTE);
    if (!host.fault) assert.deepEqual(times.get(host.hostId), expected, host.hostId);
  }
  const late = requests.map((request) => request.atMs - request.ticks[0]!.timeMs);
  assert.ok(
    late.every((ms) => ms >= 0 && ms <= 5_000),
    String(Math.max(...late)),
  );
  assert.ok(new Set(late).size > 30, 'they do not all come at once');
  sim.abort.abort();
  assert.equal((await running).acceptedSamples, sim.report.samples());
});

test('live requests can carry many hosts, for load without its own weight', async () => {
  const sim = open({ since: '0s', hosts: 1_000, batch: 200 });
  const running = sim.run();
  await caughtUp(sim);
  await sim.clock.advanceTo(NOON + MINUTE + 10_000);
  assert.ok(sim.report.calls >= 5 && sim.report.calls <= 10, String(sim.report.calls));
  assert.ok(sim.report.ticks().length > 990);
  sim.abort.abort();
  await running;
});

test('the same seed gives the same history', async () => {
  const history = async (seed: number) => {
    const sim = open({ seed, since: '2h' });
    const running = sim.run();
    await caughtUp(sim);
    sim.abort.abort();
    await running;
    return sim.report.requests.map((request) => request.ticks);
  };
  assert.deepEqual(await history(5), await history(5));
  assert.notDeepEqual(await history(5), await history(6));
});

test('the histories of two runs are the same where they overlap', async () => {
  const values = async (since: string) => {
    const sim = open({ since });
    const running = sim.run();
    await caughtUp(sim);
    sim.abort.abort();
    await running;
    return new Map(sim.report.ticks().map((tick) => [`${tick.hostId} ${tick.timeMs}`, tick.samples]));
  };
  const long = await values('5h');
  for (const [key, samples] of await values('3h')) assert.deepEqual(samples, long.get(key), key);
});

test('while report is unavailable nothing is lost: it backs off, and sends all when report is back', async () => {
  const sim = open({ since: '3h' });
  let failures = 0;
  sim.report.fail = () => {
    failures += 1;
    return new ExpectedError('BUS_FULL', 'the bus is full');
  };
  const running = sim.run();
  await until('the first back-off', () => sim.clock.sleepers() > 0);
  for (let second = 1; second <= 30; second++) await sim.clock.advanceTo(STARTED + second * 1_000);
  assert.ok(failures >= 8 && failures <= 40, `${failures} calls in half a minute of outage`);
  sim.report.fail = undefined;
  await until('live ticks after the outage', () => {
    void sim.clock.advanceTo(sim.clock.nowMs() + 1_000);
    return sim.report.ticks().some((tick) => tick.timeMs >= NOON + 3 * MINUTE);
  });
  for (const host of sim.simulator.fleet.hosts.filter((each) => !each.fault)) {
    const times = timesByHost(sim.report.ticks())
      .get(host.hostId)!
      .sort((a, b) => a - b);
    const gaps = times.slice(1).filter((timeMs, i) => timeMs - times[i]! !== MINUTE);
    assert.deepEqual(gaps, [], host.hostId);
  }
  sim.abort.abort();
  const counts = await running;
  assert.ok(counts.retries > 0);
  assert.equal(counts.lastError, undefined, 'the outage is over');
  assert.equal(counts.sentSamples, counts.acceptedSamples + counts.undeliveredSamples);
});

test('after an outage of the live phase what was missed is sent first, unmarked, for it is not old', async () => {
  const sim = open({ since: '0s', hosts: 12 });
  const running = sim.run();
  await caughtUp(sim);
  await sim.clock.advanceTo(NOON + MINUTE + 10_000);
  sim.report.fail = () => new ExpectedError('UNREACHABLE', 'connection refused');
  for (let minute = 2; minute <= 9; minute++) await sim.clock.advanceTo(NOON + minute * MINUTE);
  sim.report.fail = undefined;
  for (let step = 1; step <= 30; step++) {
    await sim.clock.advanceTo(NOON + 9 * MINUTE + step * 6_000);
    await new Promise(setImmediate);
  }
  assert.ok(sim.report.requests.every((request) => !request.backfill));
  const host = sim.simulator.fleet.hosts.find((each) => !each.fault)!;
  const times = timesByHost(sim.report.ticks()).get(host.hostId)!;
  const expected = Array.from({ length: 11 }, (_, i) => NOON + (i + 1) * MINUTE);
  assert.deepEqual(times.sort((a, b) => a - b).slice(0, 11), expected);
  sim.abort.abort();
  await running;
});

test('a server that was never there ends it at once; a wrong token too, even later', async () => {
  const absent = open();
  absent.report.fail = () => new ExpectedError('UNREACHABLE', 'no server at 127.0.0.1:8000');
  await assert.rejects(absent.run(), { code: 'UNREACHABLE' });
  assert.ok(absent.report.calls <= 4, 'no call but those that were under way');

  const locked = open({ since: '0s' });
  const running = locked.run();
  await caughtUp(locked);
  await locked.clock.advanceTo(NOON + MINUTE + 10_000);
  locked.report.fail = () => new ExpectedError('UNAUTHENTICATED', 'the token is not valid');
  await locked.clock.advanceTo(NOON + 2 * MINUTE + 10_000);
  await assert.rejects(running, { code: 'UNAUTHENTICATED' });
  const counts = locked.simulator.counts();
  assert.equal(counts.lastError, 'the token is not valid');
  assert.ok(counts.undeliveredSamples > 0);
  assert.equal(counts.sentSamples, counts.acceptedSamples + counts.undeliveredSamples);
});

test('ended before a call failed, the counts have the reason that nothing was delivered', async () => {
  const sim = open({ since: '2h' });
  sim.report.fail = () => {
    sim.abort.abort();
    return new ExpectedError('UNREACHABLE', 'it requires a client certificate');
  };
  const { acceptedSamples, undeliveredSamples, lastError } = await sim.run();
  assert.equal(acceptedSamples, 0);
  assert.ok(undeliveredSamples > 0);
  assert.equal(lastError, 'it requires a client certificate');
});

test('ended while requests wait for their turn, those that were never sent do not count as not delivered', async () => {
  const sim = open({ since: '6h' });
  const answer = sim.report.report;
  const held: (() => void)[] = [];
  Object.assign(sim.report, {
    report: async (bytes: Uint8Array) => {
      await new Promise<void>((resolve) => held.push(resolve));
      return answer(bytes);
    },
  });
  const running = sim.run();
  await until('all turns are taken', () => held.length === 4);
  // The fifth request is packed one turn of the event loop after the fourth was sent.
  await nextTurn();
  await nextTurn();
  sim.abort.abort();
  for (const release of held) release();
  const { acceptedSamples, sentSamples, undeliveredSamples } = await running;
  assert.equal(undeliveredSamples, 0);
  assert.ok(acceptedSamples > 0);
  assert.equal(sentSamples, acceptedSamples);
});

test('refused samples are counted with their reason and not sent again', async () => {
  const sim = open({ since: '2h' }, (tick) =>
    tick.hostId === 'web-01' ? 'web-01 is not wanted' : undefined,
  );
  const running = sim.run();
  await caughtUp(sim);
  sim.abort.abort();
  const counts = await running;
  assert.equal(counts.refusedSamples, sim.simulator.fleet.hosts[0]!.series.length * 120);
  assert.equal(counts.sentSamples, counts.acceptedSamples + counts.refusedSamples);
  assert.match(counts.lastRefusal!, /^web-01: web-01 is not wanted$/);
  assert.equal(counts.retries, 0);
});

test('it ends with the signal in the middle of an outage, and before it began', async () => {
  const sim = open();
  sim.report.fail = () => new ExpectedError('UNAVAILABLE', 'overloaded');
  const running = sim.run();
  await until('the back-off', () => sim.clock.sleepers() > 0);
  sim.abort.abort();
  const counts = await running;
  assert.equal(counts.acceptedSamples, 0);
  assert.equal(counts.undeliveredSamples, counts.sentSamples);
  assert.ok(counts.sentSamples > 0);

  const never = open();
  never.abort.abort();
  assert.equal((await never.run()).sentSamples, 0);
});

test('started in the background it stops on request, twice over, and shows what ended it early', async () => {
  const sim = open({ since: '2h' });
  await sim.simulator.start();
  await caughtUp(sim);
  await sim.simulator.stop();
  await sim.simulator.stop();
  assert.equal(sim.simulator.unhealthy(), undefined);
  assert.equal(sim.clock.sleepers(), 0);

  const refused = open();
  refused.report.fail = () => new ExpectedError('NOT_ALLOWED', 'the token may not report');
  await refused.simulator.start();
  await until('the fault', () => refused.simulator.unhealthy() !== undefined);
  assert.equal(refused.simulator.unhealthy(), 'the token may not report');
  await refused.simulator.stop();
});

test('the caller learns which hosts to assign where', () => {
  const { simulator } = open({ hosts: 40 });
  const assignments = simulator.assignments();
  assert.equal(assignments.length, 38);
  assert.deepEqual([...new Set(assignments.map(({ location }) => location))].sort(), [
    '725',
    '726',
    '727',
    '728',
  ]);
});

test('where the clock is set back the hosts go on by it, with the next tick of its grid', async () => {
  const sim = open({ since: '0s' });
  const running = sim.run();
  await caughtUp(sim);
  const before = sim.report.ticks().length;
  await sim.clock.stepBy(-5 * HOUR);
  for (let minute = 0; minute < 3; minute++) {
    await sim.clock.advanceTo(sim.clock.nowMs() + MINUTE);
    await caughtUp(sim);
  }
  const since = sim.report.ticks().slice(before);
  assert.ok(since.length >= 20, `${since.length} ticks`);
  assert.ok(since.every(({ timeMs }) => Math.abs(timeMs - sim.clock.nowMs()) < 5 * MINUTE));
  sim.abort.abort();
  await running;
});

test('a later run of the same fleet leaves away who stopped reporting in an earlier one', async () => {
  const first = open({ locations: 4, fault: ['silent', 'dark'] });
  const isLeaving = ({ fault }: { readonly fault?: string }) => fault === 'silent' || fault === 'dark';
  const seen = new Map(
    first.simulator.fleet.hosts.map((host) => [host.hostId, NOON - (isLeaving(host) ? 3 * HOUR : MINUTE)]),
  );
  const sim = open({ locations: 4, fault: ['silent', 'dark'] });
  sim.simulator.goOnFrom(seen);
  const running = sim.run();
  await caughtUp(sim);
  const times = timesByHost(sim.report.ticks());
  const leaving = sim.simulator.fleet.hosts.filter(isLeaving);
  assert.ok(leaving.length > 1);
  for (const { hostId } of leaving) assert.equal(Math.max(...times.get(hostId)!), NOON - 3 * HOUR, hostId);
  sim.abort.abort();
  await running;
});
