// The one table of metrics: name, unit, kind, the seed's name, how it is drawn. Collector, chart and rule read it.

import { didYouMean } from './did-you-mean.ts';
import { ExpectedError } from './errors.ts';
import { metricError } from './names.ts';

export type MetricUnit = 'percent' | 'bytes' | 'bytes_per_second' | 'per_second' | 'seconds' | 'count';

export type MetricKind = {
  readonly name: string;
  readonly unit: MetricUnit;
  /** gauge: a reading; ratio: 0..100; rate: a counter's growth a second, made by the agent. */
  readonly kind: 'gauge' | 'ratio' | 'rate';
  readonly label?: string;
  /** Shown in `minimon metrics` without being asked for. */
  readonly headline?: boolean;
  readonly seed?: string;
  readonly means: string;
};

export const METRIC_KINDS: readonly MetricKind[] = [
  {
    name: 'cpu.usage',
    unit: 'percent',
    kind: 'ratio',
    headline: true,
    seed: 'CPU_Rate',
    means: 'CPU time not idle and not waiting for I/O',
  },
  {
    name: 'mem.usage',
    unit: 'percent',
    kind: 'ratio',
    headline: true,
    seed: 'Mem_Rate',
    means: 'memory that is not available to programs',
  },
  { name: 'cpu.iowait', unit: 'percent', kind: 'ratio', means: 'CPU time idle while I/O was pending' },
  { name: 'cpu.steal', unit: 'percent', kind: 'ratio', means: 'CPU time taken by the hypervisor' },
  { name: 'load.1', unit: 'count', kind: 'gauge', headline: true, means: 'load average over 1 min' },
  { name: 'load.5', unit: 'count', kind: 'gauge', means: 'load average over 5 min' },
  { name: 'load.15', unit: 'count', kind: 'gauge', means: 'load average over 15 min' },
  { name: 'load.per_core', unit: 'count', kind: 'gauge', means: 'load average over 15 min for each CPU' },
  {
    name: 'mem.available',
    unit: 'bytes',
    kind: 'gauge',
    means: 'memory available to programs without swapping',
  },
  { name: 'swap.usage', unit: 'percent', kind: 'ratio', means: 'swap in use' },
  {
    name: 'disk.usage',
    unit: 'percent',
    kind: 'ratio',
    label: 'mount',
    headline: true,
    means: 'used share of what ordinary users can write',
  },
  {
    name: 'disk.free',
    unit: 'bytes',
    kind: 'gauge',
    label: 'mount',
    means: 'space ordinary users can still write',
  },
  { name: 'disk.inodes', unit: 'percent', kind: 'ratio', label: 'mount', means: 'inodes in use' },
  { name: 'disk.read', unit: 'bytes_per_second', kind: 'rate', label: 'device', means: 'bytes read' },
  { name: 'disk.written', unit: 'bytes_per_second', kind: 'rate', label: 'device', means: 'bytes written' },
  { name: 'disk.busy', unit: 'percent', kind: 'ratio', label: 'device', means: 'time with I/O in flight' },
  {
    name: 'net.received',
    unit: 'bytes_per_second',
    kind: 'rate',
    label: 'interface',
    headline: true,
    means: 'bytes received',
  },
  {
    name: 'net.sent',
    unit: 'bytes_per_second',
    kind: 'rate',
    label: 'interface',
    headline: true,
    means: 'bytes sent',
  },
  {
    name: 'net.errors',
    unit: 'per_second',
    kind: 'rate',
    label: 'interface',
    means: 'errors, both directions',
  },
  {
    name: 'net.drops',
    unit: 'per_second',
    kind: 'rate',
    label: 'interface',
    means: 'dropped packets, both directions',
  },
  { name: 'procs.total', unit: 'count', kind: 'gauge', means: 'processes' },
  { name: 'procs.blocked', unit: 'count', kind: 'gauge', means: 'processes blocked on I/O' },
  { name: 'uptime', unit: 'seconds', kind: 'gauge', means: 'time since boot' },
  {
    name: 'clock.offset',
    unit: 'seconds',
    kind: 'gauge',
    means: "report's clock less this host's, half the round trip taken off",
  },
];

const byName = new Map(METRIC_KINDS.map((kind) => [kind.name, kind]));
const bySeedName = new Map(
  METRIC_KINDS.flatMap((kind) => (kind.seed ? [[kind.seed, kind.name] as const] : [])),
);

export const metricKind = (name: string): MetricKind | undefined => byName.get(name);

/** minimon's name of a metric that may be written with the seed's (`CPU_Rate`). */
export const canonicalMetric = (name: string): string => bySeedName.get(name) ?? name;

/** The seed's name of a metric, or minimon's own where it has none. */
export const seedMetric = (name: string): string => byName.get(name)?.seed ?? name;

/** A metric as a person names it: the seed's names too; one that cannot exist is refused with the nearest name. */
export function parseMetric(word: string): string {
  const name = canonicalMetric(word);
  const error = metricError(name);
  if (error) throw new ExpectedError('BAD_METRIC', error, { hint: didYouMean(word, byName.keys()) });
  return name;
}
