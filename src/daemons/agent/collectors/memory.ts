// mem.usage, mem.available and swap.usage from /proc/meminfo, or of a container's own limit.
import { messageOf } from '../../../domain/errors.ts';
import type { Cgroup } from './cgroup.ts';
import { attempt, type Collector, type Round } from './collector.ts';
import { percent } from './counters.ts';
import type { ProcFile } from './proc-file.ts';

export type Memory = { readonly totalBytes: number; readonly availableBytes: number };
type Use = { readonly limitBytes: number; readonly usedBytes: number };

/** Below this share of all memory the kernel's reserves can be all that is free. */
const RESERVED_SHARE = 0.05;

/** kB by name; lines without a whole number of them are absent. */
function parseMeminfo(text: string): ReadonlyMap<string, number> {
  const kB = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^([^:\s]+):\s+(\d+)(?:\s+kB)?\s*$/.exec(line);
    if (match) kB.set(match[1]!, Number(match[2]));
  }
  return kB;
}

/**
 * A pool of huge pages counts as used, by the letter: it really is not available to anything else. `arcstats` is ZFS's
 * cache, which the kernel counts as used although it shrinks on demand down to c_min.
 */
export function parseMemory(meminfo: string, arcstats?: string): Memory {
  const kB = parseMeminfo(meminfo);
  const total = kB.get('MemTotal');
  if (!total) throw new Error('/proc/meminfo has no MemTotal');
  const available = availableOf(kB, total);
  if (available === undefined)
    throw new Error('/proc/meminfo has no MemAvailable, and no MemFree below MemTotal');
  const shrinkable = arcstats === undefined ? 0 : arcShrinkableBytes(arcstats);
  return {
    totalBytes: total * 1_024,
    availableBytes: Math.min(total * 1_024, Math.max(0, available * 1_024) + shrinkable),
  };
}

/** In kB. Containers' views say 0, and kernels before 3.14 nothing: then it is estimated from what they do say. */
function availableOf(kB: ReadonlyMap<string, number>, total: number): number | undefined {
  // More of anything than there is memory is not a number to go by.
  const of = (name: string) => {
    const value = kB.get(name);
    return value !== undefined && value <= total ? value : undefined;
  };
  const said = of('MemAvailable');
  const free = of('MemFree');
  if (free === undefined) return said;
  const cached = (of('Cached') ?? 0) + (of('SReclaimable') ?? 0) - (of('Shmem') ?? 0);
  const estimate = Math.min(total, free + (of('Buffers') ?? 0) + Math.max(0, cached));
  return said === undefined || (said === 0 && estimate > total * RESERVED_SHARE) ? estimate : said;
}

/** Undefined when the file does not say both, or says that more is free than there is. */
function parseSwap(meminfo: string): Use | undefined {
  const kB = parseMeminfo(meminfo);
  const [total, free] = [kB.get('SwapTotal'), kB.get('SwapFree')];
  if (total === 0) return { limitBytes: 0, usedBytes: 0 };
  if (total === undefined || free === undefined || free > total) return undefined;
  return { limitBytes: total * 1_024, usedBytes: (total - free) * 1_024 };
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
  function addMemory(round: Round, meminfo: string) {
    const memory = parseMemory(meminfo, arcstatsOf(round));
    const limited = parts.cgroup?.memory();
    const inForce = limited && limited.limitBytes < memory.totalBytes ? limited : undefined;
    const total = inForce?.limitBytes ?? memory.totalBytes;
    const available = inForce ? Math.max(0, inForce.limitBytes - inForce.usedBytes) : memory.availableBytes;
    if (total > 0) round.add('mem.usage', percent(total - available, total));
    round.add('mem.available', available);
  }

  function addSwap(round: Round, meminfo: string) {
    const ofMachine = parseSwap(meminfo);
    const limited = parts.cgroup?.swap();
    const inForce = limited && (!ofMachine || limited.limitBytes < ofMachine.limitBytes);
    const swap = inForce ? limited : ofMachine;
    if (!swap) throw new Error('/proc/meminfo has no valid SwapTotal and SwapFree');
    if (swap.limitBytes > 0) round.add('swap.usage', percent(swap.usedBytes, swap.limitBytes));
    else round.omit('swap.usage', 'there is no swap');
  }

  function arcstatsOf(round: Round): string | undefined {
    try {
      return parts.arcstats?.textIfThere();
    } catch (error) {
      round.fail('ZFS cache', `it counts as used memory: ${messageOf(error)}`);
      return undefined;
    }
  }

  return {
    name: 'memory',
    collect(round) {
      const meminfo = parts.meminfo.text();
      attempt(round, 'memory', () => addMemory(round, meminfo));
      attempt(round, 'swap.usage', () => addSwap(round, meminfo));
    },
    forget() {},
    close() {
      parts.meminfo.close();
      parts.arcstats?.close();
    },
  };
}
