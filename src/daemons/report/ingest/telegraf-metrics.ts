// The standard metrics of Telegraf's inputs (cpu, mem, disk, system, processes) as minimon's own.
import type { Line } from '../../../domain/line-protocol.ts';
import { clampPercent } from '../../../domain/units.ts';
import { type Counter, type CounterReading, counterReading } from './counter-names.ts';

/** By measurement and field; the tag that names the device. */
const COUNTERS: Readonly<
  Record<
    string,
    { readonly tag: string; readonly label: string; readonly fields: Readonly<Record<string, Counter>> }
  >
> = {
  diskio: {
    ...{ tag: 'name', label: 'device' },
    fields: {
      read_bytes: { metric: 'disk.read' },
      write_bytes: { metric: 'disk.written' },
      // Milliseconds a second, as a percentage.
      io_time: { metric: 'disk.busy', scale: 0.1 },
    },
  },
  net: {
    ...{ tag: 'interface', label: 'interface' },
    fields: {
      bytes_recv: { metric: 'net.received' },
      bytes_sent: { metric: 'net.sent' },
      err_in: { metric: 'net.errors', part: 'in' },
      err_out: { metric: 'net.errors', part: 'out' },
      drop_in: { metric: 'net.drops', part: 'in' },
      drop_out: { metric: 'net.drops', part: 'out' },
    },
  },
};

/** The cumulative counters in the line, as the bus names them, with their fields. */
export function telegrafCounters({
  measurement,
  tags,
  fields,
}: Line): (CounterReading & { readonly field: string })[] {
  const known = Object.hasOwn(COUNTERS, measurement) ? COUNTERS[measurement] : undefined;
  const name = known && tags.get(known.tag);
  // Telegraf's own sum of all interfaces.
  if (!known || !name || name === 'all') return [];
  return Object.entries(known.fields).flatMap(([field, counter]) => {
    const reading = fields.has(field) ? counterReading(counter, { [known.label]: name }) : undefined;
    return reading ? [{ ...reading, field }] : [];
  });
}

export type Mapped = (metric: string, labels: Readonly<Record<string, string>>, value: number) => void;

const NONE: Readonly<Record<string, string>> = {};
/** minimon's name by measurement and field, where the value is taken as it is. */
const AS_IS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  system: { load1: 'load.1', load5: 'load.5', load15: 'load.15', uptime: 'uptime' },
  mem: { available: 'mem.available' },
  processes: { total: 'procs.total', blocked: 'procs.blocked' },
};

/** Calls `mapped` for each of minimon's metrics in the line; returns which of its fields are used. */
export function mapTelegrafLine({ measurement, tags, fields }: Line, mapped: Mapped): ReadonlySet<string> {
  const used = new Set<string>();
  const take = (field: string): number | undefined => {
    const value = fields.get(field);
    if (value !== undefined) used.add(field);
    return value;
  };
  const names = Object.hasOwn(AS_IS, measurement) ? AS_IS[measurement]! : NONE;
  for (const [field, metric] of Object.entries(names)) {
    const value = take(field);
    if (value !== undefined) mapped(metric, NONE, value);
  }
  if (measurement === 'cpu' && tags.get('cpu') === 'cpu-total') {
    const [idle, iowait, steal] = [take('usage_idle'), take('usage_iowait'), take('usage_steal')];
    if (idle !== undefined) mapped('cpu.usage', NONE, clampPercent(100 - idle - (iowait ?? 0)));
    if (iowait !== undefined) mapped('cpu.iowait', NONE, clampPercent(iowait));
    if (steal !== undefined) mapped('cpu.steal', NONE, clampPercent(steal));
  } else if (measurement === 'mem') {
    const [available, free, total] = [take('available_percent'), take('swap_free'), take('swap_total')];
    if (available !== undefined) mapped('mem.usage', NONE, clampPercent(100 - available));
    // Without swap there is no share of it.
    if (free !== undefined && total) mapped('swap.usage', NONE, clampPercent(100 * (1 - free / total)));
  } else if (measurement === 'disk') {
    const mount = tags.get('path');
    if (mount === undefined) return used;
    const [usage, free] = [take('used_percent'), take('free')];
    const [inodesUsed, inodes] = [take('inodes_used'), take('inodes_total')];
    if (usage !== undefined) mapped('disk.usage', { mount }, clampPercent(usage));
    if (free !== undefined) mapped('disk.free', { mount }, free);
    if (inodesUsed !== undefined && inodes) {
      mapped('disk.inodes', { mount }, clampPercent((100 * inodesUsed) / inodes));
    }
  }
  return used;
}
