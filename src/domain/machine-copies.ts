// Running clones of one machine, which share its machine id: distinguished by boot ids that are active at the same
// time.

/** A conflict clears when one machine alone was seen for this long. */
export const CONFLICT_CLEARS_MS = 3_600_000;

/** A boot by the newest of its ticks. `at` counts the machine's ticks in the order in which they came. */
type Boot = {
  readonly bootId: string;
  timeMs: number;
  receivedMs: number;
  at: number;
  /** Its last tick that came as soon as it was taken. */
  aliveAt: number;
  /** When it was last found to be alive beside another one. */
  besideMs: number;
};

/** The state of the machine that reports as a host. */
export type Boots = {
  machineId: string;
  ticks: number;
  /** The one that was heard last. */
  current: Boot;
  /** Absent until there is a second one. */
  others: Boot[] | undefined;
  /** How often one of them was alive before and after another one was, and when last. */
  turns: number;
  turnMs: number;
};

const newBoot = (bootId: string): Boot => ({
  ...{ bootId, timeMs: Number.NEGATIVE_INFINITY, receivedMs: 0, at: 0 },
  ...{ aliveAt: 0, besideMs: Number.NEGATIVE_INFINITY },
});

export const newBoots = (): Boots => ({
  ...{ machineId: '', ticks: 0, current: newBoot(''), others: undefined, turns: 0, turnMs: 0 },
});

/** What an agent had kept may by chance come at the pace of a clock, once; copies take turns as long as both run. */
const TURNS = 3;
/** Of more boots within an hour the later ones are not told apart: of a fleet of copies the first are found all the same. */
const MAX_OTHERS = 32;
/** Of a boot id, which is random: enough to tell machines apart. */
const SHOWN = 8;
/** By how much the way of one tick may be longer than that of another one: less than a reboot takes. */
const WAY_MS = 5_000;
/** So long after its newest tick a boot's clock was set back, and what is older is no longer what its agent had kept. */
const SET_BACK_AFTER_MS = 10 * 60_000;

export type BootTick = {
  readonly machineId: string;
  readonly bootId: string;
  readonly timeMs: number;
  readonly receivedMs: number;
};

/**
 * Whether it is the newest tick of a boot again (a duplicate or replay), which is no sign of life. Called before it is
 * recorded.
 */
export function isRepeated(boots: Boots, tick: Omit<BootTick, 'receivedMs'>): boolean {
  if (tick.bootId === '' || tick.machineId !== boots.machineId) return false;
  const { current, others } = boots;
  const boot =
    current.bootId === tick.bootId ? current : others?.find(({ bootId }) => bootId === tick.bootId);
  return boot?.timeMs === tick.timeMs;
}

/** Notes a live tick and says whose it is: the machine's id, with the boot's where it is one of copies, and alive now. */
export function machineOf(boots: Boots, tick: BootTick): string {
  const { machineId, bootId, receivedMs } = tick;
  if (machineId === '' || bootId === '') return machineId;
  if (machineId !== boots.machineId) Object.assign(boots, newBoots(), { machineId });
  boots.ticks++;
  if (boots.others !== undefined) forgetOld(boots, receivedMs);
  const boot = bootOf(boots, bootId);
  if (boot === undefined) return machineId;
  const isAlive = isOnTime(boot, tick);
  if (isAlive) {
    boot.aliveAt = boots.ticks;
    if (boots.others !== undefined) noteBeside(boots, boots.others, receivedMs);
  }
  if (tick.timeMs > boot.timeMs || receivedMs - boot.receivedMs > SET_BACK_AFTER_MS) {
    boot.timeMs = tick.timeMs;
    boot.receivedMs = receivedMs;
    boot.at = boots.ticks;
  }
  const isCopy = isAlive && boots.turns >= TURNS && isWithin(boot.besideMs, receivedMs);
  return isCopy ? `${machineId}${BOOT}${bootId.slice(0, SHOWN)})` : machineId;
}

/**
 * As much later taken as received than the newest before: it was sent when it was taken, whatever its clock says. What was kept
 * over a reboot comes later than that, and then all at once; a clock that is set is off by that once.
 */
function isOnTime(before: Boot, { timeMs, receivedMs }: BootTick): boolean {
  const passedMs = timeMs - before.timeMs;
  const offMs = Math.abs(receivedMs - before.receivedMs - passedMs);
  return passedMs > 0 && offMs <= Math.min(passedMs / 4, WAY_MS);
}

/** The current one was alive at its tick before and is now: another one that was in between is no boot before or after it. */
function noteBeside(boots: Boots, others: readonly Boot[], receivedMs: number): void {
  const { current } = boots;
  let isBeside = false;
  for (const other of others) {
    if (other.aliveAt <= current.at) continue;
    other.besideMs = receivedMs;
    isBeside = true;
  }
  if (!isBeside) return;
  current.besideMs = receivedMs;
  boots.turns++;
  boots.turnMs = receivedMs;
}

/** Makes it the current one. Undefined where there are too many. */
function bootOf(boots: Boots, bootId: string): Boot | undefined {
  const { current } = boots;
  if (current.bootId === bootId) return current;
  if (current.bootId === '') {
    boots.current = newBoot(bootId);
    return boots.current;
  }
  const others = boots.others ?? [];
  const at = others.findIndex((boot) => boot.bootId === bootId);
  const known = others[at];
  if (known === undefined && others.length >= MAX_OTHERS) return undefined;
  others[known === undefined ? others.length : at] = current;
  boots.others = others;
  boots.current = known ?? newBoot(bootId);
  return boots.current;
}

/** By report's clock, which may have been set back meanwhile. */
const isWithin = (ms: number, nowMs: number): boolean => Math.abs(nowMs - ms) < CONFLICT_CLEARS_MS;

function forgetOld(boots: Boots, nowMs: number): void {
  if (!isWithin(boots.turnMs, nowMs)) boots.turns = 0;
  const isFresh = (boot: Boot): boolean => isWithin(boot.receivedMs, nowMs);
  if (boots.others!.every(isFresh)) return;
  const others = boots.others!.filter(isFresh);
  boots.others = others.length > 0 ? others : undefined;
}

/** What ends a conflict. */
export const SEPARATE_MACHINES = 'give each its own host id, and copies their own machine id';

const BOOT = ' (boot ';

/** The machine's own id. */
export const machineIdOf = (machine: string): string => {
  const cut = machine.indexOf(BOOT);
  return cut === -1 ? machine : machine.slice(0, cut);
};

/** Each machine once: by its id alone, which it had until its copies were told apart, only where no copy of it is there. */
export function distinctMachines(machines: Iterable<string>): readonly string[] {
  const all = [...new Set(machines)].filter((machine) => machine !== '');
  const copied = new Set(all.filter((machine) => machine.includes(BOOT)).map(machineIdOf));
  return copied.size === 0 ? all : all.filter((machine) => !copied.has(machine));
}
