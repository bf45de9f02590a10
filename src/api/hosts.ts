// Hosts for commands: a list read to its last page, ids and globs resolved to ids.

import { didYouMean } from '../domain/did-you-mean.ts';
import { ExpectedError } from '../domain/errors.ts';
import { compileGlob, isGlob } from '../domain/glob.ts';
import { checkId } from '../domain/names.ts';
import { MAX_PAGE_LIMIT } from '../domain/page-cursor.ts';
import type { Host, HostPage, ManageService } from './manage.ts';

type HostsRequest = Omit<Parameters<ManageService['listHosts']>[0], 'cursor'>;

/** All hosts that match, or the first `limit`. A warning that several pages have is given once. */
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

/**
 * The ids that the patterns match, each once, in the order of the patterns. A plain id is taken without checking
 * whether they exist. HOST_UNKNOWN for a glob that matches no host.
 */
export async function expandHosts(
  manage: Pick<ManageService, 'listHosts'>,
  patterns: readonly string[],
): Promise<readonly string[]> {
  const ids = new Set<string>();
  let known: readonly string[] | undefined;
  for (const pattern of patterns) {
    if (!isGlob(pattern)) {
      ids.add(checkId(pattern));
      continue;
    }
    known ??= (await listAllHosts(manage, { all: true })).hosts.map((host) => host.hostId);
    const matching = known.filter(compileGlob(pattern));
    if (matching.length === 0) {
      throw new ExpectedError('HOST_UNKNOWN', `no host matches ${pattern}`, {
        hint: didYouMean(pattern.replace(/[*?]/g, ''), known, 'minimon hosts list --all names every host.'),
      });
    }
    for (const id of matching) ids.add(id);
  }
  return [...ids];
}
