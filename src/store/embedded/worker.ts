// Entry of both worker threads. The one file that acts when it is loaded: that is how a thread begins.
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock as clock } from '../../runtime/clock.ts';
import { openWorker, serveCalls } from '../../runtime/worker-call.ts';
import type { ReaderCall, WorkerSettings, WriterCall } from './messages.ts';
import { createReader } from './reader.ts';
import { createWriter } from './writer.ts';

const settings = workerData as WorkerSettings;
const main = parentPort;
if (!main) throw new Error('this file is a thread of the store; it is started by store.ts');

openWorker(main, () => {
  if (settings.role === 'writer') {
    const { event } = serveCalls<WriterCall>(main, (call, context) => writer.answer(call, context));
    const writer = createWriter(settings, { clock, sendEvent: event });
  } else {
    const { event } = serveCalls<ReaderCall>(main, (call, context) => reader.answer(call, context));
    const reader = createReader(settings, { clock, sendEvent: event });
  }
});
