// Deltas of device counters from round to round; a reset, a wrap or a false reading gives no rate.
import { type Round, SHORTEST_RATE_MS } from './collector.ts';
import { type CounterValue, growth } from './counters.ts';

/** Counters that are reset together, and what none of them can grow by in a second. */
export type CounterGroup = {
  /** What is not sampled without it, such as `disk.busy`. Absent for the group that all others depend on. */
  readonly metric?: string;
  readonly mostPerSecond: number;
  /** Beyond `mostPerSecond`, for counters that are brought up to date late. */
  readonly slack?: number;
};

/** By group, in the groups' order. Undefined: the kernel does not say it, or not as a number. */
export type GroupCounters = readonly (CounterValue | undefined)[];

export type DeviceCounters = {
  /** Another one under the same name is another device. Undefined: not known, so it is taken for the same. */
  readonly identity: string | undefined;
  readonly groups: readonly GroupCounters[];
};

export type GroupGrowth = { readonly elapsedMs: number; readonly grown: readonly (number | undefined)[] };

export type DeviceGrowth = {
  readonly name: string;
  /** By group; undefined where there is no rate this round. */
  readonly groups: readonly (GroupGrowth | undefined)[];
};

type Reading = { readonly counters: GroupCounters; readonly atMs: number };

/**
 * `base` is what the next reading is compared with. A reading that fell or leapt is a suspect and no base until the next
 * one grew on from it: a driver that answers zeros once comes back to its true counters.
 */
type Seen = {
  readonly base: Reading;
  readonly suspect?: Reading;
  /** The counters before they fell: a device that returns to them was not reset. */
  readonly peak?: GroupCounters;
};

type Verdict = { readonly seen: Seen; readonly growth?: GroupGrowth; readonly why?: string };

type SeenDevice = { readonly identity: string | undefined; readonly groups: readonly Seen[] };

/** `kind` (device, interface) names what is omitted. The first group is the device's own: without it there are no others. */
export function createDeviceGrowth(kind: string, groups: readonly CounterGroup[]) {
  let before = new Map<string, SeenDevice>();

  function takeOne(round: Round, name: string, device: DeviceCounters): DeviceGrowth | undefined {
    const last = before.get(name);
    const isSame =
      last &&
      (last.identity === undefined || device.identity === undefined || last.identity === device.identity);
    const identity = device.identity ?? (isSame ? last.identity : undefined);
    const verdicts = device.groups.map((counters, i) =>
      judge({ counters, atMs: round.atMs }, isSame ? last.groups[i] : undefined, {
        group: groups[i]!,
        isOwn: i === 0,
      }),
    );
    current.set(name, { identity, groups: verdicts.map((verdict) => verdict.seen) });
    const [own] = verdicts;
    if (own?.why) round.omit(`${kind} ${name}`, own.why);
    if (!own?.growth) return undefined;
    for (const [i, verdict] of verdicts.entries()) {
      if (i > 0 && verdict.why) round.omit(`${groups[i]!.metric} of ${kind} ${name}`, verdict.why);
    }
    return { name, groups: verdicts.map((verdict) => verdict.growth) };
  }

  let current = new Map<string, SeenDevice>();
  return {
    /** Of the devices seen before and not reset. What is not there in a round is forgotten: it comes back as a new one. */
    take(round: Round, devices: ReadonlyMap<string, DeviceCounters>): readonly DeviceGrowth[] {
      current = new Map();
      const all = [...devices].flatMap(([name, device]) => takeOne(round, name, device) ?? []);
      before = current;
      return all;
    },
    forget() {
      before = new Map();
    },
  };
}

const NEXT = 'rates resume once they grow from there';

function judge(
  now: Reading,
  last: Seen | undefined,
  { group, isOwn }: { readonly group: CounterGroup; readonly isOwn: boolean },
): Verdict {
  if (!last) return { seen: { base: now }, why: 'it is new; rates start with the next tick' };
  const { base, suspect, peak } = last;
  if (now.atMs - (suspect ?? base).atMs < SHORTEST_RATE_MS) return { seen: last };
  const step = stepOf(now, base, group);
  if (!suspect) {
    if (step !== 'possible') return { seen: { ...last, suspect: now }, why: `its counters ${step}; ${NEXT}` };
    const passed = peak && hasReached(now.counters, peak);
    if (passed && leaptBack(base.counters, peak))
      return { seen: { base: now }, why: 'its counters came back; rates resume with the next tick' };
    return { seen: { base: now, ...(peak && !passed && { peak }) }, growth: growthOf(now, base) };
  }
  if (step === 'possible')
    return { seen: { base: now }, why: 'its counters came back; rates resume with the next tick' };
  // An idle device stands still for long; errors and the like do so beside a device that goes on.
  if (stepOf(now, suspect, group) === 'possible' && (!isOwn || grewOn(now, suspect, base))) {
    const reached = peak && !hasReached(now.counters, peak) ? peak : base.counters;
    return { seen: { base: now, peak: reached }, growth: growthOf(now, suspect) };
  }
  return { seen: { ...last, suspect: now }, why: `its counters ${step}; ${NEXT}` };
}

type Step = 'possible' | 'fell' | 'leapt beyond what a device can count';

function stepOf(now: Reading, before: Reading, { mostPerSecond, slack = 0 }: CounterGroup): Step {
  // Zeros may be a first reading that failed: from there a device must begin slowly.
  const isNothing = before.counters.every((value) => value === undefined || Number(value) === 0);
  const limit = isNothing ? mostPerSecond / 100 : mostPerSecond;
  const most = ((now.atMs - before.atMs) / 1_000) * limit + slack;
  const grown = pairs(now.counters, before.counters).map(([a, b]) => growth(a, b));
  if (grown.some((part) => part < 0)) return 'fell';
  return grown.some((part) => part > most) ? 'leapt beyond what a device can count' : 'possible';
}

/** Whether one of the counters that made a reading suspect went on from there: what stands still proves nothing. */
function grewOn(now: Reading, suspect: Reading, base: Reading): boolean {
  return suspect.counters.some((value, i) => {
    const [after, start] = [now.counters[i], base.counters[i]];
    if (value === undefined || after === undefined || start === undefined) return false;
    const changed = growth(value, start);
    const isSuspect = changed < 0 || !suspect.counters.some((other, j) => fellAt(other, base.counters[j]));
    return isSuspect && growth(after, value) > 0;
  });
}

const fellAt = (now: CounterValue | undefined, before: CounterValue | undefined): boolean =>
  now !== undefined && before !== undefined && growth(now, before) < 0;

const hasReached = (now: GroupCounters, peak: GroupCounters): boolean =>
  pairs(now, peak).every(([a, b]) => growth(a, b) >= 0);

/** From less than half of the peak past it in one step. */
const leaptBack = (before: GroupCounters, peak: GroupCounters): boolean =>
  pairs(before, peak).some(([from, top]) => Number(from) < Number(top) / 2);

function pairs(a: GroupCounters, b: GroupCounters): readonly (readonly [CounterValue, CounterValue])[] {
  return a.flatMap((value, i) => {
    const other = b[i];
    return value === undefined || other === undefined ? [] : [[value, other] as const];
  });
}

const growthOf = (now: Reading, before: Reading): GroupGrowth => ({
  elapsedMs: now.atMs - before.atMs,
  grown: now.counters.map((value, i) => {
    const from = before.counters[i];
    return value === undefined || from === undefined ? undefined : growth(value, from);
  }),
});
