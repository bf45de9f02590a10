// A world in which warns are started, killed without a stop, held up and cut off, over one bus and one catalog on a virtual clock.
import { join } from 'node:path';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { createLease } from '../../src/daemons/warn/lease.ts';
import { NO_CONFIGURATION } from '../../src/daemons/warn/notification/judgements.ts';
import type { Ends, Notifier } from '../../src/daemons/warn/notification/notifier.ts';
import { createWarnService, type WarnParts } from '../../src/daemons/warn/service.ts';
import type { AlertState, Change } from '../../src/domain/alerting/alert.ts';
import type { AlertRule } from '../../src/domain/alerting/configuration.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { checkInstant } from '../../src/domain/instant.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { directory, NOW, owned, tick } from '../report/ticks.ts';
import { until } from '../until.ts';
import { createInFlight } from './in-flight.ts';

export const MINUTE = 60_000;
export const START = Math.ceil(NOW / MINUTE) * MINUTE;

export const rule = (name: string, expression: string, more: Partial<AlertRule> = {}): AlertRule => ({
  name,
  expression,
  severity: 'critical',
  locations: [],
  hosts: [],
  notify: [],
  labels: {},
  tellResolved: true,
  enabled: true,
  builtIn: false,
  source: '',
  createdMs: START,
  updatedMs: START,
  ...more,
});

export type Configured = { rules: AlertRule[]; hosts: string[]; locationOf: (host: string) => string };

export async function world(rules: AlertRule[], hosts: string[] = ['web-1'], { partitions = 1 } = {}) {
  const path = directory();
  const clock = createVirtualClock(START);
  const inFlight = createInFlight();
  const embedded = owned(
    await createEmbeddedBus({ directory: path, partitions, clock, logger: silentLogger }),
  );
  const bus = inFlight.bus(embedded);
  const catalog = owned(
    await openSqliteCatalog({ path: join(path, 'catalog.sqlite'), logger: silentLogger, clock }),
  );
  const configured: Configured = { rules, hosts, locationOf: () => '725' };
  return {
    ...{ bus, clock, catalog, configured, inFlight },
    manageDown: { value: false },
    analyze: {
      isDown: false,
      seen: new Map<string, number>(),
      /** What was asked, in the order of the questions. */
      asked: [] as { metric: string; labels: Readonly<Record<string, string>> | undefined }[],
      points: [] as { hostId: string; timeMs: number; value: number }[],
      /** Ranges of this metric cannot be asked for more hosts than one, or not at all. */
      tooLarge: { metric: '', hosts: 0 },
      /** Answers that are made now come once it resolves. */
      heldUp: undefined as PromiseWithResolvers<void> | undefined,
      /** How far persist is with each partition: to the end, unless a test says something else. */
      storedUntilMs: (_partition: number): number => Number.MAX_SAFE_INTEGER,
      replaying: undefined as string | undefined,
    },
    /** What the receiver believes to fire: a stand-in for the accounts of the notifier. */
    told: new Map<string, AlertState>(),
  };
}
export type World = Awaited<ReturnType<typeof world>>;

/** The instance's way to the catalog: `cut`: nothing gets through; `offsets`: nothing is committed. */
function cutCatalog(
  catalog: Catalog,
  cut: { value: boolean },
): Pick<Catalog, 'alertStates' | 'warnLease' | 'acknowledgements' | 'alertHistory'> {
  const through =
    <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
    (...args: A): Promise<T> =>
      cut.value ? Promise.reject(new Error('the catalog is cut off')) : call(...args);
  const { alertStates, warnLease } = catalog;
  return {
    acknowledgements: catalog.acknowledgements,
    alertHistory: catalog.alertHistory,
    alertStates: { load: through(alertStates.load), save: through(alertStates.save) },
    warnLease: {
      read: through(warnLease.read),
      acquire: through(warnLease.acquire),
      renew: through(warnLease.renew),
      release: through(warnLease.release),
    },
  };
}

/** Tells at once what changes, and after a start what is different from what was told. */
function modelNotifier({ told, clock }: World, changes: Change[]): Notifier {
  const tell = (change: Change) => {
    changes.push(change);
    if (change.kind === 'firing' || change.kind === 'level') told.set(change.alert.id, change.alert);
    if (change.kind === 'resolved' || change.kind === 'ended') told.delete(change.alert.id);
  };
  const compare = (open: readonly AlertState[], ends: Ends) => {
    const firing = new Map(open.filter(({ state }) => state === 'firing').map((one) => [one.id, one]));
    for (const [id, alert] of told) {
      if (!firing.has(id)) tell(ends.get(id) ?? { kind: 'resolved', alert, atMs: clock.nowMs() });
    }
    for (const [id, alert] of firing) if (!told.has(id)) tell({ kind: 'firing', alert, atMs: clock.nowMs() });
  };
  return {
    configure() {},
    change: tell,
    start: async (open, ends = new Map()) => compare(open, ends),
    hold: async () => {},
    resume: compare,
    settled: async () => {},
    clockWasSet() {},
    silenced: () => [],
    stop: async () => {},
    unhealthy: () => undefined,
    notes: () => [],
    counts: () => ({ alertsFiring: 0, messagesOwed: 0 }),
    calls: { testReceiver: never, routeOf: never, listReceiverHealth: never } as never,
    configuration: () => NO_CONFIGURATION,
    silenceOf: () => undefined,
    fitting: (_texts, alerts) => alerts,
    routesOf: () => [],
    standings: () => [],
    owedEnds: () => [],
  };
}

const never = () => Promise.reject(new Error('not here'));
let instances = 0;

export async function startWarn(at: World, { cut: isCut = false, logger = silentLogger } = {}) {
  const { bus, clock, configured, manageDown } = at;
  const cut = { value: isCut };
  const changes: Change[] = [];
  let version = 0;
  let sent = '';
  const manage: WarnParts['manage'] = {
    async *watchAlertConfiguration(_request, signal) {
      while (!signal.aborted) {
        if (manageDown.value) throw new Error('manage is down');
        const { rules, hosts, locationOf } = configured;
        const assignments = hosts.map((hostId) => ({ hostId, location: locationOf(hostId) }));
        const text = JSON.stringify([rules, assignments]);
        if (text !== sent) {
          const rest = { rules, silences: [], receivers: [], assignments, unassigned: [] };
          yield { part: 'all', more: false, version: ++version, ...rest } as never;
          sent = text;
        }
        await clock.sleep(1_000, signal).catch(() => {});
      }
    },
  };
  const analyze: WarnParts['analyze'] = {
    async listReportingHosts() {
      if (at.analyze.isDown) throw new Error('analyze is down');
      const hosts = [...at.analyze.seen].map(([hostId, ms]) => ({
        ...{ hostId, firstSeenMs: ms, lastSeenMs: ms, lastReceivedMs: ms, intervalMs: MINUTE },
        ...{ bootId: '', agentVersion: '', machines: [], facts: {} },
      }));
      const { storedUntilMs, replaying } = at.analyze;
      const watermarks = Array.from({ length: bus.partitions }, (_, partition) => ({
        ...{ partition, receivedMs: storedUntilMs(partition) },
      }));
      return { nowMs: clock.nowMs(), hosts, watermarks, ...(replaying && { replaying }) };
    },
    async queryRange({ metric, hosts = [], labels, startMs, stopMs }) {
      for (const instant of [startMs, stopMs]) checkInstant(instant, 'an instant');
      at.analyze.asked.push({ metric, labels });
      // Its points are of series without labels.
      if (labels !== undefined) return { startMs, stopMs, series: [], warnings: [] };
      if (metric === at.analyze.tooLarge.metric && hosts.length > at.analyze.tooLarge.hosts) {
        throw new ExpectedError('BAD_RANGE', 'the answer has over 5000000 points');
      }
      const inRange = at.analyze.points.filter(({ timeMs }) => timeMs >= startMs && timeMs < stopMs);
      const series = hosts.flatMap((hostId) => {
        const own = inRange.filter((point) => point.hostId === hostId);
        const [timesMs, values] = [own.map(({ timeMs }) => timeMs), own.map(({ value }) => value)];
        return own.length === 0 ? [] : [{ hostId, metric, labels: {}, timesMs, values }];
      });
      await at.analyze.heldUp?.promise;
      return { startMs, stopMs, series, warnings: [] };
    },
  };
  const catalog = cutCatalog(at.catalog, cut);
  const lease = createLease({
    ...{ store: catalog.warnLease, holder: `warn-${++instances}`, clock, logger: silentLogger },
  });
  const service = createWarnService({
    ...{ bus, manage, analyze, catalog, lease },
    // As a real one: monotonic time has fractions of a millisecond.
    clock: { ...clock, monotonicMs: () => clock.monotonicMs() + (clock.monotonicMs() % 7) / 10 },
    logger,
    metrics: createMetrics('warn'),
    notifier: modelNotifier(at, changes),
  });
  await service.start();
  let stopped = false;
  const warn = {
    ...{ service, changes, cut, lease },
    told: () => changes.filter(({ kind }) => kind !== 'pending' && kind !== 'dropped').map(short),
    /** As kill -9: nothing of what its memory held is written. */
    async kill() {
      cut.value = true;
      stopped = true;
      await service.stop();
      await lease.stop();
      // A process that starts again under its own name has not to wait for its own lease.
      await at.catalog.warnLease.release((await at.catalog.warnLease.read()).fence);
    },
    async stop() {
      if (stopped) return;
      await service.stop();
      await lease.stop();
    },
  };
  owned(warn);
  return warn;
}
export type Warn = Awaited<ReturnType<typeof startWarn>>;

export const short = ({ kind, reason, alert }: Change) =>
  [kind, alert.rule, alert.subject.kind === 'host' ? alert.subject.host : '', reason]
    .filter(Boolean)
    .join(' ');

export async function heartbeat({ bus, clock }: World, receivedMs = clock.nowMs()) {
  const beat = { reportId: 'r', timeMs: receivedMs };
  const partitions = Array.from({ length: bus.partitions }, (_, i) => i);
  await bus.publish(
    partitions.map((partition) => ({
      partition,
      receivedMs,
      bytes: encodeBatch([], { heartbeat: beat }),
    })),
  );
}

async function read(at: World, warn: Warn | undefined) {
  if (!warn) return;
  const ends = (await at.bus.lag('none')).map(({ end }) => end);
  await until('it was read', async () => {
    await at.clock.advanceTo(at.clock.nowMs() + 1);
    await at.inFlight.idle();
    const { partitions } = await warn.service.status();
    return partitions.length > 0 && partitions.every(({ position }, i) => position >= ends[i]!);
  });
}

/** To the instant, a second at a time, with a heartbeat every ten as report sends them. */
export async function pass(at: World, toMs: number, warn?: Warn, beats = true) {
  const { clock } = at;
  for (let next = clock.nowMs() + 1_000; next <= toMs; next += 1_000) {
    await clock.advanceTo(next);
    if (beats && Math.floor(next / 1_000) % 10 === 0) {
      await heartbeat(at);
      await read(at, warn);
    }
    await at.inFlight.idle();
  }
}

export async function send(
  at: World,
  hosts: readonly string[],
  value: number,
  more: {
    receivedMs?: number;
    timeMs?: number;
    backfill?: boolean;
    partition?: number;
    isStored?: boolean;
  } = {},
) {
  const { receivedMs = at.clock.nowMs(), backfill = false, partition = 0, isStored = true } = more;
  const { timeMs = receivedMs } = more;
  const ticks = hosts.map((hostId) =>
    encodeTick(tick({ hostId, timeMs, samples: [{ metric: 'cpu.usage', labels: {}, value }] })),
  );
  // As persist stores it and analyze finds it.
  for (const hostId of isStored ? hosts : []) {
    at.analyze.seen.set(hostId, receivedMs);
    at.analyze.points.push({ hostId, timeMs, value });
  }
  await at.bus.publish([{ partition, receivedMs, bytes: encodeBatch(ticks, { backfill }) }]);
}

/** Sends and waits until it was read. */
export async function sendTo(at: World, warn: Warn | undefined, ...what: Tail<Parameters<typeof send>>) {
  await send(at, ...what);
  await read(at, warn);
}
type Tail<T extends unknown[]> = T extends [unknown, ...infer Rest] ? Rest : never;

/** A tick a minute of each host, to the end of the last minute. */
export async function play(
  at: World,
  warn: Warn | undefined,
  values: readonly (number | undefined)[],
  hosts = ['web-1'],
) {
  for (const value of values) {
    if (value !== undefined) await sendTo(at, warn, hosts, value);
    await pass(at, at.clock.nowMs() + MINUTE, warn);
  }
}

export async function begun(at: World, warn: Warn) {
  await pass(at, at.clock.nowMs() + 3_000, warn);
  await heartbeat(at);
  await read(at, warn);
  await pass(at, at.clock.nowMs() + 2_000, warn);
}
