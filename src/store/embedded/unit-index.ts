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
/** Of a row in the index, and of a key that a time has. */
const ROW_BYTES = 150;
const KEY_BYTES = 25;

type AtTime = {
  readonly blocks: Block[];
  /** Of many blocks, once they were asked for. Of few they are put together each time: those of all rounds would take more than the values. */
  keys: Set<string> | undefined;
};

/** `grow` is told what it takes of memory. */
export function createUnitIndex(blocks: readonly Block[], grow: (bytes: number) => void): UnitIndex {
  const byLayout = new Map<RowLayout, Block>();
  const byTime = new Map<number, AtTime>();

  function add(block: Block, timeMs: number): void {
    byLayout.set(block.layout, block);
    grow(ROW_BYTES);
    const at = byTime.get(timeMs);
    if (!at) byTime.set(timeMs, { blocks: [block], keys: undefined });
    else {
      at.blocks.push(block);
      if (!at.keys) return;
      for (const key of block.layout.keys()) at.keys.add(key);
      grow(KEY_BYTES * block.layout.width);
    }
  }

  for (const block of blocks) for (let i = 0; i < block.count; i++) add(block, block.times[i]!);

  return {
    find: (layout) => byLayout.get(layout),
    keysAt(timeMs) {
      const at = byTime.get(timeMs);
      if (!at) return undefined;
      if (at.keys) return at.keys;
      const keys = new Set(at.blocks.flatMap(({ layout }) => layout.keys()));
      if (at.blocks.length < INDEXED_FROM) return keys;
      grow(KEY_BYTES * keys.size);
      at.keys = keys;
      return keys;
    },
    add,
  };
}
