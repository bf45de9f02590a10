// Who may take the place of a host: the machine that waits for it, and the one that somebody let in.
import type { TokenText } from '../runtime/token.ts';

/** A machine that asks to be a host, and is not the one that is enrolled. */
export type WaitingMachine = {
  readonly machineId: string;
  /** The credential that it asks for: says which of two clones it is. */
  readonly tokenId: string;
  /** Of that credential, in hexadecimal: whoever may list machines knows both ids, and the machine alone what this is of. */
  readonly hash: string;
  readonly address?: string | undefined;
  readonly askedMs: number;
};

/** Somebody allowed another machine: the one that waited, the one of this id, or whichever comes first. */
export type Permission = Partial<Pick<WaitingMachine, 'machineId' | 'tokenId' | 'hash'>> & {
  readonly untilMs: number;
};

export type Asking = { readonly machineId: string; readonly credential: TokenText };

/** A machine that waits keeps its place so long after it asked last: what somebody allows is what was seen. */
const WAITS_MS = 10 * 60_000;

export const stillWaiting = (
  { waiting }: { readonly waiting?: WaitingMachine },
  nowMs: number,
): WaitingMachine | undefined =>
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

/** Whether it gets the place of a host: one that somebody gave away is free for nobody else. */
export const mayTake = (
  { current, allowed }: { readonly current?: unknown; readonly allowed?: Permission },
  { asking, isTaken, nowMs }: { readonly asking: Asking; readonly isTaken: boolean; readonly nowMs: number },
): boolean => (isInForce(allowed, nowMs) ? isShown(allowed, asking) : current === undefined && !isTaken);

const isInForce = (allowed: Permission | undefined, nowMs: number): allowed is Permission =>
  allowed !== undefined && nowMs < allowed.untilMs;

/** Whether somebody named the machine that gets the place, and it did not come yet. */
export const isKept = ({ allowed }: { readonly allowed?: Permission }, nowMs: number): boolean =>
  isInForce(allowed, nowMs) && allowed.machineId !== undefined;

export const permissionFor = ({ machineId, tokenId, hash }: WaitingMachine, untilMs: number): Permission => ({
  machineId,
  tokenId,
  hash,
  untilMs,
});
