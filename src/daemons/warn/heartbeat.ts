// Dead man's switch: calls a URL every minute while warn is healthy, so that an outside service notices when it is not.
import { formatInstant } from '../../domain/instant.ts';
import type { AddressGuard } from '../../receivers/address-guard.ts';
import { createHttpTransport, type HttpTransport } from '../../receivers/http-transport.ts';
import { createRedactor, secretsOfUrl, shownUrl } from '../../receivers/secret-addresses.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';

export type HeartbeatParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  /** What is sent along. */
  readonly counts: () => Readonly<Record<string, number>>;
  /** Why warn is unhealthy: then no heartbeat is sent, on purpose. */
  readonly unhealthy: () => string | undefined;
  readonly guard: AddressGuard;
  readonly http?: HttpTransport;
};

const EVERY_MS = 60_000;
const LOOK_MS = 1_000;
const LOG_EVERY_MS = 600_000;

export function createHeartbeat(
  url: string,
  { clock, logger, guard, counts, unhealthy, http }: HeartbeatParts,
): { start(): void; stop(): Promise<void> } {
  const send = http ?? createHttpTransport({ clock, guard });
  const redact = createRedactor(secretsOfUrl(url));
  const mayLog = createThrottle(clock.monotonicMs, LOG_EVERY_MS);
  const abort = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function beat(): Promise<void> {
    if (unhealthy() !== undefined) return;
    const body = JSON.stringify({ sent_at: formatInstant(clock.nowMs()), ...counts() });
    const result = await send({ url, body, headers: { 'content-type': 'application/json' } }, abort.signal);
    if (result.kind === 'answer' && result.status < 300) return;
    const why = result.kind === 'answer' ? `answers ${result.status}` : result.reason;
    if (!abort.signal.aborted && mayLog('heartbeat')) {
      logger.warn(`the heartbeat to ${shownUrl(url)} failed: ${redact(why)}`);
    }
  }

  async function run(): Promise<void> {
    while (!abort.signal.aborted) {
      await beat();
      // A standby that takes over sends one immediately.
      const pauseMs = unhealthy() === undefined ? EVERY_MS : LOOK_MS;
      await clock.sleep(pauseMs, abort.signal).catch(() => {});
    }
  }

  return {
    start() {
      running = run();
    },
    async stop() {
      abort.abort();
      await running;
    },
  };
}
