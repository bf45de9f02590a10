// Preloaded into a process that is measured: on SIGUSR2 it says of its main loop since the last time how late it was, and how
// much it did in one turn by its own CPU time: on a machine that others use too, only that tells what it did itself.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let before = process.threadCpuUsage();
  let longestMs = 0;
  let long = 0;
  // Runs once a turn, at most once a millisecond: what lies between two of them is about one turn.
  setInterval(() => {
    const { user, system } = process.threadCpuUsage(before);
    before = process.threadCpuUsage();
    const ms = (user + system) / 1_000;
    longestMs = Math.max(longestMs, ms);
    if (ms > 20) long++;
  }, 1).unref();
  process.on('SIGUSR2', () => {
    const [p99, max] = [delay.percentile(99), delay.max].map((ns) => (ns / 1e6).toFixed(1));
    process.stderr.write(
      `loop delay p99 ${p99} ms, max ${max} ms; longest turn ${longestMs.toFixed(1)} ms of CPU, ${long} over 20 ms\n`,
    );
    delay.reset();
    longestMs = 0;
    long = 0;
  });
}
