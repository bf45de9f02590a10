// What is made of a line of line protocol, by its measurement, tags and fields: the same each time it comes.
import type { Line } from '../../../domain/line-protocol.ts';
import { createKnownBytes, type KnownBytes } from '../../../wire/known-bytes.ts';
import type { KnownLine } from '../../../wire/known-lines.ts';
import { type ForeignSeries, type ForeignTicks, foreignSeries, type Source } from './foreign-ticks.ts';
import { type Keep, keptLabels, keptName } from './kept-series.ts';
import { mapTelegrafLine, telegrafCounters } from './telegraf-metrics.ts';

const HOST: ReadonlySet<string> = new Set(['host']);
const HOSTNAME: ReadonlySet<string> = new Set(['hostname']);

export type LinePlan = {
  /** Undefined for a line of no host. */
  readonly of: Source | undefined;
  /** Of values in the order of the line's fields. */
  add(ticks: ForeignTicks, timeMs: number, values: readonly number[]): void;
  /** Fields that make no sample. */
  readonly notKept: number;
};

export type Plans = {
  readonly known: KnownBytes<KnownLine<LinePlan>>;
  make(line: Line): LinePlan;
};

/** By who sends. */
export function createPlans(keep: Keep): (source: string) => Plans {
  const bySource = new Map<string, Plans>();
  return (source) => {
    let plans = bySource.get(source);
    if (!plans) {
      let last: Source | undefined;
      plans = {
        known: createKnownBytes(),
        make(line) {
          const plan = planOf(line, { keep, of: sourceOf(line, source, last) });
          last = plan.of ?? last;
          return plan;
        },
      };
      bySource.set(source, plans);
    }
    return plans;
  };
}

/** `last`, where it is the same: the lines of a host come one after the other. */
function sourceOf({ tags }: Line, source: string, last: Source | undefined): Source | undefined {
  const hostId = tags.get('host') ?? tags.get('hostname');
  if (hostId === undefined) return undefined;
  return last?.hostId === hostId ? last : { hostId, source };
}

function planOf(
  line: Line,
  { keep, of }: { readonly keep: Keep; readonly of: Source | undefined },
): LinePlan {
  if (of === undefined) return { of, add: () => {}, notKept: 0 };
  const names = [...line.fields.keys()];
  // Which fields are used does not depend on their values.
  const used = mapTelegrafLine(line, () => {});
  const counters = telegrafCounters(line).map(({ field, scale, ...counter }) => ({
    ...{ at: names.indexOf(field), scale, series: foreignSeries('counters', of, counter) },
  }));
  const labels = keptLabels(line.tags, line.tags.has('host') ? HOST : HOSTNAME);
  const kept = names.map((field) => {
    const metric = keptName(field === 'value' ? line.measurement : `${line.measurement}_${field}`);
    return keep(metric) ? foreignSeries('kept', of, { metric, labels }) : undefined;
  });
  const isCounted = (at: number) => counters.some((counter) => counter.at === at);
  const mapped = used.size > 0 ? createMapped(line, of) : undefined;
  return {
    of,
    notKept: names.filter((name, at) => !kept[at] && !used.has(name) && !isCounted(at)).length,
    add(ticks, timeMs, values) {
      mapped?.(ticks, timeMs, values);
      for (const { at, scale, series } of counters) ticks.take(series, timeMs, values[at]! * scale);
      for (let i = 0; i < kept.length; i++) if (kept[i]) ticks.take(kept[i]!, timeMs, values[i]!);
    },
  };
}

/** minimon's metrics in the line. */
function createMapped({ measurement, tags, fields: first, time }: Line, of: Source): LinePlan['add'] {
  const names = [...first.keys()];
  const fields = new Map(first);
  const line = { measurement, tags, fields, time };
  const known = new Map<string, ForeignSeries>();
  return (ticks, timeMs, values) => {
    for (let i = 0; i < names.length; i++) fields.set(names[i]!, values[i]!);
    mapTelegrafLine(line, (metric, labels, value) => {
      let series = known.get(metric);
      // All of a line's have the same labels.
      if (!series) known.set(metric, (series = foreignSeries('samples', of, { metric, labels })));
      ticks.take(series, timeMs, value);
    });
  };
}
