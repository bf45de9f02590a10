// Runs something until it is told to end: the first signal drains, a second one stops now, a fatal fault ends with 70.
import type { Logger } from '../runtime/logging.ts';

export type Supervised = {
  start(): Promise<void>;
  stop(): Promise<void>;
};

export type SuperviseOptions = {
  readonly logger: Logger;
  /** Resolves (with the error) when the thing can make no progress any more. */
  readonly fatal?: Promise<Error>;
  /** Called once it works. */
  readonly onStarted?: () => void;
  /** Called at the first signal, before it stops. */
  readonly onStopping?: (signal: NodeJS.Signals) => void;
};

const DRAIN_MS = 25_000;
/** A terminal's Ctrl-C reaches this process and, through npm, may reach it again at once: that is one wish, not two. */
const SECOND_SIGNAL_AFTER_MS = 500;
/** How long a process may live on after all is stopped. */
const LINGER_MS = 2_000;
/** What supervisors read as "restart me" (EX_SOFTWARE). */
const EXIT_FATAL = 70;

/** Resolves with the exit code: 0 after a signal was obeyed. A failed start rejects after what had started is stopped. */
export async function superviseUntilSignal(thing: Supervised, options: SuperviseOptions): Promise<number> {
  const { logger } = options;
  let first: { signal: NodeJS.Signals; at: number } | undefined;
  let told: (signal: NodeJS.Signals) => void = () => {};
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    told = resolve;
  });
  const onSignal = (signal: NodeJS.Signals) => {
    if (!first) {
      first = { signal, at: Date.now() };
      told(signal);
    } else if (Date.now() - first.at > SECOND_SIGNAL_AFTER_MS) {
      logger.warn(
        { signal },
        'second signal: stopping at once; what was not acknowledged is sent again later',
      );
      process.exit(128 + (signal === 'SIGINT' ? 2 : 15));
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const started = thing.start().then(() => 'started' as const);
    const outcome = await Promise.race([started, signalled]);
    if (outcome === 'started') options.onStarted?.();
    const end = await Promise.race([signalled, ...(options.fatal ? [options.fatal] : [])]);
    if (end instanceof Error) {
      logger.fatal({ err: end }, 'no progress is possible; ending so that the supervisor starts anew');
      await bounded(thing.stop(), logger);
      return ending(EXIT_FATAL, logger);
    }
    options.onStopping?.(end);
    await bounded(thing.stop(), logger);
    await started.catch(() => {});
    return ending(0, logger);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** A connection that some driver forgot must not hold a process whose work is done until it is killed. */
function ending(code: number, logger: Logger): number {
  const timer = setTimeout(() => {
    logger.warn(
      { open: process.getActiveResourcesInfo() },
      'stopped, but something is still open; ending anyway',
    );
    process.exit(code);
  }, LINGER_MS);
  timer.unref();
  return code;
}

async function bounded(stop: Promise<void>, logger: Logger): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      logger.warn(`did not drain within ${DRAIN_MS / 1000} s; ending anyway`);
      resolve();
    }, DRAIN_MS);
  });
  await Promise.race([stop, late]).finally(() => clearTimeout(timer));
}
