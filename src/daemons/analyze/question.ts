// Validates a query: hosts, metric and range, and whether the names exist.
import type { HostScope, LatestRequest, RangeRequest } from '../../api/analyze.ts';
import { MAX_POINTS_AN_ANSWER } from '../../api/analyze.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { checkInstant } from '../../domain/instant.ts';
import { metricKind, parseMetric } from '../../domain/metric-kinds.ts';
import { METRIC_KINDS } from '../../domain/metric-table.ts';
import { checkHostId, compareBytes, idError, labelNameError } from '../../domain/names.ts';
import { reportsSinceMs } from '../../domain/tick.ts';
import { hostUnknown } from '../../domain/unknown-names.ts';
import type { Clock } from '../../runtime/clock.ts';
import { checkRange } from '../../store/range-check.ts';
import type { LatestQuery, RangeQuery, StoreReader } from '../../store/store.ts';
import type { Locations } from '../locations.ts';

/** What is asked of the store. `named` are hosts that the caller spelt out and that must exist. */
export type Question<Query> = {
  readonly query: Query;
  readonly named: readonly string[];
  readonly warnings: readonly string[];
};

export function createQuestions({
  store,
  clock,
  locations,
  replaying,
}: {
  readonly store: StoreReader;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly locations: Locations;
  /** Why answers may lack samples for now, in words. */
  readonly replaying?: (() => string | undefined) | undefined;
}) {
  /** BAD_ID, unless the store has such a host from before its id was refused. */
  async function checkHostIds(hostIds: readonly string[]): Promise<void> {
    const refused = hostIds.filter((hostId) => idError(hostId) !== undefined);
    if (refused.length === 0) return;
    const stored = new Set((await store.hosts({ sinceMs: 0, hosts: refused })).map(({ hostId }) => hostId));
    for (const hostId of refused) if (!stored.has(hostId)) checkHostId(hostId);
  }

  /** Undefined hosts for all. */
  async function resolve({ location, hosts }: HostScope) {
    const named = hosts ? [...new Set(hosts)].sort(compareBytes) : [];
    await checkHostIds(named);
    const incomplete = replaying?.();
    const missing = incomplete === undefined ? [] : [incomplete];
    if (location === undefined) return { hosts: hosts && named, named, warnings: missing };
    const { hosts: assigned, warnings: old } = await locations.hostsOf(location);
    const warnings = [...old, ...missing];
    if (!hosts) return { hosts: assigned, named, warnings };
    const here = new Set(assigned);
    return { hosts: named.filter((hostId) => here.has(hostId)), named, warnings };
  }

  async function range(request: RangeRequest): Promise<Question<RangeQuery>> {
    const { labels, startMs, stopMs, stepMs, aggregate } = request;
    checkTimes(request);
    checkRange(request);
    checkLabels(labels);
    const metric = parseMetric(request.metric);
    const { hosts, named, warnings } = await resolve(request);
    const query = {
      ...{ metric, startMs, stopMs, maxPoints: MAX_POINTS_AN_ANSWER },
      ...(hosts && { hosts }),
      ...(labels && { labels }),
      ...(stepMs !== undefined && { stepMs }),
      ...(aggregate && { aggregate }),
    };
    return { query, named, warnings };
  }

  async function latest(request: LatestRequest): Promise<Question<LatestQuery>> {
    const sinceMs = await sinceOf(request, { store, clock });
    const metrics = request.metrics && [...new Set(request.metrics.map(parseMetric))];
    const { hosts, named, warnings } = await resolve(request);
    const query = {
      ...{ sinceMs, maxPoints: MAX_POINTS_AN_ANSWER },
      ...(hosts && { hosts }),
      ...(metrics && { metrics }),
    };
    return { query, named, warnings };
  }

  async function checkKnownHosts(hostIds: readonly string[]): Promise<void> {
    if (hostIds.length === 0) return;
    const stored = new Set((await store.hosts({ sinceMs: 0, hosts: hostIds })).map((host) => host.hostId));
    for (const hostId of hostIds) {
      if (stored.has(hostId) || (await locations.isAssigned(hostId))) continue;
      const reporting = (await store.hosts({ sinceMs: 0 })).map((host) => host.hostId);
      throw hostUnknown(hostId, [...reporting, ...(await locations.assigned())]);
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
    return never.length === 0 ? [] : [`no host has reported ${never.join(', ')} yet`];
  }

  return { range, latest, checkKnownHosts, checkKnownMetrics };
}

/** By default what counts as reporting. */
export async function sinceOf(
  { sinceMs }: { readonly sinceMs?: number | undefined },
  { store, clock }: { readonly store: Pick<StoreReader, 'watermarks'>; readonly clock: Pick<Clock, 'nowMs'> },
): Promise<number> {
  if (sinceMs !== undefined) return checkInstant(sinceMs, 'since');
  return reportsSinceMs(clock.nowMs(), await store.watermarks());
}

function checkTimes({ startMs, stopMs }: { readonly startMs: number; readonly stopMs: number }): void {
  checkInstant(startMs, 'start');
  checkInstant(stopMs, 'stop');
}

function checkLabels(labels: RangeRequest['labels']): void {
  for (const name of Object.keys(labels ?? {})) {
    const error = labelNameError(name);
    if (error) throw new ExpectedError('BAD_METRIC', error, { hint: 'Write a label like mount=/.' });
  }
}

/** The seed's call has no step to give. */
export function withoutStep(error: unknown): unknown {
  if (!(error instanceof ExpectedError) || error.code !== 'BAD_RANGE') return error;
  return new ExpectedError('BAD_RANGE', error.message, {
    hint: 'This call has no step: ask for a shorter range, or use /api/v1/records with a step.',
    cause: error,
  });
}
