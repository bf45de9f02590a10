// An in-memory block of ticks with the same series: one row of values per tick, so that adding one is a copy.
import type { RowLayout } from './row-layout.ts';

export type Block = {
  readonly layout: RowLayout;
  times: Float64Array;
  rows: Float64Array;
  count: number;
  /** The times, once they came out of order. */
  seen: Set<number> | undefined;
};

/** Doubled when full: a window has 120 rows at the default interval, but series that are made up stay at one sample. */
const FIRST_ROWS = 1;

export const newBlock = (layout: RowLayout): Block => ({
  layout,
  times: new Float64Array(FIRST_ROWS),
  rows: new Float64Array(FIRST_ROWS * layout.width),
  count: 0,
  seen: undefined,
});

/** What its rows take of memory, filled or not. */
export const roomBytes = ({ times, rows }: Block): number => times.byteLength + rows.byteLength;

export function hasTime(block: Block, timeMs: number): boolean {
  noticeOrder(block, timeMs);
  return block.seen?.has(timeMs) ?? false;
}

/** Ticks nearly always come in order: only the first that does not pays for a set of all times. */
function noticeOrder(block: Block, timeMs: number): void {
  if (block.seen || block.count === 0 || timeMs > block.times[block.count - 1]!) return;
  block.seen = new Set(block.times.subarray(0, block.count));
}

export function addRow(block: Block, timeMs: number, values: Float64Array): void {
  noticeOrder(block, timeMs);
  const { count } = block;
  if (count === block.times.length) {
    const { times, rows } = block;
    block.times = new Float64Array(count * 2);
    block.rows = new Float64Array(rows.length * 2);
    block.times.set(times);
    block.rows.set(rows);
  }
  block.times[count] = timeMs;
  block.rows.set(values, count * values.length);
  block.count++;
  block.seen?.add(timeMs);
}
