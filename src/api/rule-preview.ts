// Previews saving rules: where each would fire now, which open alerts would start, continue and end, and whom they
// notify.
import { alertName, WIDE_RULE_ALERTS } from '../domain/alerting/alert.ts';
import type { AlertRule } from '../domain/alerting/configuration.ts';
import { grouped } from '../domain/counting.ts';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import { parseExpression } from '../domain/expression/parser.ts';
import { isOfLocations } from '../domain/expression/syntax.ts';
import type { AnalyzeService } from './analyze.ts';
import { runBacktest } from './backtest.ts';
import {
  BACKTEST_LIMITS,
  type BacktestAlert,
  type BacktestResult,
  type BacktestRule,
} from './backtest-fields.ts';
import type { AlertView, WarnClient } from './warn.ts';

/** A rule that would fire on this share of its hosts is probably a mistake. */
const NEARLY_ALL = 0.8;
const NEARLY_ALL_FROM = 5;
const RANGE_MS = 10 * 60_000;
const MAX_PREVIEWED = 500;
const MAX_RULES_ALONE = 20;

export type RulePreview = {
  /** Alerts that would fire now. */
  readonly firing: number;
  /** Of shares: locations. */
  readonly hosts: number;
  /** Hosts that it covers and that report what it asks for; undefined where several rules were read at once. */
  readonly ofHosts: number | undefined;
  readonly of: 'host' | 'location';
  /** Subjects that start to fire, go on, and end. */
  readonly starts: readonly string[];
  readonly goesOn: readonly AlertView[];
  readonly ends: readonly AlertView[];
};

type PreviewedRule = BacktestRule & Pick<Partial<AlertRule>, 'enabled'>;
type Services = {
  readonly analyze: Pick<AnalyzeService, 'backtest'>;
  readonly warn: Pick<WarnClient, 'listAlerts'>;
};

/**
 * By name. What cannot be asked (analyze or warn is away, too many rules) is left out, and said in `notes`: a rule can be saved all
 * the same. Removed rules end what is open of them.
 */
export async function previewRules(
  { analyze, warn }: Services,
  { rules, removed }: { readonly rules: readonly PreviewedRule[]; readonly removed: readonly string[] },
  on: { readonly nowMs: number; readonly signal: AbortSignal },
): Promise<{ readonly previews: ReadonlyMap<string, RulePreview>; readonly notes: readonly string[] }> {
  const notes: string[] = [];
  const previews = new Map<string, RulePreview>();
  const names = new Set([...rules.map(({ name }) => name), ...removed]);
  if (names.size === 0) return { previews, notes };
  const open = await openAlerts(warn, names).catch((error: unknown) => {
    notes.push(`Open alerts are not available: ${messageOf(error)}`);
    return new Map<string, AlertView[]>();
  });
  const off = rules.flatMap(({ name, enabled = true }) => (enabled ? [] : [name]));
  for (const name of [...removed, ...off]) {
    const ends = open.get(name) ?? [];
    previews.set(name, { firing: 0, hosts: 0, ofHosts: undefined, of: 'host', starts: [], goesOn: [], ends });
  }
  const asked = rules.filter(({ enabled = true }) => enabled).slice(0, MAX_PREVIEWED);
  if (rules.length > MAX_PREVIEWED) notes.push(`Only the first ${MAX_PREVIEWED} rules were previewed.`);
  const size = asked.length <= MAX_RULES_ALONE ? 1 : BACKTEST_LIMITS.rules;
  try {
    for (let i = 0; i < asked.length; i += size) {
      const part = asked.slice(i, i + size).map(({ enabled: _, ...rule }) => rule);
      const range = { startMs: on.nowMs - RANGE_MS, stopMs: on.nowMs };
      const result = await runBacktest(analyze, { rules: part, ...range, limit: BACKTEST_LIMITS.alerts }, on);
      for (const one of result.rules) {
        previews.set(
          one.name,
          previewOf(one, size === 1 ? result.hosts : undefined, open.get(one.name) ?? []),
        );
      }
    }
  } catch (error) {
    if (!(error instanceof ExpectedError) && !on.signal.aborted) throw error;
    const why = on.signal.aborted ? 'timed out' : messageOf(error);
    notes.push(`No preview: ${why}`);
  }
  return { previews, notes };
}

async function openAlerts(
  warn: Services['warn'],
  names: ReadonlySet<string>,
): Promise<Map<string, AlertView[]>> {
  const { alerts } = await warn.listAlerts({});
  const byRule = new Map<string, AlertView[]>();
  for (const alert of alerts) {
    if (!names.has(alert.rule)) continue;
    const list = byRule.get(alert.rule) ?? [];
    byRule.set(alert.rule, list);
    list.push(alert);
  }
  return byRule;
}

function previewOf(
  result: BacktestResult['rules'][number],
  ofHosts: number | undefined,
  open: readonly AlertView[],
): RulePreview {
  const firing = firingNow(result);
  const isShare = isOfLocations(parseExpression(result.expression));
  const isWhole = result.more === 0;
  const now = new Map(firing.map((alert) => [subjectOf(alert), alert]));
  const before = new Set(open.map(subjectOf));
  const goesOn = open.filter((alert) => !isWhole || now.has(subjectOf(alert)));
  return {
    firing: isWhole ? firing.length : result.firings,
    hosts: isWhole ? new Set(firing.map(({ host, location }) => host ?? location)).size : result.hosts,
    // A share is of a location: how many hosts that has says nothing.
    ofHosts: isShare ? undefined : ofHosts,
    of: isShare ? 'location' : 'host',
    starts: [...now.keys()].filter((subject) => !before.has(subject)),
    goesOn,
    ends: open.filter((alert) => !goesOn.includes(alert)),
  };
}

/** On what one rule would fire now. */
export async function firesNow(
  analyze: Services['analyze'],
  rule: BacktestRule,
  on: { readonly nowMs: number; readonly signal: AbortSignal },
): Promise<Pick<RulePreview, 'firing' | 'hosts' | 'ofHosts' | 'of'>> {
  const range = { startMs: on.nowMs - RANGE_MS, stopMs: on.nowMs };
  const result = await runBacktest(analyze, { rules: [rule], ...range, limit: BACKTEST_LIMITS.alerts }, on);
  return previewOf(result.rules[0]!, result.hosts, []);
}

/** Of a range that ends now: those that fire at its end. */
const firingNow = ({ alerts }: BacktestResult['rules'][number]): readonly BacktestAlert[] =>
  alerts.filter(({ endedMs }) => endedMs === undefined);

const subjectOf = (alert: Pick<AlertView, 'host' | 'location' | 'labels'>): string =>
  alertName('', alert).trim();

/** A warning if the rule would fire on nearly all hosts or matches none. */
export function previewNote(
  name: string,
  preview: Pick<RulePreview, 'firing' | 'hosts' | 'ofHosts' | 'of'>,
): string | undefined {
  const { firing, hosts, ofHosts } = preview;
  if (ofHosts === 0) return `${name}: no host in its scope reports its metrics: it would match nothing now`;
  if (
    firing > WIDE_RULE_ALERTS ||
    (ofHosts !== undefined && ofHosts >= NEARLY_ALL_FROM && hosts > NEARLY_ALL * ofHosts)
  ) {
    return `${name} ${wouldFire(preview)}`;
  }
  return undefined;
}

/** "would fire on 2,390 of 2,400 hosts now" */
export function wouldFire({
  firing,
  hosts,
  ofHosts,
  of,
}: Pick<RulePreview, 'firing' | 'hosts' | 'ofHosts' | 'of'>): string {
  const alerts = firing > hosts ? ` (${grouped(firing)} alerts)` : '';
  const total = ofHosts === undefined ? '' : ` of ${grouped(ofHosts)}`;
  return `would fire on ${grouped(hosts)}${total} ${of}${(ofHosts ?? hosts) === 1 ? '' : 's'} now${alerts}`;
}
