// The standard metrics of OpenTelemetry's hostmetrics receiver as minimon's own, and the names that all others are kept under.
import { clampPercent } from '../../../domain/units.ts';
import type { Attributes, OtlpMetric } from '../../../wire/otlp.ts';
import { type Counter, type CounterReading, counterReading } from './counter-names.ts';
import { PSEUDO } from './node-exporter-metrics.ts';
import type { Mapped } from './telegraf-metrics.ts';

const AS_IS: ReadonlyMap<string, string> = new Map([
  ['system.cpu.load_average.1m', 'load.1'],
  ['system.cpu.load_average.5m', 'load.5'],
  ['system.cpu.load_average.15m', 'load.15'],
  ['system.linux.memory.available', 'mem.available'],
  ['system.uptime', 'uptime'],
]);
/** Summed by state, of the host or of a mount point. */
const BY_STATE: ReadonlyMap<string, string> = new Map([
  ['system.memory.limit', ''],
  ['system.memory.usage', 'state'],
  ['system.paging.usage', 'state'],
  ['system.processes.count', 'status'],
  ['system.filesystem.usage', 'state'],
  ['system.filesystem.inodes.usage', 'state'],
]);
const CPU_MODES: Readonly<Record<string, string>> = { wait: 'iowait', interrupt: 'irq' };
const COUNTERS: Readonly<
  Record<string, { readonly label: string; readonly by: Readonly<Record<string, Counter>> }>
> = {
  'system.disk.io': {
    label: 'device',
    by: { read: { metric: 'disk.read' }, write: { metric: 'disk.written' } },
  },
  'system.disk.io_time': { label: 'device', by: { '': { metric: 'disk.busy', scale: 100 } } },
  'system.network.io': {
    label: 'interface',
    by: { receive: { metric: 'net.received' }, transmit: { metric: 'net.sent' } },
  },
  'system.network.errors': {
    label: 'interface',
    by: { receive: { metric: 'net.errors', part: 'in' }, transmit: { metric: 'net.errors', part: 'out' } },
  },
  'system.network.dropped': {
    label: 'interface',
    by: { receive: { metric: 'net.drops', part: 'in' }, transmit: { metric: 'net.drops', part: 'out' } },
  },
};

const AVAILABLE = 'system.linux.memory.available\u0000\u0000';
const LIMIT = 'system.memory.limit\u0000\u0000';

/** Sums by what they are of: metric, mount point (empty for the host) and state. */
export type OtelInputs = Map<string, number>;

/** Takes a point that minimon's metrics are made of; false for all others. */
export function takeOtelInput(
  name: string,
  attributes: Attributes,
  value: number,
  into: OtelInputs,
): boolean {
  const by = BY_STATE.get(name);
  if (by === undefined && !AS_IS.has(name)) return false;
  if (PSEUDO.has(attributes.get('type') ?? '')) return false;
  const mount = name.startsWith('system.filesystem.') ? (attributes.get('mountpoint') ?? '') : '';
  const key = [name, mount, by === undefined ? '' : (attributes.get(by) ?? '')].join('\u0000');
  into.set(key, (into.get(key) ?? 0) + value);
  return true;
}

/** The counter that a point of a cumulative sum is, as the bus names it. */
export function otelCounterOf(name: string, attributes: Attributes): CounterReading | undefined {
  if (name === 'system.cpu.time') {
    const state = attributes.get('state');
    if (!state) return undefined;
    const mode = CPU_MODES[state] ?? state;
    return { metric: 'cpu', labels: { cpu: attributes.get('cpu') ?? '', mode }, scale: 1 };
  }
  const known = Object.hasOwn(COUNTERS, name) ? COUNTERS[name] : undefined;
  const counter = known?.by[attributes.get('direction') ?? ''];
  return counter && counterReading(counter, { [known!.label]: attributes.get('device') ?? '' });
}

/** Calls `mapped` for each of minimon's metrics that the inputs of one host and time are enough for. */
export function mapOtel(inputs: OtelInputs, mapped: Mapped): void {
  const states = new Map<string, Map<string, number>>();
  for (const [key, value] of inputs) {
    const [name = '', mount = '', state = ''] = key.split('\u0000');
    const metric = AS_IS.get(name);
    if (metric !== undefined) mapped(metric, {}, value);
    const of = `${name}\u0000${mount}`;
    let found = states.get(of);
    if (!found) states.set(of, (found = new Map()));
    found.set(state, value);
  }
  for (const [of, values] of states) {
    const [name = '', mount = ''] = of.split('\u0000');
    const all = [...values.values()].reduce((sum, value) => sum + value, 0);
    const share = (metric: string, part: number | undefined, whole: number, labels = {}) => {
      // Nothing of nothing is no share.
      if (part !== undefined && whole > 0) mapped(metric, labels, clampPercent((100 * part) / whole));
    };
    const [used, free] = [values.get('used'), values.get('free')];
    if (name === 'system.memory.usage') {
      const available = inputs.get(AVAILABLE);
      // Its states overlap (slabs are in two of them): since v0.137 what is used is all that is not available.
      const whole = inputs.get(LIMIT) ?? (used ?? Number.NaN) + (available ?? Number.NaN);
      share('mem.usage', available === undefined ? undefined : whole - available, whole);
    } else if (name === 'system.paging.usage') {
      if (free !== undefined) share('swap.usage', used, (used ?? 0) + free);
    } else if (name === 'system.processes.count') {
      mapped('procs.total', {}, all);
      if (values.has('blocked')) mapped('procs.blocked', {}, values.get('blocked')!);
    } else if (mount !== '' && used !== undefined && free !== undefined) {
      const isSpace = name === 'system.filesystem.usage';
      if (isSpace) mapped('disk.free', { mount }, free);
      share(isSpace ? 'disk.usage' : 'disk.inodes', used, used + free, { mount });
    }
  }
}

const UNITS: Readonly<Record<string, string>> = {
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  '%': 'percent',
  'By/s': 'bytes_per_second',
  Cel: 'celsius',
  Hz: 'hertz',
};

/** As the collector's own exporter for Prometheus spells it: with unit, and _total for what only grows. */
export function otelName({ name, unit, kind, part }: Omit<OtlpMetric, 'points'>): string {
  let spelt = name.replaceAll('.', '_');
  const word = unit === '1' && kind === 'gauge' ? 'ratio' : UNITS[unit];
  if (word !== undefined && !spelt.endsWith(`_${word}`)) spelt += `_${word}`;
  if (part !== '') spelt += `_${part}`;
  else if (kind === 'counter' && !spelt.endsWith('_total')) spelt += '_total';
  if (kind === 'delta') spelt += '_per_second';
  return spelt;
}
