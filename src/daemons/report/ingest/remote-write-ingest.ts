// Ingests Prometheus remote write: host and source of a series, and the minimon metrics derived from it.
import { PUSH_LIMITS, type RemoteWriteService } from '../../../api/push.ts';
import type { ReportService } from '../../../api/report.ts';
import { isLoopback } from '../../../domain/address.ts';
import { ExpectedError } from '../../../domain/errors.ts';
import { formatInstant } from '../../../domain/instant.ts';
import type { Metrics } from '../../../runtime/metrics.ts';
import { createKnownBytes } from '../../../wire/known-bytes.ts';
import { DecodeError } from '../../../wire/protobuf.ts';
import {
  type RecurringSeries,
  type RemoteSeries,
  readRemoteWrite1,
  readRemoteWrite2,
} from '../../../wire/remote-write.ts';
import { createTickWriters } from '../../../wire/tick-columns.ts';
import { type CategrafLines, createCategrafLines, isCategraf } from './categraf-metrics.ts';
import {
  createForeignTicks,
  type ForeignSeries,
  type ForeignTicks,
  foreignSeries,
  isPlausible,
  type Origin,
  type Source,
} from './foreign-ticks.ts';
import { type Keep, keptLabels, keptName } from './kept-series.ts';
import { lengthError } from './long-names.ts';
import { createMappedSeries } from './mapped-series.ts';
import { minimonSeriesOf } from './minimon-series.ts';
import { inputOf, mapNodeExporter, nodeCounterOf } from './node-exporter-metrics.ts';
import { mapTelegrafLine, telegrafCounters } from './telegraf-metrics.ts';

const NO_HOST = 'the series have no host: set the external label host (the instance is localhost, or absent)';
/** Which of two that scrape the same targets. */
const HA_LABELS: ReadonlySet<string> = new Set(['prometheus_replica']);
const INSTANCE = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/;

/** Values by metric, by mount point (empty for the host). */
type Inputs = Map<string, Map<string, number>>;

type Scrape = {
  readonly of: Source;
  readonly timeMs: number;
  readonly inputs: Inputs;
  /** Of series that came to their end; the values say nothing. */
  readonly ended: Inputs;
};

export function createRemoteWriteService(parts: {
  readonly report: ReportService['report'];
  readonly metrics: Metrics;
  readonly keep: Keep;
}): RemoteWriteService {
  const { report, metrics, keep } = parts;
  const notStored = metrics.counter(
    'remote_write_not_stored_total',
    'Remote-write samples that are not supported and were dropped, by reason',
    ['reason'],
  );
  const refusedTotal = metrics.counter(
    'remote_write_refused_total',
    'Remote-write series and samples that were rejected, with the reason in the answer',
  );

  const known = createKnownBytes<Kind>();
  const writers = createTickWriters();
  const kindOf = createKinds(keep);
  const mappedSeries = createMappedSeries();

  return {
    async remoteWrite({ body, version }) {
      const ticks = createForeignTicks(writers);
      const scrapes = createScrapes();
      const categraf = createCategrafLines();
      const counts = { samples: 0, histograms: 0, exemplars: 0, stale: 0, notKept: 0, notFinite: 0 };
      const addSample = createSampleAdder({ scrapes, categraf, ticks, counts });
      const onSample: typeof addSample = (kind, value, timeMs, stale) => {
        counts.samples++;
        if (counts.samples > PUSH_LIMITS.samples) throw tooManySamples();
        addSample(kind, value, timeMs, stale);
      };
      const onSeries = (series: RemoteSeries) => {
        counts.histograms += series.histograms;
        counts.exemplars += series.exemplars;
        const { error, labels, samples } = series;
        const kind = error === undefined ? kindOf(labels) : undefined;
        for (const { value, timeMs, stale } of samples) {
          if (kind) onSample(kind, value, timeMs, stale);
          else {
            counts.samples++;
            ticks.refuse(error!);
          }
        }
        if (counts.samples > PUSH_LIMITS.samples) throw tooManySamples();
      };
      read(() =>
        version === 1
          ? readRemoteWrite1(body, onSeries, { known, keep: kindOf, onSample })
          : readRemoteWrite2(body, onSeries),
      );
      for (const { inputs, ended, of, timeMs } of scrapes.all()) {
        mapNodeExporter(inputs, (metric, labels, value) =>
          ticks.take(mappedSeries(of, metric, labels), timeMs, value),
        );
        mapNodeExporter(ended, (metric, labels) => ticks.end({ ...of, timeMs, metric, labels }));
      }
      for (const { of, line, names } of categraf.lines()) {
        const used = new Set(
          mapTelegrafLine(line, (metric, labels, value) => ticks.add({ ...of, metric, labels, value })),
        );
        for (const { field, scale, ...counter } of telegrafCounters(line)) {
          ticks.count({ ...of, ...counter, value: line.fields.get(field)! * scale });
          used.add(field);
        }
        for (const [field, name] of names) if (!used.has(field) && !keep(keptName(name))) counts.notKept++;
      }
      const answer = await ticks.report({ report });
      // Counted once the client will not send it again.
      notStored.add(counts.stale, { reason: 'stale' });
      notStored.add(counts.notKept, { reason: 'not_kept' });
      notStored.add(counts.notFinite, { reason: 'not_finite' });
      notStored.add(counts.histograms, { reason: 'histogram' });
      notStored.add(counts.exemplars, { reason: 'exemplar' });
      refusedTotal.add(answer.refused);
      const { histograms, exemplars } = counts;
      const samples = Math.max(0, counts.samples - answer.refused);
      return { ...answer, written: { samples, histograms, exemplars } };
    },
  };
}

/** Called for every sample: without objects for those of known series. */
function createSampleAdder(into: {
  readonly scrapes: Scrapes;
  readonly categraf: CategrafLines;
  readonly ticks: ForeignTicks;
  readonly counts: { stale: number; notKept: number; notFinite: number };
}): RecurringSeries<Kind>['onSample'] {
  const { scrapes, categraf, ticks, counts } = into;

  function addFinite(kind: Kind, of: Source, value: number, timeMs: number): void {
    const { kept, counted, counter, place, labelsOfCategraf, ours } = kind;
    if (ours) {
      ticks.add({ ...of, timeMs, metric: ours.metric, labels: ours.labels, value });
      return;
    }
    const isMapped =
      labelsOfCategraf !== undefined &&
      categraf.add(kind.name, labelsOfCategraf, { of: { ...of, timeMs }, value });
    if (!isMapped && !kept && place === undefined && !counted) counts.notKept++;
    if (kept) ticks.take(kept, timeMs, value);
    if (counted) ticks.take(counted, timeMs, value * counter!.scale);
    if (place !== undefined) addInput(scrapes.at(of, timeMs).inputs, { place, name: kind.name, value });
  }

  return (kind, value, timeMs, stale) => {
    const { of, name } = kind;
    if (kind.error !== undefined) ticks.refuse(kind.error);
    else if (kind.isLeftOut) counts.notKept++;
    else if (stale) {
      counts.stale++;
      if (of && isPlausible(timeMs)) endSeries(kind, { ...of, timeMs }, { ticks, scrapes });
    } else if (of === undefined) ticks.refuse(NO_HOST);
    else if (!isPlausible(timeMs))
      ticks.refuse(`${name}: time ${formatInstant(timeMs)} is not in milliseconds`);
    else if (Number.isFinite(value)) addFinite(kind, of, value, timeMs);
    else if (kind.place === undefined && kind.counter === undefined && !kind.ours) counts.notFinite++;
    else ticks.refuse(`${name}: value is ${value}; samples are finite numbers`);
  };
}

function endSeries(
  { name, place, kept, counter, ours }: Kind,
  of: Origin,
  { ticks, scrapes }: { readonly ticks: ForeignTicks; readonly scrapes: Scrapes },
): void {
  if (ours) ticks.end({ ...of, metric: ours.metric, labels: ours.labels });
  if (kept) ticks.end({ ...of, metric: kept.metric, labels: kept.labels });
  if (counter) ticks.endCount({ ...of, metric: counter.metric, labels: counter.labels });
  if (place !== undefined) addInput(scrapes.at(of, of.timeMs).ended, { place, name, value: 1 });
}

type Scrapes = {
  at(of: Source, timeMs: number): Scrape;
  all(): Iterable<Scrape>;
};

function createScrapes(): Scrapes {
  const scrapes = new Map<string, Scrape>();
  let last: Scrape | undefined;
  let lastOf: Source | undefined;
  return {
    at(of, timeMs) {
      if (last && lastOf === of && last.timeMs === timeMs) return last;
      const key = `${timeMs}\u0000${of.source}\u0000${of.replica}\u0000${of.hostId}`;
      last = scrapes.get(key);
      lastOf = of;
      if (!last) scrapes.set(key, (last = { of, timeMs, inputs: new Map(), ended: new Map() }));
      return last;
    },
    all: () => scrapes.values(),
  };
}

function addInput(
  inputs: Inputs,
  { place, name, value }: { readonly place: string; readonly name: string; readonly value: number },
): void {
  let values = inputs.get(place);
  if (!values) inputs.set(place, (values = new Map()));
  if (!values.has(name)) values.set(name, value);
}

type Kind = {
  /** Why nothing can be made of it; then nothing else is said. */
  readonly error?: string;
  readonly name: string;
  readonly place?: string | undefined;
  readonly ours?: ReturnType<typeof minimonSeriesOf>;
  readonly counter?: ReturnType<typeof nodeCounterOf>;
  readonly of?: Source | undefined;
  readonly labelsOfCategraf?: ReadonlyMap<string, string> | undefined;
  readonly isLeftOut: boolean;
  readonly kept?: ForeignSeries | undefined;
  readonly counted?: ForeignSeries | undefined;
};

/** What is made of a series, of labels that come again once. */
function createKinds(keep: Keep): (labels: ReadonlyMap<string, string>) => Kind {
  const kinds = new WeakMap<ReadonlyMap<string, string>, Kind>();
  let last: Source | undefined;
  return (labels) => {
    let kind = kinds.get(labels);
    if (!kind) {
      // The series of a scrape come one after the other.
      kinds.set(labels, (kind = kindOfLabels(labels, { keep, last })));
      last = kind.of ?? last;
    }
    return kind;
  };
}

function kindOfLabels(
  labels: ReadonlyMap<string, string>,
  { keep, last }: { readonly keep: Keep; readonly last: Source | undefined },
): Kind {
  const error = lengthError([...labels].flat());
  if (error !== undefined) return { error, name: '', isLeftOut: false };
  const name = labels.get('__name__') ?? '';
  const place = inputOf(name, labels);
  const metric = keptName(name);
  const isKept = !isOfScraper(name, labels) && keep(metric);
  const isOfCategraf = isCategraf(labels);
  const ours = minimonSeriesOf(name, labels);
  const job = labels.get('job');
  const counter = place === undefined ? nodeCounterOf(name, labels) : undefined;
  const of = sourceOf(
    labels,
    ours?.source ?? (isOfCategraf ? 'categraf' : job ? `prometheus/${job}` : 'prometheus'),
    last,
  );
  return {
    ...{ name, place, ours, counter, of },
    // Of the others they would only take memory: some are a million.
    labelsOfCategraf: isOfCategraf ? labels : undefined,
    isLeftOut: place === undefined && counter === undefined && !ours && !isKept && !isOfCategraf,
    kept:
      of && isKept ? foreignSeries('kept', of, { metric, labels: keptLabels(labels, HA_LABELS) }) : undefined,
    counted: of && counter && foreignSeries('counters', of, counter),
  };
}

/** Undefined for a series of no host. `last`, where it is the same. */
function sourceOf(
  labels: ReadonlyMap<string, string>,
  source: string,
  last: Source | undefined,
): Source | undefined {
  const hostId = hostOf(labels);
  const replica = labels.get('__replica__') ?? labels.get('prometheus_replica') ?? '';
  if (hostId === undefined) return undefined;
  const isLast = last?.hostId === hostId && last.source === source && last.replica === replica;
  return isLast ? last : { hostId, source, replica };
}

/**
 * What a scraper says of its scrape is no sign of life of the host: a failed one has it alone. Buckets of histograms are
 * many, and no chart here draws them.
 */
const isOfScraper = (name: string, labels: ReadonlyMap<string, string>): boolean =>
  name === 'up' || name.startsWith('scrape_') || (labels.has('le') && name.endsWith('_bucket'));

/** `host` comes after `instance`: exporters have labels of that name with another meaning. */
function hostOf(labels: ReadonlyMap<string, string>): string | undefined {
  const named = labels.get('ident') ?? labels.get('agent_hostname');
  if (named) return named;
  const instance = labels.get('instance') ?? '';
  const match = INSTANCE.exec(instance);
  const bare = match?.[1] ?? match?.[2] ?? instance;
  if (bare && !isLoopback(bare)) return bare;
  // One series of a node_exporter alone has a nodename of its own.
  const nodename = labels.get('__name__') === 'node_uname_info' ? undefined : labels.get('nodename');
  return labels.get('host') || nodename || undefined;
}

function read(reading: () => void): void {
  try {
    reading();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new ExpectedError('BAD_REQUEST', `the body is not a WriteRequest: ${error.message}`, {
      hint: 'Check that the version in the content type matches the body.',
      cause: error,
    });
  }
}

const tooManySamples = () =>
  new ExpectedError('TOO_LARGE', `the request has over ${PUSH_LIMITS.samples} samples, the limit`, {
    hint: 'Send fewer in a request (max_samples_per_send in Prometheus).',
  });
