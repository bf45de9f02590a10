// Counters of other agents as the bus names them (domain/derive/counters.ts), and which devices are left out.
import type { Labels } from '../../../domain/tick.ts';

/** `scale` makes the growth a second minimon's unit; `part`: of several that are one value. */
export type Counter = { readonly metric: string; readonly scale?: number; readonly part?: string };

export type CounterReading = { readonly metric: string; readonly labels: Labels; readonly scale: number };

/** What minimon's agent leaves out by default. */
const LEFT_OUT: Readonly<Record<string, RegExp>> = {
  device: /^(?:loop|ram|zram|fd|sr|nvme.*c.*n)/,
  interface: /^(?:lo$|veth|docker|cni|cali|lxc)|:/,
};

/** Undefined for a device without a name, and one that minimon's agent leaves out. */
export function counterReading(
  { metric, scale = 1, part }: Counter,
  device: Labels,
): CounterReading | undefined {
  const [[label, name] = ['', '']] = Object.entries(device);
  if (!name || LEFT_OUT[label]?.test(name)) return undefined;
  return { metric, labels: part === undefined ? device : { ...device, part }, scale };
}
