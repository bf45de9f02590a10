// CPU time of other processes, as the kernel counts it.
import { readFileSync } from 'node:fs';

/** What the kernel counts a process's time in, on every Linux that Node runs on. */
const TICKS_A_SECOND = 100;

/** CPU seconds of a process and all its threads until now. 0 for one that does not run. */
export function cpuOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** CPU seconds of all children of this process that have ended, theirs included. */
export function cpuOfChildren(): number {
  const fields = statOf('self');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_A_SECOND;
}

function statOf(pid: number | 'self'): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
