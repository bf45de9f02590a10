// Ends a test file that a thread or a handle of its tests keeps alive: the limit of a test ends only the test.
import { isMainThread } from 'node:worker_threads';

const FILE_LIMIT_MS = 15 * 60_000;

if (isMainThread) {
  setTimeout(() => {
    process.stderr.write(`${process.argv[1]}: still running after ${FILE_LIMIT_MS / 60_000} min: ended\n`);
    process.exit(1);
  }, FILE_LIMIT_MS).unref();
}
