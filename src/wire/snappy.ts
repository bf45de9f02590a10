// Snappy's block format: https://github.com/google/snappy/blob/main/format_description.txt. Read by hand, into memory that is
// used again; sole home of snappyjs, which writes it.
import { DecodeError, viewOf } from './protobuf.ts';

/**
 * Throws DecodeError where the bytes are no block, or declare more than `maxBytes`: looked at before any allocation. What
 * is returned is valid until the next call.
 */
export type Unsnappy = (bytes: Uint8Array, maxBytes: number) => Uint8Array;

/** Larger blocks get memory of their own. */
const MAX_KEPT_BYTES = 1024 * 1024;
/** Copies are four bytes at a time, and may go beyond their end. */
const SLACK_BYTES = 8;
const LITERAL = 0;
const FEW_BYTES = 64;

export function createUnsnappy(): Unsnappy {
  let kept = new Uint8Array(0);
  let view = viewOf(kept);

  return (bytes, maxBytes) => {
    const { length, at } = declaredLength(bytes);
    if (length > maxBytes) throw new DecodeError(`it declares ${length} bytes; the limit is ${maxBytes}`);
    if (length > MAX_KEPT_BYTES) {
      const own = new Uint8Array(length + SLACK_BYTES);
      return uncompress(bytes, at, { to: own, view: viewOf(own), length });
    }
    if (kept.length < length + SLACK_BYTES) {
      kept = new Uint8Array(Math.max(2 * kept.length, length) + SLACK_BYTES);
      view = viewOf(kept);
    }
    return uncompress(bytes, at, { to: kept, view, length });
  };
}

const notABlock = () => new DecodeError('it is not a snappy block');

function uncompress(
  bytes: Uint8Array,
  start: number,
  { to, view, length }: { readonly to: Uint8Array; readonly view: DataView; readonly length: number },
): Uint8Array {
  let at = start;
  let end = 0;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    const kind = tag & 3;
    let size = (tag >> 2) + 1;
    if (kind === LITERAL) {
      if (size > 60) {
        const width = size - 60;
        size = littleEndian(bytes, at, width) + 1;
        at += width;
      }
      if (at + size > bytes.length || end + size > length) throw notABlock();
      if (size > FEW_BYTES) to.set(bytes.subarray(at, at + size), end);
      else for (let i = 0; i < size; i++) to[end + i] = bytes[at + i]!;
      at += size;
      end += size;
      continue;
    }
    let offset: number;
    if (kind === 1) {
      size = ((tag >> 2) & 7) + 4;
      offset = ((tag >> 5) << 8) | littleEndian(bytes, at++, 1);
    } else {
      const width = kind === 2 ? 2 : 4;
      offset = littleEndian(bytes, at, width);
      at += width;
    }
    if (offset === 0 || offset > end || end + size > length) throw notABlock();
    const from = end - offset;
    // Nearer than four bytes a copy repeats what it has just written.
    if (offset < 4) for (let i = 0; i < size; i++) to[end + i] = to[from + i]!;
    else for (let i = 0; i < size; i += 4) view.setInt32(end + i, view.getInt32(from + i));
    end += size;
  }
  if (end !== length) throw notABlock();
  return to.subarray(0, length);
}

function littleEndian(bytes: Uint8Array, at: number, width: number): number {
  if (at + width > bytes.length) throw notABlock();
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!;
  return value;
}

export async function snappyOf(bytes: Uint8Array): Promise<Uint8Array> {
  // Only where something is sent: most processes never need it.
  const { default: snappy } = await import('snappyjs');
  return snappy.compress(bytes);
}

/** A varint of 32 bits, and where it ends. */
function declaredLength(bytes: Uint8Array): { readonly length: number; readonly at: number } {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[i];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 128 ** i;
    if (byte < 0x80) return { length, at: i + 1 };
  }
  throw notABlock();
}
