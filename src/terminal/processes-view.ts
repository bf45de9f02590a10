// What `daemon processes` shows: the first of a host's processes in an order.
import type { ProcessUse } from '../daemons/agent/top-processes.ts';
import { formatValue } from '../domain/units.ts';
import { type Column, type Listing, sortRows } from './output.ts';

const columns: readonly Column<ProcessUse>[] = [
  { key: 'pid', title: 'PID', align: 'right', value: ({ pid }) => pid },
  { key: 'name', title: 'NAME', min: 12, value: ({ name }) => name },
  {
    key: 'cpu_percent',
    title: 'CPU%',
    align: 'right',
    value: ({ cpuPercent }) => cpuPercent,
    cell: ({ cpuPercent }) => cpuPercent.toFixed(1),
  },
  {
    key: 'memory_bytes',
    title: 'MEMORY',
    align: 'right',
    value: ({ memoryBytes }) => memoryBytes,
    cell: ({ memoryBytes }, screen) =>
      screen.isTTY ? formatValue(memoryBytes, 'bytes') : String(memoryBytes),
  },
  { key: 'state', title: 'STATE', drop: 1, value: ({ state }) => state },
  { key: 'threads', title: 'THREADS', align: 'right', drop: 2, value: ({ threads }) => threads },
];

/** Sorted before it is cut: the ten with the most memory are no selection of the ten with the most CPU. */
export function processesListing(
  processes: readonly ProcessUse[],
  { sort, limit }: { readonly sort: string; readonly limit: number },
): Listing<ProcessUse> {
  const listing: Listing<ProcessUse> = {
    columns,
    rows: processes,
    name: ({ pid }) => String(pid),
    empty: 'No process can be read (is /proc mounted with hidepid?).',
  };
  return { ...listing, rows: sortRows(listing, sort).slice(0, limit) };
}
