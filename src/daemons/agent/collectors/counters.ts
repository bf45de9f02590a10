// Arithmetic of the kernel's counters: parsing without loss, growth, resets, rates and percentages.
import { type Round, SHORTEST_RATE_MS } from './collector.ts';

/** Counters are 64 bits wide; those past 2^53 are bigint so that small growth is not rounded away. */
export type CounterValue = number | bigint;

/** Undefined for anything that is not a whole number without sign. */
export function parseCounter(text: string): CounterValue | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  return text.length <= 15 ? Number(text) : BigInt(text);
}

/** How much a counter grew; negative when it fell. */
export function growth(now: CounterValue, before: CounterValue): number {
  if (typeof now === 'number' && typeof before === 'number') return now - before;
  return Number(BigInt(now) - BigInt(before));
}

/** Per second, to three decimals: finer digits are the clock's noise and cost the store five bytes a sample. */
export const perSecond = (amount: number, elapsedMs: number): number =>
  Math.round((amount * 1_000_000) / elapsedMs) / 1_000;

/** A share in percent, inside 0..100, to two decimals, never -0. `whole` must be above 0. */
export function percent(part: number, whole: number): number {
  const share = Math.round((part / whole) * 10_000) / 100;
  return share > 0 ? Math.min(share, 100) : 0;
}

/** The load average a CPU, to two decimals as the load itself is. */
export const perCore = (load: number, cpus: number): number => Math.round((load / cpus) * 100) / 100;

export type DeviceCounters = {
  /** Another one under the same name is another device. */
  readonly identity: string | undefined;
  readonly counters: readonly CounterValue[];
};

export type DeviceGrowth = {
  readonly name: string;
  readonly elapsedMs: number;
  /** Of each counter, in their order. */
  readonly grown: readonly number[];
};

/** What the counters of devices grew by from one round to the next; `kind` (device, interface) names what is omitted. */
export function createDeviceGrowth(kind: string) {
  type Seen = DeviceCounters & { readonly atMs: number };
  let before = new Map<string, Seen>();

  return {
    /** Of the devices seen before and not reset. What is not there in a round is forgotten: it comes back as a new one. */
    take(round: Round, devices: ReadonlyMap<string, DeviceCounters>): readonly DeviceGrowth[] {
      const seen = new Map<string, Seen>();
      const all: DeviceGrowth[] = [];
      for (const [name, device] of devices) {
        const last = before.get(name);
        const elapsedMs = last && last.identity === device.identity ? round.atMs - last.atMs : undefined;
        if (last && elapsedMs !== undefined && elapsedMs < SHORTEST_RATE_MS) {
          seen.set(name, last);
          continue;
        }
        seen.set(name, { ...device, atMs: round.atMs });
        if (!last || elapsedMs === undefined) {
          round.omit(`${kind} ${name}`, 'it is new; rates follow from the next tick on');
          continue;
        }
        const grown = deviceGrowth(device.counters, last.counters);
        if (grown) all.push({ name, elapsedMs, grown });
        else round.omit(`${kind} ${name}`, 'its counters fell; rates follow from the next tick on');
      }
      before = seen;
      return all;
    },
    forget() {
      before = new Map();
    },
  };
}

/** Undefined if any counter fell: then the device was reset, and what the others did since is not known either. */
function deviceGrowth(
  now: readonly CounterValue[],
  before: readonly CounterValue[],
): readonly number[] | undefined {
  if (now.length !== before.length) return undefined;
  const grown = now.map((value, i) => growth(value, before[i]!));
  return grown.some((part) => part < 0) ? undefined : grown;
}
