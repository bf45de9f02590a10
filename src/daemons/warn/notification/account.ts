// The notification state of one recipient for one group: what was sent, what is undelivered, and when; and how it is
// stored.
import { createHash } from 'node:crypto';
import type { AlertState, Change } from '../../../domain/alerting/alert.ts';
import { MAX_RETRY_AFTER_MS } from '../../../receivers/http-answer.ts';
import type { EndReason, FiredAndOver } from '../../../receivers/message.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { toldSubject } from './alert-message.ts';
import { GATHER_MS, INTERVAL_MS } from './decision.ts';

/** An ended alert that was, or may have been, sent to the recipient as firing. */
export type Over = {
  readonly alert: AlertState;
  readonly kind: 'resolved' | 'ended';
  readonly atMs: number;
  readonly reason?: EndReason;
};

export type Passed = FiredAndOver & { readonly silenced?: boolean };

/** A message in flight, or one whose delivery is not confirmed. */
export type Owed = {
  readonly id: string;
  readonly tries: number;
  /** Monotonic. */
  readonly sinceMs: number;
  readonly nextMs: number;
  /** It may have been delivered: bytes were sent, but no answer came. */
  readonly mayHaveArrived: boolean;
  /** Alerts that were in it as firing. */
  readonly alerts: readonly string[];
  /** What the receiver said. */
  readonly why: string;
};

/** The receiver did not accept the last attempt. */
export const isBehind = (owed: Owed | undefined): owed is Owed => owed !== undefined && owed.tries > 0;

export type Account = {
  readonly key: string;
  readonly group: string;
  readonly receiver: string;
  /** Empty but for e-mail, whose recipients each have an account. */
  readonly recipient: string;
  /** Alerts sent as firing, as they were then. Ended ones stay until their end is sent, too. */
  readonly told: Map<string, AlertState>;
  readonly over: Map<string, Over>;
  /** Fired and ended between two messages; silenced ones are for the recap. */
  passed: Passed[];
  readonly cameBack: Map<string, number>;
  /** Silenced ones, which a recap will name, and until when (wall time): one that is over stays until then. */
  readonly silenced: Map<string, number>;
  /** Sent alerts whose rule does not notify of the end; recorded because the rule may be deleted by then. */
  readonly endless: Set<string>;
  /** Wall time at which the group began to fire. */
  sinceMs: number | undefined;
  /** Monotonic, as the next two. */
  lastMs: number | undefined;
  gatherUntilMs: number | undefined;
  /** Monotonic: when what is new now is sent; undefined while nothing is. */
  slotMs: number | undefined;
  owed: Owed | undefined;
  repeat: number;
  refused: { readonly id: string; readonly why: string } | undefined;
  inFlight: boolean;
};

/** How long the time of the last message matters. */
const KEEP_MS = INTERVAL_MS + GATHER_MS;
const MAX_PASSED = 100;

export const accountKey = (group: string, receiver: string, recipient: string): string =>
  createHash('sha256')
    .update(JSON.stringify([group, receiver, recipient]))
    .digest('hex');

export const createAccount = (group: string, receiver: string, recipient: string): Account => ({
  key: accountKey(group, receiver, recipient),
  group,
  receiver,
  recipient,
  told: new Map(),
  over: new Map(),
  passed: [],
  cameBack: new Map(),
  silenced: new Map(),
  endless: new Set(),
  sinceMs: undefined,
  lastMs: undefined,
  gatherUntilMs: undefined,
  slotMs: undefined,
  owed: undefined,
  repeat: 0,
  refused: undefined,
  inFlight: false,
});

/** Alerts that were, or may have been, sent as firing, and still fire. */
export function knownAlerts(account: Account, firing: ReadonlyMap<string, AlertState>): AlertState[] {
  const { owed } = account;
  const maybe = owed?.mayHaveArrived ? owed.alerts.filter((id) => !account.told.has(id)) : [];
  return [
    ...[...account.told].map(([id, told]) => firing.get(id) ?? told),
    ...maybe.flatMap((id) => firing.get(id) ?? []),
  ].filter(({ id }) => !account.over.has(id));
}

/** A sent alert fires again before its end was sent. Returns whether that changed anything. */
export function noteFiring(account: Account, { id }: AlertState): boolean {
  // Over for this recipient alone.
  if (account.over.get(id)?.reason === 'receiver changed') return false;
  if (!account.over.delete(id)) return false;
  account.cameBack.set(id, (account.cameBack.get(id) ?? 0) + 1);
  return true;
}

/** An alert ended. If it was never sent or attempted, it is only mentioned. */
export function noteOver(
  account: Account,
  { alert, atMs, kind, reason }: Pick<Change, 'alert' | 'atMs' | 'kind'> & { readonly reason?: EndReason },
  { wasForIt, silenced }: { readonly wasForIt: boolean; readonly silenced: boolean },
): boolean {
  if (account.told.has(alert.id) || account.owed?.alerts.includes(alert.id)) {
    account.over.set(alert.id, {
      alert,
      kind: kind === 'ended' ? 'ended' : 'resolved',
      atMs,
      ...(reason !== undefined && { reason }),
    });
    return true;
  }
  if (!wasForIt) return false;
  const passed = { ...passedOf(alert, atMs), ...(silenced && { silenced }) };
  account.passed = [...account.passed, passed].slice(-MAX_PASSED);
  return true;
}

export const passedOf = (alert: AlertState, toMs: number): FiredAndOver => ({
  rule: alert.rule,
  subject: toldSubject(alert.subject),
  fromMs: alert.firedMs ?? alert.sinceMs,
  toMs,
});

/** What a message said, as far as the account is concerned. */
export type Said = {
  readonly id: string;
  readonly firing: readonly AlertState[];
  readonly over: readonly Over[];
  readonly passed: readonly Passed[];
};

/** The message arrived. */
export function noteTold(account: Account, said: Said, isRepeat: boolean): void {
  for (const alert of said.firing) {
    account.told.set(alert.id, alert);
    account.cameBack.delete(alert.id);
    account.silenced.delete(alert.id);
  }
  for (const over of said.over) {
    const { id } = over.alert;
    account.told.delete(id);
    account.endless.delete(id);
    // If it fired again while the message was in flight, it is sent again.
    if (account.over.get(id) === over) account.over.delete(id);
    account.cameBack.delete(id);
    account.silenced.delete(id);
  }
  account.passed = account.passed.filter((one) => !said.passed.includes(one));
  // Counted on until all is over: the key of a repeat must be that of no earlier one.
  if (isRepeat) account.repeat++;
  account.owed = undefined;
  account.refused = undefined;
  settleAccount(account);
}

/** Nothing is open any more: the next alert starts over. */
export function settleAccount(account: Account): void {
  if (account.told.size > 0 || account.over.size > 0 || account.silenced.size > 0) return;
  account.sinceMs = undefined;
  account.repeat = 0;
  account.passed = [];
  account.cameBack.clear();
}

/** The receiver is gone. */
export function clearAccount(account: Account): void {
  account.told.clear();
  account.over.clear();
  account.silenced.clear();
  account.endless.clear();
  account.owed = undefined;
  account.lastMs = undefined;
  settleAccount(account);
}

/** As it is stored: times by the wall clock, which the next process shares. */
export type AccountRecord = {
  readonly group: string;
  readonly receiver: string;
  readonly recipient: string;
  readonly told: readonly AlertState[];
  readonly over: readonly Over[];
  readonly passed: readonly Passed[];
  readonly cameBack: readonly (readonly [string, number])[];
  readonly silenced: readonly (readonly [string, number])[];
  /** Absent in records of older versions, and where there are none. */
  readonly endless?: readonly string[];
  readonly repeat: number;
  readonly sinceMs?: number;
  readonly lastMs?: number;
  readonly gatherUntilMs?: number;
  readonly owed?: Owed;
  readonly refused?: { readonly id: string; readonly why: string };
};

/** Nothing worth storing: nothing is open, and the last message is long ago. */
export const isIdle = (account: Account, nowMs: number): boolean =>
  account.told.size === 0 &&
  account.over.size === 0 &&
  account.silenced.size === 0 &&
  account.passed.length === 0 &&
  account.owed === undefined &&
  !account.inFlight &&
  (account.lastMs === undefined || nowMs - account.lastMs > KEEP_MS);

export function recordOf(account: Account, clock: Clock): AccountRecord {
  const toWall = clock.nowMs() - clock.monotonicMs();
  const { group, receiver, recipient, passed, repeat, sinceMs, lastMs, gatherUntilMs, owed, refused } =
    account;
  return {
    group,
    receiver,
    recipient,
    told: [...account.told.values()],
    over: [...account.over.values()],
    passed,
    cameBack: [...account.cameBack],
    silenced: [...account.silenced],
    ...(account.endless.size > 0 && { endless: [...account.endless] }),
    repeat,
    ...(sinceMs !== undefined && { sinceMs }),
    ...(lastMs !== undefined && { lastMs: lastMs + toWall }),
    ...(gatherUntilMs !== undefined && { gatherUntilMs: gatherUntilMs + toWall }),
    ...(owed !== undefined && {
      owed: { ...owed, sinceMs: owed.sinceMs + toWall, nextMs: owed.nextMs + toWall },
    }),
    ...(refused !== undefined && { refused }),
  };
}

export function accountOf(record: AccountRecord, clock: Clock): Account {
  const nowMs = clock.monotonicMs();
  const toWall = clock.nowMs() - nowMs;
  const account = createAccount(record.group, record.receiver, record.recipient);
  for (const alert of record.told) account.told.set(alert.id, alert);
  for (const over of record.over) account.over.set(over.alert.id, over);
  for (const [id, count] of record.cameBack) account.cameBack.set(id, count);
  for (const [id, untilMs] of record.silenced) account.silenced.set(id, untilMs);
  for (const id of record.endless ?? []) account.endless.add(id);
  const { owed } = record;
  return Object.assign(account, {
    passed: [...record.passed],
    repeat: record.repeat,
    sinceMs: record.sinceMs,
    // A clock that was set back meanwhile must not hold messages for as long.
    lastMs: record.lastMs === undefined ? undefined : Math.min(nowMs, record.lastMs - toWall),
    gatherUntilMs: record.gatherUntilMs === undefined ? undefined : record.gatherUntilMs - toWall,
    owed: owed && {
      ...owed,
      sinceMs: Math.min(nowMs, owed.sinceMs - toWall),
      nextMs: Math.min(nowMs + MAX_RETRY_AFTER_MS, owed.nextMs - toWall),
    },
    refused: record.refused,
  });
}
