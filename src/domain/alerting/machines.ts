// Two machines under one host id: detected by machine ids that alternate.
import { CONFLICT_CLEARS_MS, distinctMachines, machineIdOf } from '../machine-copies.ts';

/** Of one source: machines that reported under its host id within the last hour. Times are the stream's. */
export type Machines = {
  current: string;
  /** Others by when they were heard last; absent nearly always. */
  others: Map<string, number> | undefined;
  /** A replaced machine came back: not a reinstalled host, but two machines that alternate. */
  inTurn: boolean;
};

/** Limit, so that a fleet behind one id cannot fill the memory. */
const MAX_OTHERS = 8;
const MANY = 3;
/** Of an alert that was open before this process began. */
const UNKNOWN = '';

export const newMachines = (): Machines => ({ current: '', others: undefined, inTurn: false });

/**
 * Notes a tick of this machine; `lastReceivedMs` is when the tick before it came. Returns whether it is to be judged again:
 * machines took turns, or did so until now.
 */
export function noteMachine(
  machines: Machines,
  tick: { readonly machineId: string; readonly receivedMs: number; readonly lastReceivedMs: number },
): boolean {
  const { machineId, receivedMs, lastReceivedMs } = tick;
  if (machineId === '') return false;
  const wasInTurn = machines.inTurn;
  if (machines.others !== undefined) forgetOld(machines, receivedMs);
  if (machineId !== machines.current) {
    const before = machines.current;
    if (before === '') machines.current = machineId;
    else if (isSameMachine(before, machineId)) follow(machines, machineId);
    else replace(machines, { before, machineId, lastReceivedMs });
  }
  return wasInTurn || machines.inTurn;
}

/** By its id alone and with its boot: no other one. */
function isSameMachine(one: string, other: string): boolean {
  const [oneId, otherId] = [machineIdOf(one), machineIdOf(other)];
  return oneId === otherId && (one === oneId || other === otherId);
}

/**
 * Copies are distinguished from now on; a tick that does not show which copy sent it counts for none until only one is
 * left.
 */
function follow(machines: Machines, machineId: string): void {
  if (machineId !== machineIdOf(machineId) || machines.others === undefined) machines.current = machineId;
}

function replace(
  machines: Machines,
  { before, machineId, lastReceivedMs }: { before: string; machineId: string; lastReceivedMs: number },
): void {
  const others = (machines.others ??= new Map());
  const isBack = others.delete(machineId);
  // They were told apart because both run.
  const areCopies = machineIdOf(before) === machineIdOf(machineId);
  machines.current = machineId;
  others.set(before, lastReceivedMs);
  // Many need long for a turn, and nobody replaces a machine as often.
  machines.inTurn ||= isBack || areCopies || others.size >= MANY;
  // The oldest: the one that changed places longest ago.
  if (others.size > MAX_OTHERS) others.delete(others.keys().next().value!);
}

function forgetOld(machines: Machines, nowMs: number): void {
  for (const [id, lastMs] of machines.others!) {
    if (nowMs - lastMs >= CONFLICT_CLEARS_MS) machines.others!.delete(id);
  }
  if (machines.others!.size > 0) return;
  machines.others = undefined;
  machines.inTurn = false;
}

/** They took turns before this process began: as far as it knows until now. */
export function keepInTurn(machines: Machines, nowMs: number): void {
  machines.inTurn = true;
  machines.others = new Map([[UNKNOWN, nowMs]]);
}

/** Both, as a label of the alert; empty where only one is known. */
export function machinesText({ current, others }: Machines): string {
  const known = distinctMachines([current, ...(others?.keys() ?? [])]);
  return known.length < 2 ? '' : known.slice(0, 2).sort().join(' and ').slice(0, 128);
}
