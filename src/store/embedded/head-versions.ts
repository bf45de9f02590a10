// A version number per host for its part of the head, shared by the writer and the reader thread: while unchanged,
// the reader's snapshot is current.

/** Hosts may share a number: one of them then asks once more than needed. */
const NUMBERS = 65_536;

export const createHeadVersions = (): SharedArrayBuffer => new SharedArrayBuffer(NUMBERS * 4);

/** Where a host's number stands. */
export function versionSlot(hostId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < hostId.length; i++) hash = Math.imul(hash ^ hostId.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 16)) & (NUMBERS - 1);
}

/** Before a write is acknowledged, and only after what left the head was committed to its file. */
export const changeVersion = (versions: Int32Array, slot: number): void =>
  void Atomics.add(versions, slot, 1);

export const headVersion = (versions: Int32Array, hostId: string): number =>
  Atomics.load(versions, versionSlot(hostId));
