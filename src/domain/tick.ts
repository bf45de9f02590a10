// A tick (one host at one time), its samples and facts, and the rules by which a sample is accepted or rejected.
import { formatInstant, isInstant } from './instant.ts';
import {
  idError,
  labelNameError,
  labelValueError,
  MAX_FOREIGN_LABELS,
  MAX_LABELS,
  metricError,
} from './names.ts';

export type Labels = Readonly<Record<string, string>>;

export type Sample = { readonly metric: string; readonly labels: Labels; readonly value: number };

/** Strings about a host: os, kernel, cpu_model, cpus, memory_bytes, address, virtualization, location_hint, simulated ... */
export type Facts = Readonly<Record<string, string>>;

export type Tick = {
  readonly hostId: string;
  /** Milliseconds since the epoch, on the agent's grid. */
  readonly timeMs: number;
  readonly intervalMs: number;
  readonly machineId: string;
  readonly bootId: string;
  readonly agentVersion: string;
  readonly samples: readonly Sample[];
  readonly facts?: Facts;
  /** Who measured: absent or empty is minimon's agent. Its samples carry it as the label `source` too. */
  readonly source?: string;
  /** Of several that measure the same, which one. */
  readonly replica?: string;
  /** Cumulative readings, as derive/counters.ts names them. */
  readonly counters?: readonly Sample[];
  /** Series that the source says are reported no longer, since this time. */
  readonly ended?: readonly Omit<Sample, 'value'>[];
};

/** One refused sample, or a whole refused tick (then `metric` is empty and `samples` counts its samples). */
export type Refusal = {
  readonly hostId: string;
  readonly timeMs: number;
  readonly metric: string;
  readonly labels: Labels;
  readonly samples: number;
  readonly reason: string;
};

export const LIMITS = {
  seriesPerTick: 500,
  samplesPerRequest: 5_000,
  requestBytes: 1_048_576,
  batchBytes: 524_288,
  pastMs: 25 * 3_600_000,
  aheadMs: 5 * 60_000,
  facts: 64,
  factBytes: 1_024,
} as const;

/** Between the ticks of an agent, and of a host that did not say, unless something else is set. */
export const USUAL_INTERVAL_MS = 60_000;

/** A host counts as reporting if it had a tick in the last 24 h. */
export const REPORTS_WITHIN_MS = 24 * 3_600_000;

/**
 * Since when that is. The stream's newest mark is by report's clock: a reader whose own is ahead finds what there is, and
 * what came before a long pause stays in view.
 */
export function reportsSinceMs(
  nowMs: number,
  watermarks: readonly { readonly receivedMs: number }[],
): number {
  const newestMs = watermarks.reduce((newest, { receivedMs }) => Math.max(newest, receivedMs), 0);
  return (newestMs > 0 ? Math.min(nowMs, newestMs) : nowMs) - REPORTS_WITHIN_MS;
}

/** Identity of a series inside a host: metric and sorted labels, without empty labels. Equal keys, equal series. */
export function seriesKey(metric: string, labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length === 0) return metric;
  if (names.length > 1) names.sort();
  let key = metric;
  for (const name of names) {
    const value = labels[name];
    if (value) key += `\u0000${name}\u0001${value}`;
  }
  return key;
}

/** Of a {@link seriesKey}. */
export function metricOf(key: string): string {
  const end = key.indexOf('\u0000');
  return end < 0 ? key : key.slice(0, end);
}

/** The inverse of {@link seriesKey}. */
export function parseSeriesKey(key: string): { metric: string; labels: Labels } {
  const [metric = '', ...pairs] = key.split('\u0000');
  const labels: Record<string, string> = {};
  for (const pair of pairs) {
    const cut = pair.indexOf('\u0001');
    labels[pair.slice(0, cut)] = pair.slice(cut + 1);
  }
  return { metric, labels };
}

/** Why a whole tick cannot be taken (identity, time, size), or undefined. */
export function tickError(
  tick: Pick<Tick, 'hostId' | 'timeMs' | 'intervalMs'> & { sampleCount: number },
  now: { nowMs: number; backfill: boolean; retentionMs: number },
): string | undefined {
  const id = idError(tick.hostId, 'host_id');
  if (id) return id;
  if (tick.sampleCount > LIMITS.seriesPerTick) {
    return `tick has ${tick.sampleCount} series; the limit is ${LIMITS.seriesPerTick} series a tick`;
  }
  if (!(tick.intervalMs >= 1_000 && tick.intervalMs <= 86_400_000)) {
    return `interval_ms is ${tick.intervalMs}; it must be 1 s to 24 h`;
  }
  return timeError(tick.timeMs, now);
}

/** Why a time cannot be taken; the sentence names the date that was understood, so that a wrong unit shows. */
export function timeError(
  timeMs: number,
  now: { nowMs: number; backfill: boolean; retentionMs: number; aheadMs?: number },
): string | undefined {
  if (!isInstant(timeMs)) {
    return `time_ms ${timeMs} is not a time in milliseconds since 1970`;
  }
  const { nowMs, backfill, retentionMs, aheadMs = LIMITS.aheadMs } = now;
  const seen = () => `time ${formatInstant(timeMs)}`;
  if (timeMs > nowMs + aheadMs) {
    const limit = aheadMs < 3_600_000 ? `${aheadMs / 60_000} min` : `${aheadMs / 3_600_000} h`;
    return `${seen()} is over the limit of ${limit} ahead of the server's clock (${formatInstant(nowMs)})`;
  }
  if (backfill) {
    const days = Math.round(retentionMs / 86_400_000);
    return timeMs < nowMs - retentionMs ? `${seen()} is past the retention limit of ${days} d` : undefined;
  }
  if (timeMs < nowMs - LIMITS.pastMs) {
    return `${seen()} is past the limit of 25 h back (older samples need backfill)`;
  }
  return undefined;
}

/** Whether a reason is one of {@link timeError}'s that another clock might not have found. */
export const isTimeError = (reason: string): boolean => /^time \S+ is (?:over|past) the /.test(reason);

export const valueError = (value: number): string | undefined =>
  Number.isFinite(value) ? undefined : `value is ${value}; samples are finite numbers`;

/** Why a series cannot be taken, or undefined. */
export function seriesError(metric: string, labels: Labels): string | undefined {
  const error = metricError(metric);
  if (error) return error;
  const names = Object.keys(labels);
  if (names.length > MAX_LABELS) {
    const present = names.filter((name) => labels[name] !== '').length;
    const limit = labels['source'] ? MAX_FOREIGN_LABELS : MAX_LABELS;
    if (present > limit) return `sample has ${present} labels; the limit is ${limit}`;
  }
  for (const name of names) {
    const labelError = labelNameError(name) ?? labelValueError(labels[name]!);
    if (labelError) return labelError;
  }
  return undefined;
}
