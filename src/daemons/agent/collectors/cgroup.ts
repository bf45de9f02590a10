// The limits of a container, of cgroup v2 and v1: the lowest on the way up, and the usage at that same level.
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { readIfThere } from './proc-file.ts';

export type Cgroup = {
  /** Undefined: no limit. `usedBytes` leaves out the page cache that is given back on demand. */
  memory(): { readonly limitBytes: number; readonly usedBytes: number } | undefined;
  swap(): { readonly limitBytes: number; readonly usedBytes: number } | undefined;
  cpu(): { readonly cpus: number; readonly usageUs: number; readonly level: string } | undefined;
};

/** The path of the process in each hierarchy: controller name (empty for v2) -> path. */
function parseSelfCgroup(text: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    if (!match) continue;
    for (const controller of match[1]!.split(',')) paths.set(controller, match[2]!);
  }
  return paths;
}

/** A limit as written: a number, `max`, -1, or v1's "no limit" of nearly 2^63. */
function parseLimit(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  const limit = Number(text);
  return limit >= 2 ** 62 ? undefined : limit;
}

/** CPUs that a quota is worth: "150000 100000" -> 1.5. */
function parseCpuMax(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? '').split(/\s+/).map(Number);
  return quota && period && quota > 0 && period > 0 ? quota / period : undefined;
}

export function createCgroup(root: string): Cgroup {
  const base = join(root, 'sys/fs/cgroup');
  const paths = parseSelfCgroup(readIfThere(join(root, 'proc/self/cgroup')) ?? '');
  return existsSync(join(base, 'cgroup.controllers'))
    ? unified(levelsOf(base, paths.get('') ?? '/'))
    : split(base, paths);
}

/** The process's own directory first, the hierarchy's root last. */
function levelsOf(base: string, path: string): readonly string[] {
  // Seen from inside a namespace, a path can lead out of it (`/../x`) or name the host's own tree: then the root is ours.
  const own = join(base, normalize(join('/', path)));
  const levels: string[] = [];
  for (let level = own; level.startsWith(base) && level !== base; level = dirname(level)) {
    if (existsSync(level)) levels.push(level);
  }
  return [...levels, base];
}

/** The lowest limit; of equal ones the outermost, whose usage is the larger. */
function lowest(levels: readonly string[], limitAt: (level: string) => number | undefined) {
  let found: { level: string; limit: number } | undefined;
  for (const level of levels) {
    const limit = limitAt(level);
    if (limit !== undefined && (!found || limit <= found.limit)) found = { level, limit };
  }
  return found;
}

function numberIn(level: string, file: string): number {
  const text = readIfThere(join(level, file));
  if (text === undefined || !/^\d+$/.test(text)) {
    throw new Error(`${join(level, file)} does not say what is used, though there is a limit`);
  }
  return Number(text);
}

/** One field of a flat keyed file (memory.stat, cpu.stat). */
function fieldIn(
  level: string,
  place: { readonly file: string; readonly field: string },
): number | undefined {
  const text = readIfThere(join(level, place.file)) ?? '';
  const match = new RegExp(`^${place.field} (\\d+)$`, 'm').exec(text);
  return match ? Number(match[1]) : undefined;
}

function unified(levels: readonly string[]): Cgroup {
  const limit = (file: string) => (level: string) => parseLimit(readIfThere(join(level, file)));
  return {
    memory() {
      const found = lowest(levels, limit('memory.max'));
      if (!found) return undefined;
      const cache = fieldIn(found.level, { file: 'memory.stat', field: 'inactive_file' }) ?? 0;
      return {
        limitBytes: found.limit,
        usedBytes: Math.max(0, numberIn(found.level, 'memory.current') - cache),
      };
    },
    swap() {
      const found = lowest(levels, limit('memory.swap.max'));
      if (!found) return undefined;
      const usedBytes = found.limit === 0 ? 0 : numberIn(found.level, 'memory.swap.current');
      return { limitBytes: found.limit, usedBytes };
    },
    cpu() {
      const found = lowest(levels, (level) => parseCpuMax(readIfThere(join(level, 'cpu.max'))));
      const usageUs = found && fieldIn(found.level, { file: 'cpu.stat', field: 'usage_usec' });
      return usageUs === undefined ? undefined : { cpus: found!.limit, usageUs, level: found!.level };
    },
  };
}

function split(base: string, paths: ReadonlyMap<string, string>): Cgroup {
  const levels = (controller: string) => {
    const directory = [controller, 'cpu,cpuacct', 'cpuacct,cpu'].find(
      (name) => name.split(',').includes(controller) && existsSync(join(base, name)),
    );
    return directory ? levelsOf(join(base, directory), paths.get(controller) ?? '/') : [];
  };
  const memory = levels('memory');
  const cpu = levels('cpu');
  const accounts = levels('cpuacct');
  const limit = (file: string) => (level: string) => parseLimit(readIfThere(join(level, file)));
  return {
    memory() {
      const found = lowest(memory, limit('memory.limit_in_bytes'));
      if (!found) return undefined;
      const cache = fieldIn(found.level, { file: 'memory.stat', field: 'total_inactive_file' }) ?? 0;
      const used = numberIn(found.level, 'memory.usage_in_bytes') - cache;
      return { limitBytes: found.limit, usedBytes: Math.max(0, used) };
    },
    swap() {
      // v1 limits memory and swap together; what is above the memory limit is swap.
      const both = lowest(memory, limit('memory.memsw.limit_in_bytes'));
      const alone = both && limit('memory.limit_in_bytes')(both.level);
      if (!both || alone === undefined) return undefined;
      const used =
        numberIn(both.level, 'memory.memsw.usage_in_bytes') - numberIn(both.level, 'memory.usage_in_bytes');
      return { limitBytes: Math.max(0, both.limit - alone), usedBytes: Math.max(0, used) };
    },
    cpu() {
      const found = lowest(cpu, (level) =>
        parseCpuMax(
          `${readIfThere(join(level, 'cpu.cfs_quota_us'))} ${readIfThere(join(level, 'cpu.cfs_period_us'))}`,
        ),
      );
      if (!found) return undefined;
      // The same level in the other hierarchy: as far from the leaf.
      const level = accounts[cpu.indexOf(found.level)] ?? accounts.at(-1);
      const usage = level === undefined ? undefined : parseLimit(readIfThere(join(level, 'cpuacct.usage')));
      return usage === undefined
        ? undefined
        : { cpus: found.limit, usageUs: usage / 1_000, level: found.level };
    },
  };
}
