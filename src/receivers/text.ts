// The plain text of a message, long and short, for all kinds that people read. Kinds only encode and truncate it.
import { counted, grouped } from '../domain/counting.ts';
import { roughDuration } from '../domain/duration.ts';
import { SEVERITIES, type Severity, severityRank } from '../domain/expression/syntax.ts';
import { safeText } from '../domain/safe-text.ts';
import type { Alert, EndReason, Message, Subject } from './message.ts';
import { readableReading, readableSpan, readableTime } from './readable.ts';

/** A message as lines; nothing in it is markup. */
export type Form = {
  /** State and count first, then the location. One line. */
  readonly title: string;
  readonly head: readonly string[];
  /** One block of lines an alert, most severe first. */
  readonly alerts: readonly (readonly string[])[];
  /** Alerts that have no block. */
  readonly omitted: number;
  readonly tail: readonly string[];
};

/** What ended the alert, in words: `host removed`. */
export const endWord = (reason: EndReason | undefined): string => reason ?? 'ended';

/** Lists longer than this are for the command in the last line. */
const MAX_FIRED_AND_OVER = 10;
const MAX_DIGEST_LINES = 30;

export function titleOf(message: Message): string {
  const { reason, group, digest } = message;
  const where = reason === 'digest' ? counted(digest.length, 'location') : safeText(group) || 'fleet';
  const worst = worstOf(message);
  const [first] = message.alerts;
  const what = first === undefined ? '' : `: ${safeText(first.rule)} ${subjectText(first.subject, group)}`;
  const { firing, resolved, ended } = message.counts;
  const others = firing + resolved + ended - 1;
  const more = first !== undefined && others > 0 ? ` and ${others} more` : '';
  return `[${stateText(message)}] ${where}${worst === undefined ? '' : ` ${worst}`}${what}${more}`;
}

function stateText(message: Message): string {
  switch (message.reason) {
    case 'test':
      return 'TEST';
    case 'recap':
      return `RECAP: ${countsText(message)}`;
    case 'digest':
      return `DIGEST: ${countsText(message)}`;
    default:
      return countsText(message);
  }
}

/** `FIRING 3, 1 new, 2 resolved`; `RESOLVED 2, 1 ended`; `ENDED 1: host removed`. */
function countsText({ counts, reason, alerts }: Message): string {
  const { firing, resolved, ended } = counts;
  const alsoEnded = ended > 0 ? [`${ended} ended`] : [];
  if (firing > 0) {
    const state = `${reason === 'repeat' ? 'STILL FIRING' : 'FIRING'} ${firing}`;
    const fresh = counts.new > 0 && counts.new < firing ? [`${counts.new} new`] : [];
    const alsoResolved = resolved > 0 ? [`${resolved} resolved`] : [];
    return [state, ...fresh, ...alsoResolved, ...alsoEnded].join(', ');
  }
  if (resolved > 0) return [`RESOLVED ${resolved}`, ...alsoEnded].join(', ');
  const [word, ...otherWords] = new Set(alerts.map(({ endReason }) => endWord(endReason)));
  if (ended === 0) return 'OK';
  return `ENDED ${ended}: ${word === undefined || otherWords.length > 0 ? 'several reasons' : word}`;
}

/** The worst severity that still fires, which decides the colour; nothing once all is over. */
export function worstOf(message: Message): Severity | undefined {
  const firing = [
    ...message.alerts.filter(({ state }) => state === 'firing'),
    ...message.wideRules.filter(({ firing }) => firing > 0),
    ...message.digest.filter(({ firing }) => firing > 0),
  ].map(({ severity }) => severity);
  return SEVERITIES.findLast((severity) => firing.includes(severity));
}

const REASONS: Readonly<Record<Message['reason'], string>> = {
  first: 'first message',
  new: 'new alerts',
  some_resolved: 'some resolved',
  all_resolved: 'all resolved',
  repeat: 'reminder',
  ended: 'ended',
  recap: 'recap after a silence',
  digest: 'digest, because of the rate limit',
  test: 'TEST of this receiver; nothing is wrong',
};

/** The full text. */
export const longForm = (message: Message): Form => ({
  title: titleOf(message),
  head: headLines(message),
  alerts: message.alerts.map((alert) => alertLines(alert, message)),
  omitted: message.truncated,
  tail: tailLines(message),
});

/** For what must be small: one line an alert. */
export const shortForm = (message: Message): Form => ({
  title: titleOf(message),
  head: [],
  alerts: message.alerts.map((alert) => {
    const reading = alert.readings[0];
    const value = reading === undefined ? '' : `: ${safeText(readableReading(reading, message.timeZone))}`;
    return [`${headline(alert, message.group)}${value}`];
  }),
  omitted: message.truncated,
  tail: noteLines(message),
});

function headLines(message: Message): string[] {
  const { reason, repeat, wideRules, digest, counts } = message;
  // For alerts already sent only a changed severity is new.
  const why = reason === 'new' && counts.new === 0 ? 'severity changed' : REASONS[reason];
  return [
    `Reason: ${why}${reason === 'repeat' && repeat > 0 ? ` ${repeat}` : ''}`,
    ...wideRules.map(
      (rule) =>
        `${rule.severity.toUpperCase()} ${safeText(rule.rule)} fires on ${grouped(rule.firing)} of ${grouped(rule.hosts)} hosts`,
    ),
    ...digest
      .slice(0, MAX_DIGEST_LINES)
      .map(
        (line) =>
          `${safeText(line.location) || 'fleet'}: ${line.firing} firing (${line.severity}), ${line.resolved} resolved`,
      ),
    ...(digest.length > MAX_DIGEST_LINES
      ? [`... and ${digest.length - MAX_DIGEST_LINES} more locations`]
      : []),
  ];
}

function headline(alert: Alert, group: string): string {
  const marks: string[] = [];
  if (alert.state === 'ended') marks.push(endWord(alert.endReason));
  if (alert.state === 'firing' && alert.isNew) marks.push('new');
  const { severityBefore: before, severity } = alert;
  if (alert.state === 'firing' && before !== undefined && before !== severity) {
    const risen = severityRank(severity) > severityRank(before);
    marks.push(risen ? `raised from ${before}` : `lowered from ${before}`);
  }
  if (alert.noDataSinceMs !== undefined) marks.push('no data');
  if (alert.acknowledged) marks.push(`acknowledged by ${safeText(alert.acknowledged.by)}`);
  const state = alert.state === 'firing' ? severity.toUpperCase() : alert.state;
  const subject = subjectText(alert.subject, group);
  return `${state} ${safeText(alert.rule)}: ${subject}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`;
}

function alertLines(alert: Alert, message: Message): string[] {
  const { timeZone } = message;
  const lines = [headline(alert, message.group)];
  for (const reading of alert.readings) lines.push(`  ${safeText(readableReading(reading, timeZone))}`);
  lines.push(`  ${durationText(alert, message)}`);
  if (alert.noDataSinceMs !== undefined) {
    lines.push(`  no data since ${readableTime(alert.noDataSinceMs, timeZone)}`);
  }
  const { acknowledged, text, runbook } = alert;
  if (acknowledged) {
    const note = acknowledged.note ? `: ${safeText(acknowledged.note)}` : '';
    lines.push(`  acknowledged ${readableTime(acknowledged.atMs, timeZone)}${note}`);
  }
  if (text) lines.push(...textLines(text).map((line) => `  ${line}`));
  if (runbook) lines.push(`  Runbook: ${safeText(runbook)}`);
  return lines;
}

function durationText(alert: Alert, { timeZone, atMs }: Message): string {
  const back =
    alert.cameBack > 0 ? `, came back ${alert.cameBack === 1 ? 'once' : `${alert.cameBack} times`}` : '';
  if (alert.endedMs === undefined) {
    return `since ${readableTime(alert.sinceMs, timeZone)}, for ${hoursText(atMs - alert.sinceMs)}${back}`;
  }
  return `${readableSpan(alert.sinceMs, alert.endedMs, timeZone)}, ${hoursText(alert.endedMs - alert.sinceMs)}${back}`;
}

/** 26h rather than 1d 2h: up to two days a night's work is counted in hours. */
function hoursText(exactMs: number): string {
  // A message is built some milliseconds after its tick.
  const ms = Math.max(0, Math.round(exactMs / 1_000) * 1_000);
  const minutes = Math.round(ms / 60_000);
  if (minutes < 24 * 60 || minutes >= 48 * 60) return roughDuration(ms);
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

function tailLines(message: Message): string[] {
  const { firedAndOver, group, timeZone } = message;
  const listed = firedAndOver.slice(0, MAX_FIRED_AND_OVER);
  const more = firedAndOver.length - listed.length;
  return [
    ...listed.map(
      ({ rule, subject, fromMs, toMs }) =>
        `Fired and over: ${safeText(rule)}: ${subjectText(subject, group)}, ${readableSpan(fromMs, toMs, timeZone)}`,
    ),
    ...(more > 0 ? [`Fired and over: ${more} more`] : []),
    ...noteLines(message),
  ];
}

const noteLines = ({ mayComeTwice, command }: Message): string[] => [
  ...(mayComeTwice ? ['This message may be a duplicate: sent notifications could not be looked up.'] : []),
  ...(command ? [`More: ${safeText(command)}`] : []),
];

/** `web-17 mount=/var`, `location 725`, `fleet`. The location is said where the message is not of that location alone. */
export function subjectText(subject: Subject, group: string): string {
  const { host, location } = subject;
  const labels = Object.entries(subject.labels).map(
    ([name, value]) => `${safeText(name)}=${safeText(value)}`,
  );
  if (host === undefined) return [location ? `location ${safeText(location)}` : 'fleet', ...labels].join(' ');
  const where = location !== undefined && location !== group ? ` (${safeText(location)})` : '';
  return [`${safeText(host)}${where}`, ...labels].join(' ');
}

/** A rule's text keeps its lines, tabs and separators: they break nothing once a kind has encoded them. */
const textLines = (text: string): string[] =>
  text.split(/\r?\n/).map((line) =>
    line
      .split(/([\t\u2028\u2029])/)
      .map((part, i) => (i % 2 === 1 ? part : safeText(part)))
      .join(''),
  );

/** How large a text is once encoded. Must be additive: the size of two texts together is the sum of theirs. */
export type Size = (text: string) => number;

export const utf8Bytes: Size = (text) => Buffer.byteLength(text);
/** Bytes inside a JSON string, without the quotes. */
export const jsonBytes: Size = (text) => Buffer.byteLength(JSON.stringify(text)) - 2;

/** The text up to `max`, cut between code points and marked with an ellipsis. */
export function cutText(text: string, max: number, size: Size): string {
  if (size(text) <= max) return text;
  let left = max - size('…');
  let cut = '';
  for (const char of text.toWellFormed()) {
    left -= size(char);
    if (left < 0) break;
    cut += char;
  }
  return max < size('…') ? '' : `${cut}…`;
}

/**
 * The form as text of at most `max`: as many whole alerts as fit, most severe first, then how many more there are, and
 * always what comes after them. Where not one alert fits whole, one line each; where not even that, the beginning.
 */
export function fitForm(form: Form, max: number, size: Size, withTitle = true): string {
  const head = [...(withTitle ? [form.title] : []), ...form.head];
  return (
    fitBlocks(form, form.alerts, head, max, size) ??
    fitBlocks(
      form,
      form.alerts.map((block) => block.slice(0, 1)),
      head,
      max,
      size,
    ) ??
    cutText([...head, ...form.alerts.flat()].join('\n'), max, size)
  );
}

function fitBlocks(
  form: Form,
  blocks: readonly (readonly string[])[],
  head: readonly string[],
  max: number,
  size: Size,
): string | undefined {
  const line = (text: string) => size(text) + size('\n');
  const moreLines = (count: number) => (count > 0 ? [`... and ${count} more alerts, not shown here`] : []);
  const fixed = [...head, ...form.tail].reduce((sum, text) => sum + line(text), 0) - size('\n');
  let used = blocks.flat().reduce((sum, text) => sum + line(text), 0);
  for (let shown = blocks.length; shown > 0 || blocks.length === 0; shown--) {
    const more = moreLines(form.omitted + blocks.length - shown);
    if (fixed + used + more.reduce((sum, text) => sum + line(text), 0) <= max) {
      return [...head, ...blocks.slice(0, shown).flat(), ...more, ...form.tail].join('\n');
    }
    if (shown === 0) break;
    used -= blocks[shown - 1]!.reduce((sum, text) => sum + line(text), 0);
  }
  return undefined;
}
