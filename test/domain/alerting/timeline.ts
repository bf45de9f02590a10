// Timelines as text: ticks of one host from 10:00 on, and what became of its alerts, as "F 10:03 since 10:00".
import type { Change } from '../../../src/domain/alerting/alert.ts';
import { createEvaluator, type Evaluator, type StreamTick } from '../../../src/domain/alerting/evaluator.ts';
import { createReplay } from '../../../src/domain/alerting/replay.ts';
import type { RuleDefinition } from '../../../src/domain/alerting/rule-set.ts';
import { parseExpression } from '../../../src/domain/expression/parser.ts';
import type { Sample } from '../../../src/domain/tick.ts';

export const START_MS = Date.UTC(2026, 10, 28, 10);

/** The instant of a time of that day, 10:03 or 10:00:30. */
export function at(time: string): number {
  const [h = 0, m = 0, s = 0] = time.split(':').map(Number);
  return START_MS + ((h - 10) * 3_600 + m * 60 + s) * 1_000;
}

export function clock(ms: number): string {
  const text = new Date(ms).toISOString().slice(11, 19);
  return text.endsWith(':00') ? text.slice(0, 5) : text;
}

export const rule = (expression: string, more: Partial<RuleDefinition> = {}): RuleDefinition => ({
  name: 'r',
  expression: parseExpression(expression.replace(/\bcpu\b(?!\.)/g, 'cpu.usage')),
  severity: 'warning',
  locations: [],
  hosts: [],
  enabled: true,
  ...more,
});

/** `disk.usage{/var}` and `cpu.usage` by the values they take, one a tick; `_` is no sample. */
export type Values = Readonly<Record<string, string>>;

export function sampleOf(name: string, value: number): Sample {
  const [, metric = '', mount] = /^([^{]+)(?:\{(.*)\})?$/.exec(name) ?? [];
  return { metric, labels: mount === undefined ? {} : { mount }, value };
}

/** Ticks of one host; where every series is `_` there is no tick at all. `95 x4` repeats. */
export function ticksOf(
  values: Values,
  options: {
    host?: string;
    intervalMs?: number;
    startMs?: number;
    emptyTicks?: boolean;
    source?: string;
  } = {},
): StreamTick[] {
  const { host = 'web-17', intervalMs = 60_000, startMs = START_MS } = options;
  const series = Object.entries(values).map(([name, text]) => ({
    name,
    values: text
      .trim()
      .split(/\s+/)
      .flatMap((word) => {
        const [, value = word, count = '1'] = /^(.+)x(\d+)$/.exec(word) ?? [];
        return Array.from({ length: Number(count) }, () => value);
      }),
  }));
  const length = Math.max(...series.map((s) => s.values.length));
  return Array.from({ length }, (_, i): StreamTick => {
    const timeMs = startMs + i * intervalMs;
    const samples = series.flatMap((s) => {
      const value = s.values[i] ?? '_';
      return value === '_' ? [] : [sampleOf(s.name, Number(value))];
    });
    const source = options.source === undefined ? {} : { source: options.source };
    return { hostId: host, timeMs, intervalMs, receivedMs: timeMs, samples, ...source };
  }).filter((tick) => tick.samples.length > 0 || options.emptyTicks === true);
}

const LETTERS = {
  firing: 'F',
  resolved: 'R',
  level: 'L',
  ended: 'ended',
  pending: 'P',
  dropped: 'dropped',
} as const;

/** A change in one line; pending and dropped are left out by {@link told}. */
export function describe(change: Change): string {
  const { alert, kind, reason } = change;
  const subject = alert.subject.kind === 'host' ? (alert.subject.labels.mount ?? '') : alert.subject.kind;
  return [
    LETTERS[kind],
    clock(change.atMs),
    kind === 'firing' && alert.sinceMs !== change.atMs ? `since ${clock(alert.sinceMs)}` : '',
    kind === 'level' || (kind === 'firing' && alert.levels.length > 1) ? alert.severity : '',
    reason ?? '',
    subject,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

export const told = (changes: readonly Change[]): string[] =>
  changes.filter(({ kind }) => kind !== 'pending' && kind !== 'dropped').map(describe);

export type Run = { readonly evaluator: Evaluator; readonly changes: Change[] };

export function start(
  rules: readonly RuleDefinition[],
  hosts: Readonly<Record<string, string>> = { 'web-17': '725' },
): Run {
  const changes: Change[] = [];
  const evaluator = createEvaluator((change) => changes.push(change));
  evaluator.setRules(rules, START_MS);
  for (const [host, location] of Object.entries(hosts)) evaluator.setHost(host, location, START_MS);
  return { evaluator, changes };
}

/** Plays ticks up to ten seconds after the last one, or to `untilMs`. */
export function play(
  run: Run,
  ticks: readonly StreamTick[],
  untilMs = Math.max(...ticks.map((t) => t.receivedMs)) + 10_000,
): void {
  const startMs = Math.min(...ticks.map((tick) => tick.receivedMs));
  replay(run.evaluator, ticks, { startMs, stopMs: untilMs });
}

export function outcome(expression: string, values: string | Values, intervalMs = 60_000): string[] {
  const run = start([rule(expression)]);
  play(run, ticksOf(typeof values === 'string' ? { 'cpu.usage': values } : values, { intervalMs }));
  return told(run.changes);
}

/** `ticks` in order of arrival. What time alone decides is judged every ten seconds up to `stopMs`. */
export function replay(
  evaluator: Evaluator,
  ticks: Iterable<StreamTick>,
  range: { readonly startMs: number; readonly stopMs: number },
): void {
  const replayed = createReplay(evaluator, range);
  for (const tick of ticks) {
    if (tick.receivedMs > range.stopMs) break;
    replayed.tick(tick);
  }
  replayed.upTo(range.stopMs);
}
