// The standard gauges of node_exporter as minimon's own, once all of one host, source and time is there.
import { NO_DISKS } from '../../../domain/file-systems.ts';
import { clampPercent } from '../../../domain/units.ts';
import { type Counter, type CounterReading, counterReading } from './counter-names.ts';
import type { Mapped } from './telegraf-metrics.ts';

type Values = ReadonlyMap<string, number>;

const NONE = {};
const AS_IS: readonly (readonly [string, string])[] = [
  ['node_load1', 'load.1'],
  ['node_load5', 'load.5'],
  ['node_load15', 'load.15'],
  ['node_memory_MemAvailable_bytes', 'mem.available'],
  ['node_procs_blocked', 'procs.blocked'],
];
const OF_HOST = new Set([
  ...AS_IS.map(([name]) => name),
  'node_memory_MemTotal_bytes',
  'node_memory_SwapFree_bytes',
  'node_memory_SwapTotal_bytes',
  'node_time_seconds',
  'node_boot_time_seconds',
]);
const OF_MOUNT = new Set([
  'node_filesystem_size_bytes',
  'node_filesystem_free_bytes',
  'node_filesystem_avail_bytes',
  'node_filesystem_files',
  'node_filesystem_files_free',
]);
/** As minimon's agent leaves them out. */
export const PSEUDO: ReadonlySet<string> = new Set(NO_DISKS);

const OF_DEVICE: ReadonlyMap<string, Counter> = new Map([
  ['node_disk_read_bytes_total', { metric: 'disk.read' }],
  ['node_disk_written_bytes_total', { metric: 'disk.written' }],
  ['node_disk_io_time_seconds_total', { metric: 'disk.busy', scale: 100 }],
]);
const OF_INTERFACE: ReadonlyMap<string, Counter> = new Map([
  ['node_network_receive_bytes_total', { metric: 'net.received' }],
  ['node_network_transmit_bytes_total', { metric: 'net.sent' }],
  ['node_network_receive_errs_total', { metric: 'net.errors', part: 'in' }],
  ['node_network_transmit_errs_total', { metric: 'net.errors', part: 'out' }],
  ['node_network_receive_drop_total', { metric: 'net.drops', part: 'in' }],
  ['node_network_transmit_drop_total', { metric: 'net.drops', part: 'out' }],
]);

/** The cumulative counter that a series is, as the bus names it. */
export function nodeCounterOf(name: string, labels: ReadonlyMap<string, string>): CounterReading | undefined {
  if (name === 'node_cpu_seconds_total') {
    const { cpu, mode } = { cpu: labels.get('cpu') ?? '', mode: labels.get('mode') ?? '' };
    return { metric: 'cpu', labels: { cpu, mode }, scale: 1 };
  }
  const device = labels.get('device') ?? '';
  const disk = OF_DEVICE.get(name);
  if (disk) return counterReading(disk, { device });
  const network = OF_INTERFACE.get(name);
  return network && counterReading(network, { interface: device });
}

/** Where a series belongs among the inputs: to the host (empty) or a mount point. Undefined for what is not mapped. */
export function inputOf(name: string, labels: ReadonlyMap<string, string>): string | undefined {
  if (OF_HOST.has(name)) return '';
  if (!OF_MOUNT.has(name) || PSEUDO.has(labels.get('fstype') ?? '')) return undefined;
  return labels.get('mountpoint') || undefined;
}

/** Calls `mapped` for each of minimon's metrics that the inputs are enough for. */
export function mapNodeExporter(inputs: ReadonlyMap<string, Values>, mapped: Mapped): void {
  for (const [mount, values] of inputs) {
    if (mount === '') mapHost(values, mapped);
    else mapMount(values, { mount }, mapped);
  }
}

function mapHost(values: Values, mapped: Mapped): void {
  for (const [name, metric] of AS_IS) {
    const value = values.get(name);
    if (value !== undefined) mapped(metric, NONE, value);
  }
  const share = (metric: string, part: string, whole: string) => {
    const [left, all] = [values.get(part), values.get(whole)];
    // Nothing of nothing is no share.
    if (left !== undefined && all) mapped(metric, NONE, clampPercent(100 * (1 - left / all)));
  };
  share('mem.usage', 'node_memory_MemAvailable_bytes', 'node_memory_MemTotal_bytes');
  share('swap.usage', 'node_memory_SwapFree_bytes', 'node_memory_SwapTotal_bytes');
  const [now, boot] = [values.get('node_time_seconds'), values.get('node_boot_time_seconds')];
  if (now !== undefined && boot !== undefined) mapped('uptime', NONE, now - boot);
}

function mapMount(values: Values, labels: { readonly mount: string }, mapped: Mapped): void {
  const of = (name: string) => values.get(`node_filesystem_${name}`);
  const [size, free, avail] = [of('size_bytes'), of('free_bytes'), of('avail_bytes')];
  const [files, filesFree] = [of('files'), of('files_free')];
  if (avail !== undefined) mapped('disk.free', labels, avail);
  if (size !== undefined && free !== undefined && avail !== undefined && size - free + avail > 0) {
    mapped('disk.usage', labels, clampPercent((100 * (size - free)) / (size - free + avail)));
  }
  if (filesFree !== undefined && files)
    mapped('disk.inodes', labels, clampPercent(100 * (1 - filesFree / files)));
}

/** Not a number stays one, to be refused by name. */
