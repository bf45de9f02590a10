// Ends a test file that its tests keep alive: the limit of a test ends only the test, and not even that where code runs in
// a loop for ever. So it is watched from a thread of its own.
import { isMainThread, Worker } from 'node:worker_threads';

const FILE_LIMIT_MS = 15 * 60_000;
/** Longer than the limit of any test. */
const BUSY_LIMIT_MS = 3 * 60_000;
const LOOK_EVERY_MS = 1_000;

if (isMainThread) {
  const turns = new Int32Array(new SharedArrayBuffer(4));
  setInterval(() => Atomics.add(turns, 0, 1), LOOK_EVERY_MS).unref();
  const watch = new Worker(`(${watchFile})()`, {
    eval: true,
    execArgv: [],
    workerData: { turns, file: process.argv[1], FILE_LIMIT_MS, BUSY_LIMIT_MS, LOOK_EVERY_MS },
  });
  watch.unref();
}

/** Runs in the thread, which knows nothing of this file. */
function watchFile() {
  const { workerData } = require('node:worker_threads');
  const { turns, file, FILE_LIMIT_MS, BUSY_LIMIT_MS, LOOK_EVERY_MS } = workerData;
  const beganMs = performance.now();
  let [seen, seenMs] = [0, beganMs];
  setInterval(() => {
    const nowMs = performance.now();
    if (turns[0] !== seen) [seen, seenMs] = [turns[0], nowMs];
    if (nowMs - seenMs > BUSY_LIMIT_MS) end(`busy without a pause for ${BUSY_LIMIT_MS / 60_000} min`);
    if (nowMs - beganMs > FILE_LIMIT_MS) end(`still running after ${FILE_LIMIT_MS / 60_000} min`);
  }, LOOK_EVERY_MS);

  function end(why) {
    require('node:fs').writeSync(2, `${file}: ${why}: ended\n`);
    process.kill(process.pid, 'SIGKILL');
  }
}
