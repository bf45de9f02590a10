// Authorization: the access level that each route and RPC requires, and what the scopes of a token allow.
import { ExpectedError } from '../domain/errors.ts';
import { compileGlob, isGlob } from '../domain/glob.ts';
import { idError } from '../domain/names.ts';

/**
 * * `open` requires nothing. `report` is for hosts that report samples, `enrol` for hosts that get a credential,
 * * `service` for calls between daemons, which may return secrets; `write` changes hosts and alerts, `admin` manages
 * tokens.
 */
export const ACCESS = ['open', 'report', 'enrol', 'read', 'write', 'service', 'admin'] as const;
export type Access = (typeof ACCESS)[number];

/** What each scope allows. `report:HOST` allows `report` of one host or of those that a glob fits, and `enrol` to renew itself. */
const ALLOWED: ReadonlyMap<string, readonly Access[]> = new Map([
  ['read', ['read']],
  ['write', ['read', 'write']],
  ['service', ['read', 'service']],
  ['admin', ['report', 'enrol', 'read', 'write', 'service', 'admin']],
]);
const REPORT = 'report:';
/** The scope of join tokens, which only createJoinToken creates. */
export const JOIN = 'join';

/** The scopes without duplicates, as they are stored. USAGE for an unknown one, BAD_ID for an invalid host id. */
export function checkScopes(scopes: readonly string[]): readonly string[] {
  if (scopes.length === 0) throw badScope('a token without a scope would allow nothing');
  for (const scope of scopes) {
    if (ALLOWED.has(scope)) continue;
    if (!scope.startsWith(REPORT)) throw badScope(`scope ${JSON.stringify(scope.slice(0, 140))} is unknown`);
    const host = scope.slice(REPORT.length);
    const error = idError(host, 'the host of the scope');
    if (error !== undefined) throw new ExpectedError('BAD_ID', error, { hint: 'For example report:web-1.' });
  }
  return [...new Set(scopes)];
}

const badScope = (message: string) =>
  new ExpectedError('USAGE', message, {
    hint: 'Scopes are read, write, admin, service, report:HOST for one host (a glob for several: report:web-*, report:*).',
  });

export const allows = (scopes: readonly string[], access: Access): boolean =>
  access === 'open' ||
  scopes.some((scope) =>
    scope.startsWith(REPORT)
      ? access === 'report' || access === 'enrol'
      : scope === JOIN
        ? access === 'enrol'
        : ALLOWED.get(scope)?.includes(access) === true,
  );

/** Which hosts a report may be of; undefined for any. */
export function reportableHosts(scopes: readonly string[]): ((hostId: string) => boolean) | undefined {
  const patterns = scopes.flatMap((scope) => (scope.startsWith(REPORT) ? [scope.slice(REPORT.length)] : []));
  if (scopes.includes('admin') || patterns.includes('*')) return undefined;
  const named = new Set(patterns);
  const globs = patterns.filter(isGlob).map(compileGlob);
  return (hostId) => named.has(hostId) || globs.some((fits) => fits(hostId));
}
