// The hosts that a command selects, by names and globs of locations and hosts, as a query to analyze.
import { didYouMean } from '../domain/did-you-mean.ts';
import { ExpectedError } from '../domain/errors.ts';
import { compileGlob, isGlob, withoutWildcards } from '../domain/glob.ts';
import { checkId } from '../domain/names.ts';
import { hostUnknown } from '../domain/unknown-names.ts';
import type { HostScope } from './analyze.ts';
import { expandHosts, listAllHosts } from './hosts.ts';
import type { Host, ManageService } from './manage.ts';

type Manage = Pick<ManageService, 'listHosts'>;

/** Hosts of all these locations, among them those that fit a host pattern; without either, all. LOCATION_UNKNOWN, HOST_UNKNOWN. */
export async function resolveScope(
  manage: Manage,
  asked: { readonly locations?: readonly string[]; readonly hosts?: readonly string[] },
): Promise<HostScope> {
  const { locations = [], hosts = [] } = asked;
  if (locations.length === 0) return hosts.length === 0 ? {} : { hosts: await expandHosts(manage, hosts) };
  const [only] = locations;
  // The service knows the hosts of one location, and names the nearest of one that is unknown.
  if (locations.length === 1 && hosts.length === 0 && !isGlob(only!)) return { location: only! };
  return { hosts: (await hostsInScope(manage, asked)).map(({ hostId }) => hostId) };
}

/** What `hosts list` lists: managed hosts, with `all` also others, of all these locations or of any. LOCATION_UNKNOWN. */
export async function listHostsIn(
  manage: Manage,
  {
    locations = [],
    ...request
  }: Parameters<typeof listAllHosts>[1] & { readonly locations?: readonly string[] },
): ReturnType<typeof listAllHosts> {
  const [only, ...others] = locations;
  if (only === undefined) return listAllHosts(manage, request);
  // The service knows the nearest to a location that is unknown, and also those that are empty.
  if (others.length === 0 && !isGlob(only)) return listAllHosts(manage, { ...request, location: only });
  const { hosts, warnings } = await listAllHosts(manage, {});
  const inLocation = locations.map((location) => fitsLocation(location, hosts));
  const wanted = hosts.filter(
    ({ location, state }) =>
      inLocation.some((fits) => fits(location)) && (request.state === undefined || state === request.state),
  );
  return { hosts: wanted.slice(0, request.limit), warnings };
}

/** The hosts themselves, with their states. HOST_UNKNOWN where none of those that are named is in these locations. */
export async function hostsInScope(
  manage: Manage,
  {
    locations = [],
    hosts = [],
  }: { readonly locations?: readonly string[]; readonly hosts?: readonly string[] },
): Promise<readonly Host[]> {
  const all = (await listAllHosts(manage, { all: true })).hosts;
  const inLocation = locations.map((location) => fitsLocation(location, all));
  const wanted = hosts.length === 0 ? undefined : new Set(await expandHosts(manage, hosts));
  for (const hostId of wanted ?? []) {
    if (all.some((host) => host.hostId === hostId)) continue;
    throw hostUnknown(
      hostId,
      all.map((host) => host.hostId),
    );
  }
  const fitting = all.filter(
    ({ hostId, location }) =>
      (inLocation.length === 0 || inLocation.some((fits) => fits(location))) &&
      (wanted === undefined || wanted.has(hostId)),
  );
  if (fitting.length > 0 || wanted === undefined) return fitting;
  const [first] = all.filter(({ hostId }) => wanted.has(hostId));
  const where = first?.location === undefined ? 'has no location' : `is in ${first.location}`;
  throw new ExpectedError('HOST_UNKNOWN', `no host matches ${hosts.join(', ')} in ${locations.join(', ')}`, {
    hint: `A host must match both, but ${first?.hostId} ${where}.`,
  });
}

function fitsLocation(pattern: string, hosts: readonly Host[]): (location: string | undefined) => boolean {
  const fits = isGlob(pattern)
    ? compileGlob(pattern)
    : (name: string) => name === checkId(pattern, 'location');
  const known = new Set(hosts.flatMap(({ location }) => location ?? []));
  if (![...known].some(fits)) {
    const hint = didYouMean(withoutWildcards(pattern), known, 'List the locations: minimon locations list');
    throw new ExpectedError('LOCATION_UNKNOWN', `no host is in location ${pattern}`, { hint });
  }
  return (location) => location !== undefined && fits(location);
}
