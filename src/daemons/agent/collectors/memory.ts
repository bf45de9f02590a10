// mem.usage, mem.available and swap.usage from /proc/meminfo, or of a container's own limit.
import type { Cgroup } from './cgroup.ts';
import type { Collector } from './collector.ts';
import { percent } from './counters.ts';
import type { ProcFile } from './proc-file.ts';

export type Memory = {
  readonly totalBytes: number;
  readonly availableBytes: number;
  readonly swapTotalBytes: number;
  readonly swapFreeBytes: number;
};

/**
 * A pool of huge pages counts as used, by the letter: it really is not available to anything else. `arcstats` is ZFS's
 * cache, which the kernel counts as used although it shrinks on demand down to c_min.
 */
export function parseMemory(meminfo: string, arcstats?: string): Memory {
  const kB = new Map<string, number>();
  for (const line of meminfo.split('\n')) {
    const match = /^([^:\s]+):\s+(\d+)/.exec(line);
    if (match) kB.set(match[1]!, Number(match[2]));
  }
  const total = kB.get('MemTotal');
  const free = kB.get('MemFree');
  if (!total || free === undefined) throw new Error('/proc/meminfo has no MemTotal and MemFree');
  const of = (name: string) => kB.get(name) ?? 0;
  // Kernels before 3.14 have no MemAvailable; this is what it is estimated from.
  const available =
    kB.get('MemAvailable') ?? free + of('Buffers') + of('Cached') + of('SReclaimable') - of('Shmem');
  const shrinkable = arcstats === undefined ? 0 : arcShrinkableBytes(arcstats);
  return {
    totalBytes: total * 1_024,
    availableBytes: Math.min(total * 1_024, Math.max(0, available * 1_024) + shrinkable),
    swapTotalBytes: of('SwapTotal') * 1_024,
    swapFreeBytes: of('SwapFree') * 1_024,
  };
}

function arcShrinkableBytes(arcstats: string): number {
  const field = (name: string) => Number(new RegExp(`^${name}\\s+\\d+\\s+(\\d+)$`, 'm').exec(arcstats)?.[1]);
  // NaN where a field is missing.
  return Math.max(0, field('size') - field('c_min') || 0);
}

export function createMemoryCollector(parts: {
  readonly meminfo: ProcFile;
  /** Not given in a container, which sees the host's. */
  readonly arcstats?: ProcFile | undefined;
  readonly cgroup?: Cgroup | undefined;
}): Collector {
  return {
    name: 'memory',
    collect(round) {
      const memory = parseMemory(parts.meminfo.text(), parts.arcstats?.textIfThere());
      const limited = parts.cgroup?.memory();
      const inForce = limited && limited.limitBytes < memory.totalBytes ? limited : undefined;
      const total = inForce?.limitBytes ?? memory.totalBytes;
      const available = inForce ? Math.max(0, inForce.limitBytes - inForce.usedBytes) : memory.availableBytes;
      if (total > 0) round.add('mem.usage', percent(total - available, total));
      round.add('mem.available', available);

      const swapLimit = parts.cgroup?.swap();
      const swap =
        swapLimit && swapLimit.limitBytes < memory.swapTotalBytes
          ? swapLimit
          : { limitBytes: memory.swapTotalBytes, usedBytes: memory.swapTotalBytes - memory.swapFreeBytes };
      if (swap.limitBytes > 0) round.add('swap.usage', percent(swap.usedBytes, swap.limitBytes));
      else round.omit('swap.usage', 'there is no swap');
    },
    forget() {},
    close() {
      parts.meminfo.close();
      parts.arcstats?.close();
    },
  };
}
