// Everything the metrics screen shows, queried from analyze and manage in parallel.
import { ExpectedError, isAway } from '../domain/errors.ts';
import { REPORTS_WITHIN_MS } from '../domain/tick.ts';
import type { AnalyzeService, HostScope, LatestAnswer, RangeAnswer, RangeRequest } from './analyze.ts';
import { listAllHosts } from './hosts.ts';
import type { Host, ManageService } from './manage.ts';

export type OverviewRequest = Omit<RangeRequest, 'hosts' | 'location'> & {
  readonly scope: HostScope;
  /** The metrics whose latest values are shown beside the chosen one. */
  readonly shown: readonly string[];
  readonly nowMs: number;
};

export type Overview = {
  readonly range: RangeAnswer;
  readonly latest: LatestAnswer;
  /** Undefined while manage is down: states then follow from age alone, and a warning says so. */
  readonly hosts: readonly Host[] | undefined;
};

export async function readOverview(
  services: {
    readonly analyze: Pick<AnalyzeService, 'queryRange' | 'queryLatest'>;
    readonly manage: Pick<ManageService, 'listHosts' | 'getHost'>;
  },
  { scope, shown, nowMs, ...range }: OverviewRequest,
): Promise<Overview> {
  const [rangeAnswer, latest, managed] = await Promise.all([
    services.analyze.queryRange({ ...range, ...scope }),
    services.analyze.queryLatest({
      ...scope,
      metrics: shown,
      // Without it analyze answers for all that counts as reporting.
      ...(range.startMs < nowMs - REPORTS_WITHIN_MS && { sinceMs: range.startMs }),
    }),
    readHosts(services.manage, scope),
  ]);
  return {
    range: { ...rangeAnswer, warnings: [...rangeAnswer.warnings, ...managed.warnings] },
    latest,
    hosts: managed.hosts,
  };
}

async function readHosts(manage: Pick<ManageService, 'listHosts' | 'getHost'>, scope: HostScope) {
  try {
    if (scope.hosts) {
      return await readNamed(manage, scope.hosts);
    }
    return await listAllHosts(
      manage,
      scope.location === undefined ? { all: true } : { location: scope.location },
    );
  } catch (error) {
    // What is wrong with the request, analyze says itself, with the nearest name.
    if (error instanceof ExpectedError && error.kind === 'not_found')
      return { hosts: undefined, warnings: [] };
    if (!isAway(error)) throw error;
    return {
      hosts: undefined,
      warnings: [`${error.message}; states are derived from the age of the last sample only`],
    };
  }
}

/** A glob may stand for ten thousand: a list in pages takes a tenth of the time of as many calls. */
const FEW_HOSTS = 20;

async function readNamed(manage: Pick<ManageService, 'listHosts' | 'getHost'>, hostIds: readonly string[]) {
  const wanted = new Set(hostIds);
  const { hosts, warnings } =
    wanted.size > FEW_HOSTS ? await listAllHosts(manage, { all: true }) : { hosts: [], warnings: [] };
  const found = hosts.filter(({ hostId }) => wanted.delete(hostId));
  // The list leaves out who has not reported for a day and is not managed.
  const rest = await Promise.all([...wanted].map((hostId) => manage.getHost(hostId)));
  return { hosts: [...found, ...rest], warnings };
}
