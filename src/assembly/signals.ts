// SIGINT, SIGTERM and SIGHUP: the first shuts down, a second exits at once. A fatal error exits with code 70, for a restart.
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logging.ts';
import type { ServiceManager } from './service-manager.ts';

export type Supervised = {
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** What signals arrive at and what ends: the process; tests give their own. */
export type Signalled = {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  exit(code: number): void;
};

export type SuperviseOptions = {
  readonly logger: Logger;
  /** Resolves with the error when it failed permanently. */
  readonly fatal?: Promise<Error>;
  /** Called with that error, before it stops. */
  readonly onFatal?: (error: Error) => void;
  /** Called once it is started. */
  readonly onStarted?: () => void;
  /** Called at the first signal, before it stops. */
  readonly onStopping?: (signal: NodeJS.Signals) => void;
  /** Is told when it is started and when it ends. */
  readonly manager?: ServiceManager;
  /** SIGHUP is not for this process: it was started with nohup. */
  readonly ignoresHangup?: boolean;
  readonly process?: Signalled;
  readonly clock?: Clock;
};

/** Number of each, for the exit code. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
const SHUTDOWN_TIMEOUT_MS = 25_000;
/** A terminal's Ctrl-C reaches this process and, through npm, may reach it again at once: debounced. */
const SECOND_SIGNAL_AFTER_MS = 500;
/** How long a process may live on after all is stopped. */
const LINGER_MS = 2_000;
/** What supervisors read as "restart me" (EX_SOFTWARE). */
const EXIT_FATAL = 70;

/** Resolves with the exit code: 0 after a signal. A failed start rejects after what had started is stopped. */
export async function superviseUntilSignal(thing: Supervised, options: SuperviseOptions): Promise<number> {
  const { logger, process: target = process, clock = systemClock } = options;
  let firstMs: number | undefined;
  const signalled = Promise.withResolvers<NodeJS.Signals>();
  const release = onSignals(target, (signal) => {
    if (signal === 'SIGHUP' && options.ignoresHangup) return;
    if (firstMs === undefined) {
      firstMs = clock.monotonicMs();
      signalled.resolve(signal);
    } else if (clock.monotonicMs() - firstMs > SECOND_SIGNAL_AFTER_MS) {
      logger.warn(
        { signal },
        'second signal: exiting immediately; unacknowledged ticks are sent again later',
      );
      target.exit(128 + SIGNALS[signal]);
    }
  });
  try {
    const started = thing.start().then(() => 'started' as const);
    // During the start, too: what fails there for a thread that died is that thread's death.
    const ends = [...(options.fatal ? [options.fatal] : []), signalled.promise];
    const outcome = await Promise.race([...ends, started]);
    if (outcome === 'started') {
      options.manager?.ready();
      options.onStarted?.();
    }
    const end = outcome === 'started' ? await Promise.race(ends) : outcome;
    options.manager?.stopping();
    if (end instanceof Error) {
      logger.fatal({ err: end }, `fatal; exiting with ${EXIT_FATAL} for a restart`);
      options.onFatal?.(end);
    } else options.onStopping?.(end);
    await stopInTime(started);
    return exitSoon(end instanceof Error ? EXIT_FATAL : 0);
  } finally {
    release();
  }

  async function stopInTime(started: Promise<unknown>): Promise<void> {
    const stopped = new AbortController();
    const limit = clock.sleep(SHUTDOWN_TIMEOUT_MS, stopped.signal).then(
      () => logger.warn(`shutdown timed out after ${SHUTDOWN_TIMEOUT_MS / 1000} s; exiting anyway`),
      () => {},
    );
    const all = Promise.all([thing.stop(), started.catch(() => {})]);
    await Promise.race([all, limit]).finally(() => stopped.abort());
  }

  /** A connection that some driver leaked must not keep a process that is done alive until it is killed. */
  function exitSoon(code: number): number {
    const timer = setTimeout(() => {
      logger.warn({ open: process.getActiveResourcesInfo() }, 'stopped, but a handle is still open; exiting');
      target.exit(code);
    }, LINGER_MS);
    timer.unref();
    return code;
  }
}

/** Aborted by the first Ctrl-C or SIGTERM with `reason`; for work that ends by itself. Call `release` after it. */
export function abortOnSignal(reason: Error): { readonly signal: AbortSignal; readonly release: () => void } {
  const ending = new AbortController();
  return {
    signal: ending.signal,
    release: onSignals(process, () => ending.abort(reason), ['SIGINT', 'SIGTERM']),
  };
}

type SignalName = keyof typeof SIGNALS;

function onSignals(
  target: Signalled,
  listener: (signal: SignalName) => void,
  names: readonly SignalName[] = ['SIGINT', 'SIGTERM', 'SIGHUP'],
): () => void {
  const heard = listener as (signal: NodeJS.Signals) => void;
  for (const name of names) target.on(name, heard);
  return () => {
    for (const name of names) target.off(name, heard);
  };
}
