// Decides whether and when a message is due, from what was sent last and the current state: the table of docs/alerts.md
// as code.
import { createHash } from 'node:crypto';
import type { Severity } from '../../../domain/expression/syntax.ts';
import type { Reason } from '../../../receivers/message.ts';
import type { Pace } from '../../../receivers/receiver.ts';

export type Situation = {
  /** Alerts that were told as firing and not as over, with the severity told. */
  readonly told: ReadonlyMap<string, Severity>;
  /** Alerts that fire and are to be told: no silenced ones. */
  readonly firing: ReadonlyMap<string, Severity>;
  /** Told ones that are over, which the receiver does not know yet and wants to. */
  readonly over: ReadonlyMap<string, 'resolved' | 'ended'>;
  readonly repeatDue: boolean;
  /** Of `firing` those that another one of them tells: listed beside it, no news by themselves. */
  readonly inside: ReadonlySet<string>;
  /** Alerts that were silenced are so no longer. */
  readonly recap: boolean;
};

/** Why a message is due; undefined where none is. */
export function tellNow({ told, firing, over, inside, repeatDue, recap }: Situation): Reason | undefined {
  if (recap && (firing.size > 0 || over.size > 0)) return 'recap';
  const fresh = [...firing].some(([id, severity]) => told.get(id) !== severity && !inside.has(id));
  if (fresh) return told.size === 0 && over.size === 0 ? 'first' : 'new';
  if (over.size > 0) {
    if ([...over.values()].every((kind) => kind === 'ended')) return 'ended';
    const left = firing.size > 0 || [...told.keys()].some((id) => !over.has(id));
    return left ? 'some_resolved' : 'all_resolved';
  }
  return repeatDue && firing.size > 0 ? 'repeat' : undefined;
}

export const GATHER_MS = 30_000;
export const INTERVAL_MS = 300_000;
const REPEAT_MS = 4 * 3_600_000;
const REPEAT_SPREAD_MS = 600_000;
/** Around full and half hours, where a kind asks to keep off them. */
const ROUND_MS = 1_800_000;
const OFF_ROUND_MS = 120_000;

/** Monotonic milliseconds: the last message, and the end of the time in which what follows a quiet group's first is gathered. */
export type LastMessage = { readonly lastMs: number | undefined; readonly gatherUntilMs: number | undefined };

/** When the next message about something new may be sent. */
export function nextSlotMs({ lastMs, gatherUntilMs }: LastMessage, nowMs: number, pace: Pace): number {
  if (lastMs === undefined) return nowMs;
  if (gatherUntilMs !== undefined && nowMs <= gatherUntilMs) return gatherUntilMs;
  return lastMs + Math.min(INTERVAL_MS, pace.resendEveryMs ?? INTERVAL_MS);
}

/** The repeat interval, with jitter by key so that groups do not all repeat at once. */
export function repeatAfterMs(key: string, pace: Pace, lastWallMs: number): number {
  if (pace.resendEveryMs !== undefined) return pace.resendEveryMs;
  const hash = createHash('sha256').update(key).digest().readUInt32BE(0);
  const afterMs = REPEAT_MS + (hash % REPEAT_SPREAD_MS);
  if (!pace.avoidsRoundTimes) return afterMs;
  const past = (lastWallMs + afterMs + OFF_ROUND_MS / 2) % ROUND_MS;
  return past < OFF_ROUND_MS ? afterMs + OFF_ROUND_MS - past : afterMs;
}
