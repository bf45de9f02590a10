// Snappy's block format. Sole home of snappyjs.
import { DecodeError } from './protobuf.ts';

/** Throws DecodeError where the bytes are no block, or declare more than `maxBytes`: looked at before any allocation. */
export async function unsnappy(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const declared = declaredLength(bytes);
  if (declared > maxBytes) throw new DecodeError(`it declares ${declared} bytes; the limit is ${maxBytes}`);
  // Only where somebody sends it: most reports never need it.
  const { default: snappy } = await import('snappyjs');
  try {
    return snappy.uncompress(bytes, maxBytes);
  } catch (error) {
    throw new DecodeError('it is not a snappy block', { cause: error });
  }
}

export async function snappyOf(bytes: Uint8Array): Promise<Uint8Array> {
  const { default: snappy } = await import('snappyjs');
  return snappy.compress(bytes);
}

/** A varint of 32 bits. */
function declaredLength(bytes: Uint8Array): number {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[i];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 128 ** i;
    if (byte < 0x80) return length;
  }
  throw new DecodeError('it is not a snappy block');
}
