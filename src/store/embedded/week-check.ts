// Verifies a week: finds chunks with wrong checksums, and missing chunks.
import { isWhole } from './codec/chunk.ts';
import { hostIdentity, seriesIdentity, unitSum, windowIdentity } from './codec/identity.ts';
import type { WeekFile } from './week-file.ts';
import type { MissingChunks } from './week-salvage.ts';
import { MAX_SERIES, phaseOf, seriesOfRow, windowOfRow, windowStart } from './windows.ts';

export type Checked = {
  readonly chunks: number;
  /** By host and window, what cannot be read or is gone. */
  readonly missing: readonly MissingChunks[];
  /** Rows that are gone, or that no series owns: pages may still have them, and other weeks the names. */
  readonly salvageable: number;
};

type Owner = {
  readonly hostId: string;
  readonly phaseMs: number;
  readonly host: number;
  readonly series: number;
};
type Found = { readonly owner: Owner; whole: number; damaged: number; expected: number | undefined };

/**
 * In steps: one is the chunks of a window of the hosts that share a phase. Numbers of chunks that a file of an earlier
 * version lacks are added. Throws what SQLite throws of a damaged file.
 */
export function* checkWeek(file: WeekFile): Generator<void, Checked> {
  const owners = ownersOf(file);
  const missing: MissingChunks[] = [];
  let chunks = 0;
  let salvageable = 0;
  for (let row = file.nextRow(0); row !== undefined; ) {
    const from = row - seriesOfRow(row);
    const found = new Map<string, Found>();
    const window = windowOfRow(from, file.week);
    salvageable += countChunks(file, { from, window, owners, found });
    readUnits(file, { from, window, owners, found });
    for (const { owner, whole, damaged, expected } of found.values()) {
      chunks += whole;
      const lost = Math.max(damaged, (expected ?? 0) - whole);
      salvageable += lost - damaged;
      if (lost > 0) {
        missing.push({ hostId: owner.hostId, startMs: windowStart(window, owner.phaseMs), chunks: lost });
      } else if (whole !== expected) {
        file.transaction(() => file.recountChunks(owner.hostId, window));
      }
    }
    yield;
    row = file.nextRow(from + MAX_SERIES);
  }
  return { chunks, missing, salvageable };
}

function ownersOf(file: WeekFile): Map<number, Owner> {
  const owners = new Map<number, Owner>();
  for (const [hostId, keys] of file.series()) {
    const host = hostIdentity(hostId);
    const phaseMs = phaseOf(hostId);
    for (const [key, id] of keys)
      owners.set(id, { hostId, phaseMs, host, series: seriesIdentity(host, key) });
  }
  return owners;
}

type Slot = {
  readonly from: number;
  readonly window: number;
  readonly owners: ReadonlyMap<number, Owner>;
  readonly found: Map<string, Found>;
};

function foundOf({ found }: Slot, owner: Owner): Found {
  let one = found.get(owner.hostId);
  if (!one) {
    one = { owner, whole: 0, damaged: 0, expected: undefined };
    found.set(owner.hostId, one);
  }
  return one;
}

/** Returns the rows that belong to nobody. */
function countChunks(file: WeekFile, slot: Slot): number {
  let strays = 0;
  for (const [row, data] of file.chunks(slot.from, slot.from + MAX_SERIES)) {
    const owner = slot.owners.get(seriesOfRow(row));
    if (!owner) {
      strays++;
      continue;
    }
    const place = { series: owner.series, startMs: windowStart(slot.window, owner.phaseMs) };
    if (isWhole(data, place, file.mayBeOld(row))) foundOf(slot, owner).whole++;
    else foundOf(slot, owner).damaged++;
  }
  return strays;
}

function readUnits(file: WeekFile, slot: Slot): void {
  for (const [row, chunks, sum] of file.units(slot.from, slot.from + MAX_SERIES)) {
    const owner = slot.owners.get(seriesOfRow(row));
    if (!owner) continue;
    const identity = windowIdentity(owner.host, windowStart(slot.window, owner.phaseMs));
    // One that is damaged says nothing; it is counted again.
    if (unitSum(identity, chunks) === sum) foundOf(slot, owner).expected = chunks;
  }
}
