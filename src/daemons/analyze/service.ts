// The analyze service: ranges, latest samples and reporting hosts, by host and by location, read from the store.

import type { AnalyzeService, LatestAnswer, LatestRequest } from '../../api/analyze.ts';
import type { ManageService } from '../../api/manage.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import type { LatestSample, StoreReader } from '../../store/store.ts';
import { createLocations, type Locations } from '../locations.ts';
import { type Admission, createAdmission } from './admission.ts';
import { createBacktests } from './backtest.ts';
import { createMetricsList } from './metrics-list.ts';
import { createPromqlService } from './promql/promql-service.ts';
import { createPromqlTable } from './promql/promql-table.ts';
import { createQuestions, withoutStep } from './question.ts';
import { createReportersList } from './reporters-list.ts';
import { WATCH_EVERY_MS } from './watches.ts';

/** Of clients. Readers of one store take turns: more of them at once would only take longer, each with its memory. */
export const QUERY_LIMITS = { running: 4, waiting: 64, points: 6_000_000 } as const;

export type AnalyzeParts = {
  readonly store: StoreReader;
  readonly manage: Pick<ManageService, 'listAssignments'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Given by the daemon, which shows its last error; made here otherwise. */
  readonly locations?: Locations;
  /** Shared with what else reads the store; of its own otherwise. */
  readonly admission?: Admission;
  /** Why answers may lack samples for now, in words. */
  readonly replaying?: (() => string | undefined) | undefined;
};

export function createAnalyzeService(parts: AnalyzeParts): AnalyzeService {
  const { store, clock, admission = createAdmission(QUERY_LIMITS) } = parts;
  const locations = parts.locations ?? createLocations(parts);
  const questions = createQuestions({ store, clock, locations, replaying: parts.replaying });
  const lists = createAdmission(QUERY_LIMITS);
  const listMetrics = createMetricsList({ store, locations, questions });
  const listReporters = createReportersList({ store, clock, replaying: parts.replaying });

  async function queryLatest(request: LatestRequest, signal?: AbortSignal): Promise<LatestAnswer> {
    const { query, named, warnings } = await questions.latest(request);
    const samples =
      query.hosts?.length === 0 ? [] : await store.latest({ ...query, ...(signal && { signal }) });
    await questions.checkKnownHosts(without(named, new Set(samples.map((sample) => sample.hostId))));
    const absent = without(query.metrics ?? [], new Set(samples.map((sample) => sample.metric)));
    const missing = await questions.checkKnownMetrics(absent);
    return { nowMs: clock.nowMs(), samples, warnings: [...warnings, ...missing] };
  }

  return {
    queryRange: (request) =>
      admission.run(async () => {
        const { query, named, warnings } = await questions.range(request);
        const series = await store.range(query);
        await questions.checkKnownHosts(without(named, new Set(series.map((one) => one.hostId))));
        const missing = await questions.checkKnownMetrics(series.length === 0 ? [query.metric] : []);
        const { startMs, stopMs, stepMs } = query;
        return {
          ...{ startMs, stopMs },
          ...(stepMs !== undefined && { stepMs }),
          series,
          warnings: [...warnings, ...missing],
        };
      }),

    queryLatest: (request) => admission.run(() => queryLatest(request)),

    async *watchLatest(request, signal) {
      let shown: string | undefined;
      while (!signal.aborted) {
        const lookedMs = clock.monotonicMs();
        const answer = await admission.run(() => queryLatest(request, signal), signal);
        if (signal.aborted) return;
        const seen = signatureOf(answer);
        if (seen !== shown) yield answer;
        shown = seen;
        try {
          await clock.sleep(lookedMs + WATCH_EVERY_MS - clock.monotonicMs(), signal);
        } catch (error) {
          if (signal.aborted) return;
          throw error;
        }
      }
    },

    listReportingHosts: (request) => lists.run(() => listReporters(request)),

    listMetrics: (request) =>
      lists.run(async () => ({ nowMs: clock.nowMs(), ...(await listMetrics(request)) })),

    queryPromql: createPromqlTable(createPromqlService({ ...parts, locations, admission })),

    backtest: createBacktests({ store, locations, clock, replaying: parts.replaying }),

    findRecordsByLocation: ({ location, metric: word, startMs, stopMs }) =>
      admission.run(async () => {
        const { query } = await questions.range({ location, metric: word, startMs, stopMs });
        const series = await store.range(query).catch((error) => Promise.reject(withoutStep(error)));
        if (series.length === 0) await questions.checkKnownMetrics([query.metric]);
        // Without a step no window is empty, so that every value is a number.
        return series.map(({ hostId, metric, timesMs, values }) => ({
          ...{ hostId, metric, timesMs },
          values: values as readonly number[],
        }));
      }),
  };
}

const without = (wanted: readonly string[], found: ReadonlySet<string>): string[] =>
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
