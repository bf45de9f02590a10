// Groups samples of other agents into ticks by host, source and time, and reports them as minimon's agent does.
import type { PushAnswer } from '../../../api/push.ts';
import type { ReportAnswer, ReportService } from '../../../api/report.ts';
import { rateSeriesOf } from '../../../domain/derive/counters.ts';
import type { Labels, Sample } from '../../../domain/tick.ts';
import { LIMITS, seriesKey, USUAL_INTERVAL_MS } from '../../../domain/tick.ts';
import type { RecurringSeries, SampleColumns, TickWriter, TickWriters } from '../../../wire/tick-columns.ts';

/** Half of the limit, so that a tick that is larger than most still fits. */
const REQUEST_BYTES = LIMITS.requestBytes / 2;

const YEAR_1971_MS = Date.UTC(1971, 0);
const YEAR_2100_MS = Date.UTC(2100, 0);

/** A time outside of these years was sent in another unit. */
export const isPlausible = (timeMs: number): boolean => timeMs >= YEAR_1971_MS && timeMs < YEAR_2100_MS;

/** `replica`: which of several that measure the same. */
export type Source = { readonly hostId: string; readonly source: string; readonly replica?: string };

/** Whose tick it is. */
export type Origin = Source & { readonly timeMs: number };

/** A series that comes again, under its own name or as a counter; the same object each time. */
export type ForeignSeries = RecurringSeries & { readonly of: Source; readonly as: Place };

/** Samples are minimon's metrics, which come first in a tick. */
type Place = 'samples' | 'kept' | 'counters';

/** The same source as before is the same object, so that the series of a scrape find their tick at once. */
export const foreignSeries = (
  as: ForeignSeries['as'],
  of: Source,
  { metric, labels }: { readonly metric: string; readonly labels: Labels },
): ForeignSeries => sourcedSeries(as, of, { metric, labels: labelsWithSource(labels, of) });

export const labelsWithSource = (labels: Labels, { source }: Source): Labels => ({ ...labels, source });

/** As `foreignSeries`, of labels with the source: many may have the same ones. */
export const sourcedSeries = (
  as: ForeignSeries['as'],
  of: Source,
  { metric, labels }: { readonly metric: string; readonly labels: Labels },
): ForeignSeries => ({ as, of, metric, labels, isSeen: false, head: undefined });

export type ForeignSample = Origin & {
  readonly metric: string;
  readonly labels: Labels;
  readonly value: number;
};

export type ForeignTicks = {
  /** One of minimon's metrics: these come first, so that a host of too many series has them. */
  add(sample: ForeignSample): void;
  /** A series under its own name. */
  keep(sample: ForeignSample): void;
  /** A reading of a cumulative counter, by its name in derive/counters.ts: rates are made where all readings come together. */
  count(counter: ForeignSample): void;
  /** As `add`, `keep` or `count`. */
  take(series: ForeignSeries, timeMs: number, value: number): void;
  /** A series that is no longer reported, since this time. */
  end(series: Omit<ForeignSample, 'value'>): void;
  /** A counter, by its name in derive/counters.ts: its rates end. */
  endCount(counter: Omit<ForeignSample, 'value'>): void;
  /** What could not become a sample. */
  refuse(reason: string): void;
  /** Resolves when the bus has all ticks; rejects where one part could not be published. Samples may be sent again. */
  report(service: ReportService): Promise<PushAnswer>;
};

type Column = { readonly series: RecurringSeries[]; readonly values: number[] };

type Group = Origin & {
  readonly counters: Column;
  readonly samples: Column;
  readonly kept: Column;
  readonly ended: Omit<Sample, 'value'>[];
  readonly endedCounters: Omit<Sample, 'value'>[];
};

const newColumn = (): Column => ({ series: [], values: [] });

export function createForeignTicks(writers: TickWriters): ForeignTicks {
  const groups = new Map<string, Group>();
  let refused = 0;
  let firstReason = '';
  const refuse = (count: number, reason: string) => {
    refused += count;
    firstReason ||= reason;
  };

  let last: Group | undefined;
  /** Whose `last` is; undefined where that was found by name. */
  let lastOf: Source | undefined;
  function groupOf({ hostId, source, timeMs, replica = '' }: Origin): Group {
    lastOf = undefined;
    // Nearly always that of the sample before.
    if (
      last?.timeMs === timeMs &&
      last.hostId === hostId &&
      last.source === source &&
      last.replica === replica
    )
      return last;
    const key = `${timeMs}\u0000${source}\u0000${replica}\u0000${hostId}`;
    last = groups.get(key);
    if (!last)
      groups.set(
        key,
        (last = {
          ...{ hostId, source, timeMs, replica },
          ...{ samples: newColumn(), kept: newColumn(), counters: newColumn() },
          ...{ ended: [], endedCounters: [] },
        }),
      );
    return last;
  }

  function groupAt(of: Source, timeMs: number): Group {
    if (last !== undefined && lastOf === of && last.timeMs === timeMs) return last;
    const group = groupOf({ ...of, timeMs });
    lastOf = of;
    return group;
  }

  function addTo(column: Place, sample: ForeignSample): void {
    const { metric, labels, source, value } = sample;
    const { series, values } = groupOf(sample)[column];
    series.push({ metric, labels: { ...labels, source }, isSeen: false, head: undefined });
    values.push(value);
  }

  return {
    add: (sample) => addTo('samples', sample),
    keep: (sample) => addTo('kept', sample),
    count: (counter) => addTo('counters', counter),
    take(series, timeMs, value) {
      const column = groupAt(series.of, timeMs)[series.as];
      column.series.push(series);
      column.values.push(value);
    },
    end(series) {
      const { metric, labels, source } = series;
      groupOf(series).ended.push({ metric, labels: { ...labels, source } });
    },
    endCount(counter) {
      const { metric, labels, source } = counter;
      groupOf(counter).endedCounters.push({ metric, labels: { ...labels, source } });
    },
    refuse: (reason) => refuse(1, reason),
    async report(service) {
      // In order of time: a tick that is older than the last is stored, but not evaluated.
      const ordered = [...groups.values()].sort((a, b) => a.timeMs - b.timeMs);
      const writer = writers.take();
      const answers = await Promise.all(
        requestsOf(ordered, writer, refuse).map((bytes) => service.report(bytes)),
      );
      // After a failure another part of them may still wait for the bus.
      writers.giveBack(writer);
      for (const { refusedSamples, refusals } of answers) {
        if (refusedSamples > 0) refuse(refusedSamples, reasonOf(refusals));
      }
      return { refused, reason: firstReason };
    },
  };
}

type Refuse = (count: number, reason: string) => void;

function requestsOf(groups: readonly Group[], writer: TickWriter, refuse: Refuse): Uint8Array[] {
  const cuts = createCuts(writer);
  for (const { samples: own, kept, counters, ended, endedCounters, ...head } of groups) {
    const gone = endsOf({ ended, endedCounters }, () => [
      ...own.series,
      ...kept.series,
      ...counters.series.map(({ metric, labels: { part: _, ...labels } }) => ({ metric, labels })),
    ]);
    const all = own.values.length + kept.values.length;
    const unknown = { intervalMs: USUAL_INTERVAL_MS, machineId: '', bootId: '', agentVersion: '' };
    /** What stands from one place to another, in as many ticks as its bytes need. */
    const add = (from: number, to: number): void => {
      const at = cuts.begin();
      writer.add(
        { ...head, ended: gone.slice(from, to), ...unknown },
        {
          // One behind the other, cut where a tick has no room for more.
          samples: [partOf(own, from, to), partOf(kept, from - own.values.length, to - own.values.length)],
          counters: partOf(counters, from, to),
        },
      );
      if (writer.size() - at <= LIMITS.batchBytes) {
        cuts.end(at, Math.min(to, all) - Math.min(from, all));
        return;
      }
      writer.backTo(at);
      const middle = (from + to) >> 1;
      if (middle === from) {
        refuse(1, `a series is over the limit of ${LIMITS.batchBytes} bytes a tick`);
        return;
      }
      add(from, middle);
      add(middle, to);
    };
    const length = Math.max(all, counters.values.length, gone.length);
    for (let from = 0; from < length; from += LIMITS.seriesPerTick)
      add(from, Math.min(length, from + LIMITS.seriesPerTick));
  }
  return cuts.requests();
}

/** Where the ticks of a writer are cut into requests. */
function createCuts(writer: TickWriter) {
  /** Where each request begins. */
  const begins: number[] = [];
  let isWritten = false;
  let begin = 0;
  let samples = 0;
  return {
    /** Where the next tick will stand: until the first one a writer has what it wrote before. */
    begin: (): number => (isWritten ? writer.size() : 0),
    /** The tick that begins there is written. */
    end(at: number, count: number): void {
      isWritten = true;
      const isFull = samples + count > LIMITS.samplesPerRequest || writer.size() - begin > REQUEST_BYTES;
      if (begins.length === 0 || (isFull && at > begin)) {
        begins.push(at);
        begin = at;
        samples = 0;
      }
      samples += count;
    },
    requests(): Uint8Array[] {
      const bytes = writer.finish();
      return begins.map((from, i) => bytes.subarray(from, begins[i + 1] ?? bytes.length));
    },
  };
}

/** What one tick has of it, from a place to another: before 0 others come first. */
function partOf({ series, values }: SampleColumns, from: number, to: number): SampleColumns {
  const [begin, end] = [Math.max(0, from), Math.max(0, to)];
  if (begin === 0 && values.length <= end) return { series, values };
  return { series: series.slice(begin, end), values: values.slice(begin, end) };
}

/**
 * Each once. A file system that was mounted again ends under one device and is there under another: for minimon it is the
 * same. Of a CPU that is gone the others still make a rate, unless the whole scrape failed.
 */
function endsOf(
  { ended, endedCounters }: Pick<Group, 'ended' | 'endedCounters'>,
  reported: () => readonly Pick<Sample, 'metric' | 'labels'>[],
): Group['ended'] {
  if (ended.length + endedCounters.length === 0) return ended;
  const all = reported();
  const keys = new Set(all.map(({ metric, labels }) => seriesKey(metric, labels)));
  const isAlone = all.length === 0;
  const counters = endedCounters.filter(({ metric }) => metric !== 'cpu' || isAlone);
  return [...ended, ...rateSeriesOf(counters).flat()].filter(({ metric, labels }) => {
    const key = seriesKey(metric, labels);
    return !keys.has(key) && keys.add(key);
  });
}

function reasonOf([first]: ReportAnswer['refusals']): string {
  if (!first) return 'refused';
  return first.metric ? `${first.metric}: ${first.reason}` : first.reason;
}
