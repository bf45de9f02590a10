// When a simulated host is up, and since which boot: a function of time, so that a run may begin anywhere.

export type HostLife = {
  /** Boots stand at phaseMs + n * periodMs. */
  readonly periodMs: number;
  readonly phaseMs: number;
  /** How long it is away before each boot. */
  readonly downMs: number;
  /** From here on it never reports again. */
  readonly silentFromMs?: number;
};

/** Number of the boot that a time belongs to. */
export const bootNumber = (life: HostLife, timeMs: number): number =>
  Math.floor((timeMs - life.phaseMs) / life.periodMs);

export const bootedAt = (life: HostLife, boot: number): number => life.phaseMs + boot * life.periodMs;

export function isUp(life: HostLife, timeMs: number): boolean {
  if (life.silentFromMs !== undefined && timeMs >= life.silentFromMs) return false;
  const nextBootMs = bootedAt(life, bootNumber(life, timeMs) + 1);
  return timeMs < nextBootMs - life.downMs;
}
