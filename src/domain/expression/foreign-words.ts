// Error hints for the syntax of other alert languages (PromQL, SQL): what to write instead.
import { didYouMean } from '../did-you-mean.ts';
import { METRIC_KINDS } from '../metric-table.ts';
import { FUNCTIONS, SEVERITIES, type Span } from './syntax.ts';

/** Where a rule lets nothing better be said. */
const EXAMPLE = 'For example: cpu.usage > 90 for 5m. See docs/alerts.md.';
export const SCOPE =
  "Hosts are chosen by the rule's scope (--location, --host), and each has an alert of its own.";
const ARITHMETIC = 'There is no arithmetic: write the threshold as a number.';
const SHARE = 'Hosts of a location are counted by a share: share(cpu.usage > 90) > 20%.';
const SILENT = 'For a host that sends nothing write: silent for 5m';

/** Functions of PromQL and their like. */
const FUNCTION_HINTS: Readonly<Record<string, string>> = {
  rate: 'Metrics of traffic are rates already: net.received > 100MB/s. A change is delta(disk.free, 5m).',
  irate: 'Metrics of traffic are rates already: net.received > 100MB/s.',
  increase: 'Write delta(METRIC, 5m).',
  deriv: 'Write delta(METRIC, 5m).',
  idelta: 'Write delta(METRIC, 5m).',
  avg_over_time: 'Write avg(METRIC, 5m).',
  max_over_time: 'Write max(METRIC, 5m).',
  min_over_time: 'Write min(METRIC, 5m).',
  predict_linear: 'Write forecast(METRIC, 24h).',
  mean: 'Write avg(METRIC, 5m).',
  average: 'Write avg(METRIC, 5m).',
  absent: SILENT,
  absent_over_time: SILENT,
  nodata: SILENT,
  up: SILENT,
  count: SHARE,
  sum: `There are no sums over hosts. ${SHARE}`,
};

const WORD_HINTS: readonly (readonly [RegExp, string])[] = [
  [/^(not|unless|except)$/, 'There is no "not": turn the operator around, > into <=.'],
  [/^(between|outside)$/, 'Write two tests: cpu.usage > 20 and cpu.usage < 80.'],
  [/^(is|equals?|eq)$/, 'Write >= or <= and a threshold.'],
  [/^(above|greater|over|more|exceeds|gt)$/, 'Write >.'],
  [/^(below|less|under|lt)$/, 'Write <.'],
  [/^(since|within|during|lasting|over)$/, 'Write for 5m.'],
  [/^(percent|pct)$/, 'Write 90%.'],
  [/^(severity|level)$/, 'Write the severity directly after the number: > 90 critical.'],
  [/^(error|err|high|major|minor|low|fatal|page|notice)$/, `Severities are ${SEVERITIES.join(', ')}.`],
  [/^(by|on|in|where|group|of|at)$/, SCOPE],
  [/^offset$/, 'The change over an hour is delta(METRIC, 1h).'],
  [/^share$/, SHARE],
];

const CHARACTER_HINTS: Readonly<Record<string, string>> = {
  '|': 'There is no "or": write two rules.',
  '&': 'Write and.',
  ';': 'Write two rules, or join tests with "and".',
  '#': 'Comments belong into the rule file, not into the expression.',
  $: 'Write the number itself.',
  '+': ARITHMETIC,
  '*': ARITHMETIC,
  '/': ARITHMETIC,
  '-': ARITHMETIC,
  '@': 'The change over an hour is delta(METRIC, 1h).',
};

const FLIPPED: Readonly<Record<string, string>> = { '>': '<', '>=': '<=', '<': '>', '<=': '>=' };

/** What to write instead of what stands at `span`, where nothing nearer is known. */
export function meantHint(source: string, { start, end }: Span): string {
  const text = source.slice(start, end);
  const [before, after] = [source.slice(0, start), source.slice(end)];
  return (
    bracketHint(text, before, after) ??
    besideHint(text, before, after) ??
    wordHint(text, before) ??
    CHARACTER_HINTS[text] ??
    EXAMPLE
  );
}

/** `rate(net.received[5m])`, `disk.usage[mount="/"]`. */
function bracketHint(text: string, before: string, after: string): string | undefined {
  if (text !== '[') return undefined;
  const [, fn, metric = ''] = /(\w+)\s*\(\s*([^()[\]]*)$/.exec(before) ?? [];
  const window = /^([^\]=]*)\]/.exec(after)?.[1];
  if (window === undefined) return 'Write labels in braces: disk.usage{mount="/"}.';
  if (fn === undefined) return `A window belongs to a function: avg(METRIC, ${window}).`;
  return functionHint(fn)?.replaceAll('METRIC', metric) ?? `Write avg(${metric}, ${window}).`;
}

export const functionHint = (name: string): string | undefined =>
  Object.hasOwn(FUNCTION_HINTS, name) ? FUNCTION_HINTS[name] : undefined;

/** What the text on both sides says. */
function besideHint(text: string, before: string, after: string): string | undefined {
  const flipped = /^\s*([<>]=?)\s*([A-Za-z_][\w.]*)/.exec(after);
  if (/^[\d.]/.test(text) && flipped)
    return `Write the metric first: ${flipped[2]} ${FLIPPED[flipped[1]!]} ${text}.`;
  if (/\bsilent\s*$/.test(before)) {
    if (text === '(') return SCOPE;
    return /\bshare\(/.test(before) ? 'Write share(silent) > 20% for 5m.' : 'Write silent for 5m.';
  }
  if (/[<>]=?\s*$/.test(before)) {
    if (/^[<>]/.test(text)) return 'Write one operator: >, >=, < or <=.';
    if (/^["']/.test(text)) return 'Write the number without quotes.';
    return 'A metric is compared with a number: cpu.usage > 90.';
  }
  if (text === '-' && /\w$/.test(before) && /^\w/.test(after)) {
    const name = `${/[\w.-]+$/.exec(before)![0]}.${/^[\w.-]+/.exec(after)![0]}`.replaceAll('-', '.');
    const known = METRIC_KINDS.map((kind) => kind.name);
    return didYouMean(name, known, 'Names of metrics have dots: cpu.usage.');
  }
  if (/=~?\s*$/.test(before)) return 'Write the value in quotes: mount="/".';
  if (/\b(if|when|alert|where)\s*$/i.test(before)) return 'Begin with the metric: cpu.usage > 90 for 5m.';
  if (/\b(not)\s*$/i.test(before)) return 'There is no "not": turn the operator around, > into <=.';
  return undefined;
}

function wordHint(text: string, before: string): string | undefined {
  const word = text.toLowerCase();
  if (text === '(') return 'There are no parentheses around tests: join them with "and".';
  const severity = SEVERITIES.find((name) => word.length > 2 && name.startsWith(word));
  if (severity === word) return 'Write the severity once, directly after the number: > 90 critical for 5m.';
  if (severity !== undefined) return `Did you mean ${severity}?`;
  if ((FUNCTIONS as readonly string[]).includes(word)) return `Write ${word}(cpu.usage, 10m) > 90.`;
  // After a number "over 5m" is about time, before one about size.
  const found = WORD_HINTS.filter(([pattern]) => pattern.test(word)).map(([, hint]) => hint);
  return /[\d%]\s*$/.test(before) ? found.at(-1) : found[0];
}
