// Prometheus remote write into report: which host and source a series is of, and which of minimon's metrics it makes.

import { PUSH_LIMITS, type RemoteWriteService } from '../../../api/push.ts';
import type { ReportService } from '../../../api/report.ts';
import { isLoopback } from '../../../domain/address.ts';
import { ExpectedError } from '../../../domain/errors.ts';
import { formatInstant } from '../../../domain/instant.ts';
import type { Metrics } from '../../../runtime/metrics.ts';
import { createKnownLabels } from '../../../wire/known-labels.ts';
import { DecodeError } from '../../../wire/protobuf.ts';
import { type RemoteSeries, readRemoteWrite1, readRemoteWrite2 } from '../../../wire/remote-write.ts';
import { type CategrafLines, createCategrafLines, isCategraf } from './categraf-metrics.ts';
import { createForeignTicks, type ForeignTicks, isPlausible, type Origin } from './foreign-ticks.ts';
import { type Keep, keptLabels, keptName } from './kept-series.ts';
import { createKnownSeries } from './known-series.ts';
import { minimonSeriesOf } from './minimon-series.ts';
import { inputOf, mapNodeExporter, nodeCounterOf } from './node-exporter-metrics.ts';
import { mapTelegrafLine, telegrafCounters } from './telegraf-metrics.ts';

const NO_HOST =
  'the series are of no host: set the external label host (its instance is this machine itself, or absent)';
/** Which of two that scrape the same targets. */
const HA_LABELS: ReadonlySet<string> = new Set(['prometheus_replica']);
const INSTANCE = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/;

/** Values by metric, by mount point (empty for the host). */
type Inputs = Map<string, Map<string, number>>;

type Scrape = Origin & {
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
    'Samples of remote write that were left out by contract, by reason',
    ['reason'],
  );
  const refusedTotal = metrics.counter(
    'remote_write_refused_total',
    'Series and samples of remote write that were refused; the client is answered why',
  );

  const known = createKnownLabels();
  const series = createKnownSeries();
  const kindOf = createKinds(keep);

  return {
    async remoteWrite({ body, version }) {
      // Labels of 2.0 are other objects each time.
      const ticks = createForeignTicks(version === 1 ? series : undefined);
      const scrapes = new Map<string, Scrape>();
      const categraf = createCategrafLines();
      const counts = { samples: 0, histograms: 0, exemplars: 0, stale: 0, notKept: 0, notFinite: 0 };
      const onSeries = (series: RemoteSeries) => {
        counts.samples += series.samples.length;
        counts.histograms += series.histograms;
        counts.exemplars += series.exemplars;
        if (counts.samples > PUSH_LIMITS.samples) throw tooManySamples();
        addSeries(series, { scrapes, categraf, ticks, counts, kindOf });
      };
      read(() =>
        version === 1 ? readRemoteWrite1(body, onSeries, known) : readRemoteWrite2(body, onSeries),
      );
      for (const { inputs, ended, ...of } of scrapes.values()) {
        mapNodeExporter(inputs, (metric, labels, value) => ticks.add({ ...of, metric, labels, value }));
        mapNodeExporter(ended, (metric, labels) => ticks.end({ ...of, metric, labels }));
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

function addSeries(
  { labels, samples, error }: RemoteSeries,
  into: {
    readonly scrapes: Map<string, Scrape>;
    readonly categraf: CategrafLines;
    readonly ticks: ForeignTicks;
    readonly counts: { stale: number; notKept: number; notFinite: number };
    readonly kindOf: (labels: ReadonlyMap<string, string>) => Kind;
  },
): void {
  const { scrapes, categraf, ticks, counts, kindOf } = into;
  if (error !== undefined) {
    for (const _ of samples) ticks.refuse(error);
    return;
  }
  const kind = kindOf(labels);
  const { name, place, metric, isKept, counter, isOfCategraf, ours, replica, own, hostId, source } = kind;
  if (place === undefined && counter === undefined && !ours && !isKept && !isOfCategraf) {
    counts.notKept += samples.length;
    return;
  }
  for (const { value, timeMs, stale } of samples) {
    if (stale) {
      counts.stale++;
      if (hostId !== undefined && isPlausible(timeMs))
        endSeries(kind, { hostId, source, timeMs, replica }, { ticks, scrapes });
    } else if (hostId === undefined) ticks.refuse(NO_HOST);
    else if (!isPlausible(timeMs)) ticks.refuse(`${name}: time ${shownTime(timeMs)} is not in milliseconds`);
    else if (!Number.isFinite(value)) {
      if (place === undefined && counter === undefined && !ours) counts.notFinite++;
      else ticks.refuse(`${name}: value is ${value}; samples are finite numbers`);
    } else {
      const of = { hostId, source, timeMs, replica };
      if (ours) {
        ticks.add({ ...of, metric: ours.metric, labels: ours.labels, value });
        continue;
      }
      const isMapped = isOfCategraf && categraf.add(name, labels, { of, value });
      if (!isMapped && !isKept && place === undefined && !counter) counts.notKept++;
      if (isKept) ticks.keep({ ...of, metric, labels: own, value });
      if (counter)
        ticks.count({ ...of, metric: counter.metric, labels: counter.labels, value: value * counter.scale });
      if (place !== undefined) addInput(scrapeOf(scrapes, of).inputs, { place, name, value });
    }
  }
}

function endSeries(
  { name, place, metric, isKept, counter, ours, own }: Kind,
  of: Origin,
  { ticks, scrapes }: { readonly ticks: ForeignTicks; readonly scrapes: Map<string, Scrape> },
): void {
  if (ours) ticks.end({ ...of, metric: ours.metric, labels: ours.labels });
  if (isKept) ticks.end({ ...of, metric, labels: own });
  if (counter) ticks.endCount({ ...of, metric: counter.metric, labels: counter.labels });
  if (place !== undefined) addInput(scrapeOf(scrapes, of).ended, { place, name, value: 1 });
}

function scrapeOf(scrapes: Map<string, Scrape>, of: Origin): Scrape {
  const key = `${of.timeMs}\u0000${of.source}\u0000${of.replica}\u0000${of.hostId}`;
  let scrape = scrapes.get(key);
  if (!scrape) scrapes.set(key, (scrape = { ...of, inputs: new Map(), ended: new Map() }));
  return scrape;
}

function addInput(
  inputs: Inputs,
  { place, name, value }: { readonly place: string; readonly name: string; readonly value: number },
): void {
  let values = inputs.get(place);
  if (!values) inputs.set(place, (values = new Map()));
  if (!values.has(name)) values.set(name, value);
}

type Kind = ReturnType<typeof kindOfLabels>;

/** What is made of a series, of labels that come again once. */
function createKinds(keep: Keep): (labels: ReadonlyMap<string, string>) => Kind {
  const kinds = new WeakMap<ReadonlyMap<string, string>, Kind>();
  return (labels) => {
    let kind = kinds.get(labels);
    if (!kind) kinds.set(labels, (kind = kindOfLabels(labels, keep)));
    return kind;
  };
}

function kindOfLabels(labels: ReadonlyMap<string, string>, keep: Keep) {
  const name = labels.get('__name__') ?? '';
  const place = inputOf(name, labels);
  const metric = keptName(name);
  const isKept = !isOfScraper(name, labels) && keep(metric);
  const isOfCategraf = isCategraf(labels);
  const ours = minimonSeriesOf(name, labels);
  const job = labels.get('job');
  const source = isOfCategraf ? 'categraf' : job ? `prometheus/${job}` : 'prometheus';
  return {
    ...{ name, place, metric, isKept, isOfCategraf, ours },
    counter: place === undefined ? nodeCounterOf(name, labels) : undefined,
    replica: labels.get('__replica__') ?? labels.get('prometheus_replica') ?? '',
    own: isKept ? keptLabels(labels, HA_LABELS) : {},
    hostId: hostOf(labels),
    source: ours ? ours.source : source,
  };
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

const shownTime = (timeMs: number): string =>
  Math.abs(timeMs) < 8.64e15 ? formatInstant(timeMs) : String(timeMs);

function read(reading: () => void): void {
  try {
    reading();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new ExpectedError('BAD_REQUEST', `the body is not a WriteRequest: ${error.message}`, {
      hint: 'The content type says which version it is.',
      cause: error,
    });
  }
}

const tooManySamples = () =>
  new ExpectedError('TOO_LARGE', `the request has over ${PUSH_LIMITS.samples} samples, the limit`, {
    hint: 'Send fewer in a request (max_samples_per_send in Prometheus).',
  });
