// CPU time of other processes, as the kernel counts it.
import { readFileSync } from 'node:fs';

/** What the kernel counts a process's time in, on every Linux that Node runs on. */
const TICKS_A_SECOND = 100;

/** CPU seconds of a process and all its threads until now. 0 for one that does not run. */
export function cpuOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
