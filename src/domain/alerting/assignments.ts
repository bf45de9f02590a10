// Applies assigned, moved and removed hosts: which rules cover them, and ending or moving their alerts.
import { createHost, type Host } from './host.ts';
import { isOwn, type Ruled } from './rule-changes.ts';

export function setHost(
  ruled: Ruled,
  { id, location }: { readonly id: string; readonly location: string },
  atMs: number,
): void {
  const { hosts, presence, alerts, rules } = ruled;
  const host = hosts.get(id);
  if (host === undefined) {
    const added = createHost(id, location, rules.scopesOf(id, location));
    hosts.set(id, added);
    presence.add(added);
    return;
  }
  if (host.location === location) return;
  const from = host.location;
  host.location = location;
  presence.moved(host, from);
  host.scopes = rules.scopesOf(id, location);
  for (const alert of [...(host.alerts?.values() ?? [])]) {
    if (alert.subject.kind !== 'host') continue;
    if (isOwn(ruled, alert.rule) && host.scopes[alert.rule.scope] !== 1)
      alerts.end(alert, 'host moved', atMs);
    else alerts.move(alert, { ...alert.subject, location }, atMs);
  }
  dropOutOfScope(host);
}

/** Conditions of shares that cover the host no longer. */
function dropOutOfScope(host: Host): void {
  for (const condition of host.trueConditions?.keys() ?? [])
    if (host.scopes[condition.scope] !== 1) host.trueConditions!.delete(condition);
}

export function removeHost({ hosts, presence, alerts }: Ruled, id: string, atMs: number): void {
  const host = hosts.get(id);
  for (const alert of [...(host?.alerts?.values() ?? [])]) alerts.end(alert, 'host removed', atMs);
  hosts.delete(id);
  if (host !== undefined) presence.remove(host);
}
