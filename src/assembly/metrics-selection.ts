// The selection of `minimon metrics`: hosts (by location, name, glob and last values), metrics, and their overview.
import type { AnalyzeService, HostScope } from '../api/analyze.ts';
import type { ManageClient } from '../api/manage.ts';
import { chooseMetrics, separated } from '../api/metric-choice.ts';
import { type Overview, type OverviewRequest, readOverview } from '../api/metrics-overview.ts';
import { hostsInScope, resolveScope } from '../api/scope.ts';
import { counted } from '../domain/counting.ts';
import { ExpectedError } from '../domain/errors.ts';
import { filterHosts, readFilter } from './filter-hosts.ts';

type Services = {
  readonly manage: Pick<ManageClient, 'listHosts' | 'getHost'>;
  readonly analyze: Pick<AnalyzeService, 'listMetrics' | 'queryLatest' | 'queryRange'>;
};

export type Selection = {
  /** The one that is drawn. */
  readonly metric: string;
  /** Others that were named: with their series in data, and in columns. */
  readonly others: readonly string[];
  readonly scope: HostScope;
  /** "location 725", "web-*, db-1 in 725", "all hosts". */
  readonly words: string;
  readonly warnings: readonly string[];
};

/** LOCATION_UNKNOWN, HOST_UNKNOWN, METRIC_UNKNOWN, BAD_EXPRESSION name what is wrong. */
export async function selectMetrics(
  services: Services,
  asked: {
    readonly locations?: readonly string[] | undefined;
    readonly hosts?: readonly string[] | undefined;
    readonly metrics: readonly string[];
    readonly where?: string | undefined;
    readonly nowMs: number;
  },
): Promise<Selection> {
  const { locations = [], hosts = [], where, nowMs } = asked;
  const expression = where === undefined ? undefined : readFilter(where);
  const about = { locations, hosts };
  let scope = await resolveScope(services.manage, about);
  const warnings: string[] = [];
  if (expression) {
    const within = await hostsInScope(services.manage, about);
    const filtered = await filterHosts(services, within, { expression, nowMs });
    scope = { hosts: filtered.hosts.map(({ hostId }) => hostId) };
    if (filtered.unknown > 0) warnings.push(unknownHosts(filtered.unknown));
  }
  const names = separated(asked.metrics);
  if (names.length === 0) throw new ExpectedError('USAGE', '--metric names no metric');
  const [metric, ...others] = await chooseMetrics(services.analyze, names, scope);
  return { metric: metric!, others, scope, words: wordsOf({ locations, hosts, where }), warnings };
}

export const unknownHosts = (count: number): string =>
  `no current values of ${counted(count, 'host')}: silent, or without these metrics`;

function wordsOf(by: {
  readonly locations: readonly string[];
  readonly hosts: readonly string[];
  readonly where: string | undefined;
}): string {
  const { locations, hosts, where } = by;
  const noun = locations.length > 1 ? 'locations' : 'location';
  const rooms = locations.length === 0 ? '' : `${noun} ${locations.join(', ')}`;
  const named = [hosts.join(', '), rooms].filter((part) => part !== '').join(' in ') || 'all hosts';
  return where === undefined ? named : `${named} where ${where}`;
}

/** At once as many as leave a place for others. */
const QUERIES_AT_ONCE = 2;

/** The overview, with the series of the other metrics behind those of the drawn one. */
export async function readSelection(
  services: Services,
  { others, ...request }: OverviewRequest & { readonly others: readonly string[] },
): Promise<Overview> {
  const overview = await readOverview(services, request);
  const { scope, shown: _, nowMs: __, ...range } = request;
  const { startMs, stopMs } = overview.range;
  const series = [...overview.range.series];
  const warnings = [...overview.range.warnings];
  for (let at = 0; at < others.length; at += QUERIES_AT_ONCE) {
    const answers = await Promise.all(
      others
        .slice(at, at + QUERIES_AT_ONCE)
        .map((metric) => services.analyze.queryRange({ ...range, ...scope, metric, startMs, stopMs })),
    );
    for (const answer of answers) {
      series.push(...answer.series);
      warnings.push(...answer.warnings);
    }
  }
  return { ...overview, range: { ...overview.range, series, warnings: [...new Set(warnings)] } };
}
