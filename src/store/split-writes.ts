// Large writes split, so that none occupies its thread for long and queries get in between.
import type { StoreBatch } from './store.ts';

const PART_BYTES = 512 * 1024;

/** In order; a record that is larger by itself is a part of its own. */
export function* splitWrites(batches: readonly StoreBatch[]): Generator<readonly StoreBatch[]> {
  for (let from = 0; from < batches.length; ) {
    let bytes = batches[from]!.bytes.length;
    let to = from + 1;
    while (to < batches.length && bytes + batches[to]!.bytes.length <= PART_BYTES) {
      bytes += batches[to++]!.bytes.length;
    }
    yield batches.slice(from, to);
    from = to;
  }
}
