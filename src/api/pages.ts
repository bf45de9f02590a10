// Reads a list page by page to its end, or as far as asked.
import { MAX_PAGE_LIMIT } from '../domain/page-cursor.ts';
import type { Host, HostPage, ManageService } from './manage.ts';

type HostsRequest = Omit<Parameters<ManageService['listHosts']>[0], 'cursor'>;

/** All hosts that match, or the first `limit`. Warnings of the pages are said once. */
export async function listAllHosts(
  manage: Pick<ManageService, 'listHosts'>,
  { limit = Number.POSITIVE_INFINITY, ...request }: HostsRequest,
): Promise<{ readonly hosts: readonly Host[]; readonly warnings: readonly string[] }> {
  const hosts: Host[] = [];
  const warnings = new Set<string>();
  let cursor: string | undefined;
  do {
    const page: HostPage = await manage.listHosts({
      ...request,
      limit: Math.min(MAX_PAGE_LIMIT, limit - hosts.length),
      ...(cursor === undefined ? {} : { cursor }),
    });
    hosts.push(...page.hosts);
    for (const warning of page.warnings) warnings.add(warning);
    cursor = page.nextCursor;
  } while (cursor !== undefined && hosts.length < limit);
  return { hosts, warnings: [...warnings] };
}
