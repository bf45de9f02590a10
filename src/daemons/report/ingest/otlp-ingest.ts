// Ingests OpenTelemetry metrics: host and source of a resource, and the minimon metrics derived from it.

import { isUtf8 } from 'node:buffer';
import { type OtlpBody, type OtlpService, PUSH_LIMITS } from '../../../api/push.ts';
import type { ReportService } from '../../../api/report.ts';
import { ExpectedError } from '../../../domain/errors.ts';
import type { Metrics } from '../../../runtime/metrics.ts';
import {
  type Attributes,
  type OnMetric,
  type OtlpMetric,
  type OtlpPoint,
  readOtlp,
} from '../../../wire/otlp.ts';
import { readOtlpJson } from '../../../wire/otlp-json.ts';
import { DecodeError } from '../../../wire/protobuf.ts';
import { createTickWriters } from '../../../wire/tick-columns.ts';
import { createForeignTicks, type ForeignTicks, isPlausible, type Origin } from './foreign-ticks.ts';
import { type Keep, keptLabels, keptName } from './kept-series.ts';
import { lengthError } from './long-names.ts';
import { mapOtel, type OtelInputs, otelCounterOf, otelName, takeOtelInput } from './otel-metrics.ts';

const NO_HOST =
  'the resource has no host.name (or host.id): add the processor resourcedetection with detectors: [system]';
const NONE: ReadonlySet<string> = new Set();
/** Attributes of a resource that are in what is made of each of its points. */
const NAMING = ['host.name', 'host.id', 'service.name', 'service.instance.id'] as const;

type Counts = { points: number; stale: number; notKept: number; notFinite: number };
type Round = { readonly of: Origin; readonly inputs: OtelInputs };

export function createOtlpService(parts: {
  readonly report: ReportService['report'];
  readonly metrics: Metrics;
  readonly keep: Keep;
}): OtlpService {
  const { report, metrics, keep } = parts;
  const notStored = metrics.counter(
    'otlp_not_stored_total',
    'OpenTelemetry data points that are not supported and were dropped, by reason',
    ['reason'],
  );
  const refusedTotal = metrics.counter(
    'otlp_refused_total',
    'OpenTelemetry data points that were rejected, with the reason in the answer',
  );

  const writers = createTickWriters();

  return {
    async otlp(request) {
      const ticks = createForeignTicks(writers);
      const counts: Counts = { points: 0, stale: 0, notKept: 0, notFinite: 0 };
      const rounds = new Map<string, Round>();
      read(request, (resource, metric) => {
        counts.points += metric.points.length;
        if (counts.points > PUSH_LIMITS.samples) throw tooManyPoints();
        const error = lengthError([metric.name, ...NAMING.map((name) => resource.get(name))]);
        for (const point of metric.points)
          addPoint({ resource, metric, point, error }, { ticks, counts, rounds, keep });
      });
      for (const { of, inputs } of rounds.values()) {
        mapOtel(inputs, (metric, labels, value) => ticks.add({ ...of, metric, labels, value }));
      }
      const answer = await ticks.report({ report });
      notStored.add(counts.stale, { reason: 'stale' });
      notStored.add(counts.notKept, { reason: 'not_kept' });
      notStored.add(counts.notFinite, { reason: 'not_finite' });
      refusedTotal.add(answer.refused);
      return answer;
    },
  };
}

function addPoint(
  {
    resource,
    metric,
    point,
    error,
  }: {
    readonly resource: Attributes;
    readonly metric: OtlpMetric;
    readonly point: OtlpPoint;
    readonly error: string | undefined;
  },
  into: {
    readonly ticks: ForeignTicks;
    readonly counts: Counts;
    readonly rounds: Map<string, Round>;
    readonly keep: Keep;
  },
): void {
  const { ticks, counts, rounds, keep } = into;
  const { name, kind, part } = metric;
  // A point of a histogram is seen twice.
  const refuse = (reason: string) => {
    if (part !== 'sum') ticks.refuse(reason);
  };
  if (error !== undefined) {
    refuse(error);
    return;
  }
  const { attributes, timeMs, startMs, isStale } = point;
  const hostId = resource.get('host.name') || resource.get('host.id');
  const service = resource.get('service.name');
  const source = service ? `otel/${service}` : 'otel';
  const keptAs = keptName(otelName(metric));
  const keptSeries = () => {
    // Of the processes of a service on one host each has series of its own.
    const instance = resource.get('service.instance.id');
    return { metric: keptAs, labels: { ...(instance && { instance }), ...keptLabels(attributes, NONE) } };
  };
  if (isStale) {
    counts.stale++;
    if (hostId && isPlausible(timeMs) && keep(keptAs)) ticks.end({ hostId, source, timeMs, ...keptSeries() });
  } else if (!hostId) refuse(NO_HOST);
  else if (!isPlausible(timeMs)) refuse(`${name}: its time is not in nanoseconds since 1970`);
  else if (!Number.isFinite(point.value)) counts.notFinite++;
  else if (kind === 'delta' && !(startMs > 0 && startMs < timeMs)) {
    refuse(`${name}: a delta needs a start before its time`);
  } else {
    const of = { hostId, source, timeMs };
    const value = kind === 'delta' ? point.value / ((timeMs - startMs) / 1_000) : point.value;
    const counter = kind === 'counter' ? otelCounterOf(name, attributes) : undefined;
    if (counter)
      ticks.count({ ...of, metric: counter.metric, labels: counter.labels, value: value * counter.scale });
    const isInput = kind === 'gauge' && takeOtelInput(name, attributes, value, roundOf(rounds, of).inputs);
    if (keep(keptAs)) ticks.keep({ ...of, ...keptSeries(), value });
    else if (!counter && !isInput) counts.notKept++;
  }
}

function roundOf(rounds: Map<string, Round>, of: Origin): Round {
  const key = `${of.timeMs}\u0000${of.source}\u0000${of.hostId}`;
  let round = rounds.get(key);
  if (!round) rounds.set(key, (round = { of, inputs: new Map() }));
  return round;
}

function read({ body, isJson }: OtlpBody, onMetric: OnMetric): void {
  try {
    if (isJson) readOtlpJson(textOf(body), onMetric);
    else readOtlp(body, onMetric);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new ExpectedError(
      'BAD_REQUEST',
      `the body is not an ExportMetricsServiceRequest: ${error.message}`,
      {
        hint: 'Check that the content type (protobuf or JSON) matches the body.',
        cause: error,
      },
    );
  }
}

function textOf(body: Uint8Array): string {
  // Parsed, it may take forty times its bytes: a small gzip must not fill the memory.
  if (body.length > PUSH_LIMITS.receivedBytes) {
    const limit = `${PUSH_LIMITS.receivedBytes / 2 ** 20} MiB`;
    throw new ExpectedError('TOO_LARGE', `the JSON is over the limit of ${limit} decompressed`, {
      hint: 'Send it in several requests, or as protobuf.',
    });
  }
  if (!isUtf8(body)) throw new DecodeError('it is not valid UTF-8');
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}

const tooManyPoints = () =>
  new ExpectedError('TOO_LARGE', `the request has over ${PUSH_LIMITS.samples} data points, the limit`, {
    hint: 'Send it in several requests (send_batch_max_size of the processor batch).',
  });
