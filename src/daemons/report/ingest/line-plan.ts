// A cached plan for each kind of line (measurement, tags and fields): which samples its fields become.
import type { Line } from '../../../domain/line-protocol.ts';
import { createKnownBytes, type KnownBytes, maxKnownBytes } from '../../../wire/known-bytes.ts';
import type { KnownLine } from '../../../wire/known-lines.ts';
import {
  type ForeignSeries,
  type ForeignTicks,
  foreignSeries,
  labelsWithSource,
  type Source,
  sourcedSeries,
} from './foreign-ticks.ts';
import { type Keep, keptLabels, keptName } from './kept-series.ts';
import { lengthError } from './long-names.ts';
import { mapTelegrafLine, telegrafCounters } from './telegraf-metrics.ts';

const NO_HOST =
  'the line has no tag host (or hostname): set it in the agent, in Telegraf with omit_hostname = false';
const HOST: ReadonlySet<string> = new Set(['host']);
const HOSTNAME: ReadonlySet<string> = new Set(['hostname']);

export type LinePlan = {
  /** Why nothing can be made of the line. */
  readonly error: string | undefined;
  /** Of values in the order of the line's fields. */
  add(ticks: ForeignTicks, timeMs: number, values: readonly number[]): void;
  /** Fields that make no sample. */
  readonly notKept: number;
  /** What it takes of memory. */
  readonly bytes: number;
};

/** Measured: of a line, of a tag, and of a series that is kept beside its labels, which are in what is sent of each. */
const PLAN_BYTES = 800;
const TAG_BYTES = 150;
const KEPT_BYTES = 320;
/** Telegraf, and all others. */
const SENDERS = 2;

export type Plans = {
  readonly known: KnownBytes<KnownLine<LinePlan>>;
  make(line: Line): LinePlan;
};

/** By who sends. */
export function createPlans(keep: Keep, limitBytes = maxKnownBytes()): (source: string) => Plans {
  const bySource = new Map<string, Plans>();
  return (source) => {
    let plans = bySource.get(source);
    if (!plans) {
      let last: Source | undefined;
      plans = {
        known: createKnownBytes(limitBytes / SENDERS),
        make(line) {
          const error = lengthError([line.measurement, ...line.tags].flat());
          if (error !== undefined) return noPlan(error);
          const of = sourceOf(line, source, last);
          if (of === undefined) return noPlan(NO_HOST);
          last = of;
          return planOf(line, { keep, of });
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

const noPlan = (error: string): LinePlan => ({ error, add: () => {}, notKept: 0, bytes: PLAN_BYTES });

function planOf(line: Line, { keep, of }: { readonly keep: Keep; readonly of: Source }): LinePlan {
  const names = [...line.fields.keys()];
  // Which fields are used does not depend on their values.
  const used = mapTelegrafLine(line, () => {});
  const counters = telegrafCounters(line).map(({ field, scale, ...counter }) => ({
    ...{ at: names.indexOf(field), scale, series: foreignSeries('counters', of, counter) },
  }));
  const labels = labelsWithSource(keptLabels(line.tags, line.tags.has('host') ? HOST : HOSTNAME), of);
  const kept = names.map((field) => {
    const metric = keptName(field === 'value' ? line.measurement : `${line.measurement}_${field}`);
    return keep(metric) ? sourcedSeries('kept', of, { metric, labels }) : undefined;
  });
  const labelBytes = Object.entries(labels).reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    0,
  );
  const keptCount = kept.filter((series) => series !== undefined).length + counters.length;
  const isCounted = (at: number) => counters.some((counter) => counter.at === at);
  const mapped = used.size > 0 ? createMapped(line, of) : undefined;
  return {
    error: undefined,
    notKept: names.filter((name, at) => !kept[at] && !used.has(name) && !isCounted(at)).length,
    bytes: PLAN_BYTES + line.tags.size * TAG_BYTES + keptCount * (KEPT_BYTES + labelBytes),
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
