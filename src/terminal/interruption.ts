// Ctrl-C as an end that a long-running command brings about itself: cleaned up, exit code 130.
import { EXIT } from './exit-codes.ts';

/** Runs until it ends or a signal comes; `signal` is aborted then, and the exit code set. */
export async function untilInterrupted(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interrupt = new AbortController();
  const onSignal = () => {
    process.exitCode = EXIT.interrupted;
    interrupt.abort();
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    await run(interrupt.signal);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
