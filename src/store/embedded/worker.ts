// Entry of both worker threads. The one file that acts when it is loaded: that is how a thread begins.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { systemClock as clock } from '../../runtime/clock.ts';
import { type CallContext, openWorker, serveCalls } from '../../runtime/worker-call.ts';
import { openGuest } from './guest.ts';
import type { ReaderCall, WorkerSettings, WriterCall } from './messages.ts';
import { createReader } from './reader.ts';
import { createWriter } from './writer.ts';

const settings = workerData as WorkerSettings;
const main = parentPort;
if (!main) throw new Error('this file is a thread of the store; it is started by store.ts');

openWorker(main, () => {
  if (settings.role === 'writer') {
    const answer = (call: WriterCall, context: CallContext): unknown =>
      call.op === 'connect' ? connect(call.port, answer) : writer.answer(call, context);
    const { event } = serveCalls<WriterCall>(main, answer);
    const writer = createWriter(settings, { clock, sendEvent: event });
  } else {
    const answer = (call: ReaderCall, context: CallContext): unknown =>
      call.op === 'load' ? openGuest(call, { reader, clock }) : reader.answer(call, context);
    const { event } = serveCalls<ReaderCall>(main, answer);
    const reader = createReader(settings, { clock, sendEvent: event });
  }
});

function connect<Call>(port: MessagePort, answer: (call: Call, context: CallContext) => unknown): void {
  serveCalls<Call>(port, answer);
}
