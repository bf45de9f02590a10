// Validates a request: which ticks are published and which are rejected. Valid ticks are passed on as the received
// bytes.

import { COUNTER_METRICS } from '../../domain/derive/counters.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { idError } from '../../domain/names.ts';
import { isTimeError, LIMITS, seriesError, tickError } from '../../domain/tick.ts';
import { DecodeError } from '../../wire/protobuf.ts';
import { layoutOf, type TickLayout } from '../../wire/tick-layout.ts';
import { createTickReader } from '../../wire/tick-reader.ts';
import type { TickView } from '../../wire/tick-view.ts';
import type { Admission, SeriesErrors } from './admission.ts';
import type { ClockWitnesses } from './clock-witnesses.ts';
import { createCounterAdmission } from './counter-admission.ts';
import { createTally, type TalliedRequest } from './request-tally.ts';

export type ReadRequest = TalliedRequest & { readonly backfill: boolean };

const IDENTITY_BYTES = 128;
/** `mayReport`: of which hosts; without it any. */
export type RequestReader = (
  bytes: Uint8Array,
  nowMs: number,
  mayReport?: (hostId: string) => boolean,
) => ReadRequest;

type ReadOnce = ReadRequest & {
  readonly judgedAs: boolean | undefined;
  /** Of its ticks, whether they are taken or not. */
  readonly times: readonly (readonly [hostId: string, timeMs: number])[];
  readonly isTimeRefused: boolean;
};

/** Throws BAD_REQUEST or TOO_LARGE when the request as a whole cannot be taken. */
export function createRequestReader({
  admission,
  witnesses,
  ...options
}: {
  readonly retentionMs: number;
  readonly admission: Admission;
  readonly witnesses: ClockWitnesses;
}): RequestReader {
  const reader = createTickReader();
  const errorsOf = createLayoutErrors();
  const counterErrorsOf = createCounterAdmission(admission);
  const endErrorsOf = (hostId: string, layout: TickLayout) =>
    admission.seriesErrors(hostId, layout, errorsOf(layout));

  return (bytes, nowMs, mayReport) => {
    checkSize(bytes);
    const first = readOnce(bytes, { nowMs, mayReport });
    // Another encoder may put `backfill` after the ticks, which were judged without it.
    const late = first.judgedAs !== undefined && first.backfill !== first.judgedAs;
    const {
      judgedAs: _,
      times,
      isTimeRefused,
      ...request
    } = late ? readOnce(bytes, { nowMs, mayReport, known: first.backfill }) : first;
    if (!request.backfill) for (const [hostId, timeMs] of times) witnesses.heard(hostId, timeMs);
    if (isTimeRefused) throwIfClockIsWrong(witnesses);
    return request;
  };

  function readOnce(
    bytes: Uint8Array,
    asked: {
      readonly nowMs: number;
      readonly mayReport: ((hostId: string) => boolean) | undefined;
      readonly known?: boolean;
    },
  ): ReadOnce {
    const { nowMs, mayReport, known } = asked;
    const tally = createTally();
    const times: [hostId: string, timeMs: number][] = [];
    let isTimeRefused = false;
    let judgedAs: boolean | undefined;
    let received = 0;

    function onTick(view: TickView, soFar: boolean) {
      const ofSamples = view.values.length;
      judgedAs ??= known ?? soFar;
      received += ofSamples;
      // The rest is only counted: the request is refused as a whole.
      if (received > LIMITS.samplesPerRequest) return;
      if (mayReport && !mayReport(view.hostId)) {
        tally.refuseForeign(view);
        return;
      }
      times.push([view.hostId, view.timeMs]);
      const now = { nowMs, backfill: judgedAs, ...options };
      const badTick = tickError({ ...view, sampleCount: ofSamples }, now);
      isTimeRefused ||= badTick !== undefined && isTimeError(badTick);
      const error =
        textError(view) ??
        badTick ??
        sizeError(view) ??
        counterError(view) ??
        admission.hostError(view.hostId) ??
        admission.sourceError(view.hostId, view.source);
      if (error) {
        // An id that cannot be stored cannot be shown as refused either.
        const isShown = !error.startsWith('host_id') && admission.isShown(view.hostId);
        tally.refuseTick(view, error, isShown);
        return;
      }
      // First, so that minimon's metrics have room before what is kept under other names.
      const counters = view.counters ? counterErrorsOf(view.hostId, view.counters.series) : 'none';
      // The usual tick costs one look-up for all of its names, and is passed on as the bytes it came in.
      const errors = admission.seriesErrors(view.hostId, view.layout, errorsOf(view.layout));
      const facts = factError(view);
      const ends = view.ended ? endErrorsOf(view.hostId, layoutOf(view.ended)) : 'none';
      const isGood = errors === 'none' && counters === 'none' && ends === 'none' && !facts;
      if (isGood && areFinite(view.values)) {
        tally.accept(view.hostId, bytes.subarray(view.start, view.end));
      } else tally.acceptRest(view, { errors, counters, ends, facts });
    }

    const { backfill } = decoded(() => reader.readRequest(bytes, onTick));
    checkCount(received);
    return {
      backfill,
      judgedAs,
      times,
      isTimeRefused,
      ...tally.result(received),
    };
  }
}

/** What only this machine's own clock contradicts is no fault of the tick: nothing is refused for good. */
function throwIfClockIsWrong(witnesses: ClockWitnesses): void {
  const why = witnesses.contradiction();
  if (why === undefined) return;
  throw new ExpectedError('UNAVAILABLE', why, {
    hint: 'Keep the samples and send them again. Set the clock of the machine where report runs.',
  });
}

/** The errors of a layout's series, by their place in it. */
function createLayoutErrors(): (layout: TickLayout) => SeriesErrors {
  // A host's layout is the same object tick after tick: its names are checked once.
  const layoutErrors = new WeakMap<TickLayout, SeriesErrors>();

  return (layout) => {
    let errors = layoutErrors.get(layout);
    if (!errors) {
      const seen = new Set<string>();
      const found = layout.series.map(({ metric, labels, key }) => {
        const error = seriesError(metric, labels);
        if (error) return error;
        if (seen.has(key)) return 'series is in the tick twice; the first one counts';
        seen.add(key);
        return undefined;
      });
      errors = found.some((error) => error !== undefined) ? found : 'none';
      layoutErrors.set(layout, errors);
    }
    return errors;
  };
}

function checkSize(bytes: Uint8Array) {
  if (bytes.length > LIMITS.requestBytes) {
    throw new ExpectedError(
      'TOO_LARGE',
      `request is ${bytes.length} bytes; the limit is 1 MiB (${LIMITS.requestBytes} bytes) a request`,
      { hint: 'Send its ticks in several requests.' },
    );
  }
}

function checkCount(received: number) {
  if (received > LIMITS.samplesPerRequest) {
    throw new ExpectedError(
      'BAD_REQUEST',
      `request has ${received} samples; the limit is ${LIMITS.samplesPerRequest} samples a request`,
      { hint: 'Send its ticks in several requests.' },
    );
  }
}

function decoded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new ExpectedError('BAD_REQUEST', `request is not a ReportRequest: ${error.message}`, {
      hint: 'The message is proto/minimon/v1/report.proto.',
      cause: error,
    });
  }
}

/** An id that is no id either is named first: its tick cannot be shown as any host's. */
function textError({ textError: error, hostId }: TickView): string | undefined {
  return error && !error.startsWith('host_id') ? (idError(hostId, 'host_id') ?? error) : error;
}

function sizeError(view: TickView): string | undefined {
  if (view.end - view.start > LIMITS.batchBytes) {
    return `tick is ${view.end - view.start} bytes; the limit is ${LIMITS.batchBytes} bytes a tick`;
  }
  for (const [name, text] of [
    ['machine_id', view.machineId],
    ['boot_id', view.bootId],
    ['agent_version', view.agentVersion],
    ['source', view.source],
    ['replica', view.replica],
  ] as const) {
    if (text.length > IDENTITY_BYTES || Buffer.byteLength(text) > IDENTITY_BYTES) {
      return `${name} is over the limit of ${IDENTITY_BYTES} bytes`;
    }
  }
  return undefined;
}

/** A loop: a call for each value of each tick took longer than all else here. */
function areFinite(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}

/** Only report itself writes them: one that is wrong was not written by it. */
function counterError({ counters, ended, source }: TickView): string | undefined {
  if (ended && (source === '' || ended.length > LIMITS.seriesPerTick))
    return `tick has ${ended.length} series that ended; at most ${LIMITS.seriesPerTick} may, and of other agents only`;
  if (!counters) return undefined;
  const { series, values } = counters;
  if (source === '') return "counters are only for other agents: minimon's agent sends rates";
  if (values.length > LIMITS.seriesPerTick)
    return `tick has ${values.length} counters; the limit is ${LIMITS.seriesPerTick} a tick`;
  if (!areFinite(values)) return 'a counter is not a finite number';
  return counterSeriesError(series);
}

/** As with the names of samples, a host's counters are the same object tick after tick. */
const counterSeriesErrors = new WeakMap<object, string | undefined>();

function counterSeriesError(series: NonNullable<TickView['counters']>['series']): string | undefined {
  if (counterSeriesErrors.has(series)) return counterSeriesErrors.get(series);
  let error: string | undefined;
  for (const { metric, labels } of series)
    error ??= COUNTER_METRICS.has(metric)
      ? seriesError(metric, labels)
      : `counter ${JSON.stringify(metric)} is unknown`;
  counterSeriesErrors.set(series, error);
  return error;
}

function factError({ facts }: TickView): string | undefined {
  if (!facts) return undefined;
  const entries = Object.entries(facts);
  if (entries.length > LIMITS.facts) {
    return `tick has ${entries.length} facts; the limit is ${LIMITS.facts}, so none was taken`;
  }
  if (Object.hasOwn(facts, '__proto__')) return 'fact name "__proto__" is not allowed; none was taken';
  const long = entries.find(([name, value]) => Buffer.byteLength(name + value) > LIMITS.factBytes);
  return (
    long && `fact ${long[0].slice(0, 64)} is over the limit of ${LIMITS.factBytes} bytes; none was taken`
  );
}
