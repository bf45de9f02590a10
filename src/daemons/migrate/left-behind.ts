// What a migration does not copy of who may call: tokens and enrolments, whose secrets are known to nobody but their holders.
import { isCredential } from '../../catalog/agent-name.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { isInForce } from '../../catalog/tokens.ts';

export type LeftBehind = {
  /** That may still be used, join tokens among them. */
  readonly tokens: number;
  /** Hosts with a credential of their own. */
  readonly enrolledHosts: number;
};

export async function countLeftBehind(from: Pick<Catalog, 'tokens'>, nowMs: number): Promise<LeftBehind> {
  const inForce = (await from.tokens.list()).filter((token) => isInForce(token, nowMs));
  const own = inForce.filter((token) => !isCredential(token));
  // One that was renewed a moment ago has two.
  const hosts = new Set(inForce.filter(isCredential).map(({ name }) => name));
  return { tokens: own.length, enrolledHosts: hosts.size };
}
