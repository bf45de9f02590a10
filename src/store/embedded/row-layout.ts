// The names of a tick's series as the head keeps them: one text while they came once, since there may be a million of them.
import type { TickLayout } from '../../wire/tick-layout.ts';

export type RowLayout = {
  /** How many series. */
  readonly width: number;
  /** Their keys, in the order of their values. */
  keys(): readonly string[];
  /** About what it takes of memory. */
  bytes(): number;
};

/** Keys of layouts that are kept to be found again: a host that changes the names of its series with every tick must not fill the memory. */
const MAX_KEYS = 500_000;
/** In no key that report takes. */
const SEPARATOR = '\u0002';
/** Of a key that is cut out of the text: where it begins and ends. */
const KEY_BYTES = 40;

/** The layout of a tick's series: one object for all hosts with the same ones. */
export function createRowLayouts(): (wire: TickLayout) => RowLayout {
  const byWire = new WeakMap<TickLayout, KnownLayout>();
  const byText = new Map<string, KnownLayout>();
  let kept = 0;
  return (wire) => {
    let layout = byWire.get(wire);
    if (!layout) {
      // Two machines under one id take turns, and each turn is a new wire layout: the names decide.
      const keys = wire.series.map(({ key }) => key);
      const text = textOf(keys);
      layout = byText.get(text);
      if (!layout) {
        kept += keys.length;
        if (kept > MAX_KEYS) {
          byText.clear();
          kept = keys.length;
        }
        layout = newLayout(text, keys.length);
        byText.set(text, layout);
        byWire.set(wire, layout);
        return layout;
      }
      byWire.set(wire, layout);
    }
    layout.keepKeys();
    return layout;
  };
}

type KnownLayout = RowLayout & {
  /** It came again: its keys are worth their memory. */
  keepKeys(): void;
};

/** Of an older version's record a key may have it in it: such a text begins with it, as no other does. */
const textOf = (keys: readonly string[]): string =>
  keys.some((key) => key.includes(SEPARATOR)) ? `${SEPARATOR}${JSON.stringify(keys)}` : keys.join(SEPARATOR);

const keysOf = (text: string): readonly string[] =>
  text.startsWith(SEPARATOR) ? JSON.parse(text.slice(SEPARATOR.length)) : text.split(SEPARATOR);

function newLayout(text: string, width: number): KnownLayout {
  let kept: readonly string[] | undefined;
  return {
    width,
    keys: () => kept ?? keysOf(text),
    bytes: () => text.length + (kept ? width * KEY_BYTES : 0),
    keepKeys: () => void (kept ??= keysOf(text)),
  };
}
