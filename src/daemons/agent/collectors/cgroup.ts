// The limits of a container, of cgroup v2 and v1: the lowest above pid 1, and the usage at that same level.
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { createProcFile, type ProcFile } from './proc-file.ts';

type Use = { readonly limitBytes: number; readonly usedBytes: number };

export type Cgroup = {
  /** Undefined: no limit. `usedBytes` leaves out the page cache that is given back on demand. */
  memory(): Use | undefined;
  swap(): Use | undefined;
  /** A quota, or the CPUs that the container is bound to: the lower of both. */
  cpu(): { readonly cpus: number; readonly usageUs: number; readonly level: string } | undefined;
  /** What is in force and where, for people: `1.5 CPUs at /app.slice`; empty without limits below the machine's own. */
  describe(machine: { readonly bytes: number | undefined; readonly cpus: number | undefined }): string;
  close(): void;
};

type Found = { readonly level: string; readonly limit: number };

/** The limits of one version of cgroup; levels are directories, the innermost first. */
type Hierarchy = {
  readonly base: string;
  memory(): Found | undefined;
  memoryUsed(level: string): number;
  swap(): Use | undefined;
  /** Of a quota or a set of CPUs, with where its time is counted. */
  cpus(): readonly (Found & { readonly usage: string | undefined })[];
  usageUs(level: string): number | undefined;
};

export function createCgroup(root: string): Cgroup {
  const base = join(root, 'sys/fs/cgroup');
  const files = new Map<string, ProcFile>();
  /** Through one descriptor for good, so that a shortage of them takes no reading away. */
  const read = (path: string): string | undefined => {
    let file = files.get(path);
    if (!file) files.set(path, (file = createProcFile(path)));
    return file.textIfThere()?.trim();
  };
  const textOf = (pid: string) => read(join(root, 'proc', pid, 'cgroup'));

  function hierarchy(): Hierarchy {
    const [own, first] = [parsePaths(textOf('self') ?? ''), parsePaths(firstText() ?? '')];
    const paths = (controller: string) => sharedPath(own.get(controller), first.get(controller));
    return read(join(base, 'cgroup.controllers')) === undefined
      ? split(base, read, paths)
      : unified(base, read, paths(''));
  }

  /** Only root may read it below some security modules; then only what is above everything is known to hold for it. */
  function firstText(): string | undefined {
    try {
      return textOf('1');
    } catch {
      return undefined;
    }
  }

  function lowestCpus(from: Hierarchy) {
    return from
      .cpus()
      .reduce<ReturnType<Hierarchy['cpus']>[number] | undefined>(
        (least, one) => (!least || one.limit < least.limit ? one : least),
        undefined,
      );
  }

  return {
    memory() {
      const from = hierarchy();
      const found = from.memory();
      return found && { limitBytes: found.limit, usedBytes: from.memoryUsed(found.level) };
    },
    swap: () => hierarchy().swap(),
    cpu() {
      const from = hierarchy();
      const found = lowestCpus(from);
      if (!found) return undefined;
      const usageUs = found.usage === undefined ? undefined : from.usageUs(found.usage);
      if (usageUs === undefined)
        throw new Error(`${found.level} limits the CPUs, but the time used there is not known`);
      return { cpus: found.limit, usageUs, level: found.level };
    },
    describe(machine) {
      const from = hierarchy();
      const at = (level: string) => level.slice(from.base.length) || '/';
      const below = (found: Found | undefined, most = Number.POSITIVE_INFINITY) =>
        found && found.limit < most ? found : undefined;
      const memory = below(from.memory(), machine.bytes);
      const cpus = below(lowestCpus(from), machine.cpus);
      return [
        memory && `${memory.limit} bytes of memory at ${at(memory.level)}`,
        cpus && `${Math.round(cpus.limit * 100) / 100} CPUs at ${at(cpus.level)}`,
      ]
        .filter(Boolean)
        .join(', ');
    },
    close() {
      for (const file of files.values()) file.close();
    },
  };
}

/** The path of a process in each hierarchy: controller name (empty for v2) -> path. */
function parsePaths(text: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    if (!match) continue;
    for (const controller of match[1]!.split(',')) paths.set(controller, match[2]!);
  }
  return paths;
}

/**
 * The innermost group that holds both this process and pid 1: what stands lower is the agent's own unit, no limit of the
 * container. Undefined where pid 1 is outside of everything that is seen here. Unknown paths share the top.
 */
function sharedPath(own: string | undefined, first: string | undefined): string | undefined {
  if (first?.startsWith('/..')) return undefined;
  if (own === undefined || first === undefined) return '/';
  const names = normalize(join('/', own)).split('/');
  const others = normalize(first).split('/');
  const differ = names.findIndex((name, i) => name !== others[i]);
  return (differ < 0 ? names : names.slice(0, differ)).join('/') || '/';
}

const NO_LIMIT = 2 ** 62;

/** A limit as written: a number, `max`, -1, or v1's "no limit" of nearly 2^63. */
function parseLimit(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  const limit = Number(text);
  return limit >= NO_LIMIT ? undefined : limit;
}

/** CPUs that a quota is worth: "150000 100000" -> 1.5. */
function parseCpuMax(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? '').split(/\s+/).map(Number);
  return quota && period && quota > 0 && period > 0 ? quota / period : undefined;
}

/** How many CPUs a list names: "0-1,4,6-7" -> 5. An empty or broken list limits nothing. */
function countCpuList(text: string | undefined): number | undefined {
  let count = 0;
  for (const part of (text ?? '').trim().split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    if (!match) return undefined;
    count += Number(match[2] ?? match[1]) - Number(match[1]) + 1;
  }
  return count > 0 ? count : undefined;
}

/** The group's own directory first, the hierarchy's root last. */
function levelsOf(base: string, path: string): readonly string[] {
  const levels: string[] = [];
  for (let level = join(base, path); level.startsWith(`${base}/`); level = dirname(level)) {
    levels.push(level.replace(/\/$/, ''));
  }
  return [...levels.filter((level) => level !== base), base];
}

/** The lowest limit; of equal ones the outermost, whose usage is the larger. */
function lowest(
  levels: readonly string[],
  limitAt: (level: string) => number | undefined,
): Found | undefined {
  let found: Found | undefined;
  for (const level of levels) {
    const limit = limitAt(level);
    if (limit !== undefined && (!found || limit <= found.limit)) found = { level, limit };
  }
  return found;
}

type Read = (path: string) => string | undefined;

function numberIn(read: Read, path: string): number {
  const text = read(path);
  if (text === undefined || !/^\d+$/.test(text) || Number(text) >= NO_LIMIT) {
    throw new Error(`${path} does not say what is used, though there is a limit`);
  }
  return Number(text);
}

/** One field of a flat keyed file (memory.stat, cpu.stat). */
function fieldIn(read: Read, path: string, field: string): number | undefined {
  const match = new RegExp(`^${field} (\\d+)$`, 'm').exec(read(path) ?? '');
  return match ? Number(match[1]) : undefined;
}

function unified(base: string, read: Read, path: string | undefined): Hierarchy {
  const levels = path === undefined ? [] : levelsOf(base, path);
  const limit = (file: string) => (level: string) => parseLimit(read(join(level, file)));
  const withUsage = (found: Found | undefined) => (found ? [{ ...found, usage: found.level }] : []);
  return {
    base,
    memory: () => lowest(levels, limit('memory.max')),
    memoryUsed(level) {
      const cache = fieldIn(read, join(level, 'memory.stat'), 'inactive_file') ?? 0;
      return Math.max(0, numberIn(read, join(level, 'memory.current')) - cache);
    },
    swap() {
      const found = lowest(levels, limit('memory.swap.max'));
      if (!found) return undefined;
      const usedBytes = found.limit === 0 ? 0 : numberIn(read, join(found.level, 'memory.swap.current'));
      return { limitBytes: found.limit, usedBytes };
    },
    cpus: () => [
      ...withUsage(lowest(levels, (level) => parseCpuMax(read(join(level, 'cpu.max'))))),
      ...withUsage(lowest(levels, (level) => countCpuList(read(join(level, 'cpuset.cpus.effective'))))),
    ],
    usageUs: (level) => fieldIn(read, join(level, 'cpu.stat'), 'usage_usec'),
  };
}

/** Version 1: a hierarchy for each controller, with a path of its own in each. */
function split(base: string, read: Read, paths: (controller: string) => string | undefined): Hierarchy {
  const levels = (controller: string) => {
    const path = paths(controller);
    if (path === undefined) return [];
    // A container often sees its own group alone, where its path does not exist: then the limits stand at the top.
    const place = [controller, 'cpu,cpuacct', 'cpuacct,cpu'].find(
      (name) => name.split(',').includes(controller) && existsSync(join(base, name)),
    );
    return place === undefined ? [] : levelsOf(join(base, place), path);
  };
  const memory = levels('memory');
  const accounts = levels('cpuacct');
  const limit = (file: string) => (level: string) => parseLimit(read(join(level, file)));
  /** A limit above what is mounted here shows in memory.stat alone; without use_hierarchy, one above does not hold. */
  const inForce = (file: string, field: string) => {
    const at = (level: string) => fieldIn(read, join(level, 'memory.stat'), field);
    const inner = memory.map(at).find((value) => value !== undefined) ?? 0;
    return lowest(memory, (level) => {
      const least = Math.min(limit(file)(level) ?? NO_LIMIT, at(level) ?? NO_LIMIT);
      return least >= NO_LIMIT || least < inner ? undefined : least;
    });
  };
  const memoryLimit = () => inForce('memory.limit_in_bytes', 'hierarchical_memory_limit');
  /** The same level in the other hierarchy: as far from the leaf. */
  const accountOf = (all: readonly string[], found: Found | undefined) =>
    found ? [{ ...found, usage: accounts[all.indexOf(found.level)] ?? accounts.at(-1) }] : [];
  return {
    base,
    memory: memoryLimit,
    memoryUsed(level) {
      const cache = fieldIn(read, join(level, 'memory.stat'), 'total_inactive_file') ?? 0;
      return Math.max(0, numberIn(read, join(level, 'memory.usage_in_bytes')) - cache);
    },
    swap() {
      // v1 limits memory and swap together; what is above the memory limit is swap.
      const both = inForce('memory.memsw.limit_in_bytes', 'hierarchical_memsw_limit');
      const alone = both && memoryLimit();
      if (!both || !alone) return undefined;
      const of = (file: string) => numberIn(read, join(both.level, file));
      const used = of('memory.memsw.usage_in_bytes') - of('memory.usage_in_bytes');
      return { limitBytes: Math.max(0, both.limit - alone.limit), usedBytes: Math.max(0, used) };
    },
    cpus() {
      const [quotas, sets] = [levels('cpu'), levels('cpuset')];
      const quota = lowest(quotas, (level) =>
        parseCpuMax(`${read(join(level, 'cpu.cfs_quota_us'))} ${read(join(level, 'cpu.cfs_period_us'))}`),
      );
      const set = lowest(sets, (level) =>
        countCpuList(read(join(level, 'cpuset.effective_cpus')) ?? read(join(level, 'cpuset.cpus'))),
      );
      return [...accountOf(quotas, quota), ...accountOf(sets, set)];
    },
    usageUs(level) {
      const usage = parseLimit(read(join(level, 'cpuacct.usage')));
      return usage === undefined ? undefined : usage / 1_000;
    },
  };
}
