// Rate-limit state of receivers (requests sent, Retry-After) in the catalog: a chat service that bars
// senders does so across their restarts.
import { createHash } from 'node:crypto';
import { MAX_RETRY_AFTER_MS } from '../../../receivers/http-answer.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { OpenReceiver } from './open-receivers.ts';

/** Times by the wall clock, which the next process shares. */
export type PaceRecord = {
  readonly pace: string;
  /** Of the setup that it is about: another one starts over. */
  readonly updatedMs: number;
  readonly sentMs: readonly number[];
  readonly waitUntilMs?: number;
  readonly merge?: true;
  readonly off?: string;
};

/** An account's is made of three parts. */
export const paceKey = (receiver: string): string =>
  createHash('sha256')
    .update(JSON.stringify(['pace', receiver]))
    .digest('hex');

export const isPaceRecord = (record: unknown): record is PaceRecord =>
  typeof record === 'object' && record !== null && 'pace' in record;

/** Undefined where there is nothing to keep. */
export function paceRecordOf(open: OpenReceiver, clock: Clock): PaceRecord | undefined {
  const nowMs = clock.monotonicMs();
  const toWall = clock.nowMs() - nowMs;
  const sentMs = open.limiter.sent(nowMs).map((ms) => ms + toWall);
  const isWaiting = open.waitUntilMs > nowMs;
  if (sentMs.length === 0 && !isWaiting && open.off === undefined) return undefined;
  return {
    pace: open.setup.name,
    updatedMs: open.setup.updatedMs,
    sentMs,
    ...(isWaiting && { waitUntilMs: open.waitUntilMs + toWall }),
    ...(open.merge && { merge: true }),
    ...(open.off !== undefined && { off: open.off }),
  };
}

/** Takes over what another process, or a former one, knew of a receiver. */
export function restorePace(open: OpenReceiver, record: PaceRecord, clock: Clock): void {
  if (record.updatedMs !== open.setup.updatedMs) return;
  const nowMs = clock.monotonicMs();
  const toWall = clock.nowMs() - nowMs;
  const lastMs = open.limiter.sent(nowMs).at(-1) ?? Number.NEGATIVE_INFINITY;
  // A clock that was set back meanwhile must not hold messages for as long.
  const sentMs = record.sentMs.map((ms) => Math.min(nowMs, ms - toWall));
  for (const ms of sentMs) if (ms > lastMs) open.limiter.take(ms, 1);
  if (record.waitUntilMs !== undefined) {
    open.waitUntilMs = Math.min(nowMs + MAX_RETRY_AFTER_MS, record.waitUntilMs - toWall);
    open.merge = record.merge === true;
  }
  open.off ??= record.off;
}
