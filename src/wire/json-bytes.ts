// JSON as bytes, for answers of many numbers: each is written as JSON.stringify would, most without its search for the shortest.
import { formatValue } from '../domain/promql/format-value.ts';

export type JsonBytes = {
  size(): number;
  /** Well-formed JSON, or a part of it. */
  text(json: string): void;
  bytes(json: Uint8Array): void;
  /** As `JSON.stringify` writes a number: null for what is not finite. */
  number(value: number): void;
  /** A part of a column with commas between. `unit`: of each number what it has of these, rounded down. */
  numbers(column: Float64Array, from: number, to: number, unit?: number): void;
  /** Of each value that is present what stands before it, and the value in quotes as PromQL has it; commas between. */
  quoted(column: QuotedColumn): void;
  /** A copy of what was written since the size was this. */
  since(size: number): Uint8Array;
  /** What was written, in memory of its own; it begins anew. */
  take(): Uint8Array<ArrayBuffer>;
  /** Drops what was written. */
  clear(): void;
};

export type QuotedColumn = {
  readonly values: Float64Array;
  /** 1 where there is a value. */
  readonly present: Uint8Array;
  readonly before: TextsBefore;
};

/** `[1795871954.904,"` of each value, one behind the other, and where each ends. */
export type TextsBefore = { readonly bytes: DataView; readonly ends: Uint32Array };

export function textsBefore(texts: readonly string[]): TextsBefore {
  // They are copied four bytes at a time: room for what is copied beyond the last.
  const bytes = Buffer.from(`${texts.join('')}\0\0\0`, 'latin1');
  let end = 0;
  const ends = Uint32Array.from(texts, (text) => (end += text.length));
  return { bytes: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), ends };
}

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;
const COMMA = 0x2c;
/** `"]`, as its bytes stand in a number of 16 bits. */
const ENDING = 0x5d22;
const TEN_7 = 10_000_000;
/** A double gives back every decimal of so many digits: what was rounded to one has no shorter form. */
const MAX_DECIMAL = 1e15;
/** Smaller steps of the last digit would need an exponent. */
const SCALES = [
  { power: 100, digits: 2 },
  { power: 1_000_000, digits: 6 },
] as const;
/** Up to here a number of hundredths is a small integer: most of what is measured is such a decimal. */
const MAX_CENTS = 1e8;
/** The longest number that JSON.stringify writes has 25 characters; a text before it or it may be copied with some bytes more. */
const NUMBER_BYTES = 40;
/** Shares of a hundred with two decimals are most of what is asked for: their texts are made once. */
const TEXTS = 10_000;

type HundredthTexts = { readonly low: Int32Array; readonly high: Int32Array; readonly lengths: Uint8Array };
let hundredths: HundredthTexts | undefined;

/** By number of hundredths: the first and the next four bytes of its text, and how many there are. */
function hundredthTexts(): HundredthTexts {
  if (hundredths) return hundredths;
  const made = {
    low: new Int32Array(TEXTS),
    high: new Int32Array(TEXTS),
    lengths: new Uint8Array(TEXTS),
  };
  const text = Buffer.alloc(8);
  for (let i = 0; i < TEXTS; i++) {
    made.lengths[i] = text.fill(0).write(String(i / 100), 'latin1');
    made.low[i] = text.readInt32LE(0);
    made.high[i] = text.readInt32LE(4);
  }
  hundredths = made;
  return made;
}

export function createJsonBytes(initialBytes = 16_384): JsonBytes {
  let buffer = Buffer.allocUnsafeSlow(initialBytes);
  let view = new DataView(buffer.buffer);
  let end = 0;
  const { low, high, lengths } = hundredthTexts();

  function reserve(bytes: number): void {
    if (end + bytes <= buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, end + bytes));
    buffer.copy(grown, 0, 0, end);
    buffer = grown;
    view = new DataView(grown.buffer);
  }

  /** `width` digits, zeros in front. */
  function digits(value: number, width: number): void {
    let left = value | 0;
    for (let at = end + width - 1; at >= end; at--) {
      const tenth = (left / 10) | 0;
      buffer[at] = ZERO + left - tenth * 10;
      left = tenth;
    }
    end += width;
  }

  /** From 0 below 1e15. */
  function whole(value: number): void {
    if (value >= TEN_7) {
      const top = Math.floor(value / TEN_7);
      whole(top);
      digits(value - top * TEN_7, 7);
      return;
    }
    let width = 1;
    for (let bound = 10; value >= bound; bound *= 10) width++;
    digits(value, width);
  }

  function decimal(size: number, power: number, width: number): void {
    const top = Math.floor(size / power);
    let fraction = size - top * power;
    let shown = width;
    for (; fraction % 10 === 0; fraction /= 10) shown--;
    whole(top);
    buffer[end++] = POINT;
    digits(fraction, shown);
  }

  function number(value: number): void {
    reserve(NUMBER_BYTES);
    const size = Math.abs(value);
    if (size < MAX_DECIMAL) {
      if (Math.floor(size) === size) {
        // JSON has no negative zero.
        if (value < 0) buffer[end++] = MINUS;
        whole(size);
        return;
      }
      for (const { power, digits: width } of SCALES) {
        const scaled = Math.round(size * power);
        if (scaled / power !== size || scaled >= MAX_DECIMAL) continue;
        if (value < 0) buffer[end++] = MINUS;
        decimal(scaled, power, width);
        return;
      }
    }
    end += buffer.write(Number.isFinite(value) ? String(value) : 'null', end, 'latin1');
  }

  /** Writes a value that is a whole number of hundredths, with room for it reserved; false where it is none. */
  function cents(value: number): boolean {
    const size = value < 0 ? -value : value;
    // By its nearest integer, and not Math.round: that one looks at the sign of zero too.
    const scaled = size < MAX_CENTS / 100 ? (size * 100 + 0.5) | 0 : -1;
    if (scaled / 100 !== size) return false;
    if (value < 0) buffer[end++] = MINUS;
    if (scaled < TEXTS) {
      view.setInt32(end, low[scaled]!, true);
      view.setInt32(end + 4, high[scaled]!, true);
      end += lengths[scaled]!;
      return true;
    }
    const top = (scaled / 100) | 0;
    const fraction = scaled - top * 100;
    whole(top);
    if (fraction === 0) return true;
    const tenth = (fraction / 10) | 0;
    buffer[end++] = POINT;
    buffer[end++] = ZERO + tenth;
    if (fraction !== tenth * 10) buffer[end++] = ZERO + fraction - tenth * 10;
    return true;
  }

  function numbers(column: Float64Array, from: number, to: number, unit = 1): void {
    reserve((to - from) * (NUMBER_BYTES + 1));
    for (let i = from; i < to; i++) {
      if (i > from) buffer[end++] = COMMA;
      const value = unit === 1 ? column[i]! : Math.floor(column[i]! / unit);
      if (!cents(value)) number(value);
    }
  }

  /** JSON has other forms of what is not finite, of minus zero, and of exponents. */
  function promqlNumber(value: number): void {
    const size = value < 0 ? -value : value;
    if (size >= 1e-6 && size < 1e21) {
      if (!cents(value)) number(value);
    } else end += buffer.write(formatValue(value), end, 'latin1');
  }

  function quoted({ values, present, before: { bytes, ends } }: QuotedColumn): void {
    let at = 0;
    let isFirst = true;
    reserve((ends.at(-1) ?? 0) + values.length * (NUMBER_BYTES + 4));
    for (let i = 0; i < values.length; i++) {
      const from = at;
      at = ends[i]!;
      if (present[i] === 0) continue;
      if (!isFirst) buffer[end++] = COMMA;
      isFirst = false;
      for (let k = from; k < at; k += 4) view.setInt32(end + k - from, bytes.getInt32(k, true), true);
      end += at - from;
      promqlNumber(values[i]!);
      view.setInt16(end, ENDING, true);
      end += 2;
    }
  }

  return {
    size: () => end,
    text(json) {
      // A UTF-16 unit takes at most three bytes.
      reserve(json.length * 3);
      end += buffer.write(json, end);
    },
    bytes(json) {
      reserve(json.length);
      buffer.set(json, end);
      end += json.length;
    },
    number,
    numbers,
    quoted,
    since: (size) => Uint8Array.prototype.slice.call(buffer, size, end),
    take() {
      const taken = new Uint8Array(end);
      taken.set(buffer.subarray(0, end));
      end = 0;
      return taken;
    },
    clear() {
      end = 0;
    },
  };
}
