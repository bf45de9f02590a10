// Logging: JSON to stderr, readable lines on a terminal, and rate limiting of repeated lines.
import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import { safeJson, safeLines, safeText } from '../domain/safe-text.ts';
import { withoutTokens } from './token.ts';

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
  const sink = lossySink(destination);
  if (options.format === 'json') return pino(settings, { write: (line) => sink.write(safeJson(line)) });
  const { default: pretty } = await import('pino-pretty');
  const stream = pretty({ destination: sink, translateTime: 'SYS:HH:MM:ss', singleLine: true, sync: true });
  return pino(
    { ...settings, timestamp: true, formatters: {} },
    { write: (line) => stream.write(`${JSON.stringify(JSON.parse(line, safeValue))}\n`) },
  );
}

/** On a terminal nothing in a line is obeyed but the colours that are added after it. */
function safeValue(key: string, value: unknown): unknown {
  if (typeof value === 'string') return key === 'stack' ? safeLines(value) : safeText(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [safeText(name), one]));
}

/** A reader that does not read must not fill the memory. */
const MAX_QUEUED_BYTES = 1024 * 1024;

/** Writes what can be written: a reader that left, stands still, or a full disk costs lines, and ends no daemon. */
function lossySink(target: NodeJS.WritableStream & { readonly writableLength?: number }): Writable {
  let dropped = 0;
  target.on('error', () => {});
  return new Writable({
    decodeStrings: false,
    write(written: string | Buffer, _encoding, done) {
      // Whatever an error or a request brought along.
      const line = withoutTokens(written.toString());
      if ((target.writableLength ?? 0) > MAX_QUEUED_BYTES) dropped++;
      else {
        try {
          if (dropped > 0) target.write(droppedLine(dropped));
          dropped = 0;
          target.write(line);
        } catch {
          // Node throws some of what others emit.
        }
      }
      done();
    },
  });
}

const droppedLine = (count: number): string =>
  `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), dropped: count, msg: 'log lines were dropped: their reader stood still' })}\n`;

/** For tests and parts that were given none. */
export const silentLogger: Logger = pino({ level: 'silent' });

/** Says whether a line with this key may be written now: at most one each `everyMs`. */
export function createThrottle(monotonicMs: () => number, everyMs = 60_000): (key: string) => boolean {
  const last = new Map<string, number>();
  return (key) => {
    const now = monotonicMs();
    if (now - (last.get(key) ?? Number.NEGATIVE_INFINITY) < everyMs) return false;
    if (last.size > 10_000) last.clear();
    last.set(key, now);
    return true;
  };
}
