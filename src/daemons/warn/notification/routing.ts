// Who is told of an alert: the receivers that its rule names, else those whose route fits and is active, else the default.
import type { Subject } from '../../../domain/alerting/alert.ts';
import { matches } from '../../../domain/alerting/alert-matching.ts';
import type {
  ActiveTimes,
  AlertConfiguration,
  ReceiverSetup,
} from '../../../domain/alerting/configuration.ts';
import type { Labels } from '../../../domain/tick.ts';

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
