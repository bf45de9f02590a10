// The reader thread: answers queries from the files and from snapshots of the writer's head, as objects or as bytes.

import { MAX_SERIES } from '../../domain/promql/grid.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type CallContext, createCaller, serveCalls } from '../../runtime/worker-call.ts';
import { createMatrixBytes, type MatrixBytes } from '../../wire/promql-matrix.ts';
import { createSeriesBytes, type ElementKind, type Wire } from '../../wire/series-bytes.ts';
import type { SeriesBytes } from '../../wire/series-element.ts';
import { createPoints } from '../points.ts';
import type { NamesToCheck } from '../store.ts';
import {
  type Counted,
  executeLatest,
  executeMetrics,
  executeRange,
  type Output,
  type QueryPorts,
} from './execute-query.ts';
import { createHeadCache } from './head-cache.ts';
import { isBeforeHead } from './head-edge.ts';
import type {
  EncodedEnd,
  Found,
  HeadCall,
  LoadGuest,
  LogEvent,
  Opening,
  PointsRequest,
  ReaderCall,
  SeriesPiece,
  WeekCall,
  WorkerSettings,
} from './messages.ts';
import { buffersOf, createPacker, type PackedSeries } from './packed-series.ts';
import { createReaderFiles } from './reader-files.ts';
import { createSeriesPoints, KEPT_RANGE_MS } from './series-points.ts';
import { formatWindow, weekFileName } from './windows.ts';

/** Queries take turns of this length: a small one does not wait for a large one, and a cancelled one ends. */
const TURN_MS = 8;
/** Pieces of an answer: this thread never holds all of a large one, and the main loop takes each in a short turn. */
const PIECE_POINTS = 20_000;
const PIECE_SERIES = 300;
const PIECE_BYTES = 256 * 1024;

/** Longer ones are evaluated, and sent in pieces. */
const MATRIX_BYTES = 512 * 1024;
class LongMatrix extends Error {}

export type Reader = { answer(call: Exclude<ReaderCall, LoadGuest>, context: CallContext): unknown };

export function createReader(
  { directory, port, headEdge, headVersions }: WorkerSettings,
  { clock, sendEvent }: { readonly clock: Clock; readonly sendEvent: (event: LogEvent) => void },
): Reader {
  const writer = createCaller<HeadCall>(port);
  const files = createReaderFiles(directory, (week, why) => void writer.call({ op: 'damaged', week, why }));
  serveCalls<WeekCall>(port, ({ op, week }) => (op === 'close' ? files.release(week) : files.reopen(week)));
  // Once a chunk: every query of a dashboard meets the same chunk again.
  const loggedDamage = new Set<string>();
  let turnEndsMs = 0;

  const headCache = createHeadCache(headVersions);
  const takeSnapshot = (request: PointsRequest, only?: 'counts') =>
    writer.call<PackedSeries>({ op: 'snapshot', request, only });
  const isDue = () => clock.monotonicMs() >= turnEndsMs;
  // One for all queries: what they hold is used between two awaits of one of them.
  const scratch = createPoints();
  const filed = createSeriesPoints(files, ({ metric, hostId }, startMs, week) => {
    const name = `${metric} of ${hostId}, ${formatWindow(startMs)}, in ${weekFileName(week)}`;
    if (loggedDamage.has(name)) return;
    loggedDamage.add(name);
    sendEvent({ kind: 'log', text: `skipping a damaged chunk of ${name}` });
  });

  async function yieldWhenDue(context: CallContext): Promise<void> {
    if (!isDue()) return;
    await new Promise(setImmediate);
    turnEndsMs = clock.monotonicMs() + TURN_MS;
    context.signal.throwIfAborted();
  }

  const portsFor = (context: CallContext): QueryPorts => ({
    files,
    async snapshot(request, only) {
      if (request.kind !== 'range') return takeSnapshot(request, only);
      const { hosts, startMs, stopMs } = request;
      if (isBeforeHead(headEdge, stopMs)) return createPacker().take();
      if (!hosts || only || stopMs - startMs > KEPT_RANGE_MS) return takeSnapshot(request, only);
      return headCache.snapshot({ ...request, hosts }, takeSnapshot);
    },
    headHosts: () => writer.call<string[]>({ op: 'hosts' }),
    yieldWhenDue: () => yieldWhenDue(context),
    isDue,
    filed,
    scratch,
  });

  async function answerObjects(request: PointsRequest, context: CallContext): Promise<void> {
    const output = packedOutput(request, context);
    await execute(request, { ports: portsFor(context), output });
    await output.flush();
  }

  const answerBytes = createBytesAnswers(portsFor);
  const answerMatrix = createMatrixAnswers(portsFor);

  return {
    answer(call, context) {
      switch (call.op) {
        case 'stop':
          return files.close();
        case 'metrics':
          return executeMetrics(call.request, portsFor(context));
        case 'encode':
          return answerBytes(call, context);
        case 'matrix':
          return answerMatrix(call, context);
        default:
          return answerObjects(call.request, context);
      }
    },
  };
}

type PortsFor = (context: CallContext) => QueryPorts;

const execute = (request: PointsRequest, to: { readonly ports: QueryPorts; readonly output: Output }) =>
  request.kind === 'range' ? executeRange(request, to) : executeLatest(request, to);

function createBytesAnswers(portsFor: PortsFor) {
  /** Grown once, and used by one query after the other. */
  const writers = new Map<string, SeriesBytes[]>();
  const writersOf = (kind: ElementKind, wire: Wire): SeriesBytes[] => {
    const free = writers.get(kind + wire) ?? [];
    writers.set(kind + wire, free);
    return free;
  };

  async function answerBytes(
    { request, kind, wire, check }: ReaderCall & { op: 'encode' },
    context: CallContext,
  ): Promise<EncodedEnd> {
    const free = writersOf(kind, wire);
    const bytes = free.pop() ?? createSeriesBytes(kind, wire);
    const output: Output = {
      // Taken up by the caller once its budget has room for that many points.
      open: (counted) => context.piece({ found: foundOf(counted, check) } satisfies Opening),
      add: bytes.add,
      isFull: () => bytes.size() >= PIECE_BYTES,
      flush() {
        const piece = bytes.take();
        return context.piece(piece, [piece.buffer]);
      },
    };
    try {
      const counted = await execute(request, { ports: portsFor(context), output });
      const rest = bytes.take();
      context.transfer.push(rest.buffer);
      return { bytes: rest, found: counted && foundOf(counted, check) };
    } finally {
      bytes.restart();
      free.push(bytes);
    }
  }

  return answerBytes;
}

function createMatrixAnswers(portsFor: PortsFor) {
  /** One matrix at a time is written into each. */
  const matrices: MatrixBytes[] = [];

  async function answerMatrix(
    { request, steps }: ReaderCall & { op: 'matrix' },
    context: CallContext,
  ): Promise<Uint8Array | undefined> {
    const matrix = matrices.pop() ?? createMatrixBytes();
    const output: Output = {
      open: async () => {},
      add(element) {
        matrix.add(element);
        if (matrix.size() > MATRIX_BYTES || matrix.series() > MAX_SERIES) throw new LongMatrix();
      },
      // Its elements have their order only at the end.
      isFull: () => false,
      flush: async () => {},
    };
    try {
      matrix.begin(steps);
      await executeRange(request, { ports: portsFor(context), output });
      const bytes = matrix.take();
      if (bytes) context.transfer.push(bytes.buffer);
      return bytes;
    } catch (error) {
      if (error instanceof LongMatrix) return undefined;
      throw error;
    } finally {
      matrices.push(matrix);
    }
  }

  return answerMatrix;
}

const foundOf = ({ points, hosts, metrics }: Counted, check: NamesToCheck): Found => ({
  points,
  absent: {
    hosts: check.hosts.filter((host) => !hosts.has(host)),
    metrics: check.metrics.filter((metric) => !metrics.has(metric)),
  },
});

/** Windows have their times once, beside all series. */
function packedOutput(request: PointsRequest, context: CallContext): Output {
  const packer = createPacker();
  let sharedMs: Float64Array | undefined;
  const isWindows = request.kind === 'range' && request.stepMs !== undefined;
  return {
    open: async () => {},
    add({ hostId, key, ms, values, from, to }) {
      const at = packer.begin(hostId, key, to - from);
      if (isWindows) sharedMs ??= ms;
      else packer.columns().ms.set(ms.subarray(from, to), at);
      packer.columns().values.set(values.subarray(from, to), at);
    },
    isFull: () => packer.points() >= PIECE_POINTS || packer.series() >= PIECE_SERIES,
    async flush() {
      if (packer.series() === 0) return;
      const series = packer.take();
      await context.piece({ series, sharedMs } satisfies SeriesPiece, buffersOf(series));
    },
  };
}
