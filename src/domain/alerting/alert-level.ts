// The states of one level of an alert (inactive, pending, firing), and how `for`, `clear` and `keep` move it.

export type LevelState = {
  /** First tick that crossed this level. */
  readonly sinceMs: number;
  readonly firing: boolean;
  /** First good tick while firing, for `keep`. */
  readonly goodSinceMs?: number;
};

export type LevelInput = {
  /** Undefined while unknown: the level keeps its state. */
  readonly crosses: boolean | undefined;
  /** Past `clear`, or back over the bound where there is no `clear`. */
  readonly clears: boolean | undefined;
  readonly timeMs: number;
  readonly forMs: number;
  readonly keepMs: number;
  /** When it began to cross, if known more exactly than from the tick. */
  readonly sinceMs?: number;
};

/**
 * The next state of a level after one evaluation; null is inactive. `clear` and `keep` apply to firing alerts, never to
 * pending ones.
 */
export function stepLevel(level: LevelState | null, input: LevelInput): LevelState | null {
  const { crosses, clears, timeMs, forMs, keepMs } = input;
  if (level?.firing) {
    if (clears === undefined) return level;
    if (!clears) return level.goodSinceMs === undefined ? level : { sinceMs: level.sinceMs, firing: true };
    const goodSinceMs = level.goodSinceMs ?? timeMs;
    if (timeMs - goodSinceMs >= keepMs) return null;
    return level.goodSinceMs === undefined ? { ...level, goodSinceMs } : level;
  }
  if (crosses === undefined) return level;
  if (!crosses) return null;
  const sinceMs = level?.sinceMs ?? input.sinceMs ?? timeMs;
  if (timeMs - sinceMs >= forMs) return { sinceMs, firing: true };
  return level ?? { sinceMs, firing: false };
}

/** A gap in the data: pending starts over, and what fires must be good for a whole `keep` again. */
export function interruptLevel(level: LevelState | null): LevelState | null {
  if (!level?.firing) return null;
  return level.goodSinceMs === undefined ? level : { sinceMs: level.sinceMs, firing: true };
}
