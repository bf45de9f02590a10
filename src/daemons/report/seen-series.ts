// A hash table of the series seen in the current and the previous generation: about ten bytes per series.

export type SeenSeries = {
  size(): number;
  /** Marks it as seen in this generation. False when it is not there. */
  see(hash: number): boolean;
  /** One that is not there, seen in this generation. Hashes are 30 bits. */
  add(hash: number): void;
  /** Begins a generation: those that were not seen in the last one are gone. */
  age(): void;
};

const FIRST_SLOTS = 8;
/** Beside a hash: it was seen in this generation. */
const SEEN = 0x40000000;
/** Beside a hash: the slot is not empty. */
const FULL = 0x80000000 | 0;
const HASH = 0x3fffffff;

export function createSeenSeries(): SeenSeries {
  let slots = new Int32Array(FIRST_SLOTS);
  let size = 0;

  /** Where it stands, or the empty slot where it would. */
  function slotOf(hash: number): number {
    const last = slots.length - 1;
    let at = hash & last;
    while (slots[at] !== 0 && (slots[at]! & HASH) !== hash) at = (at + 1) & last;
    return at;
  }

  function refill(from: Int32Array, length: number, changed: (slot: number) => number): void {
    slots = new Int32Array(length);
    size = 0;
    for (const slot of from) {
      const kept = changed(slot);
      if (kept === 0) continue;
      slots[slotOf(kept & HASH)] = kept;
      size++;
    }
  }

  return {
    size: () => size,
    see(hash) {
      const at = slotOf(hash);
      if (slots[at] === 0) return false;
      slots[at]! |= SEEN;
      return true;
    },
    add(hash) {
      // Three quarters full at most: a look-up ends soon.
      if (4 * (size + 1) > 3 * slots.length) refill(slots, slots.length * 2, (slot) => slot);
      slots[slotOf(hash)] = FULL | SEEN | hash;
      size++;
    },
    age() {
      const seen = slots.reduce((sum, slot) => sum + ((slot & SEEN) !== 0 ? 1 : 0), 0);
      let length = FIRST_SLOTS;
      while (4 * seen > 3 * length) length *= 2;
      refill(slots, length, (slot) => ((slot & SEEN) === 0 ? 0 : FULL | (slot & HASH)));
    },
  };
}
