// The processes that use the most CPU or memory, read on demand from /proc: two readings, nothing kept, nothing sampled.
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectedError, messageOf } from '../../domain/errors.ts';

export type ProcessUse = {
  readonly pid: number;
  /** As the kernel has it, 15 bytes: command lines hold secrets. */
  readonly name: string;
  /** R, S, D, Z ... */
  readonly state: string;
  /** Of one CPU: 250 is two and a half. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  readonly threads: number;
};

export type TopOptions = {
  /** /proc, or another root's. */
  readonly procPath: string;
  /** Between the two readings. */
  readonly sleep: () => Promise<void>;
  readonly monotonicMs: () => number;
};

type Reading = {
  readonly name: string;
  readonly state: string;
  readonly cpuMs: number;
  /** Another process may get the same number. */
  readonly startedTicks: string;
  readonly pages: number;
  readonly threads: number;
};

/** The kernel's unit of CPU times, the same on all of its architectures. */
const TICK_MS = 10;
/** Ten thousand processes are read in turns, so that nothing else of the process waits. */
const AT_ONCE = 200;

/** Every process that was there at both readings, by number. Those whose files cannot be read are left out. */
export async function readProcesses({ procPath, sleep, monotonicMs }: TopOptions): Promise<ProcessUse[]> {
  const [before, beganMs] = [await readAll(procPath), monotonicMs()];
  await sleep();
  const [after, elapsedMs] = [await readAll(procPath), Math.max(1, monotonicMs() - beganMs)];
  const pageBytes = pageSize();
  // Files are read side by side and come as they like.
  const inOrder = [...after].sort(([one], [other]) => one - other);
  return inOrder.flatMap(([pid, now]) => {
    const last = before.get(pid);
    if (last?.startedTicks !== now.startedTicks) return [];
    return {
      ...{ pid, name: now.name, state: now.state, threads: now.threads },
      cpuPercent: Math.round(Math.max(0, (now.cpuMs - last.cpuMs) / elapsedMs) * 1_000) / 10,
      memoryBytes: now.pages * pageBytes,
    };
  });
}

async function readAll(procPath: string): Promise<Map<number, Reading>> {
  const names = await readdir(procPath).catch((error: unknown) => {
    throw new ExpectedError('UNAVAILABLE', `cannot list the processes: ${messageOf(error)}`, {
      hint: 'Processes are read from /proc, on Linux only.',
    });
  });
  const pids = names.filter((name) => /^\d+$/.test(name));
  const all = new Map<number, Reading>();
  for (let at = 0; at < pids.length; at += AT_ONCE) {
    await Promise.all(
      pids.slice(at, at + AT_ONCE).map(async (pid) => {
        // One that has ended meanwhile.
        const text = await readFile(join(procPath, pid, 'stat'), 'utf8').catch(() => undefined);
        const reading = text === undefined ? undefined : parseStat(text);
        if (reading) all.set(Number(pid), reading);
      }),
    );
  }
  return all;
}

/** The name may hold spaces and brackets: it ends at the last one. */
function parseStat(text: string): Reading | undefined {
  const [open, close] = [text.indexOf('('), text.lastIndexOf(')')];
  const fields = text.slice(close + 2).split(' ');
  const [state, utime, stime] = [fields[0], Number(fields[11]), Number(fields[12])];
  const [threads, startedTicks, pages] = [Number(fields[17]), fields[19], Number(fields[21])];
  if (open < 0 || close < open || !state || startedTicks === undefined) return undefined;
  if (![utime, stime, threads, pages].every(Number.isFinite)) return undefined;
  const name = text.slice(open + 1, close);
  return { name, state, cpuMs: (utime + stime) * TICK_MS, startedTicks, pages: Math.max(0, pages), threads };
}

/** 4 KiB but for some ARM and POWER kernels. */
function pageSize(): number {
  try {
    const kB = /^KernelPageSize:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/smaps', 'utf8'))?.[1];
    return kB === undefined ? 4_096 : Number(kB) * 1_024;
  } catch {
    return 4_096;
  }
}
