// The state of a host, derived from its last tick and from the watermark of the stream.

import { CONFLICT_CLEARS_MS, distinctMachines } from './machine-copies.ts';
import { USUAL_INTERVAL_MS } from './tick.ts';

/** What a tick may take beyond its interval: the spread of agents, a retry, the way through the bus. */
const GRACE_MS = 10_000;

/** A host's age beyond which one tick is missing. */
export const lateAfterMs = (intervalMs: number): number => intervalMs + GRACE_MS;

/** A host's age beyond which it is silent, and its values are stale. */
export const silentAfterMs = (intervalMs: number): number => 2 * intervalMs + GRACE_MS;

/** Stamps further ahead of their arrival than this are a clock fault. */
const CLOCK_AHEAD_MS = 30_000;
/** So are the newest stamps of a host that are older than this when they arrive: agents send the newest tick first. */
const CLOCK_BEHIND_MS = 5 * 60_000;

export type ClockFault = 'ahead' | 'behind';

/** What is wrong with the clock of a host whose newest tick was stamped and received then. */
export function clockFault(
  newest: { readonly timeMs: number; readonly receivedMs: number },
  intervalMs: number,
): ClockFault | undefined {
  const behindMs = newest.receivedMs - newest.timeMs;
  if (behindMs < -CLOCK_AHEAD_MS) return 'ahead';
  return behindMs > CLOCK_BEHIND_MS + silentAfterMs(intervalMs) ? 'behind' : undefined;
}

export const HOST_STATES = [
  'reporting',
  'late',
  'silent',
  'unknown',
  'refused',
  'never',
  'conflict',
] as const;
export type HostState = (typeof HOST_STATES)[number];

/** States in which a host's last values are stale: a lost host must not look idle. */
export const isLost = (state: HostState): boolean =>
  state === 'silent' || state === 'unknown' || state === 'refused' || state === 'never';

const STATE_RANKS: Readonly<Record<HostState, number>> = {
  silent: 6,
  refused: 5,
  conflict: 4,
  unknown: 3,
  late: 2,
  reporting: 1,
  never: 0,
};

/** Sort rank: greater is worse. */
export const stateRank = (state: HostState): number => STATE_RANKS[state];

/** How often report writes one to every partition. */
export const HEARTBEAT_MS = 10_000;
/** Without a heartbeat for this long the pipeline is stalled. */
export const PIPELINE_STALE_MS = 30_000;

/** Reasons of report's limits on hosts and series end with the setting. */
const isOverLimit = (reason: string): boolean => /\(report\.max_\w+\)$/.test(reason);

export type HostSigns = {
  /** Absent: never seen. By report's clock. */
  readonly lastReceivedMs?: number;
  readonly intervalMs?: number;
  readonly machines?: readonly { readonly machineId: string; readonly lastReceivedMs: number }[];
  readonly refusal?: { readonly receivedMs: number; readonly reason: string };
};

/**
 * `streamMs` is the oldest watermark: how far the stream was consumed, by report's clock. Undefined when it is
 * unknown (analyze is down).
 */
export function hostState(
  signs: HostSigns,
  now: { readonly nowMs: number; readonly streamMs: number | undefined },
): HostState {
  const { lastReceivedMs, intervalMs = USUAL_INTERVAL_MS, machines = [], refusal } = signs;
  const ageOf = (receivedMs: number) => ageByEither(receivedMs, now);
  const stale = now.streamMs === undefined || now.nowMs - now.streamMs > PIPELINE_STALE_MS;
  // Of a tick that is partly over a limit the rest was taken at the same time.
  const sinceMs = (lastReceivedMs ?? 0) + (refusal && isOverLimit(refusal.reason) ? 0 : 1);
  const refusedSince = refusal && refusal.receivedMs >= sinceMs;
  const refusedAge = refusedSince ? ageOf(refusal.receivedMs) : Number.POSITIVE_INFINITY;
  if (refusedAge >= -CLOCK_AHEAD_MS && refusedAge <= silentAfterMs(intervalMs)) return 'refused';
  if (lastReceivedMs === undefined) return stale ? 'unknown' : 'never';
  if (inConflict(machines, ageOf)) return 'conflict';
  const age = ageOf(lastReceivedMs);
  // Before report's clock was set back; it has not reported since.
  if (age < -CLOCK_AHEAD_MS) return 'unknown';
  if (age <= lateAfterMs(intervalMs)) return 'reporting';
  if (stale) return 'unknown';
  return age <= silentAfterMs(intervalMs) ? 'late' : 'silent';
}

/** By the reader's clock, and where that is behind what report stamped, by the stream's. */
function ageByEither(
  receivedMs: number,
  { nowMs, streamMs }: { readonly nowMs: number; readonly streamMs: number | undefined },
): number {
  const isAhead = receivedMs > nowMs + CLOCK_AHEAD_MS;
  return (isAhead ? (streamMs ?? nowMs) : nowMs) - receivedMs;
}

/** Two machines were both seen within the last hour. Empty ids say nothing. */
function inConflict(
  machines: readonly { readonly machineId: string; readonly lastReceivedMs: number }[],
  ageOf: (receivedMs: number) => number,
): boolean {
  if (machines.length < 2) return false;
  const recent = machines.filter(({ lastReceivedMs }) => ageOf(lastReceivedMs) < CONFLICT_CLEARS_MS);
  return distinctMachines(recent.map((machine) => machine.machineId)).length > 1;
}
