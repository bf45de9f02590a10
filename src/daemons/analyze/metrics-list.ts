// The list of metrics: definition, and how many hosts of which locations report each.
import type { MetricsRequest, ReportedMetric } from '../../api/analyze.ts';
import { METRIC_KINDS, type MetricKind } from '../../domain/metric-table.ts';
import { compareBytes } from '../../domain/names.ts';
import type { StoreReader } from '../../store/store.ts';
import type { Locations } from '../locations.ts';
import type { createQuestions } from './question.ts';

/** Each read takes its time; but all samples at once are as many as the fleet has series. */
const SAMPLES_AT_ONCE = 100_000;

export function createMetricsList(parts: {
  readonly store: Pick<StoreReader, 'metrics' | 'latest' | 'hosts'>;
  readonly locations: Pick<Locations, 'all'>;
  readonly questions: Pick<ReturnType<typeof createQuestions>, 'latest' | 'checkKnownHosts'>;
}) {
  const { store, locations, questions } = parts;

  /** Who is where; without an answer of manage the hosts are counted all the same. */
  async function places() {
    try {
      return await locations.all();
    } catch (error) {
      return {
        places: new Map<string, string>(),
        warnings: [error instanceof Error ? error.message : String(error)],
      };
    }
  }

  return async (request: MetricsRequest) => {
    const { query, named, warnings } = await questions.latest(request);
    await questions.checkKnownHosts(named);
    const where = await places();
    const names = query.hosts?.length === 0 ? [] : await store.metrics({ sinceMs: query.sinceMs });
    const reported = new Map<string, Reporting>();
    const hosts = query.hosts?.length ?? (await store.hosts({ sinceMs: query.sinceMs })).length;
    const atOnce = Math.max(1, Math.floor(SAMPLES_AT_ONCE / Math.max(1, hosts)));
    for (let at = 0; at < names.length; at += atOnce) {
      const samples = await store.latest({ ...query, metrics: names.slice(at, at + atOnce) });
      for (const [metric, of] of Map.groupBy(samples, (sample) => sample.metric)) {
        reported.set(metric, reportingOf(of, where.places));
      }
    }
    const known = METRIC_KINDS.map((kind) => describe(kind.name, { kind, found: reported.get(kind.name) }));
    const isKnown = new Set(known.map(({ metric }) => metric));
    const own = [...reported.keys()].filter((metric) => !isKnown.has(metric)).sort(compareBytes);
    const metrics = [...known, ...own.map((metric) => describe(metric, { found: reported.get(metric) }))];
    return { metrics, warnings: [...new Set([...warnings, ...where.warnings])] };
  };
}

type Reporting = Pick<ReportedMetric, 'hosts' | 'series' | 'locations' | 'labels'>;

function reportingOf(
  samples: Awaited<ReturnType<StoreReader['latest']>>,
  places: ReadonlyMap<string, string>,
): Reporting {
  const hosts = new Set<string>();
  const labels = new Set<string>();
  for (const sample of samples) {
    hosts.add(sample.hostId);
    for (const name of Object.keys(sample.labels)) labels.add(name);
  }
  const counts = new Map<string | undefined, number>();
  for (const hostId of hosts) {
    const location = places.get(hostId);
    counts.set(location, (counts.get(location) ?? 0) + 1);
  }
  return {
    hosts: hosts.size,
    series: samples.length,
    labels: [...labels].sort(compareBytes),
    locations: [...counts]
      .map(([location, count]) => ({ ...(location !== undefined && { location }), hosts: count }))
      .sort((a, b) => b.hosts - a.hosts || compareBytes(a.location ?? '', b.location ?? '')),
  };
}

function describe(
  metric: string,
  { kind, found }: { readonly kind?: MetricKind; readonly found?: Reporting | undefined },
): ReportedMetric {
  const { hosts = 0, series = 0, locations = [], labels = kind?.label ? [kind.label] : [] } = found ?? {};
  if (!kind) return { metric, known: false, labels, hosts, series, locations };
  const { unit, means, source, choices, seed } = kind;
  return {
    ...{ metric, known: true, unit, kind: kind.kind, labels, means, source },
    ...(choices !== undefined && { choices }),
    ...(seed !== undefined && { seed }),
    ...{ hosts, series, locations },
  };
}
