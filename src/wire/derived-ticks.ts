// Ticks as consumers of the bus see them: those of other agents with their interval, and counters as rates; duplicates
// of replicas are dropped.
import { createDerivation, type Derived } from '../domain/derive/sources.ts';
import { createWarmStart } from '../domain/derive/warm-start.ts';
import type { Labels, Sample } from '../domain/tick.ts';
import { layoutOf, type TickLayout } from './tick-layout.ts';
import type { TickView } from './tick-view.ts';

/** A record by its partition and the position after it. */
type Record = { readonly partition: number; readonly next: number; readonly receivedMs: number };

export type DerivedTicks = {
  /** Call first for each record. */
  begin(record: Record): void;
  /** Calls `onTick` with the tick, and with its rates as another piece of the same time. In the order of the bus. */
  take(tick: TickView, onTick: (tick: TickView) => void): void;
  /** Records that come again before they are settled have the same rates again. By partition, the position after them. */
  settle(through: ReadonlyMap<number, number>): void;
  /** Where to begin after a restart so that rates at this offset are the same: at it, or earlier where there are counters. */
  warmFrom(partition: number, offset: number): number;
  /** Samples and counters in copies of replicas so far. */
  copies(): number;
  /** Readings of counters that were over the limit so far: no rates are made of them. */
  overLimit(): number;
};

/** `comeAgain`: records may be taken a second time, since writing them failed. */
export function createDerivedTicks({ comeAgain }: { readonly comeAgain: boolean }): DerivedTicks {
  let overLimit = 0;
  const derive = createDerivation(() => overLimit++);
  const warmStart = createWarmStart();
  const layoutOfRates = createRateLayouts();
  /** By record, in the order of its ticks. */
  const taken = new Map<string, Record & { readonly answers: (Derived | undefined)[] }>();
  let record: Record = { partition: 0, next: 0, receivedMs: 0 };
  let answers: (Derived | undefined)[] | undefined;
  let at = 0;
  let copies = 0;

  function derived(tick: TickView): Derived | undefined {
    const { receivedMs, partition, next } = record;
    if (answers && at < answers.length) return answers[at++];
    const found = derive({ ...tick, series: tick.layout.series }, receivedMs);
    if (found === undefined) copies += tick.values.length + (tick.counters?.values.length ?? 0);
    if (!comeAgain) return found;
    if (!answers) taken.set(`${partition}/${next}`, { ...record, answers: (answers = []) });
    answers.push(found);
    at++;
    return found;
  }

  return {
    begin(next) {
      record = next;
      warmStart.record(next.partition, next.next - 1, next.receivedMs);
      answers = taken.get(`${next.partition}/${next.next}`)?.answers;
      at = 0;
    },
    take(tick, onTick) {
      if (tick.source === '' || tick.textError !== undefined) {
        onTick(tick);
        return;
      }
      if (tick.counters) warmStart.counters(record.partition);
      const found = derived(tick);
      if (found === undefined) return;
      tick.intervalMs = found.intervalMs;
      onTick(tick);
      const { rates } = found;
      if (rates.length === 0) return;
      onTick({
        ...tick,
        ...{ layout: layoutOfRates(rates), values: Float64Array.from(rates, ({ value }) => value) },
        ...{ counters: undefined, ended: undefined, facts: undefined },
      });
    },
    settle(through) {
      for (const [key, known] of taken) {
        if (known.next <= (through.get(known.partition) ?? 0)) taken.delete(key);
      }
    },
    warmFrom: warmStart.before,
    copies: () => copies,
    overLimit: () => overLimit,
  };
}

/** As with the samples of a host, the layout of its rates is the same object tick after tick. */
function createRateLayouts(): (rates: readonly Sample[]) => TickLayout {
  // The labels of a group of counters are one object while it is known.
  const known = new WeakMap<Labels, { readonly rates: readonly Sample[]; readonly layout: TickLayout }>();
  return (rates) => {
    const [first] = rates;
    const before = first && known.get(first.labels);
    const isSame =
      before?.rates.length === rates.length &&
      before.rates.every(
        ({ metric, labels }, i) => rates[i]!.metric === metric && rates[i]!.labels === labels,
      );
    if (before && isSame) return before.layout;
    const layout = layoutOf(rates);
    if (first) known.set(first.labels, { rates, layout });
    return layout;
  };
}
