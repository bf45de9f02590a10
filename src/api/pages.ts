// Lists come in pages; the command line reads all of them.
import { MAX_PAGE_LIMIT } from '../domain/page-cursor.ts';
import type { AnalyzeService, ReportingHosts } from './analyze.ts';
import type { HostPage, ManageService } from './manage.ts';

/** Every host the request means, as one page without a cursor. `limit` ends it early. */
export async function allHosts(
  service: Pick<ManageService, 'listHosts'>,
  request: Omit<Parameters<ManageService['listHosts']>[0], 'cursor'> = {},
): Promise<HostPage> {
  const { limit = Number.POSITIVE_INFINITY, ...rest } = request;
  const hosts: HostPage['hosts'][number][] = [];
  const warnings = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const page = await service.listHosts({
      ...rest,
      limit: Math.min(MAX_PAGE_LIMIT, limit - hosts.length),
      ...(cursor === undefined ? {} : { cursor }),
    });
    hosts.push(...page.hosts);
    for (const warning of page.warnings) warnings.add(warning);
    cursor = page.nextCursor;
    if (cursor === undefined || hosts.length >= limit) return { hosts, warnings: [...warnings] };
  }
}

/** Every host that reported since, with the clock and the watermarks of the last page. */
export async function allReportingHosts(
  service: Pick<AnalyzeService, 'listReportingHosts'>,
  sinceMs: number,
): Promise<ReportingHosts> {
  const hosts: ReportingHosts['hosts'][number][] = [];
  for (let cursor: string | undefined; ; ) {
    const { nextCursor, ...page } = await service.listReportingHosts({
      sinceMs,
      limit: MAX_PAGE_LIMIT,
      ...(cursor === undefined ? {} : { cursor }),
    });
    hosts.push(...page.hosts);
    if (nextCursor === undefined) return { ...page, hosts };
    cursor = nextCursor;
  }
}
