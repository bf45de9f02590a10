// The conditions of `minimon wait`: an expression on hosts, or a rule's alerts. Each check returns whether it holds,
// and what does not.
import { listAllHosts, readHosts } from '../api/hosts.ts';
import type { ManageClient } from '../api/manage.ts';
import { ExpectedError } from '../domain/errors.ts';
import { readExpression } from '../domain/expression/check.ts';
import { printExpression } from '../domain/expression/printer.ts';
import { isOfLocations } from '../domain/expression/syntax.ts';
import { compileGlob } from '../domain/glob.ts';
import { safeText } from '../domain/safe-text.ts';
import { type RuleServices, savedRule, staleness } from './check-rule.ts';
import {
  HOLDS_TOO_SHORTLY,
  type HostVerdict,
  type JudgeServices,
  judgeHosts,
  valueTexts,
} from './judge-hosts.ts';

export type Waited = {
  readonly condition: string;
  readonly met: boolean;
  /** What is as wanted, a line each. */
  readonly lines: readonly string[];
  readonly waitingFor: readonly string[];
  /** How many there are in all. */
  readonly of: number;
  /** None of them can be judged at all. */
  readonly unjudged?: boolean;
  /** A service that does not answer for the moment. */
  readonly note?: string;
};

export type WantedHosts = {
  readonly until: string;
  /** Ids and globs; or all hosts of a location. */
  readonly host?: readonly string[] | undefined;
  readonly location?: string | undefined;
  /** One host is enough. */
  readonly any: boolean;
};

/** Throws what is wrong with the condition; what it gives looks once, as the services answer. */
export function hostsLook(
  { manage, analyze }: Pick<JudgeServices, 'analyze'> & { readonly manage: ManageClient },
  { until, host = [], location, any }: WantedHosts,
  nowMs: () => number,
): () => Promise<Waited> {
  const expression = readExpression(until);
  if (isOfLocations(expression)) {
    throw new ExpectedError('USAGE', 'a share is about a location, not about hosts', {
      hint: 'Save it as a rule and wait with --firing or --resolved.',
    });
  }
  return async () => {
    const hosts =
      location === undefined
        ? await readHosts(manage, host)
        : (await listAllHosts(manage, { location })).hosts;
    if (hosts.length === 0) throw new ExpectedError('USAGE', `no host in location ${location}`);
    const verdicts = await judgeHosts({ analyze }, hosts, {
      expression,
      severity: 'warning',
      nowMs: nowMs(),
    });
    const [good, bad] = [verdicts.filter(holds), verdicts.filter((one) => !holds(one))];
    return {
      condition: printExpression(expression),
      met: any ? good.length > 0 : bad.length === 0,
      lines: good.map(verdictText),
      waitingFor: bad.map(verdictText),
      of: verdicts.length,
      unjudged: verdicts.every(({ unknown }) => unknown !== undefined),
    };
  };
}

/** It can be judged, and every subject (each disk) is as the condition says. */
const holds = ({ unknown, subjects }: HostVerdict): boolean =>
  unknown === undefined && subjects.length > 0 && subjects.every(({ severity }) => severity !== undefined);

/** "web-17 disk.usage / 40.0 %, disk.usage /data 60.0 %", or why it cannot be judged. */
function verdictText({ host, unknown, subjects }: HostVerdict): string {
  if (unknown !== undefined) return safeText(`${host}: ${unknown}`);
  const values = subjects.flatMap((subject) =>
    valueTexts(subject).map((text) =>
      subject.pendingSinceMs === undefined ? text : `${text} ${HOLDS_TOO_SHORTLY}`,
    ),
  );
  return safeText(values.length === 0 ? host : `${host} ${values.join(', ')}`);
}

export type WantedAlert = {
  /** A rule of which an alert is to fire, or none any more. */
  readonly firing?: string | undefined;
  readonly resolved?: string | undefined;
  /** Only alerts of these (globs), and of this location. */
  readonly host?: readonly string[] | undefined;
  readonly location?: string | undefined;
};

/** Whether warn is up to date and its alerts are as wanted. RULE_UNKNOWN names the nearest. */
export async function alertLook(
  { manage, warn }: Pick<RuleServices, 'manage' | 'warn'>,
  { firing, resolved, host, location }: WantedAlert,
): Promise<Waited> {
  const rule = await savedRule(manage, (firing ?? resolved)!);
  const [listed, status] = await Promise.all([
    warn.listAlerts({ rule: rule.name, ...(location !== undefined && { location }) }),
    warn.status(),
  ]);
  const globs = host?.map(compileGlob);
  const alerts = listed.alerts.filter(
    ({ state, host: id = '' }) =>
      state === 'firing' && (globs === undefined || globs.some((fits) => fits(id))),
  );
  const lines = alerts.map(({ host: id, location: place, labels }) =>
    safeText([rule.name, id ?? place ?? '', ...Object.values(labels)].join(' ')),
  );
  const stale = staleness(status);
  const met = firing === undefined ? alerts.length === 0 && stale === undefined : alerts.length > 0;
  return {
    condition: firing === undefined ? `${rule.name} still fires` : `${rule.name} does not fire`,
    met,
    lines: firing === undefined ? [`${rule.name} does not fire`] : lines,
    waitingFor: stale !== undefined ? [stale] : firing === undefined ? lines : [],
    of: 0,
  };
}
