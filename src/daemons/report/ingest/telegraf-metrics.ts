// The standard metrics of Telegraf's inputs (cpu, mem, disk, system, processes) as minimon's own.
import type { Line } from '../../../domain/line-protocol.ts';

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
    if (idle !== undefined) mapped('cpu.usage', NONE, percent(100 - idle - (iowait ?? 0)));
    if (iowait !== undefined) mapped('cpu.iowait', NONE, percent(iowait));
    if (steal !== undefined) mapped('cpu.steal', NONE, percent(steal));
  } else if (measurement === 'mem') {
    const [available, free, total] = [take('available_percent'), take('swap_free'), take('swap_total')];
    if (available !== undefined) mapped('mem.usage', NONE, percent(100 - available));
    // Without swap there is no share of it.
    if (free !== undefined && total) mapped('swap.usage', NONE, percent(100 * (1 - free / total)));
  } else if (measurement === 'disk') {
    const mount = tags.get('path');
    if (mount === undefined) return used;
    const [usage, free] = [take('used_percent'), take('free')];
    const [inodesUsed, inodes] = [take('inodes_used'), take('inodes_total')];
    if (usage !== undefined) mapped('disk.usage', { mount }, percent(usage));
    if (free !== undefined) mapped('disk.free', { mount }, free);
    if (inodesUsed !== undefined && inodes) {
      mapped('disk.inodes', { mount }, percent((100 * inodesUsed) / inodes));
    }
  }
  return used;
}

const percent = (value: number): number => Math.min(100, Math.max(0, value));
