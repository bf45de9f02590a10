// Which partition a host's ticks go to: the same murmur2 that Kafka's own clients use, so that any tool can tell.

export const partitionOf = (hostId: string, partitions: number): number =>
  partitions === 1 ? 0 : hashOf(hostId) % partitions;

/** 0 to 2^31 - 1, the same in every process. */
export const hashOf = (hostId: string): number => murmur2(Buffer.from(hostId)) & 0x7fffffff;

export function murmur2(data: Uint8Array): number {
  const m = 0x5bd1e995;
  const length = data.length;
  let h = 0x9747b28c ^ length;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    let k = data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    k = Math.imul(k, m);
    h = Math.imul(h, m) ^ k;
  }
  const rest = length - i;
  if (rest === 3) h ^= data[i + 2]! << 16;
  if (rest >= 2) h ^= data[i + 1]! << 8;
  if (rest >= 1) h = Math.imul(h ^ data[i]!, m);
  h ^= h >>> 13;
  h = Math.imul(h, m);
  return h ^ (h >>> 15);
}
