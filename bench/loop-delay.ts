// Preloaded into a process that is measured: on SIGUSR2 it says of its main loop since the last time how late it was, and how
// much it did in one turn by its own CPU time: on a machine that others use too, only that tells what it did itself. Of turns
// over the limit it says how much of them was garbage collection.
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const LIMIT_MS = 20;

type Turn = { readonly fromMs: number; readonly toMs: number; readonly cpuMs: number };

if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let before = process.threadCpuUsage();
  let fromMs = performance.now();
  let longestMs = 0;
  let long: Turn[] = [];
  let collections: { readonly startTime: number; readonly duration: number }[] = [];
  new PerformanceObserver((list) => {
    // Shorter ones are no part of the question.
    collections.push(...list.getEntries().filter(({ duration }) => duration > 1));
    if (collections.length > 10_000) collections = collections.slice(-5_000);
  }).observe({ entryTypes: ['gc'] });
  const collectedIn = ({ fromMs, toMs }: Turn) =>
    collections
      .filter(({ startTime }) => startTime >= fromMs && startTime <= toMs)
      .reduce((sum, { duration }) => sum + duration, 0);
  // Runs once a turn, at most once a millisecond: what lies between two of them is about one turn.
  setInterval(() => {
    const { user, system } = process.threadCpuUsage(before);
    before = process.threadCpuUsage();
    const toMs = performance.now();
    const cpuMs = (user + system) / 1_000;
    longestMs = Math.max(longestMs, cpuMs);
    if (cpuMs > LIMIT_MS) long.push({ fromMs, toMs, cpuMs });
    fromMs = toMs;
  }, 1).unref();
  process.on('SIGUSR2', () => {
    const [p99, max] = [delay.percentile(99), delay.max].map((ns) => (ns / 1e6).toFixed(1));
    const of = long.map(
      (turn) =>
        `${turn.cpuMs.toFixed(0)} ms in ${(turn.toMs - turn.fromMs).toFixed(0)}, collecting ${collectedIn(turn).toFixed(0)}`,
    );
    process.stderr.write(
      `loop delay p99 ${p99} ms, max ${max} ms; longest turn ${longestMs.toFixed(1)} ms of CPU, ${long.length} over ${LIMIT_MS} ms${of.length > 0 ? ` (${of.join('; ')})` : ''}\n`,
    );
    delay.reset();
    longestMs = 0;
    long = [];
  });
}
