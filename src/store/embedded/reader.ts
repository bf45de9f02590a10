// The reader thread: answers queries from the files and from what the writer hands over of its head.
import type { Clock } from '../../runtime/clock.ts';
import { type CallContext, createCaller, serveCalls } from '../../runtime/worker-call.ts';
import { executeLatest, executeMetrics, executeRange, metricOf, type QueryPorts } from './execute-query.ts';
import type {
  HeadCall,
  LogEvent,
  PointsRequest,
  ReaderCall,
  SeriesPiece,
  WeekCall,
  WorkerSettings,
} from './messages.ts';
import { buffersOf, type PackedSeries } from './packed-series.ts';
import { createReaderFiles } from './reader-files.ts';
import { formatWindow, weekFileName } from './windows.ts';

/** Queries take turns of this length: a small one does not wait for a large one, and a cancelled one ends. */
const TURN_MS = 8;

export type Reader = { answer(call: ReaderCall, context: CallContext): unknown };

export function createReader(
  { directory, port }: WorkerSettings,
  { clock, sendEvent }: { readonly clock: Clock; readonly sendEvent: (event: LogEvent) => void },
): Reader {
  const writer = createCaller<HeadCall>(port);
  const files = createReaderFiles(directory, (week, why) => void writer.call({ op: 'damaged', week, why }));
  serveCalls<WeekCall>(port, ({ op, week }) => (op === 'close' ? files.release(week) : files.reopen(week)));
  // Once a chunk: every query of a dashboard meets the same chunk again.
  const loggedDamage = new Set<string>();
  let turnEndsMs = 0;

  async function yieldWhenDue(context: CallContext): Promise<void> {
    if (clock.monotonicMs() < turnEndsMs) return;
    await new Promise(setImmediate);
    turnEndsMs = clock.monotonicMs() + TURN_MS;
    context.signal.throwIfAborted();
  }

  const portsFor = (context: CallContext): QueryPorts => ({
    files,
    yieldWhenDue: () => yieldWhenDue(context),
    emit(packer, sharedMs) {
      const series = packer.take();
      return context.piece({ series, sharedMs } satisfies SeriesPiece, buffersOf(series));
    },
    onDamagedChunk(series, startMs, week) {
      const name = `${metricOf(series)} of ${series.hostId}, ${formatWindow(startMs)}, in ${weekFileName(week)}`;
      if (loggedDamage.has(name)) return;
      loggedDamage.add(name);
      sendEvent({ kind: 'log', text: `skipping a damaged chunk of ${name}` });
    },
  });

  /** Taken before the files are read: what is merged meanwhile is then in both, and missing in neither. */
  const snapshot = (request: PointsRequest) => writer.call<PackedSeries>({ op: 'snapshot', request });

  return {
    async answer(call, context) {
      if (call.op === 'stop') return files.close();
      const { op, request } = call;
      const head = await snapshot(request);
      if (op === 'range') return executeRange(request, head, portsFor(context));
      const answerNewest = op === 'latest' ? executeLatest : executeMetrics;
      return answerNewest(request, head, portsFor(context));
    },
  };
}
