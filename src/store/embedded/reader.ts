// The reader thread: answers queries from the files and from what the writer hands over of its head.
import { parseSeriesKey } from '../../domain/tick.ts';
import { createAnswers } from './answers.ts';
import { buffersOf } from './codec/packing.ts';
import {
  type FromWorker,
  failureOf,
  type ReaderToWriter,
  type ToReader,
  type WorkerSettings,
  type WriterToReader,
} from './messages.ts';
import { createPieceFlow } from './piece-flow.ts';
import { createReaderFiles } from './reader-files.ts';
import { weekFileName } from './windows.ts';

/** Queries take turns of this length. */
const TURN_MS = 8;

export type ReaderPorts = {
  post(message: FromWorker, buffers?: readonly ArrayBuffer[]): void;
  toWriter(message: ReaderToWriter): void;
};

export type Reader = {
  receive(message: ToReader): void;
  receiveFromWriter(message: WriterToReader): void;
};

export function createReader(settings: WorkerSettings, { post, toWriter }: ReaderPorts): Reader {
  const files = createReaderFiles(settings.directory, (week, why) =>
    toWriter({ kind: 'damaged', week, why }),
  );
  const flow = createPieceFlow(post);
  const running = new Set<number>();
  const cancelled = new Set<number>();
  const namedDamage = new Set<string>();
  let turnEnds = 0;

  async function breathe(id: number): Promise<void> {
    if (performance.now() < turnEnds) return;
    await new Promise(setImmediate);
    turnEnds = performance.now() + TURN_MS;
    if (cancelled.has(id)) throw new Error('cancelled');
  }

  async function answer({ id, query, nowMs, head }: WriterToReader & { kind: 'query' }): Promise<void> {
    const answers = createAnswers({
      files,
      breathe: () => breathe(id),
      emit(packer, sharedMs) {
        const series = packer.take();
        return flow.send(id, { kind: 'series', series, sharedMs }, buffersOf(series));
      },
      onDamagedChunk(target, week) {
        const { metric } = parseSeriesKey(target.key);
        const name = `${week} ${target.hostId} ${metric}`;
        if (namedDamage.has(name)) return;
        namedDamage.add(name);
        const text = `a damaged chunk of ${metric} of ${target.hostId} in ${weekFileName(week)} is left out`;
        post({ kind: 'log', level: 'warn', text });
      },
    });
    if (query.kind === 'range') await answers.range(query, head);
    else if (query.kind === 'latest') await answers.latest(query, head, nowMs);
    else {
      const metrics = await answers.metrics(query, head, nowMs);
      await flow.send(id, { kind: 'metrics', metrics });
    }
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
