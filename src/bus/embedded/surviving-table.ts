// The embedded bus's table of records and its bounds. What is damaged or missing of it costs the records in it and no more:
// offsets that are known elsewhere and have no record are never given out again, and count as lost when they are read.
import { join } from 'node:path';
import { messageOf } from '../../domain/errors.ts';
import type { Owner } from '../../runtime/directory-id.ts';
import type { EndMark } from '../../runtime/end-mark.ts';
import { isMissing, renameDamaged } from '../../runtime/sqlite.ts';
import { isDamage } from '../../runtime/sqlite-damage.ts';
import type { Offsets } from './offsets.ts';
import { type DamagedFile, openRecordTable, type RecordTable } from './record-table.ts';

export type TableOptions = {
  readonly directory: string;
  readonly partitions: number;
  /** By partition, how far the reader that holds records knows itself to be: a log that ends before it lost records. */
  readonly consumed?: ReadonlyMap<number, { readonly next: number; readonly durable: number }> | undefined;
};

export type TableParts = {
  readonly owner: Owner;
  readonly offsets: Offsets;
  /** By partition. */
  readonly mark: EndMark;
  readonly onDamaged: (message: string) => void;
};

/** More than a replaced log can have had beyond the end that was kept last. */
const BREAK_GAP = 1_000_000;

export function openSurvivingTable(
  { directory, partitions, consumed }: TableOptions,
  { offsets, mark, owner, onDamaged }: TableParts,
) {
  const path = join(directory, 'bus.sqlite');
  const everyPartition = Array.from({ length: partitions }, (_, partition) => partition);
  const known = knownEnds();
  let replaced = false;
  let table: RecordTable | undefined;
  let starts: number[] = [];
  let ends: number[] = [];
  if (known.some((end) => end > 0) && isMissing(path)) {
    replaced = true;
    onDamaged(
      `${path} is missing although records up to ${known.join(', ')} were written: an empty one is created`,
    );
  }
  try {
    open(known);
  } catch (error) {
    // A large file shows its damage only now.
    if (!isDamage(error)) throw error;
    replace(error, known);
  }
  goPastConsumed();
  if (replaced) skipOffsets();
  else keepEnds();

  /** Where each partition ended at least: not what the log itself shows. */
  function knownEnds(): number[] {
    const kept = offsets.ends();
    return everyPartition.map((partition) =>
      Math.max(kept.get(partition) ?? 0, mark.found?.[partition] ?? 0),
    );
  }

  /** What the reader has in files already counts as never used, so that only what is lost is counted. */
  function goPastConsumed(): void {
    for (const [partition, { next, durable }] of consumed ?? []) {
      const end = ends[partition];
      if (end === undefined || end >= next) continue;
      onDamaged(
        `${directory} ends at offset ${end} of partition ${partition} although ${next} was read before: it is an older copy, or lost its files. ${next - Math.max(end, durable)} records are lost that were in no other file yet; the log goes on after them`,
      );
      if (durable > end) offsets.addBreaks([{ partition, previousEnd: end, start: durable }]);
      if (starts[partition] === end) starts = starts.with(partition, Math.max(end, durable));
      ends = ends.with(partition, next);
      replaced = true;
    }
  }

  function open(atLeast: readonly number[], damaged?: DamagedFile): void {
    table = openRecordTable({
      path,
      owner,
      damaged,
      onDamaged(message) {
        replaced = true;
        onDamaged(message);
      },
    });
    const bounds = everyPartition.map(table.bounds);
    // An empty log continues where it ended: offsets are never reused.
    ends = bounds.map(({ last }, partition) =>
      Math.max(atLeast[partition]!, last === undefined ? 0 : last + 1),
    );
    starts = bounds.map(({ first }, partition) => first ?? ends[partition]!);
  }

  function replace(error: unknown, atLeast: readonly number[]): void {
    table?.close();
    replaced = true;
    open(atLeast, { why: messageOf(error), aside: renameDamaged(path) });
  }

  /** Goes on so far past the log's end that no offset can mean two records, whatever of the end is not known. */
  function skipOffsets(): void {
    const previousEnds = ends;
    ends = previousEnds.map((end) => end + BREAK_GAP);
    starts = starts.map((start, partition) => (start === previousEnds[partition] ? ends[partition]! : start));
    offsets.addBreaks(
      ends.map((start, partition) => ({ partition, previousEnd: previousEnds[partition]!, start })),
    );
    keepEnds();
    replaced = false;
  }

  function keepEnds(): void {
    offsets.keepEnds(ends);
    mark.keep(ends);
  }

  return {
    /** By partition. */
    starts: (): readonly number[] => starts,
    ends: (): readonly number[] => ends,
    setStart(partition: number, start: number) {
      starts = starts.with(partition, start);
    },
    setEnds(next: number[]) {
      ends = next;
    },
    usedBytes: () => table!.usedBytes(),
    /** Damage that shows while the log is in use: the work is done again on the table that replaces it. */
    use<T>(work: (table: RecordTable) => T): T {
      try {
        return work(table!);
      } catch (error) {
        if (!isDamage(error)) throw error;
        replace(error, ends);
        skipOffsets();
        return work(table!);
      }
    },
    close: () => table!.close(),
  };
}
