// Preloaded into a process that is measured: on SIGUSR2 it says how long its main loop stood still since the last time.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  process.on('SIGUSR2', () => {
    const [p99, max] = [delay.percentile(99), delay.max].map((ns) => (ns / 1e6).toFixed(1));
    process.stderr.write(`loop delay p99 ${p99} ms, max ${max} ms\n`);
    delay.reset();
  });
}
