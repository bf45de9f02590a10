// fds.* and conntrack.*: kernel tables that reject new entries when they are full.
import { attempt, type Collector, type Round } from './collector.ts';
import { percent } from './counters.ts';
import type { ProcFile } from './proc-file.ts';

export function createKernelTablesCollector(parts: {
  /** sys/fs/file-nr */
  readonly fileNr: ProcFile;
  readonly conntrackCount: ProcFile;
  readonly conntrackMax: ProcFile;
}): Collector {
  const { fileNr, conntrackCount, conntrackMax } = parts;

  function descriptors(round: Round): void {
    const text = fileNr.textIfThere();
    if (text === undefined) return;
    const [allocated, free, max] = text.trim().split(/\s+/).map(wholeNumber);
    if (allocated === undefined || free === undefined)
      throw new Error('file-nr does not begin with two numbers');
    const open = Math.max(0, allocated - free);
    round.add('fds.open', open);
    if (max !== undefined && max > 0) round.add('fds.usage', percent(open, max));
    else round.omit('fds.usage', 'file-nr has no limit in it');
  }

  function connections(round: Round): void {
    const count = conntrackCount.textIfThere();
    // The module is not loaded: nothing is tracked.
    if (count === undefined) return;
    const entries = wholeNumber(count.trim());
    if (entries === undefined) throw new Error('nf_conntrack_count is not a number');
    round.add('conntrack.entries', entries);
    const max = wholeNumber(conntrackMax.textIfThere()?.trim() ?? '');
    if (max !== undefined && max > 0) round.add('conntrack.usage', percent(entries, max));
    else round.omit('conntrack.usage', 'nf_conntrack_max is not a number above 0');
  }

  return {
    name: 'kernel tables',
    collect(round) {
      attempt(round, 'fds', () => descriptors(round));
      attempt(round, 'conntrack', () => connections(round));
    },
    forget() {},
    close() {
      for (const file of [fileNr, conntrackCount, conntrackMax]) file.close();
    },
  };
}

const wholeNumber = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);
