// Labels of series that were read before, found by their bytes: the same series come with every scrape.
import { getHeapStatistics } from 'node:v8';

type Labels = ReadonlyMap<string, string>;

export type KnownLabels = {
  /** The same object each time. `key`: the bytes of the labels, each as one character. */
  get(key: string): Labels | undefined;
  set(key: string, labels: Labels): void;
};

/** A sixteenth of what Node allows this thread. */
const maxBytes = () => Math.floor(getHeapStatistics().heap_size_limit / 16);
/** Of an entry beside its key: the map, the texts of some five labels, and what readers keep beside it. */
const ENTRY_BYTES = 1_500;

export function createKnownLabels(limitBytes = maxBytes()): KnownLabels {
  // Two generations: what was not seen since the last one was full is forgotten when the next is.
  let recent = new Map<string, Labels>();
  let before = new Map<string, Labels>();
  let bytes = 0;

  function set(key: string, labels: Labels): void {
    bytes += key.length + ENTRY_BYTES;
    if (bytes > limitBytes / 2) {
      before = recent;
      recent = new Map();
      bytes = key.length + ENTRY_BYTES;
    }
    recent.set(key, labels);
  }

  return {
    get(key) {
      const known = recent.get(key);
      if (known) return known;
      const older = before.get(key);
      if (older) set(key, older);
      return older;
    },
    set,
  };
}
