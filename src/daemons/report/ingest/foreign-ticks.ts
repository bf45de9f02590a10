// Gathers samples of other agents into ticks by host, source and time, and reports them as minimon's agent does.
import type { PushAnswer } from '../../../api/push.ts';
import type { ReportAnswer, ReportService } from '../../../api/report.ts';
import { rateSeriesOf } from '../../../domain/derive/counters.ts';
import type { Labels, Sample } from '../../../domain/tick.ts';
import { LIMITS, seriesKey, USUAL_INTERVAL_MS } from '../../../domain/tick.ts';
import { encodeKnownTick, encodeRequest, type SeriesBytes } from '../../../wire/tick-codec.ts';
import type { KnownSeries } from './known-series.ts';

/** Half of the limit, so that a tick that is larger than most still fits. */
const REQUEST_BYTES = LIMITS.requestBytes / 2;

const YEAR_1971_MS = Date.UTC(1971, 0);
const YEAR_2100_MS = Date.UTC(2100, 0);

/** A time outside of these years was sent in another unit. */
export const isPlausible = (timeMs: number): boolean => timeMs >= YEAR_1971_MS && timeMs < YEAR_2100_MS;

/** Whose tick it is; `replica`: which of several that measure the same. */
export type Origin = {
  readonly hostId: string;
  readonly source: string;
  readonly timeMs: number;
  readonly replica?: string;
};

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
  /** A series that is no longer reported, since this time. */
  end(series: Omit<ForeignSample, 'value'>): void;
  /** A counter, by its name in derive/counters.ts: its rates end. */
  endCount(counter: Omit<ForeignSample, 'value'>): void;
  /** What could not become a sample. */
  refuse(reason: string): void;
  /** Resolves when the bus has all ticks; rejects where one part could not be published. Samples may be sent again. */
  report(service: ReportService): Promise<PushAnswer>;
};

type Group = Origin & {
  readonly counters: Sample[];
  readonly samples: Sample[];
  readonly kept: Sample[];
  readonly ended: Omit<Sample, 'value'>[];
  readonly endedCounters: Omit<Sample, 'value'>[];
};

/** With `known` labels of what is kept and counted are the same objects each time. */
export function createForeignTicks(known?: KnownSeries): ForeignTicks {
  const groups = new Map<string, Group>();
  let refused = 0;
  let firstReason = '';
  const refuse = (count: number, reason: string) => {
    refused += count;
    firstReason ||= reason;
  };

  let last: Group | undefined;
  function groupOf({ hostId, source, timeMs, replica = '' }: Origin): Group {
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
          ...{ hostId, source, timeMs, replica, samples: [], kept: [], counters: [] },
          ...{ ended: [], endedCounters: [] },
        }),
      );
    return last;
  }

  const sampleOf = ({ metric, labels, source, value }: ForeignSample): Sample => ({
    ...{ metric, value },
    labels: { ...labels, source },
  });
  const knownSampleOf = (sample: ForeignSample): Sample =>
    known ? { metric: sample.metric, value: sample.value, labels: known.labelsOf(sample) } : sampleOf(sample);

  return {
    add(sample) {
      groupOf(sample).samples.push(sampleOf(sample));
    },
    keep(sample) {
      groupOf(sample).kept.push(knownSampleOf(sample));
    },
    count(counter) {
      groupOf(counter).counters.push(knownSampleOf(counter));
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
      const answers = await Promise.all(
        requestsOf(ordered, known?.bytesOf).map((bytes) => service.report(bytes)),
      );
      for (const { refusedSamples, refusals } of answers) {
        if (refusedSamples > 0) refuse(refusedSamples, reasonOf(refusals));
      }
      return { refused, reason: firstReason };
    },
  };
}

function requestsOf(groups: readonly Group[], bytesOf: SeriesBytes | undefined): Uint8Array[] {
  const requests: Uint8Array[] = [];
  let ticks: Uint8Array[] = [];
  let [bytes, samples] = [0, 0];
  const flush = () => {
    if (ticks.length > 0) requests.push(encodeRequest(ticks, false));
    ticks = [];
    bytes = samples = 0;
  };
  for (const { samples: own, kept, counters: readings, ended, endedCounters, ...head } of groups) {
    const all = [...own, ...kept];
    const gone = endsOf({ ended, endedCounters }, [...all, ...readings]);
    const length = Math.max(all.length, readings.length, gone.length);
    for (let from = 0; from < length; from += LIMITS.seriesPerTick) {
      const part = all.slice(from, from + LIMITS.seriesPerTick);
      const counters = readings.slice(from, from + LIMITS.seriesPerTick);
      const unknown = { intervalMs: USUAL_INTERVAL_MS, machineId: '', bootId: '', agentVersion: '' };
      const endedHere = gone.slice(from, from + LIMITS.seriesPerTick);
      const tick = encodeKnownTick(
        { ...head, samples: part, counters, ended: endedHere, ...unknown },
        bytesOf,
      );
      const isFull = samples + part.length > LIMITS.samplesPerRequest || bytes + tick.length > REQUEST_BYTES;
      if (isFull) flush();
      ticks.push(tick);
      bytes += tick.length;
      samples += part.length;
    }
  }
  flush();
  return requests;
}

/**
 * Each once. A file system that was mounted again ends under one device and is there under another: for minimon it is the
 * same. Of a CPU that is gone the others still make a rate, unless the whole scrape failed.
 */
function endsOf(
  { ended, endedCounters }: Pick<Group, 'ended' | 'endedCounters'>,
  reported: readonly Sample[],
): Group['ended'] {
  if (ended.length + endedCounters.length === 0) return ended;
  const keys = new Set(
    reported.map(({ metric, labels: { part: _, ...labels } }) => seriesKey(metric, labels)),
  );
  const isAlone = reported.length === 0;
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
