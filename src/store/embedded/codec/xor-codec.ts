// XOR coding of doubles: each is XORed with its predecessor, and blocks of 16 store only the bits that any of them
// uses.
import { type BitReader, type BitWriter, GROUP, readBits, writeBits } from './bits.ts';

export type XorCodec = {
  write(writer: BitWriter, values: Float64Array, count: number): void;
  read(reader: BitReader, into: Float64Array, count: number): void;
};

export function createXorCodec(): XorCodec {
  // Two 32-bit words, since a BigInt would be allocated for every value.
  const one = new Float64Array(1);
  const oneWords = new Uint32Array(one.buffer);
  let highs = new Uint32Array(1024);
  let lows = new Uint32Array(1024);

  function room(count: number): void {
    if (count <= highs.length) return;
    highs = new Uint32Array(count * 2);
    lows = new Uint32Array(count * 2);
  }

  function write(writer: BitWriter, values: Float64Array, count: number): void {
    room(count);
    let high = 0;
    let low = 0;
    for (let i = 0; i < count; i++) {
      one[0] = values[i]!;
      highs[i] = oneWords[1]! ^ high;
      lows[i] = oneWords[0]! ^ low;
      high = oneWords[1]!;
      low = oneWords[0]!;
    }
    for (let from = 0; from < count; from += GROUP) {
      const to = Math.min(from + GROUP, count);
      let anyHigh = 0;
      let anyLow = 0;
      for (let i = from; i < to; i++) {
        anyHigh |= highs[i]!;
        anyLow |= lows[i]!;
      }
      const leading = anyHigh !== 0 ? Math.clz32(anyHigh) : 32 + Math.clz32(anyLow);
      // 64: none of the group differs from the value before it, and nothing else is written.
      writeBits(writer, leading, 7);
      if (leading === 64) continue;
      const trailing = anyLow !== 0 ? trailingZeros(anyLow) : 32 + trailingZeros(anyHigh);
      const width = 64 - leading - trailing;
      writeBits(writer, width - 1, 6);
      for (let i = from; i < to; i++) write64(writer, highs[i]!, lows[i]!, trailing, width);
    }
  }

  function read(reader: BitReader, into: Float64Array, count: number): void {
    let high = 0;
    let low = 0;
    for (let from = 0; from < count; from += GROUP) {
      const to = Math.min(from + GROUP, count);
      const leading = readBits(reader, 7);
      const width = leading === 64 ? 0 : readBits(reader, 6) + 1;
      const trailing = 64 - leading - width;
      for (let i = from; i < to; i++) {
        const top = width > 32 ? readBits(reader, width - 32) : 0;
        const bottom = width === 0 ? 0 : readBits(reader, Math.min(width, 32));
        if (trailing >= 32) high ^= bottom << (trailing - 32);
        else {
          high ^= trailing === 0 ? top : (top << trailing) | (bottom >>> (32 - trailing));
          low ^= bottom << trailing;
        }
        oneWords[1] = high;
        oneWords[0] = low;
        into[i] = one[0]!;
      }
    }
  }

  return { write, read };
}

const trailingZeros = (word: number): number => 31 - Math.clz32(word & -word);

/** The `width` bits of a 64-bit word that stand above `trailing` zeros. */
function write64(writer: BitWriter, high: number, low: number, trailing: number, width: number): void {
  let top = high;
  let bottom = low;
  if (trailing >= 32) {
    top = 0;
    bottom = high >>> (trailing - 32);
  } else if (trailing > 0) {
    top = high >>> trailing;
    // `|` gives a signed integer; writeBits takes none below zero.
    bottom = ((low >>> trailing) | (high << (32 - trailing))) >>> 0;
  }
  if (width > 32) {
    writeBits(writer, top, width - 32);
    writeBits(writer, bottom, 32);
  } else writeBits(writer, bottom, width);
}
