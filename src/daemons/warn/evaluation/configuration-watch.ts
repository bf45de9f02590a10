// Streams the alert configuration from manage: a full snapshot first, then changes.
import type { ManageService } from '../../../api/manage.ts';
import { readActiveTimes } from '../../../domain/alerting/active-times.ts';
import type { AlertConfiguration, ReceiverSetup } from '../../../domain/alerting/configuration.ts';
import { messageOf } from '../../../domain/errors.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logging.ts';
import { BACKOFF, createBackoff } from '../../../runtime/retry.ts';

export type ConfigurationWatchParts = {
  readonly manage: Pick<ManageService, 'watchAlertConfiguration'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Given what belongs together. */
  readonly apply: (received: readonly Watched[], signal: AbortSignal) => void;
};

export type Watched =
  ReturnType<ManageService['watchAlertConfiguration']> extends AsyncIterable<infer Each> ? Each : never;

export function createConfigurationWatch({ manage, clock, logger, apply }: ConfigurationWatchParts) {
  let watchError: string | undefined;

  /** Yields configurations until the signal. While manage is down the last one stays in use. */
  async function follow(signal: AbortSignal, onFirst: () => void) {
    const backoff = createBackoff(BACKOFF.daemon);
    while (!signal.aborted) {
      try {
        let received: Watched[] = [];
        for await (const watched of manage.watchAlertConfiguration({}, signal)) {
          received.push(watched);
          if (watched.more) continue;
          apply(received, signal);
          received = [];
          watchError = undefined;
          backoff.reset();
          onFirst();
        }
      } catch (error) {
        if (signal.aborted) return;
        watchError = `the configuration of alerts cannot be read from manage: ${messageOf(error)}`;
        logger.warn(watchError);
      }
      await clock.sleep(backoff.next(), signal).catch(() => {});
    }
  }

  /** Resolves with the first configuration; rejects when the signal aborts. */
  async function begin(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    void follow(signal, resolve);
    await promise;
  }

  return { begin, lastError: (): string | undefined => watchError };
}

export const configurationOf = (watched: Watched): AlertConfiguration => ({
  ...watched,
  receivers: watched.receivers.map(
    ({ options, activeTimes, ...route }): ReceiverSetup => ({
      ...route,
      options: JSON.parse(options),
      activeTimes: readActiveTimes(activeTimes, route.timeZone),
    }),
  ),
});
