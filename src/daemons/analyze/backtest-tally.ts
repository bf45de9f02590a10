// Statistics of a backtest: number of alerts and hosts, durations, times, and the worst alerts.
import type { BacktestAlert, BacktestCounts, BacktestRuleResult } from '../../api/backtest-fields.ts';
import type { AlertState, Change } from '../../domain/alerting/alert.ts';
import { type Rule, severest } from '../../domain/alerting/rule-set.ts';
import { type Severity, severityRank } from '../../domain/expression/syntax.ts';
import { compareBytes } from '../../domain/names.ts';

export type Windows = {
  readonly startMs: number;
  readonly stopMs: number;
  /** Windows stand on multiples of it since the epoch. */
  readonly stepMs: number;
};

type Firing = { readonly firedMs: number; readonly sinceMs: number; severity: Severity };

const STEPS_MS = [1, 5, 15, 60, 180, 360, 1_440].map((minutes) => minutes * 60_000);
/** As many windows as a line of a terminal shows. */
const MOST_WINDOWS = 60;
/** Rules may fire a million times; what is not listed is dropped on the way. */
const SORT_AT = 2;

export const stepOf = (lengthMs: number): number =>
  STEPS_MS.find((stepMs) => lengthMs / stepMs <= MOST_WINDOWS) ??
  STEPS_MS.at(-1)! * Math.ceil(lengthMs / MOST_WINDOWS / STEPS_MS.at(-1)!);

export type Tally = ReturnType<typeof createTally>;

export function createTally(rule: Rule, windows: Windows, limit: number) {
  const { startMs, stopMs, stepMs } = windows;
  const firstWindow = Math.floor(startMs / stepMs);
  const count = Math.ceil(stopMs / stepMs) - firstWindow;
  const fired = new Array<number>(count).fill(0);
  const firing = new Array<number>(count).fill(0);
  const open = new Map<string, Firing>();
  const where = new Set<string>();
  const worstFirst = worstFirstBy(rule);
  let alerts: BacktestAlert[] = [];
  let firings = 0;
  let firingMs = 0;
  let longestMs = 0;

  function add(
    state: AlertState,
    { firedMs, sinceMs, severity }: Firing,
    ended?: { ms: number; how: string },
  ) {
    const from = Math.max(firedMs, startMs);
    const to = Math.min(ended?.ms ?? stopMs, stopMs);
    if (firedMs >= stopMs || (ended !== undefined && ended.ms <= startMs)) return;
    firings++;
    firingMs += to - from;
    longestMs = Math.max(longestMs, to - from);
    const { subject } = state;
    where.add(subject.kind === 'host' ? subject.host : subject.kind === 'location' ? subject.location : '');
    if (firedMs >= startMs) fired[Math.floor(firedMs / stepMs) - firstWindow]!++;
    for (let window = Math.floor(from / stepMs); window * stepMs < to; window++) {
      firing[window - firstWindow]! += Math.min(to, (window + 1) * stepMs) - Math.max(from, window * stepMs);
    }
    alerts.push({
      ...(subject.kind === 'host' && { host: subject.host }),
      ...((subject.kind === 'host' || subject.kind === 'location') && { location: subject.location }),
      labels: subject.kind === 'host' ? subject.labels : {},
      severity,
      sinceMs,
      firedMs,
      ...(ended !== undefined && ended.ms < stopMs && { endedMs: ended.ms, ended: ended.how }),
      ...(state.worstValue !== undefined && { worst: state.worstValue }),
      atStart: firedMs < startMs,
    });
    if (alerts.length >= SORT_AT * limit + 100) trim();
  }

  function trim(): void {
    alerts.sort(worstFirst);
    alerts = alerts.slice(0, limit);
  }

  const counts = (): BacktestCounts => ({ firings, hosts: where.size, firingMs, longestMs });

  return {
    change({ kind, atMs, alert, reason }: Change): void {
      const { id, severity, sinceMs } = alert;
      const known = open.get(id);
      if (kind === 'firing') open.set(id, { firedMs: atMs, sinceMs, severity });
      else if (kind === 'level') {
        if (known) known.severity = severest([known.severity, severity]);
      } else if (kind === 'resolved' || kind === 'ended') {
        if (known) add(alert, known, { ms: atMs, how: reason ?? 'resolved' });
        open.delete(id);
      }
    },
    /** What fires still, at the end of the range. */
    close(states: readonly AlertState[]): void {
      for (const state of states) {
        const known = open.get(state.id);
        if (known) add(state, known);
        open.delete(state.id);
      }
    },
    counts,
    result(name: string): Omit<BacktestRuleResult, 'near'> {
      trim();
      return {
        name,
        expression: rule.canonical,
        ...counts(),
        alerts,
        more: firings - alerts.length,
        fired,
        firing,
      };
    },
  };
}

/** By severity, then by how far the value went, then by how long; the rest only makes the order certain. */
function worstFirstBy(rule: Rule): (a: BacktestAlert, b: BacktestAlert) => number {
  const test = rule.tests[rule.levelled];
  const size = (value: number): number => (test?.value.abs ? Math.abs(value) : value);
  const far = (value: number | undefined): number => {
    if (value === undefined || test === undefined) return 0;
    return test.upward ? size(value) : -size(value);
  };
  const lasted = ({ endedMs = Number.POSITIVE_INFINITY, firedMs }: BacktestAlert) => endedMs - firedMs;
  const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? 1 : -1);
  const subject = ({ location = '', host = '', labels }: BacktestAlert) =>
    `${location}\u0000${host}\u0000${JSON.stringify(Object.entries(labels).sort())}`;
  return (a, b) =>
    compare(severityRank(a.severity), severityRank(b.severity)) ||
    compare(far(a.worst), far(b.worst)) ||
    compare(lasted(a), lasted(b)) ||
    a.firedMs - b.firedMs ||
    compareBytes(subject(a), subject(b));
}
