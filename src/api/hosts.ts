// Hosts for commands: a list read to its last page, ids and globs resolved to ids.
import { didYouMean } from '../domain/did-you-mean.ts';
import { ExpectedError } from '../domain/errors.ts';
import { compileGlob, isGlob, withoutWildcards } from '../domain/glob.ts';
import { checkId, idError } from '../domain/names.ts';
import { safeText } from '../domain/safe-text.ts';
import { type Host, MAX_PATTERNS, type ManageService } from './manage.ts';
import { readPages } from './pages.ts';

type HostsRequest = Omit<Parameters<ManageService['listHosts']>[0], 'cursor'>;

/** All hosts that match, or the first `limit`. A warning that several pages have is given once. */
export async function listAllHosts(
  manage: Pick<ManageService, 'listHosts'>,
  { limit, ...request }: HostsRequest,
): Promise<{ readonly hosts: readonly Host[]; readonly warnings: readonly string[] }> {
  const warnings = new Set<string>();
  const { hosts } = await readPages(
    'hosts',
    async (at) => {
      const page = await manage.listHosts({ ...request, ...at });
      for (const warning of page.warnings) warnings.add(warning);
      return page;
    },
    limit === undefined ? {} : { limit },
  );
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
  return (await matchHosts(manage, patterns)).ids;
}

/** The same where hosts are to go: an id that is refused today, as it is or as lists show it, fits a host that has it. */
export async function expandDeparting(
  manage: Pick<ManageService, 'listHosts'>,
  patterns: readonly string[],
): Promise<readonly string[]> {
  const isRefused = (text: string) => !isGlob(text) && idError(text) !== undefined;
  const isShown = (text: string) => /\\[xunrte]/.test(text);
  if (!patterns.some((text) => isRefused(text) || isShown(text))) return expandHosts(manage, patterns);
  const { hosts } = await listAllHosts(manage, { all: true });
  const old = hosts.map(({ hostId }) => hostId).filter((hostId) => idError(hostId) !== undefined);
  const named = patterns.map(
    (text) => [text, old.find((id) => id === text || safeText(id) === text)] as const,
  );
  const rest = await expandHosts(
    manage,
    named.flatMap(([text, id]) => (id === undefined ? [text] : [])),
  );
  return [...new Set([...named.flatMap(([, id]) => id ?? []), ...rest])];
}

/** The hosts that the patterns match, as `expandHosts` orders them. HOST_UNKNOWN for a plain id that is none, too. */
export async function readHosts(
  manage: Pick<ManageService, 'listHosts' | 'getHost'>,
  patterns: readonly string[],
): Promise<readonly Host[]> {
  const { ids, listed } = await matchHosts(manage, patterns);
  return Promise.all(ids.map((id) => listed.get(id) ?? manage.getHost(id)));
}

/** Globs are matched by manage, all in one call: it sends the hosts that they name and no others. */
async function matchHosts(manage: Pick<ManageService, 'listHosts'>, patterns: readonly string[]) {
  const globs = [...new Set(patterns.filter(isGlob))];
  const listed = new Map<string, Host>();
  for (let at = 0; at < globs.length; at += MAX_PATTERNS) {
    const some = globs.slice(at, at + MAX_PATTERNS);
    const { hosts } = await listAllHosts(manage, { all: true, patterns: some });
    for (const host of hosts) listed.set(host.hostId, host);
  }
  const known = [...listed.keys()];
  const ids = new Set<string>();
  for (const pattern of patterns) {
    const matching = isGlob(pattern) ? known.filter(compileGlob(pattern)) : [checkId(pattern)];
    if (matching.length === 0) throw await noMatch(manage, pattern);
    for (const id of matching) ids.add(id);
  }
  return { ids: [...ids], listed };
}

async function noMatch(manage: Pick<ManageService, 'listHosts'>, pattern: string): Promise<ExpectedError> {
  const { hosts } = await listAllHosts(manage, { all: true });
  const ids = hosts.map(({ hostId }) => hostId);
  return new ExpectedError('HOST_UNKNOWN', `no host matches ${pattern}`, {
    hint: didYouMean(withoutWildcards(pattern), ids, 'minimon hosts list --all names every host.'),
  });
}
