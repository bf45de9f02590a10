// Alerts as Alertmanager knows them: labels that name an alert, annotations that describe it, times, a fingerprint.
import { createHash } from 'node:crypto';
import type { Alert, Message } from './message.ts';
import { readableReading } from './readable.ts';
import { endWord, subjectText } from './text.ts';

export type StringMap = Readonly<Record<string, string>>;

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * A label name that every version of Alertmanager takes: before 0.27 one other name refuses the whole request. A name
 * that had to change gets a hash, so that two of them never become one.
 */
export function labelName(name: string): string {
  if (LABEL_NAME.test(name)) return name;
  const plain = name.replace(/[^a-zA-Z0-9_]+/g, '_').replace(/^(?=\d)/, '_');
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 6);
  return `${plain === '' || plain === '_' ? 'label' : plain}_${hash}`;
}

/** Without empty values, which Alertmanager drops. Of two entries with one name the later one counts. */
const mapOf = (entries: readonly (readonly [string, string | undefined])[]): StringMap =>
  Object.fromEntries(
    entries.flatMap(([name, value]) => (value ? [[labelName(name), value.toWellFormed()] as const] : [])),
  );

/** What makes the alert this alert and no other: never a value, never the severity. */
export const identityLabels = ({ rule, labels, subject }: Alert): StringMap =>
  mapOf([
    ...Object.entries(labels).filter(([name]) => name !== 'severity'),
    ...Object.entries(subject.labels).filter(([name]) => name !== 'severity'),
    ['alertname', rule],
    ['host', subject.host],
    ['location', subject.location],
  ]);

export const annotationsOf = (alert: Alert, { group, timeZone }: Message): StringMap => {
  const values = alert.readings.map((reading) => readableReading(reading, timeZone)).join('; ');
  const subject = subjectText(alert.subject, group);
  return mapOf([
    ['summary', `${alert.rule}: ${subject}${values ? `: ${values}` : ''}`],
    ['description', alert.text],
    ['runbook_url', alert.runbook],
    ['value', values],
    ['ended', alert.state === 'ended' ? endWord(alert.endReason) : undefined],
    ['acknowledged_by', alert.acknowledged?.by],
  ]);
};

/** 16 hex digits; of the alert's identity alone, so equal from its first message to its last. */
export const fingerprintOf = (alert: Alert): string =>
  createHash('sha256').update(alert.id).digest('hex').slice(0, 16);

/** A string in a matcher, as Go quotes it. */
export const quoted = (text: string): string => JSON.stringify(text);

/** What all of them have in common. */
export function commonOf(maps: readonly StringMap[]): StringMap {
  const [first = {}, ...others] = maps;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((other) => other[name] === value)),
  );
}
