// Log lines: JSON to stderr, or readable ones on a terminal; and the same line at most once a while.
import { type Logger, pino } from 'pino';

export type { Logger };

export type LogOptions = { readonly level: string; readonly format: 'json' | 'pretty' };

export async function createLogger(
  options: LogOptions,
  destination: NodeJS.WritableStream = process.stderr,
): Promise<Logger> {
  const settings = {
    level: options.level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (options.format === 'json') return pino(settings, destination as NodeJS.WriteStream);
  const { default: pretty } = await import('pino-pretty');
  const stream = pretty({
    destination: destination as NodeJS.WriteStream,
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
    sync: true,
  });
  return pino({ ...settings, timestamp: true, formatters: {} }, stream);
}

/** For tests and parts that were given none. */
export const silentLogger: Logger = pino({ level: 'silent' });

/** Says whether a line with this key may be written now: at most one each `everyMs`. */
export function createThrottle(
  everyMs: number,
  monotonicMs: () => number = () => performance.now(),
): (key: string) => boolean {
  const last = new Map<string, number>();
  return (key) => {
    const now = monotonicMs();
    if (now - (last.get(key) ?? Number.NEGATIVE_INFINITY) < everyMs) return false;
    if (last.size > 10_000) last.clear();
    last.set(key, now);
    return true;
  };
}
