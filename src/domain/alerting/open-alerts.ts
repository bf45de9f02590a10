// The open alerts (pending or firing): the only place where they change, and where changes are emitted.
import type { Severity } from '../expression/syntax.ts';
import { type AlertState, alertId, type Basis, type Change, type EndReason, type Subject } from './alert.ts';
import { interruptLevel, type LevelState, stepLevel } from './alert-level.ts';
import { identityOf, type Rule, type Series, severest } from './rule-set.ts';

/** What keeps its own alerts at hand: a host. */
export type AlertHolder = { alerts: Map<string, Alert> | undefined };

/** An open alert. Inactive subjects have none: that is what keeps a thousand rules on all hosts affordable. */
export type Alert = {
  readonly id: string;
  rule: Rule;
  subject: Subject;
  readonly host: AlertHolder | undefined;
  levels: (LevelState | null)[];
  /** One a test; empty for silence and shares. */
  series: readonly Series[];
  source: string;
  values: readonly number[];
  bases: readonly (Basis | null)[] | undefined;
  firedValue: number | undefined;
  worstValue: number | undefined;
  firedMs: number | undefined;
  evaluatedMs: number;
  noDataSinceMs: number | undefined;
  /** Ticks in a row without its series. */
  missing: number;
  /** Its rule changed while its values were unknown: the next judgement decides whether it goes on. */
  recheck: boolean;
  held: boolean;
  inside: string | undefined;
  /** What turns its times (stream time, for silence and shares) into instants. */
  stampOffsetMs: number;
  /** Another number once what is to be stored of it has changed. */
  revision: number;
};

export type OpenCount = { readonly firing: number; readonly pending: number };

export type Judgement = {
  /** One per level: whether it is crossed and whether it is cleared; undefined while unknown. */
  readonly crosses: readonly (boolean | undefined)[];
  readonly clears: readonly (boolean | undefined)[];
  readonly values: readonly number[];
  readonly bases?: readonly (Basis | null)[] | undefined;
  readonly timeMs: number;
  /** What turns stream time into an instant by now: more than when the alert began if the stream stood still since. */
  readonly stampOffsetMs?: number;
  readonly sinceMs?: number;
  /** Due, but held back. */
  readonly hold?: boolean;
  readonly inside?: string | undefined;
};

/** All of them by id, and at their hosts those of each. */
function createOpen() {
  const open = new Map<string, Alert>();
  return {
    all: open as ReadonlyMap<string, Alert>,
    add(alert: Alert): void {
      open.set(alert.id, alert);
      if (alert.host !== undefined) (alert.host.alerts ??= new Map()).set(alert.id, alert);
    },
    remove({ id, host }: Alert): void {
      open.delete(id);
      if (host?.alerts?.delete(id) && host.alerts.size === 0) host.alerts = undefined;
    },
    /** By the rule's name, without the making of states. */
    counts(): ReadonlyMap<string, OpenCount> {
      const counts = new Map<string, { firing: number; pending: number }>();
      for (const alert of open.values()) {
        const { name } = alert.rule.definition;
        const count = counts.get(name) ?? { firing: 0, pending: 0 };
        count[isFiring(alert) ? 'firing' : 'pending']++;
        counts.set(name, count);
      }
      return counts;
    },
  };
}

/** One step further: what is crossed begins to count, what is cleared long enough ends. */
function stepped({ levels, rule }: Alert, { crosses, clears, timeMs, sinceMs }: Judgement): Alert['levels'] {
  const { forMs, keepMs } = rule.definition.expression;
  return crosses.map((crossed, i) =>
    stepLevel(levels[i] ?? null, {
      crosses: crossed,
      clears: clears[i],
      timeMs,
      forMs,
      keepMs,
      ...(sinceMs !== undefined && { sinceMs }),
    }),
  );
}

export function createAlerts(onChange: (change: Change) => void) {
  const open = createOpen();
  let revisions = 0;

  /** To be called after each change of an alert that judging it does not make. */
  function touch(alert: Alert): void {
    alert.revision = ++revisions;
  }

  const emit = (kind: Change['kind'], alert: Alert, atMs: number, more: Partial<Change> = {}): void =>
    onChange({ kind, atMs: atMs + alert.stampOffsetMs, alert: stateOf(alert), ...more });

  function end(alert: Alert, reason: EndReason, atMs: number): void {
    open.remove(alert);
    emit(isFiring(alert) ? 'ended' : 'dropped', alert, atMs - alert.stampOffsetMs, { reason });
  }

  function judge(alert: Alert, judgement: Judgement): void {
    const { timeMs } = judgement;
    // Not less where report's clock was set back: an end is not before its beginning.
    const stoodMs = Math.max(0, (judgement.stampOffsetMs ?? alert.stampOffsetMs) - alert.stampOffsetMs);
    if (alert.recheck) {
      if (judgement.crosses.every((crosses) => crosses === undefined)) return;
      alert.recheck = false;
      if (!judgement.crosses.includes(true)) {
        end(alert, 'rule changed', timeMs + stoodMs + alert.stampOffsetMs);
        return;
      }
    }
    const wasFiring = isFiring(alert);
    const before = severityOf(alert);
    const previous = alert.levels;
    const wasHeld = alert.held;
    const wasOpen = previous.some((level) => level !== null);
    const levels = stepped(alert, judgement);
    alert.evaluatedMs = timeMs + stoodMs;
    if (judgement.values.length > 0) {
      alert.values = judgement.values;
      alert.bases = judgement.bases;
    }
    alert.held = !wasFiring && judgement.hold === true && levels.some((level) => level?.firing === true);
    // A held alert stays pending; when it is released, it fires with the time at which it was due.
    alert.levels = alert.held ? levels.map((level) => level && { ...level, firing: false }) : levels;
    // What time alone judges is judged each second: only that it was is nothing to store.
    const moved = alert.held !== wasHeld || alert.inside !== judgement.inside;
    if (alert.rule.kind === 'value' || moved || !sameLevels(previous, alert.levels)) touch(alert);
    alert.inside = judgement.inside;
    const firing = isFiring(alert);
    if (firing) noteValues(alert, wasFiring);
    if (levels.every((level) => level === null)) {
      // The end event has the state before the end.
      alert.levels = previous;
      open.remove(alert);
      if (wasFiring) emit('resolved', alert, timeMs + stoodMs, { previousSeverity: before });
      else if (wasOpen) emit('dropped', alert, timeMs + stoodMs);
      return;
    }
    if (!open.all.has(alert.id)) open.add(alert);
    if (firing && !wasFiring) {
      const since = Math.min(...levels.flatMap((level) => (level?.firing ? [level.sinceMs] : [])));
      // Silence and shares are looked at now and then; they fire when they were due.
      const dueMs = since + alert.rule.definition.expression.forMs;
      const isNow = judgement.sinceMs === undefined || wasHeld;
      alert.firedMs = (isNow ? timeMs : Math.min(timeMs, dueMs)) + stoodMs;
      emit('firing', alert, alert.firedMs);
    } else if (firing && severityOf(alert) !== before) {
      emit('level', alert, timeMs + stoodMs, { previousSeverity: before });
    } else if (!firing && !wasOpen) emit('pending', alert, timeMs + stoodMs);
  }

  return {
    open: open.all,
    counts: open.counts,
    judge,
    end,
    touch,
    /** Adds an alert without emitting a change. */
    adopt: (alert: Alert): void => {
      touch(alert);
      open.add(alert);
    },
    /** The host's data had a gap: pending starts over. */
    interrupt: (alert: Alert, atMs: number): void => {
      touch(alert);
      const levels = alert.levels.map(interruptLevel);
      if (levels.some((level) => level !== null)) {
        alert.levels = levels;
        return;
      }
      open.remove(alert);
      emit('dropped', alert, atMs);
    },
    /** A firing alert of a host that moved: it ends in the old location and goes on in the new one. */
    move: (alert: Alert, subject: Subject, atMs: number): void => {
      if (isFiring(alert)) emit('ended', alert, atMs - alert.stampOffsetMs, { reason: 'host moved' });
      alert.subject = subject;
      touch(alert);
      if (isFiring(alert)) emit('firing', alert, atMs - alert.stampOffsetMs);
    },
  };
}
export type Alerts = ReturnType<typeof createAlerts>;

export function newAlert(rule: Rule, subject: Subject, host: AlertHolder | undefined, labelsKey = ''): Alert {
  return {
    id: alertId(identityOf(rule.definition), whereOf(subject), labelsKey),
    rule,
    subject,
    host,
    levels: [],
    series: [],
    source: '',
    values: [],
    bases: undefined,
    firedValue: undefined,
    worstValue: undefined,
    firedMs: undefined,
    evaluatedMs: 0,
    noDataSinceMs: undefined,
    missing: 0,
    recheck: false,
    held: false,
    inside: undefined,
    stampOffsetMs: 0,
    revision: 0,
  };
}

function whereOf(subject: Subject): string {
  switch (subject.kind) {
    case 'host':
      return subject.host;
    case 'location':
      return subject.location;
    case 'rule':
      return subject.rule;
    default:
      return '';
  }
}

const sameLevels = (a: Alert['levels'], b: Alert['levels']): boolean =>
  a.length === b.length &&
  a.every((level, i) => {
    const other = b[i];
    if (level === null || other == null) return level === other;
    return (
      level.sinceMs === other.sinceMs &&
      level.firing === other.firing &&
      level.goodSinceMs === other.goodSinceMs
    );
  });

export const isFiring = (alert: Alert): boolean => alert.levels.some((level) => level?.firing === true);

/** The severest level that fires; of a pending alert the severest that is crossed. */
function severityOf(alert: Alert): Severity {
  const { severities, definition } = alert.rule;
  const firing = isFiring(alert);
  const reached = severities.filter((_, i) => (firing ? alert.levels[i]?.firing : alert.levels[i] != null));
  return reached.length === 0 ? (severities[0] ?? definition.severity) : severest(reached);
}

function noteValues(alert: Alert, wasFiring: boolean): void {
  const { levelled, tests } = alert.rule;
  const value = alert.values[levelled];
  const test = tests[levelled];
  if (value === undefined || test === undefined) return;
  const size = test.value.abs ? Math.abs : (n: number) => n;
  if (!wasFiring || alert.worstValue === undefined) {
    if (!wasFiring) alert.firedValue = value;
    alert.worstValue = value;
  } else if (test.upward ? size(value) > size(alert.worstValue) : size(value) < size(alert.worstValue))
    alert.worstValue = value;
}

export function stateOf(alert: Alert): AlertState {
  const offset = alert.stampOffsetMs;
  const starts = alert.levels.flatMap((level) => (level === null ? [] : [level.sinceMs]));
  return {
    id: alert.id,
    rule: alert.rule.definition.name,
    expression: alert.rule.canonical,
    subject: alert.subject,
    state: isFiring(alert) ? 'firing' : 'pending',
    severity: severityOf(alert),
    sinceMs: (starts.length === 0 ? alert.evaluatedMs : Math.min(...starts)) + offset,
    ...(alert.firedMs !== undefined && { firedMs: alert.firedMs + offset }),
    values: alert.values,
    ...(alert.bases !== undefined && { bases: alert.bases }),
    ...(alert.firedValue !== undefined && { firedValue: alert.firedValue }),
    ...(alert.worstValue !== undefined && { worstValue: alert.worstValue }),
    evaluatedMs: alert.evaluatedMs + offset,
    ...(alert.noDataSinceMs !== undefined && { noDataSinceMs: alert.noDataSinceMs }),
    ...(alert.held && { held: true }),
    ...(alert.inside !== undefined && { inside: alert.inside }),
    source: alert.source,
    levels: alert.levels.map(
      (level) =>
        level && {
          ...level,
          sinceMs: level.sinceMs + offset,
          ...(level.goodSinceMs !== undefined && { goodSinceMs: level.goodSinceMs + offset }),
        },
    ),
  };
}
