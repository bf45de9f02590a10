// What analyze answers: ranges, latest samples and reporting hosts, by host and by location, read from the store.
import type {
  AnalyzeService,
  HostScope,
  LatestAnswer,
  LatestRequest,
  RangeRequest,
} from '../../api/analyze.ts';
import type { ManageService } from '../../api/manage.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { checkInstant } from '../../domain/instant.ts';
import { METRIC_KINDS, metricKind, parseMetric } from '../../domain/metric-kinds.ts';
import { checkHostId, compareBytes, labelNameError } from '../../domain/names.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { checkRange } from '../../store/range-check.ts';
import type { LatestSample, Series, Store } from '../../store/store.ts';
import { createBacktests } from './backtest.ts';
import { createLocations, type Locations } from './locations.ts';
import { createReportersList } from './reporters-list.ts';

const WATCH_EVERY_MS = 1_000;
/** A location's series are read in parts, so that an answer too large to give is rejected before it fills the memory. */
const HOSTS_A_READ = 500;
/** Some 80 MB as numbers. */
const MAX_POINTS_AN_ANSWER = 5_000_000;

export type AnalyzeParts = {
  readonly store: Store;
  readonly manage: Pick<ManageService, 'listAssignments'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Given by the daemon, which shows its last error; made here otherwise. */
  readonly locations?: Locations;
};

/** The hosts of a query: undefined for all. `named` are those that the caller spelt out and that must exist. */
type Resolved = {
  readonly hosts: readonly string[] | undefined;
  readonly named: readonly string[];
  readonly warnings: readonly string[];
};

export function createAnalyzeService(parts: AnalyzeParts): AnalyzeService {
  const { store, clock } = parts;
  const locations = parts.locations ?? createLocations(parts);
  const { checkKnownHosts, checkKnownMetrics } = createNameChecks({ store, locations });
  const listReporters = createReportersList({ store, clock });

  async function resolve({ location, hosts }: HostScope): Promise<Resolved> {
    const named = hosts ? [...new Set(hosts)].sort(compareBytes) : [];
    for (const hostId of named) checkHostId(hostId);
    if (location === undefined) return { hosts: hosts && named, named, warnings: [] };
    const { hosts: assigned, warnings } = await locations.hostsOf(location);
    if (!hosts) return { hosts: assigned, named, warnings };
    const here = new Set(assigned);
    return { hosts: named.filter((hostId) => here.has(hostId)), named, warnings };
  }

  async function queryLatest(request: LatestRequest): Promise<LatestAnswer> {
    const sinceMs = checkInstant(request.sinceMs, 'since');
    const metrics = request.metrics && [...new Set(request.metrics.map(parseMetric))];
    const { hosts, named, warnings } = await resolve(request);
    const samples =
      hosts?.length === 0
        ? []
        : await store.latest({ sinceMs, ...(hosts && { hosts }), ...(metrics && { metrics }) });
    await checkKnownHosts(withoutSample(named, new Set(samples.map((sample) => sample.hostId))));
    const absent = withoutSample(metrics ?? [], new Set(samples.map((sample) => sample.metric)));
    const missing = await checkKnownMetrics(absent);
    return { nowMs: clock.nowMs(), samples, warnings: [...warnings, ...missing] };
  }

  return {
    async queryRange(request) {
      checkTimes(request);
      checkRange(request);
      checkLabels(request.labels);
      const metric = parseMetric(request.metric);
      const { hosts, named, warnings } = await resolve(request);
      const series = await readRange(store, { ...request, metric }, hosts);
      await checkKnownHosts(withoutSample(named, new Set(series.map((one) => one.hostId))));
      const missing = await checkKnownMetrics(series.length === 0 ? [metric] : []);
      const { startMs, stopMs, stepMs } = request;
      return {
        startMs,
        stopMs,
        ...(stepMs !== undefined && { stepMs }),
        series,
        warnings: [...warnings, ...missing],
      };
    },

    queryLatest,

    async *watchLatest(request, signal) {
      let shown: string | undefined;
      while (!signal.aborted) {
        const nextMs = clock.nowMs() + WATCH_EVERY_MS;
        const answer = await queryLatest(request);
        if (signal.aborted) return;
        const seen = signatureOf(answer);
        if (seen !== shown) yield answer;
        shown = seen;
        try {
          await clock.sleepUntil(nextMs, signal);
        } catch (error) {
          if (signal.aborted) return;
          throw error;
        }
      }
    },

    listReportingHosts: listReporters,

    backtest: createBacktests({ store, locations, clock }),

    async findRecordsByLocation({ location, metric: word, startMs, stopMs }) {
      checkTimes({ startMs, stopMs });
      checkRange({ startMs, stopMs });
      const metric = parseMetric(word);
      const { hosts } = await resolve({ location });
      const series = await readRange(store, { metric, startMs, stopMs }, hosts).catch((error) => {
        if (!(error instanceof ExpectedError) || error.code !== 'BAD_RANGE') throw error;
        throw new ExpectedError('BAD_RANGE', error.message, {
          hint: 'This call has no step: ask for a shorter range, or use /api/v1/records with a step.',
          cause: error,
        });
      });
      if (series.length === 0) await checkKnownMetrics([metric]);
      // Without a step no window is empty, so that every value is a number.
      return series.map(({ hostId, timesMs, values }) => ({
        hostId,
        metric,
        timesMs,
        values: values as readonly number[],
      }));
    },
  };
}

/** Whether names that a query spelt out exist: a misspelt one is an error with what was meant, not an empty answer. */
function createNameChecks({ store, locations }: { readonly store: Store; readonly locations: Locations }) {
  async function checkKnownHosts(hostIds: readonly string[]): Promise<void> {
    if (hostIds.length === 0) return;
    const stored = new Set((await store.hosts({ sinceMs: 0, hosts: hostIds })).map((host) => host.hostId));
    for (const hostId of hostIds) {
      if (stored.has(hostId) || (await locations.isAssigned(hostId))) continue;
      const reporting = (await store.hosts({ sinceMs: 0 })).map((host) => host.hostId);
      throw new ExpectedError('HOST_UNKNOWN', `no host ${hostId} is managed or reports`, {
        hint: didYouMean(
          hostId,
          [...reporting, ...(await locations.assigned())],
          'See the hosts with: minimon hosts list --all',
        ),
      });
    }
  }

  /** Warnings for metrics without a sample in the answer: METRIC_UNKNOWN for one that was never reported. */
  async function checkKnownMetrics(metrics: readonly string[]): Promise<string[]> {
    if (metrics.length === 0) return [];
    const reported = await store.metrics({ sinceMs: 0 });
    const never = metrics.filter((metric) => !reported.includes(metric));
    for (const metric of never) {
      // One of the table is a metric that an agent could send: its absence is an answer, no mistake of the caller.
      if (metricKind(metric)) continue;
      const names = [...reported, ...METRIC_KINDS.map((kind) => kind.name)];
      throw new ExpectedError('METRIC_UNKNOWN', `no host reports ${metric}`, {
        hint: didYouMean(metric, names, `Reported metrics: ${reported.join(', ') || 'none yet'}`),
      });
    }
    return never.map((metric) => `no host has reported ${metric} yet`);
  }

  return { checkKnownHosts, checkKnownMetrics };
}

/** Reads the range of many hosts in parts. BAD_RANGE when the whole would not fit into one answer. */
async function readRange(
  store: Store,
  request: RangeRequest,
  hosts: readonly string[] | undefined,
): Promise<Series[]> {
  const { metric, labels, startMs, stopMs, stepMs, aggregate } = request;
  const query = {
    metric,
    startMs,
    stopMs,
    ...(labels && { labels }),
    ...(stepMs !== undefined && { stepMs }),
    ...(aggregate && { aggregate }),
  };
  // Everybody's ids are listed too, since only a list can be read in parts.
  const ids = hosts ?? (await store.hosts({ sinceMs: startMs })).map((host) => host.hostId);
  const series: Series[] = [];
  let points = 0;
  for (let at = 0; at < ids.length; at += HOSTS_A_READ) {
    for (const one of await store.range({ ...query, hosts: ids.slice(at, at + HOSTS_A_READ) })) {
      series.push(one);
      points += one.timesMs.length;
    }
    if (points > MAX_POINTS_AN_ANSWER) {
      throw new ExpectedError('BAD_RANGE', `the answer has over ${MAX_POINTS_AN_ANSWER} points`, {
        hint: 'Give a (longer) step, a shorter range, or fewer hosts.',
      });
    }
  }
  return series;
}

function checkTimes({ startMs, stopMs }: { readonly startMs: number; readonly stopMs: number }): void {
  checkInstant(startMs, 'start');
  checkInstant(stopMs, 'stop');
}

function checkLabels(labels: RangeRequest['labels']): void {
  for (const name of Object.keys(labels ?? {})) {
    const error = labelNameError(name);
    if (error) throw new ExpectedError('BAD_METRIC', error, { hint: 'A label is written like mount=/.' });
  }
}

const withoutSample = (wanted: readonly string[], found: ReadonlySet<string>): string[] =>
  wanted.filter((name) => !found.has(name));

/** Changes when a sample came in or a host left the location; cheaper to keep than the answer. */
function signatureOf({ samples, warnings }: LatestAnswer): string {
  let newestMs = 0;
  let sumMs = 0;
  let values = 0;
  for (const sample of samples as readonly LatestSample[]) {
    newestMs = Math.max(newestMs, sample.timeMs);
    sumMs += sample.timeMs % 1e9;
    values += sample.value;
  }
  const ends = samples.length === 0 ? '' : `${samples[0]!.hostId} ${samples.at(-1)!.hostId}`;
  return [samples.length, newestMs, sumMs, values, ends, ...warnings].join('\n');
}
