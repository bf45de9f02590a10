// A daemon's certificate: taken up again when its files change, its end in metrics and readiness.
import { reloadingTls, type TlsMaterial } from '../api/tls.ts';
import { formatInstant } from '../domain/instant.ts';
import { endsSoon, readCertificate } from '../runtime/certificates.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Health } from '../runtime/health.ts';
import { createThrottle, type Logger } from '../runtime/logging.ts';
import type { Metrics } from '../runtime/metrics.ts';

/** How soon a renewed certificate is used. */
const POLL_EVERY_MS = 10_000;
const SAY_EVERY_MS = 86_400_000;

export type TlsWatch = {
  current(): TlsMaterial;
  /** Until the signal; `onChange` hears of each that is new. */
  run(signal: AbortSignal, onChange: (tls: TlsMaterial) => void): Promise<void>;
};

export type TlsWatchParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: Metrics;
};

export function watchTls(tls: TlsMaterial, { clock, logger, health, metrics }: TlsWatchParts): TlsWatch {
  const files = reloadingTls(tls);
  const mayLog = createThrottle(clock.monotonicMs, SAY_EVERY_MS);
  let ends = endsOf(tls);

  const soon = () => ends.filter((end) => endsSoon(end, clock.nowMs()) && end.endMs > clock.nowMs());
  metrics.gauge(
    'tls_certificate_end_timestamp_seconds',
    'When the certificate of the listeners, and the authority that they trust, end (Unix time)',
    () => Object.fromEntries(ends.map(({ of, endMs }) => [of, endMs / 1_000])),
    'certificate',
  );
  health.check('tls certificate', () => {
    const over = ends.find(({ endMs }) => endMs <= clock.nowMs());
    return (
      over && `the ${over.of} certificate (${over.name}) ended at ${formatInstant(over.endMs)}; ${RENEW}`
    );
  });
  health.note(() => files.problem());
  health.note(() =>
    soon()
      .map((end) => `the ${end.of} certificate (${end.name}) ends at ${formatInstant(end.endMs)}; ${RENEW}`)
      .join('; '),
  );

  function warn(): void {
    for (const { of, name, endMs } of soon()) {
      if (mayLog(of))
        logger.warn(
          { certificate: name, end: formatInstant(endMs) },
          `the ${of} certificate ends soon; ${RENEW}`,
        );
    }
    const problem = files.problem();
    if (problem !== undefined && mayLog(problem))
      logger.warn(`${problem}; the former certificate stays in use`);
  }

  return {
    current: files.current,
    async run(signal, onChange) {
      for (;;) {
        warn();
        await clock.sleep(POLL_EVERY_MS, signal);
        if (!files.refresh()) continue;
        ends = endsOf(files.current());
        const own = ends[0];
        logger.info(
          { certificate: own?.name, end: own && formatInstant(own.endMs) },
          'certificates were read again; new connections use them',
        );
        onChange(files.current());
      }
    },
  };
}

const RENEW = 'renew it with minimon tls renew, or where it came from';

function endsOf({ cert, ca }: TlsMaterial) {
  const read = (of: 'server' | 'authority', pem: string | Buffer | undefined) => {
    if (pem === undefined) return [];
    try {
      const { name, endMs } = readCertificate(pem);
      return [{ of, name, endMs }];
    } catch {
      // What TLS takes for an authority may have a form that is not read here.
      return [];
    }
  };
  return [...read('server', cert), ...read('authority', ca)];
}
