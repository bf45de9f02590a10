// Whether the bus has space: below its own limit, and enough of the disk left free.
import { statfsSync } from 'node:fs';
import { ExpectedError } from '../../domain/errors.ts';

type SpaceLimits = { readonly directory: string; readonly maxBytes: number; readonly minFreeShare: number };

export function createSpaceCheck(
  { directory, maxBytes, minFreeShare }: SpaceLimits,
  usedBytes: () => number,
): { full(): string | undefined; reserve(bytes: number): void } {
  // The bus stays full until what was rejected fits: one that has space for a heartbeat alone is of no use to reports.
  let rejectedBytes = 0;

  function whyFull(incoming: number): string | undefined {
    const used = usedBytes();
    if (used + incoming > maxBytes) {
      return `the bus holds ${mebibytes(used)} MiB of its limit of ${mebibytes(maxBytes)} MiB`;
    }
    const disk = statfsSync(directory);
    const share = disk.bavail / disk.blocks;
    if (share >= minFreeShare) return undefined;
    return `the disk of ${directory} has ${(share * 100).toFixed(1)} % free; the bus leaves ${minFreeShare * 100} %`;
  }

  return {
    full: () => whyFull(rejectedBytes),
    reserve(bytes) {
      const full = whyFull(bytes);
      rejectedBytes = full ? bytes : 0;
      if (full) throw busFull(full);
    },
  };
}

const mebibytes = (bytes: number) => Math.ceil(bytes / 1_048_576);

export const busFull = (why: string) =>
  new ExpectedError('BUS_FULL', why, {
    hint: 'Agents buffer ticks in their spool. Check why persist does not store, or raise the limit of the bus.',
  });
