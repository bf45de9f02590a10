// Checks hosts by a saved rule: what fires according to warn, and whether warn is up to date for the others.
import type { Host, ManageClient } from '../api/manage.ts';
import { findRule } from '../api/rules.ts';
import type { AlertView, WarnClient } from '../api/warn.ts';
import { MIN_SHARE_HOSTS } from '../domain/alerting/location-shares.ts';
import { createRuleSet, type RuleDefinition } from '../domain/alerting/rule-set.ts';
import { roughDuration } from '../domain/duration.ts';
import { ExpectedError } from '../domain/errors.ts';
import { PIPELINE_STALE_MS } from '../domain/host.ts';
import { type HostVerdict, type JudgedSubject, type JudgeServices, judgeHosts } from './judge-hosts.ts';

export type RuleServices = Pick<JudgeServices, 'analyze'> & {
  readonly manage: Pick<ManageClient, 'listRules'>;
  readonly warn: Pick<WarnClient, 'listAlerts' | 'status'>;
};

/** Verdicts of the hosts that the rule covers, and for a rule about shares one of each location: `hosts` are then all of it. */
export async function judgeByRule(
  {
    analyze,
    warn,
  }: Pick<JudgeServices, 'analyze'> & { readonly warn: Pick<WarnClient, 'listAlerts' | 'status'> },
  hosts: readonly Host[],
  { definition, nowMs }: { readonly definition: RuleDefinition; readonly nowMs: number },
): Promise<HostVerdict[]> {
  const rules = createRuleSet([{ ...definition, enabled: true }]);
  const covered = hosts.filter(
    ({ hostId, location, managed }) => managed && rules.scopesOf(hostId, location ?? '')[0] === 1,
  );
  const [listed, status] = await Promise.all([warn.listAlerts({ rule: definition.name }), warn.status()]);
  const alerts = listed.alerts.filter(({ state }) => state === 'firing');
  const stale = staleness(status);
  if ([...rules.rules.values()][0]!.kind === 'share') {
    const ofValues = definition.expression.tests.some(
      (test) => test.kind === 'share' && test.of.some(({ kind }) => kind !== 'silent'),
    );
    return judgeLocations(covered, alerts, { stale, counted: ofValues ? REPORTING : HEARD });
  }
  const { expression, severity } = definition;
  const verdicts = await judgeHosts({ analyze }, covered, { expression, severity, nowMs });
  return verdicts.map((verdict) => withAlerts(verdict, alerts, stale));
}

/** Why warn cannot be relied on: it lags behind the stream, or reads none. */
export function staleness({
  nowMs,
  partitions,
}: Awaited<ReturnType<WarnClient['status']>>): string | undefined {
  if (partitions.length === 0) return 'warn consumes no partitions';
  if (partitions.some(({ receivedMs }) => receivedMs === undefined))
    return 'warn has not read every partition yet';
  const behindMs = nowMs - Math.min(...partitions.map(({ receivedMs }) => receivedMs!));
  return behindMs > PIPELINE_STALE_MS ? `warn is ${roughDuration(behindMs)} behind` : undefined;
}

/** What warn says fires (`clear` and `keep` hold it), and what the samples say: warn may have started a moment ago. */
function withAlerts(
  verdict: HostVerdict,
  alerts: readonly AlertView[],
  stale: string | undefined,
): HostVerdict {
  const own = alerts.filter(({ host }) => host === verdict.host);
  const keyOf = ({ labels }: { readonly labels: Readonly<Record<string, string>> }) =>
    JSON.stringify(Object.entries(labels).sort());
  const byLabels = new Map(own.map((alert) => [keyOf(alert), alert]));
  const subjects = verdict.subjects.map((subject): JudgedSubject => {
    const { labels, values } = subject;
    const alert = byLabels.get(keyOf({ labels }));
    byLabels.delete(keyOf({ labels }));
    return alert ? { labels, values, severity: alert.severity } : subject;
  });
  const others = [...byLabels.values()].map(
    ({ labels, severity }): JudgedSubject => ({ labels, values: [], severity }),
  );
  const { unknown, ...rest } = verdict;
  const why = own.length > 0 ? undefined : (unknown ?? stale);
  return { ...rest, ...(why !== undefined && { unknown: why }), subjects: [...subjects, ...others] };
}

/** States of hosts that a share is of: of a condition on values, and of silence. */
const REPORTING: readonly Host['state'][] = ['reporting', 'late'];
const HEARD: readonly Host['state'][] = [...REPORTING, 'silent'];

function judgeLocations(
  hosts: readonly Host[],
  alerts: readonly AlertView[],
  { stale, counted }: { readonly stale: string | undefined; readonly counted: readonly Host['state'][] },
): HostVerdict[] {
  const locations = Map.groupBy(hosts, ({ location = '' }) => location);
  return [...locations].map(([location, own]): HostVerdict => {
    const alert = alerts.find((one) => one.location === location);
    if (alert)
      return { host: location, location, subjects: [{ labels: {}, values: [], severity: alert.severity }] };
    const blind = own.some(({ state }) => state === 'unknown')
      ? 'the state of some of its hosts is unknown'
      : undefined;
    const among = own.filter(({ state }) => counted.includes(state)).length;
    const few =
      among < MIN_SHARE_HOSTS
        ? `a share needs ${MIN_SHARE_HOSTS} hosts, but only ${among} can be evaluated`
        : undefined;
    const unknown = stale ?? blind ?? few;
    return { host: location, location, ...(unknown !== undefined && { unknown }), subjects: [] };
  });
}

/** A rule that is on. RULE_UNKNOWN names the nearest; USAGE for one that is off. */
export async function savedRule(manage: RuleServices['manage'], name: string) {
  const rule = await findRule(manage, name);
  if (!rule.enabled) throw new ExpectedError('USAGE', `rule ${name} is disabled`);
  return rule;
}
