// The log's real thread, which ends right after the 20th request.
import { parentPort } from 'node:worker_threads';
import '../../src/bus/embedded/log-worker.ts';

let requests = 0;
parentPort?.on('message', () => {
  if (++requests === 20) throw new Error('out of memory');
});
