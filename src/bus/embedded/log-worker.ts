// The thread of the embedded bus's log: fsync, checkpoints and reading back happen here, never on the main loop.
import { parentPort, workerData } from 'node:worker_threads';
import { type CallContext, openWorker, serveCalls } from '../../runtime/worker-call.ts';
import { type EmbeddedLog, type LogOptions, openLog } from './log.ts';
import { type LogAnswer, type LogCall, type LogEvent, type LogOpened, packRecords } from './log-thread.ts';
import type { LogMessage } from './record-table.ts';

const port = parentPort;
if (!port) throw new Error('this file is the thread of the bus log; log-thread.ts starts it');

let log: EmbeddedLog;
const server = serveCalls<LogCall>(port, (call, context) => {
  try {
    const value = answer(call, context);
    const state = log.state();
    if (call.op === 'close') log.close();
    return { value, state } satisfies LogAnswer;
  } catch (error) {
    // An error carries no state, and the call may have replaced a damaged log or found the disk full.
    server.event({ state: log.state() } satisfies LogEvent);
    throw error;
  }
});
openWorker(port, () => {
  log = openLog(workerData as LogOptions, (damaged) => server.event({ damaged } satisfies LogEvent));
  return { state: log.state(), groups: log.groups() } satisfies LogOpened;
});

function answer(call: LogCall, { transfer }: CallContext): unknown {
  switch (call.op) {
    case 'append': {
      let at = 0;
      const messages: LogMessage[] = call.messages.map(({ partition, receivedMs, length }) => {
        const bytes = call.bytes.subarray(at, at + length);
        at += length;
        return { partition, receivedMs, bytes };
      });
      return log.append(messages, call.schema);
    }
    case 'read': {
      const packed = packRecords(log.read(call));
      // Handed over, not cloned: a reader that catches up moves 4 MiB a call.
      transfer.push(packed.heads.buffer, packed.bytes.buffer);
      return packed;
    }
    case 'trim':
      return log.trim(call.before);
    case 'commit':
      return log.commit(call);
    case 'state':
    case 'close':
      return undefined;
  }
}
