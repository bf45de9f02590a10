// The line of `minimon check` as monitoring plugins write it: state, text, performance data; and the exit code.
import {
  HOLDS_TOO_SHORTLY,
  type HostVerdict,
  type JudgedSubject,
  valueTexts,
} from '../assembly/judge-hosts.ts';
import { counted } from '../domain/counting.ts';
import { printExpression } from '../domain/expression/printer.ts';
import {
  type Comparison,
  type Expression,
  isOfLocations,
  type Severity,
  severityRank,
} from '../domain/expression/syntax.ts';
import { unitOf } from '../domain/metric-kinds.ts';
import { safeText } from '../domain/safe-text.ts';

export type CheckState = 'OK' | 'WARNING' | 'CRITICAL' | 'UNKNOWN';
export const EXITS: Readonly<Record<CheckState, number>> = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 };

export type CheckLine = { readonly text: string; readonly exit: number };

/** Readers cut a plugin's output at 4 to 8 KiB. */
const MAX_TEXT = 1_000;
const MAX_PERFDATA = 3_000;
const SHOWN = 5;

export type CheckRequest = {
  readonly expression: Expression;
  /** Severity of levels that name none. */
  readonly severity: Severity;
  /** The scope, if it is several hosts: "location 725". */
  readonly scope?: string;
};

/**
 * The worst that is certain: critical before warning (which `info` is too) before unknown; OK only where every host could be
 * judged.
 */
export function checkLine(verdicts: readonly HostVerdict[], request: CheckRequest): CheckLine {
  const firing = verdicts.flatMap((verdict) =>
    verdict.subjects.flatMap((subject) =>
      subject.severity === undefined ? [] : [{ host: verdict.host, subject, severity: subject.severity }],
    ),
  );
  firing.sort((a, b) => severityRank(b.severity) - severityRank(a.severity));
  const unknown = verdicts.filter((verdict) => verdict.unknown !== undefined);
  const state = stateOf(firing[0]?.severity, unknown.length > 0 || verdicts.length === 0);
  const several = request.scope !== undefined;
  // A share is judged a location at a time.
  const isShare = isOfLocations(request.expression);
  const noun = isShare ? 'location' : 'host';
  const parts: string[] = [];
  if (firing.length > 0) {
    const hosts = new Set(firing.map(({ host }) => host)).size;
    const list = listed(firing.map(({ host, subject }) => subjectText(host, subject)));
    parts.push(several ? `${hosts} of ${counted(verdicts.length, noun)}: ${list}` : list);
  }
  if (unknown.length > 0) {
    const list = listed(unknown.map(({ host, unknown: why }) => `${host}: ${why}`));
    parts.push(
      several ? `${unknown.length} of ${counted(verdicts.length, noun)} cannot be judged: ${list}` : list,
    );
  }
  if (verdicts.length === 0) parts.push(`no host in ${request.scope ?? 'scope'}`);
  if (parts.length === 0) {
    const subjects = verdicts.flatMap(({ host, subjects: all }) =>
      all.map((subject) => subjectText(host, subject)),
    );
    const locations = isShare ? verdicts.map(({ host }) => `location ${host}`) : [];
    parts.push(
      several && !isShare
        ? `${counted(verdicts.length, 'host')} in ${request.scope}`
        : listed(locations) || listed(subjects) || `${verdicts[0]!.host} reports`,
    );
  }
  const text = `${parts.join('; ')} (${printExpression(request.expression)})`;
  const perfdata = several ? countsOf(verdicts) : perfdataOf(verdicts, request);
  return lineOf(state, text, perfdata);
}

/** For errors before the evaluation. */
export const unknownLine = (text: string): CheckLine => lineOf('UNKNOWN', text, '');

function lineOf(state: CheckState, text: string, perfdata: string): CheckLine {
  // A bar begins the performance data, a line end the long output.
  const plain = safeText(text.replace(/\s+/g, ' ').trim()).replaceAll('|', '/');
  const cut = plain.length > MAX_TEXT ? `${plain.slice(0, MAX_TEXT - 3)}...` : plain;
  return { text: `${state} - ${cut}${perfdata === '' ? '' : ` | ${perfdata}`}\n`, exit: EXITS[state] };
}

function stateOf(worst: Severity | undefined, isUnknown: boolean): CheckState {
  if (worst === 'critical') return 'CRITICAL';
  if (worst !== undefined) return 'WARNING';
  return isUnknown ? 'UNKNOWN' : 'OK';
}

function listed(texts: readonly string[]): string {
  const more = texts.length - SHOWN;
  return [...texts.slice(0, SHOWN), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

function subjectText(host: string, subject: JudgedSubject): string {
  const { pendingSinceMs, severity } = subject;
  const isShort = severity === undefined && pendingSinceMs !== undefined;
  const text = [...valueTexts(subject), ...(isShort ? [HOLDS_TOO_SHORTLY] : [])].join(', ');
  return text === '' ? `${host}${severity === undefined ? '' : ' fires'}` : `${host} ${text}`;
}

function countsOf(verdicts: readonly HostVerdict[]): string {
  const counts = { ok: 0, warning: 0, critical: 0, unknown: 0 };
  for (const { subjects, unknown } of verdicts) {
    const worst = subjects.flatMap(({ severity }) => severity ?? []);
    if (worst.includes('critical')) counts.critical++;
    else if (worst.length > 0) counts.warning++;
    else if (unknown !== undefined) counts.unknown++;
    else counts.ok++;
  }
  return Object.entries(counts)
    .map(([name, count]) => `${name}=${count};;;0;${verdicts.length}`)
    .join(' ');
}

/** `'disk.usage /'=85%;80;90;0;100`: of values that are known and fresh, as many as readers take. */
function perfdataOf(verdicts: readonly HostVerdict[], { expression, severity }: CheckRequest): string {
  const tests = expression.tests.filter((test) => test.kind === 'compare');
  const used = new Set<string>();
  let text = '';
  for (const { subjects, unknown } of verdicts) {
    if (unknown !== undefined) continue;
    for (const { labels, values } of subjects) {
      for (const { metric, value } of values) {
        const test = tests.find((one) => one.value.metric === metric);
        const label = labelOf(metric, Object.values(labels), used);
        const one = `${label}=${number(value)}${uom(metric)}${thresholdsOf(test, severity)}${rangeOf(metric)}`;
        if (text.length + one.length > MAX_PERFDATA) return text;
        text += text === '' ? one : ` ${one}`;
      }
    }
  }
  return text;
}

/** Quotes and equals signs end a label, a bar or line end ends the output. Labels are unique per series. */
function labelOf(metric: string, labels: readonly string[], used: Set<string>): string {
  const plain = [metric, ...labels]
    .join(' ')
    .replace(/[='|\p{C}\u2028\u2029]/gu, '_')
    .slice(0, 100);
  let label = plain;
  for (let n = 2; used.has(label); n++) label = `${plain} ${n}`;
  used.add(label);
  return `'${label}'`;
}

/** Plugins know %, B and s; bytes a second have no unit of theirs. */
function uom(metric: string): string {
  const unit = unitOf(metric);
  if (unit === 'percent') return '%';
  if (unit === 'bytes') return 'B';
  return unit === 'seconds' ? 's' : '';
}

const rangeOf = (metric: string): string => (unitOf(metric) === 'percent' ? ';0;100' : '');

/** As ranges of what is good: `80` is 0 to 80, `~:80` up to 80, `5:` from 5, `-2:2` for a size without its sign. */
function thresholdsOf(test: Comparison | undefined, severity: Severity): string {
  if (test === undefined) return ';;';
  const range = (wanted: (severity: Severity) => boolean): string => {
    const level = test.levels.findLast((one) => wanted(one.severity ?? severity));
    if (level === undefined) return '';
    const bound = number(level.bound.value);
    if (level.op === '<' || level.op === '<=') return `${bound}:`;
    if (test.value.abs) return `-${bound}:${bound}`;
    return level.bound.value >= 0 && test.value.fn !== 'delta' && test.value.metric !== 'clock.offset'
      ? bound
      : `~:${bound}`;
  };
  return `;${range((one) => one !== 'critical')};${range((one) => one === 'critical')}`;
}

/** Digits, sign and point only, whatever the size. */
function number(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  const digits = Math.abs(value) >= 1 ? value.toFixed(0) : value.toFixed(20);
  if (!digits.includes('e')) return digits.includes('.') ? digits.replace(/\.?0+$/, '') || '0' : digits;
  return BigInt(value).toString();
}
