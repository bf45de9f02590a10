// The reader thread: answers queries from the files and from what the writer hands over of its head.
import type { Clock } from '../../runtime/clock.ts';
import { type AnswerPorts, answerLatest, answerMetrics, answerRange, metricOf } from './answers.ts';
import {
  type FromWorker,
  failureOf,
  type ReaderToWriter,
  type ToReader,
  type WorkerSettings,
  type WriterToReader,
} from './messages.ts';
import { buffersOf } from './packed-series.ts';
import { createPieceFlow } from './piece-flow.ts';
import { createReaderFiles } from './reader-files.ts';
import { weekFileName } from './windows.ts';

/** Queries take turns of this length. */
const TURN_MS = 8;

export type ReaderPorts = {
  post(message: FromWorker, buffers?: readonly ArrayBuffer[]): void;
  toWriter(message: ReaderToWriter): void;
  readonly clock: Clock;
};

export type Reader = {
  receive(message: ToReader): void;
  receiveFromWriter(message: WriterToReader): void;
};

export function createReader(settings: WorkerSettings, { post, toWriter, clock }: ReaderPorts): Reader {
  const files = createReaderFiles(settings.directory, (week, why) =>
    toWriter({ kind: 'damaged', week, why }),
  );
  const flow = createPieceFlow(post);
  const running = new Set<number>();
  const cancelled = new Set<number>();
  const loggedDamage = new Set<string>();
  let turnEnds = 0;

  async function yieldWhenDue(id: number): Promise<void> {
    if (clock.monotonicMs() < turnEnds) return;
    await new Promise(setImmediate);
    turnEnds = clock.monotonicMs() + TURN_MS;
    if (cancelled.has(id)) throw new Error('cancelled');
  }

  async function answer(message: WriterToReader & { kind: 'query' }): Promise<void> {
    const { id, query } = message;
    const ports: AnswerPorts = {
      files,
      yieldWhenDue: () => yieldWhenDue(id),
      emit(packer, sharedMs) {
        const series = packer.take();
        return flow.send(id, { kind: 'series', series, sharedMs }, buffersOf(series));
      },
      onDamagedChunk(series, week) {
        const name = `${metricOf(series)} of ${series.hostId} in ${weekFileName(week)}`;
        if (loggedDamage.has(name)) return;
        loggedDamage.add(name);
        post({ kind: 'log', level: 'warn', text: `skipping a damaged chunk of ${name}` });
      },
    };
    if (query.kind === 'range') await answerRange(query, message, ports);
    else if (query.kind === 'latest') await answerLatest(query, message, ports);
    else await flow.send(id, { kind: 'metrics', metrics: await answerMetrics(query, message, ports) });
  }

  async function run(message: WriterToReader & { kind: 'query' }): Promise<void> {
    const { id } = message;
    running.add(id);
    try {
      await answer(message);
      post({ kind: 'done', id });
    } catch (error) {
      post({ kind: 'failed', id, failure: failureOf(error) });
    } finally {
      flow.end(id);
      running.delete(id);
      cancelled.delete(id);
    }
  }

  return {
    receive(message) {
      if (message.kind === 'more') flow.more(message.id);
      else if (message.kind === 'cancel') {
        if (!running.has(message.id)) return;
        cancelled.add(message.id);
        flow.end(message.id);
      } else {
        files.close();
        post({ kind: 'done', id: message.id });
      }
    },
    receiveFromWriter(message) {
      if (message.kind === 'query') void run(message);
      else if (message.kind === 'renewed') files.renewed(message.week);
      else {
        files.forget(message.week);
        toWriter({ kind: 'forgotten', week: message.week });
      }
    },
  };
}
