// Merges units into their files when their window is over, in turns short enough for queries to get in between.
import { messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { isDamage } from '../../runtime/sqlite-damage.ts';
import type { RecordRef } from './durable-positions.ts';
import type { Head, Unit } from './head.ts';
import type { Times } from './messages.ts';
import { createSealer, noSeals, SEAL_OUTCOMES } from './seal.ts';
import type { WeekFiles } from './week-files.ts';
import { sealsAt, WINDOW_MS, weekEndMs, weekOf } from './windows.ts';

const TURN_MS = 15;
/** A late unit is merged when nothing came for it this long, or anyway when it is this old. */
const QUIET_MS = 2_000;
const MAX_WAIT_MS = 10_000;
/** A clock that was set back, or was ahead for a while, leaves windows whose end is far off: they are merged by their age. */
const OPEN_AT_MOST_MS = WINDOW_MS + 30 * 60_000;
/** 8 bytes each. Over it writes wait until late units are merged: history comes faster than it can be sealed. */
const MAX_LATE_SAMPLES = 12_000_000;
/** Series in the head, once a window: far fewer than a week's file has numbers left when it begins to refuse new ones. */
const MAX_HEAD_SERIES = 4_000_000;

export type Merging = {
  /** Starts to merge the units that are due. */
  mergeDue(times: Times): void;
  /** Merges in this very turn until the head, and the late units in it, fit their share of memory again. */
  makeRoom(): void;
  /** Nothing is being merged now. */
  isIdle(): boolean;
  stats(): Readonly<Record<string, number>>;
  /** Why nothing can be written to the files, while that is so. */
  unhealthy(): string | undefined;
  stop(): void;
};

export type MergingParts = {
  readonly clock: Clock;
  readonly head: Head;
  readonly files: WeekFiles;
  /** Weeks that end before this are past retention. */
  readonly expiredBeforeMs: () => number;
  /** Of the head: over it windows are merged before they are over. */
  readonly maxBytes: number;
  /** A unit with samples of the record is in its file. */
  readonly release: (record: RecordRef) => void;
  /** Windows that are open until then are about to be merged. */
  readonly onEarly: (untilMs: number) => void;
  /** A turn was committed. */
  readonly onMerged: () => void;
  readonly onError: (message: string) => void;
};

export function createMerging(parts: MergingParts): Merging {
  const { head, files, maxBytes, onEarly, onMerged, onError } = parts;
  const turns = createTurns(parts);
  let failures = 0;
  /** Times that the head was too large, and not all of its windows were over. */
  let early = 0;
  let due: Unit[] = [];
  let lastError: string | undefined;
  let stopped = false;

  /** A turn, counting failures; the units then stay in the head and are retried. */
  function guardedTurn(): boolean {
    const week = weekOf(due.at(-1)!.window);
    try {
      const outcome = turns.take(due);
      if (outcome === 'written') lastError = undefined;
      if (outcome) {
        onMerged();
        return true;
      }
    } catch (error) {
      failures++;
      if (isDamage(error)) void files.salvage(week, messageOf(error));
      else {
        const why = `cannot write the store: ${messageOf(error)}`;
        // It is retried each second.
        if (why !== lastError) onError(why);
        lastError = why;
      }
    }
    due = [];
    return false;
  }

  function run(): void {
    if (stopped || due.length === 0) return;
    if (guardedTurn() && due.length > 0) setImmediate(run);
  }

  return {
    mergeDue(times) {
      if (due.length > 0) return;
      for (const unit of head.units()) if (isDue(unit, times)) due.push(unit);
      // Merged for its age alone, by a clock that is wrong now or was.
      if (due.some(({ window, host }) => sealsAt(window, host.phaseMs) > times.wallMs)) onEarly(lastEnd(due));
      due.sort(oldestLast);
      run();
    },
    makeRoom() {
      const over = (share: number) => {
        const { late, bytes, series } = head.counts();
        if (late > MAX_LATE_SAMPLES * share) return 'late';
        return bytes > maxBytes * share || series > MAX_HEAD_SERIES * share ? 'all' : undefined;
      };
      const what = over(1);
      if (!what) return;
      // A window that is still open goes on in a new unit, which is merged with what is in the file by then.
      due = [...head.units()].filter((unit) => unit.late || what === 'all');
      due.sort(what === 'late' ? oldestLast : largestLast);
      if (what === 'all') {
        early++;
        onEarly(lastEnd(due));
      }
      while (due.length > 0 && over(0.5) && guardedTurn()) {}
      due = [];
    },
    isIdle: () => due.length === 0,
    stats: () => ({ ...turns.stats(), write_failures: failures, early_merges: early }),
    unhealthy: () =>
      lastError ??
      (head.counts().late > MAX_LATE_SAMPLES
        ? 'late samples arrive faster than they can be written to files'
        : head.counts().bytes > 2 * maxBytes
          ? 'samples arrive faster than they can be written to files'
          : undefined),
    stop() {
      stopped = true;
      due = [];
    },
  };
}

function isDue(unit: Unit, { wallMs, monotonicMs }: Times): boolean {
  const openMs = monotonicMs - unit.firstMs;
  const overMs = Math.max(wallMs - sealsAt(unit.window, unit.host.phaseMs), openMs - OPEN_AT_MOST_MS);
  if (overMs < 0) return false;
  return monotonicMs - unit.lastMs >= QUIET_MS || Math.min(openMs, overMs) >= MAX_WAIT_MS;
}

/** Units are taken from the end: the order of rows in a file, and the one that releases the bus log. */
const oldestLast = (a: Unit, b: Unit) => b.window - a.window || b.host.phaseMs - a.host.phaseMs;

const lastEnd = (units: readonly Unit[]): number =>
  units.reduce((latest, { window, host }) => Math.max(latest, sealsAt(window, host.phaseMs)), 0);

/** By week too, since a turn is on one file. */
const largestLast = (a: Unit, b: Unit) => weekOf(b.window) - weekOf(a.window) || a.bytes - b.bytes;

/** A turn is one transaction on one file. */
function createTurns({ clock, head, files, expiredBeforeMs, release, onError }: MergingParts) {
  const seal = createSealer();
  const seals = noSeals();
  let turns = 0;
  let expired = 0;

  function releaseUnit(unit: Unit): void {
    head.drop(unit);
    for (const record of unit.records) release(record);
  }

  return {
    /** Takes as many units of the last one's week from the end of `due` as fit into a turn; undefined when its file cannot be had. */
    take(due: Unit[]): 'written' | 'expired' | undefined {
      const week = weekOf(due.at(-1)!.window);
      const isNext = () => due.length > 0 && weekOf(due.at(-1)!.window) === week;
      if (weekEndMs(week) <= expiredBeforeMs()) {
        // The sweep removes its file, and would remove a new one.
        while (isNext()) {
          const unit = due.pop()!;
          expired += unit.samples;
          releaseUnit(unit);
        }
        return 'expired';
      }
      const file = files.file(week);
      if (!file) return undefined;
      const taken: Unit[] = [];
      const sums = noSeals();
      const until = clock.monotonicMs() + TURN_MS;
      file.transaction(() => {
        do {
          const unit = due.pop()!;
          taken.push(unit);
          seal(unit, file, sums);
        } while (isNext() && clock.monotonicMs() < until);
      });
      // Only now: a transaction that failed leaves them in the head.
      for (const unit of taken) releaseUnit(unit);
      for (const outcome of SEAL_OUTCOMES) seals[outcome] += sums[outcome];
      if (sums.damaged > 0) onError(`${sums.damaged} damaged chunks in ${file.path} were replaced`);
      turns++;
      return 'written';
    },
    stats: () => ({
      chunks_created: seals.created,
      chunks_merged: seals.merged,
      chunks_unchanged: seals.unchanged,
      chunks_damaged: seals.damaged,
      expired_samples: expired,
      seal_turns: turns,
    }),
  };
}
