// A thread that echoes, fails, counts in pieces and dies, for worker-call.test.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { ExpectedError } from '../../src/domain/errors.ts';
import { openWorker, serveCalls } from '../../src/runtime/worker-call.ts';

const port = parentPort!;
let made = 0;

const server = serveCalls<{ op: string; bytes?: Uint8Array }>(port, async ({ op, bytes }, context) => {
  if (op === 'refuse') throw new ExpectedError('BUS_FULL', 'there is no room', { hint: 'Make room.' });
  if (op === 'break') throw new TypeError('x is not a function');
  if (op === 'die') process.exit(3);
  if (op === 'made') return made;
  if (op === 'count') {
    for (made = 0; made < 10 && !context.signal.aborted; ) await context.piece(++made);
    if (context.signal.aborted) server.event('cancelled');
    return 'all';
  }
  if (bytes) context.transfer.push(bytes.buffer as ArrayBuffer);
  return { op, bytes };
});

openWorker(port, () => {
  server.event('opening');
  if (workerData === 'locked') throw new ExpectedError('DATA_IN_USE', 'it is locked', { hint: 'Wait.' });
  return 'opened';
});
