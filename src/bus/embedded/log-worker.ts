// The thread of the embedded bus's log: fsync, checkpoints and reading back happen here, never on the main loop.
import { parentPort, workerData } from 'node:worker_threads';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { type EmbeddedLog, type LogMessage, type LogOptions, openLog } from './log.ts';
import type { LogReply, LogRequest } from './log-thread.ts';
import { packRecords } from './records.ts';

const port = parentPort;
if (!port) throw new Error('this file is the bus log thread; it is started by embedded-log-thread.ts');

const log = openLog(workerData as LogOptions, (message) => port.postMessage({ damaged: message }));
port.postMessage({ opened: log.state(), groups: log.groups() });

port.on('message', (request: LogRequest) => {
  const transfer: ArrayBuffer[] = [];
  let reply: LogReply;
  try {
    const value = answer(log, request, transfer);
    const closed = request.op === 'close';
    reply = { id: request.id, value, ...(closed ? {} : { state: log.state() }) };
  } catch (error) {
    const { code, hint } = error instanceof ExpectedError ? error : {};
    reply = { id: request.id, error: { code, hint, message: messageOf(error) }, state: log.state() };
  }
  port.postMessage(reply, transfer);
  if (request.op === 'close') port.close();
});

function answer(log: EmbeddedLog, request: LogRequest, transfer: ArrayBuffer[]): unknown {
  switch (request.op) {
    case 'append': {
      let at = 0;
      const messages: LogMessage[] = request.messages.map(({ partition, receivedMs, length }) => {
        const bytes = request.bytes.subarray(at, at + length);
        at += length;
        return { partition, receivedMs, bytes };
      });
      return log.append(messages, request.schema);
    }
    case 'read': {
      const packed = packRecords(log.read(request));
      transfer.push(packed.heads.buffer, packed.bytes.buffer);
      return packed;
    }
    case 'trim':
      return log.trim(request.before);
    case 'commit':
      return log.commit(request);
    case 'state':
      return undefined;
    case 'close':
      return log.close();
  }
}
