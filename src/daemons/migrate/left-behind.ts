// Credentials that a migration cannot copy: tokens and enrolments, whose secrets only their holders know.
import type { Catalog } from '../../catalog/catalog.ts';
import { isInForce } from '../../catalog/tokens.ts';

export type LeftBehind = {
  /** That may still be used, join tokens among them. */
  readonly tokens: number;
  /** Hosts with a credential of their own. */
  readonly enrolledHosts: number;
};

export async function countLeftBehind(
  from: Pick<Catalog, 'tokens' | 'enrolments'>,
  nowMs: number,
): Promise<LeftBehind> {
  const inForce = (await from.tokens.list()).filter((token) => isInForce(token, nowMs));
  const credentials = await from.enrolments.credentials();
  const hostOf = inForce.map(({ id }) => credentials.get(id));
  // One that was renewed a moment ago has two.
  const hosts = new Set(hostOf.filter((host) => host !== undefined));
  return { tokens: hostOf.filter((host) => host === undefined).length, enrolledHosts: hosts.size };
}
