// Counters of other agents as the bus names them (domain/derive/counters.ts), and which devices are left out.
import { compileGlob } from '../../../domain/glob.ts';
import type { Labels } from '../../../domain/tick.ts';
import { UNSAMPLED } from '../../../domain/unsampled-devices.ts';

/** `scale` makes the growth a second minimon's unit; `part`: of several that are one value. */
export type Counter = { readonly metric: string; readonly scale?: number; readonly part?: string };

export type CounterReading = { readonly metric: string; readonly labels: Labels; readonly scale: number };

/** Hosts have few names, and the same ones: globs take ten times as long as looking one up. */
const NAMES_KEPT = 10_000;
const UNSAMPLED_BY_LABEL: Readonly<Record<string, (name: string) => boolean>> = {
  device: anyOf(UNSAMPLED.devices),
  interface: anyOf(UNSAMPLED.interfaces),
};

/** Undefined for a device without a name, and one that minimon's agent leaves out. */
export function counterReading(
  { metric, scale = 1, part }: Counter,
  device: Labels,
): CounterReading | undefined {
  const [[label, name] = ['', '']] = Object.entries(device);
  if (!name || UNSAMPLED_BY_LABEL[label]?.(name)) return undefined;
  return { metric, labels: part === undefined ? device : { ...device, part }, scale };
}

function anyOf(globs: readonly string[]): (name: string) => boolean {
  const fits = globs.map(compileGlob);
  const known = new Map<string, boolean>();
  return (name) => {
    const found = known.get(name) ?? fits.some((one) => one(name));
    if (known.size >= NAMES_KEPT) known.clear();
    known.set(name, found);
    return found;
  };
}
