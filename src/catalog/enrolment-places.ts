// Machines that may replace a host: the waiting one, and the one that an operator allowed.
import { isMachine, isWholeMachineId } from '../domain/enrolment.ts';
import type { TokenText } from '../runtime/token.ts';

/** A machine waiting to replace the enrolled one. */
export type WaitingMachine = {
  readonly machineId: string;
  /** The credential that it asks for: says which of two clones it is. */
  readonly tokenId: string;
  /** Of that credential, in hexadecimal: whoever may list machines knows both ids, and the machine alone what this is of. */
  readonly hash: string;
  readonly address?: string | undefined;
  readonly askedMs: number;
};

/** An operator allowed another machine: the waiting one, the one with this id, or the first to come. */
export type Permission = Partial<Pick<WaitingMachine, 'machineId' | 'tokenId' | 'hash'>> & {
  readonly untilMs: number;
};

export type CurrentMachine = {
  readonly machineId: string;
  readonly tokenId: string;
  /** Of the credential before, until it ends. */
  readonly previousId?: string | undefined;
  readonly enrolledMs: number;
  readonly renewedMs: number;
  readonly endsMs: number;
};

export type Enrolment = {
  readonly hostId: string;
  /** Absent: none is enrolled yet, one waits. */
  readonly current?: CurrentMachine;
  readonly waiting?: WaitingMachine;
  readonly allowed?: Permission;
};

/** `unnamed`: a machine waits but was not confirmed. `other`: the named one is neither waiting nor a whole id. */
export type Allowed = {
  /** The one that was let in, where it waits already. */
  readonly asks?: WaitingMachine;
  readonly outcome: 'allowed' | 'unnamed' | 'other';
  readonly enrolment: Enrolment;
};

export type Asking = { readonly machineId: string; readonly credential: TokenText };

/** How long after its last request a machine counts as waiting, so that an operator allows the one that was shown. */
const WAITS_MS = 10 * 60_000;

export const stillWaiting = ({ waiting }: Enrolment, nowMs: number): WaitingMachine | undefined =>
  waiting && Math.abs(nowMs - waiting.askedMs) < WAITS_MS ? waiting : undefined;

const shownBy = ({ machineId, credential: { id, hash } }: Asking) => ({
  ...{ machineId, tokenId: id, hash: hash.toString('hex') },
});

export const waitingOf = (
  asking: Asking,
  { address, askedMs }: Pick<WaitingMachine, 'address' | 'askedMs'>,
): WaitingMachine => ({ ...shownBy(asking), address, askedMs });

const isShown = (named: Partial<WaitingMachine>, asking: Asking): boolean => {
  const { machineId, tokenId, hash } = shownBy(asking);
  return (
    (named.machineId ?? machineId) === machineId &&
    (named.tokenId ?? tokenId) === tokenId &&
    // What waits was stored with a hash; without one it is of a version that did not ask for it, and no proof.
    (named.tokenId === undefined || named.hash === hash)
  );
};

/** Whether it is the one that waits, and not another one that calls itself so. */
export const isSame = (waiting: WaitingMachine, asking: Asking): boolean => isShown(waiting, asking);

/** Whether the machine may replace the host: a place reserved for one machine is closed to others. */
export const mayTake = (
  { current, allowed }: Enrolment,
  { asking, isTaken, nowMs }: { readonly asking: Asking; readonly isTaken: boolean; readonly nowMs: number },
): boolean => (isInForce(allowed, nowMs) ? isShown(allowed, asking) : current === undefined && !isTaken);

const isInForce = (allowed: Permission | undefined, nowMs: number): allowed is Permission =>
  allowed !== undefined && nowMs < allowed.untilMs;

/** Whether the place is reserved for a named machine that has not enrolled yet. */
export const isKept = ({ allowed }: Enrolment, nowMs: number): boolean =>
  isInForce(allowed, nowMs) && allowed.machineId !== undefined;

/** Without a machine that waits no longer. */
export function withoutGone(enrolment: Enrolment, nowMs: number): Enrolment {
  const { waiting: _, ...rest } = enrolment;
  const waiting = stillWaiting(enrolment, nowMs);
  return { ...rest, ...(waiting && { waiting }) };
}

/** Gives the place to the machine that waits, where `machine` names it, else to the one of that whole id, or to the next. */
export function letIn(
  enrolment: Enrolment,
  whom: { readonly machine: string | undefined; readonly untilMs: number; readonly nowMs: number },
): Allowed {
  const { machine, untilMs } = whom;
  const known = withoutGone(enrolment, whom.nowMs);
  const { waiting } = known;
  if (waiting && machine === undefined) return { outcome: 'unnamed', enrolment: known };
  if (waiting && isMachine(waiting, machine!)) {
    const { machineId, tokenId, hash } = waiting;
    const allowed = { machineId, tokenId, hash, untilMs };
    return { outcome: 'allowed', enrolment: { ...known, allowed }, asks: waiting };
  }
  if (machine === undefined) return { outcome: 'allowed', enrolment: { ...known, allowed: { untilMs } } };
  if (!isWholeMachineId(machine)) return { outcome: 'other', enrolment: known };
  return { outcome: 'allowed', enrolment: { ...known, allowed: { untilMs, machineId: machine } } };
}
