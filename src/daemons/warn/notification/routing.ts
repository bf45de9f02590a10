// Who is told of an alert: the receivers that its rule names, else those whose route fits and is active, else the default.
import type { AlertState, Subject } from '../../../domain/alerting/alert.ts';
import type {
  ActiveTimes,
  AlertConfiguration,
  AlertRule,
  ReceiverSetup,
  Silence,
} from '../../../domain/alerting/configuration.ts';
import { matchersFit, parseMatcher } from '../../../domain/expression/matcher.ts';
import type { Matcher } from '../../../domain/expression/syntax.ts';
import type { Labels } from '../../../domain/tick.ts';

/** What matchers of routes and silences see of an alert. */
export const matchLabels = (
  alert: Pick<AlertState, 'rule' | 'severity' | 'subject'>,
  rule: Pick<AlertRule, 'labels'> | undefined,
): Labels => ({
  ...rule?.labels,
  ...subjectLabels(alert.subject),
  rule: alert.rule,
  severity: alert.severity,
});

function subjectLabels(subject: Subject): Labels {
  switch (subject.kind) {
    case 'host':
      return { ...subject.labels, host: subject.host, location: subject.location };
    case 'location':
      return { location: subject.location };
    default:
      return {};
  }
}

/** The group in whose messages an alert is told. */
export const groupOf = (subject: Subject): string => ('location' in subject ? subject.location : '');

export type Routed = { readonly receiver: string; readonly why: string };

export function routeAlert(
  labels: Labels,
  notify: readonly string[],
  { receivers }: Pick<AlertConfiguration, 'receivers'>,
  nowMs: number,
): readonly Routed[] {
  const fallback = receivers.find(({ isDefault }) => isDefault);
  if (notify.length > 0) {
    const named: Routed[] = [];
    for (const name of new Set(notify)) {
      if (receivers.some((setup) => setup.name === name)) {
        named.push({ receiver: name, why: 'the rule names it' });
      } else if (fallback !== undefined && !notify.includes(fallback.name)) {
        named.push({ receiver: fallback.name, why: `the default, as the rule names ${name}, which is gone` });
      }
    }
    return named.filter(({ receiver }, i) => named.findIndex((one) => one.receiver === receiver) === i);
  }
  const routed = receivers
    .filter((setup) => setup.matchers.length > 0 && matches(setup.matchers, labels) && isActive(setup, nowMs))
    .map(({ name, matchers }) => ({ receiver: name, why: `its route fits: ${matchers.join(', ')}` }));
  if (routed.length > 0) return routed;
  return fallback === undefined ? [] : [{ receiver: fallback.name, why: 'the default, as no route fits' }];
}

const PARSED = new Map<string, Matcher | undefined>();
const MAX_PARSED = 10_000;

/** Written ones were checked when they were saved; one that cannot be read fits nothing. */
function parsed(text: string): Matcher | undefined {
  if (PARSED.has(text)) return PARSED.get(text);
  if (PARSED.size >= MAX_PARSED) PARSED.clear();
  let matcher: Matcher | undefined;
  try {
    matcher = parseMatcher(text);
  } catch {}
  PARSED.set(text, matcher);
  return matcher;
}

export const matches = (matchers: readonly string[], labels: Labels): boolean =>
  matchers.every((text) => {
    const matcher = parsed(text);
    return matcher !== undefined && matchersFit([matcher], labels);
  });

/** The silence that covers the alert for the longest time. */
export function silenceOf(labels: Labels, silences: readonly Silence[], nowMs: number): Silence | undefined {
  return silences
    .filter(
      ({ startsMs, endsMs, matchers }) => startsMs <= nowMs && nowMs < endsMs && matches(matchers, labels),
    )
    .sort((a, b) => b.endsMs - a.endsMs)[0];
}

export const isActive = ({ activeTimes }: Pick<ReceiverSetup, 'activeTimes'>, nowMs: number): boolean =>
  activeTimes.length === 0 || activeTimes.some((times) => covers(times, nowMs));

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Over midnight where it ends before it starts: the day is the one on which it starts. Equal times are a whole day. */
function covers({ timeZone, days, from, to }: ActiveTimes, nowMs: number): boolean {
  const parts = new Map(
    weekTimeFormat(timeZone)
      .formatToParts(nowMs)
      .map(({ type, value }) => [type, value]),
  );
  const time = `${parts.get('hour')}:${parts.get('minute')}`;
  const day = DAYS.indexOf(parts.get('weekday') ?? '') + 1;
  const dayBefore = day === 1 ? 7 : day - 1;
  const on = (which: number) => days.length === 0 || days.includes(which);
  if (from < to) return on(day) && from <= time && time < to;
  return (on(day) && from <= time) || (on(dayBefore) && time < to);
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();

function weekTimeFormat(timeZone: string): Intl.DateTimeFormat {
  let format = FORMATS.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    FORMATS.set(timeZone, format);
  }
  return format;
}
