// systemd notifications (sd_notify) of a process with Type=notify: READY, STOPPING, WATCHDOG.
import { execFile } from 'node:child_process';
import { messageOf } from '../domain/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logging.ts';
import type { Environment } from './environment.ts';

export type ServiceManager = {
  /** The start is over. From here on signs of life are sent, twice in the time that the watchdog waits. */
  ready(): void;
  /** The first signal, or what ends the process by itself. */
  stopping(): void;
};

export type ServiceManagerOptions = {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What `systemctl status` shows of it once it runs. */
  readonly status?: string | undefined;
  /** Of this process: a watchdog that waits for another one is not answered. */
  readonly pid?: number;
  /** Sends assignments (`READY=1`); rejects when that failed. By default with systemd-notify. */
  readonly send?: (assignments: readonly string[]) => Promise<void>;
};

const SEND_TIMEOUT_MS = 10_000;

/**
 * Without NOTIFY_SOCKET nothing is sent. Node has no datagram sockets in the file system, so each message is a
 * systemd-notify (some milliseconds of CPU), and units need NotifyAccess=all. It is started from the main loop: one that
 * hangs sends no sign of life.
 */
export function openServiceManager(options: ServiceManagerOptions): ServiceManager {
  const { environment, clock, logger, status = 'ready', pid = process.pid } = options;
  const { send = systemdNotify(environment) } = options;
  const isManaged = !!environment['NOTIFY_SOCKET'];
  const stopped = new AbortController();
  let failed = false;

  async function tell(...assignments: readonly string[]): Promise<void> {
    if (!isManaged) return;
    try {
      await send(assignments);
      failed = false;
    } catch (error) {
      if (!failed)
        logger.error(
          `cannot send ${assignments[0]} to systemd: ${messageOf(error)}. The unit has Type=notify, so systemd may kill this process; install systemd-notify`,
        );
      failed = true;
    }
  }

  async function signsOfLife(everyMs: number): Promise<void> {
    while (!stopped.signal.aborted) {
      await clock.sleep(everyMs, stopped.signal);
      await tell('WATCHDOG=1');
    }
  }

  return {
    ready() {
      void tell('READY=1', `STATUS=${status.replace(/\s+/g, ' ')}`);
      const waitsMs = watchdogMs(environment, pid);
      if (isManaged && waitsMs !== undefined) signsOfLife(waitsMs / 2).catch(() => {});
    },
    stopping() {
      stopped.abort();
      void tell('STOPPING=1', 'STATUS=shutting down');
    },
  };
}

/** How long systemd waits for a sign of life; undefined where it does not wait, or for another process. */
function watchdogMs(environment: Environment, pid: number): number | undefined {
  const usec = Number(environment['WATCHDOG_USEC']);
  const isOurs = !environment['WATCHDOG_PID'] || environment['WATCHDOG_PID'] === String(pid);
  return isOurs && Number.isSafeInteger(usec) && usec > 0 ? usec / 1_000 : undefined;
}

const systemdNotify =
  (environment: Environment) =>
  (assignments: readonly string[]): Promise<void> =>
    new Promise((resolve, reject) => {
      // What it needs, and no secret of this process.
      const { NOTIFY_SOCKET, PATH } = environment;
      const options = { env: { NOTIFY_SOCKET, PATH }, timeout: SEND_TIMEOUT_MS };
      execFile('systemd-notify', [...assignments], options, (error) => (error ? reject(error) : resolve()));
    });
