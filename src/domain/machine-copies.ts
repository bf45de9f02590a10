// Running copies of one machine, alike to the machine id: told apart by their boot ids, whose ticks go on side by side.

/** A conflict clears when one machine alone was seen for this long. */
export const CONFLICT_CLEARS_MS = 3_600_000;

/** A boot by the times of its ticks. A reboot's are all after those of the boot before, also where an agent sends what it had kept. */
type Boot = { readonly bootId: string; firstMs: number; lastMs: number };

/** What is remembered of the machine that reports as a host. */
export type Boots = {
  machineId: string;
  /** The one that went on last. */
  current: Boot;
  /** Absent until there is a second one. */
  others: Boot[] | undefined;
  /** How often one of them went on after another one had begun, and when last. */
  turns: number;
  turnMs: number;
};

export const newBoots = (): Boots => ({
  ...{ machineId: '', others: undefined, turns: 0, turnMs: 0 },
  current: { bootId: '', firstMs: 0, lastMs: 0 },
});

/** A clock that was wrong at boot makes a reboot look like two turns; copies take turns as long as both run. */
const TURNS = 3;
const MAX_OTHERS = 32;
/** Of a boot id, which is random: enough to tell machines apart. */
const SHOWN = 8;

export type BootTick = { readonly machineId: string; readonly bootId: string; readonly timeMs: number };

/** The newest tick of the machine once more, sent twice or replayed: it says nothing of now. Asked before it is noted. */
export const isRepeated = ({ machineId, current }: Boots, tick: BootTick): boolean =>
  tick.timeMs === current.lastMs &&
  tick.bootId === current.bootId &&
  tick.bootId !== '' &&
  tick.machineId === machineId;

/** Notes a live tick and says whose it is: the machine's id, with the boot's where copies of the machine take turns. */
export function machineOf(boots: Boots, { machineId, bootId, timeMs }: BootTick): string {
  if (machineId === '' || bootId === '') return machineId;
  if (machineId !== boots.machineId) {
    Object.assign(boots, newBoots());
    boots.machineId = machineId;
    boots.current = { bootId, firstMs: timeMs, lastMs: timeMs };
  } else if (bootId !== boots.current.bootId) {
    noteOther(boots, { bootId, timeMs });
  } else {
    if (timeMs > boots.current.lastMs) boots.current.lastMs = timeMs;
    if (timeMs < boots.current.firstMs) boots.current.firstMs = timeMs;
  }
  if (boots.others === undefined) return machineId;
  forgetOld(boots, timeMs);
  return boots.turns < TURNS ? machineId : `${machineId}${BOOT}${bootId.slice(0, SHOWN)})`;
}

function noteOther(boots: Boots, { bootId, timeMs }: { readonly bootId: string; readonly timeMs: number }) {
  const { current } = boots;
  boots.others ??= [];
  const at = boots.others.findIndex((boot) => boot.bootId === bootId);
  const known = boots.others[at];
  const boot = known ?? { bootId, firstMs: timeMs, lastMs: timeMs };
  const goesOn = known === undefined || timeMs > known.lastMs;
  if (timeMs > boot.lastMs) boot.lastMs = timeMs;
  if (timeMs < boot.firstMs) boot.firstMs = timeMs;
  // Kept by its agent, from before the reboot.
  const isBefore = timeMs <= current.firstMs;
  if (!goesOn || isBefore) {
    if (known === undefined) boots.others.push(boot);
    return;
  }
  if (known) {
    boots.turns++;
    boots.turnMs = timeMs;
    boots.others.splice(at, 1);
  }
  boots.others.push(current);
  boots.current = boot;
  if (boots.others.length > MAX_OTHERS) boots.others.shift();
}

function forgetOld(boots: Boots, nowMs: number): void {
  if (boots.turns > 0 && nowMs - boots.turnMs < CONFLICT_CLEARS_MS) return;
  boots.turns = 0;
  const others = boots.others!.filter((boot) => nowMs - boot.lastMs < CONFLICT_CLEARS_MS);
  boots.others = others.length > 0 ? others : undefined;
}

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
