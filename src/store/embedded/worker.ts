// Entry of both worker threads. The one file that acts when it is loaded: that is how a thread begins.
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock as clock } from '../../runtime/clock.ts';
import {
  type FromWorker,
  failureOf,
  type ReaderToWriter,
  type ToReader,
  type ToWriter,
  type WorkerSettings,
  type WriterToReader,
} from './messages.ts';
import { createReader } from './reader.ts';
import { createWriter } from './writer.ts';

const settings = workerData as WorkerSettings;
const { port } = settings;
const main = parentPort!;
const post = (message: FromWorker, buffers: readonly ArrayBuffer[] = []) =>
  main.postMessage(message, [...buffers]);

function begin(): void {
  if (settings.role === 'writer') {
    const writer = createWriter(settings, {
      clock,
      post,
      toReader: (message, buffers = []) => port.postMessage(message, [...buffers]),
    });
    main.on('message', (message: ToWriter) => writer.receive(message));
    port.on('message', (message: ReaderToWriter) => writer.receiveFromReader(message));
  } else {
    const reader = createReader(settings, { clock, post, toWriter: (message) => port.postMessage(message) });
    main.on('message', (message: ToReader) => reader.receive(message));
    port.on('message', (message: WriterToReader) => reader.receiveFromWriter(message));
  }
}

try {
  begin();
  post({ kind: 'ready' });
} catch (error) {
  // Thrown as it is, an error would lose its code and hint on the way.
  post({ kind: 'unready', failure: failureOf(error) });
  port.close();
}
