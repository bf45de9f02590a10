// Which blocks of a unit have a layout or a time, once they are too many to look at each: a host that changes its set of series
// with every tick must not make each tick cost more than the one before.
import type { Block } from './block.ts';
import type { RowLayout } from './row-layout.ts';

export type UnitIndex = {
  find(layout: RowLayout): Block | undefined;
  /** The keys that there are at a time; undefined for none. */
  keysAt(timeMs: number): ReadonlySet<string> | undefined;
  /** A row was added to the block. */
  add(block: Block, timeMs: number): void;
};

/** Fewer are looked at one by one. */
export const INDEXED_FROM = 16;
/** Of a row in the index. */
export const INDEXED_ROW_BYTES = 150;

type AtTime = {
  readonly blocks: Block[];
  /** Of those of `blocks` that were asked for. */
  keys: Set<string> | undefined;
};

export function createUnitIndex(blocks: readonly Block[]): UnitIndex {
  const byLayout = new Map<RowLayout, Block>();
  const byTime = new Map<number, AtTime>();

  function add(block: Block, timeMs: number): void {
    byLayout.set(block.layout, block);
    const at = byTime.get(timeMs);
    if (!at) byTime.set(timeMs, { blocks: [block], keys: undefined });
    else {
      at.blocks.push(block);
      if (at.keys) for (const key of block.layout.keys()) at.keys.add(key);
    }
  }

  for (const block of blocks) for (let i = 0; i < block.count; i++) add(block, block.times[i]!);

  return {
    find: (layout) => byLayout.get(layout),
    keysAt(timeMs) {
      const at = byTime.get(timeMs);
      if (!at) return undefined;
      at.keys ??= new Set(at.blocks.flatMap(({ layout }) => layout.keys()));
      return at.keys;
    },
    add,
  };
}
