// The configured logger, and the log of `up` on a terminal: a file, and the newest warnings.
import { createWriteStream, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';
import { makeDataDirectory } from '../runtime/directory-lock.ts';
import { createLogger, type Logger } from '../runtime/logging.ts';
import type { Config } from './config-schema.ts';

/** Readable on a terminal, JSON lines elsewhere. */
export function openLogger({ level, format }: Config['log'], stderr: NodeJS.WriteStream): Promise<Logger> {
  const chosen = format === 'auto' ? (stderr.isTTY ? 'pretty' : 'json') : format;
  return createLogger({ level, format: chosen }, stderr);
}

/** For commands: what goes wrong, and nothing else. */
export const openWarningLogger = (stderr: NodeJS.WriteStream): Promise<Logger> =>
  openLogger({ level: 'warn', format: 'auto' }, stderr);

export type LogLines = {
  /** Takes JSON lines. */
  readonly stream: Writable;
  /** The newest warnings and errors as `14:02:11 message`, oldest first. */
  readonly recent: () => readonly string[];
  readonly path: string;
};

const RECENT_LINES = 5;
const WARN = new Set(['warn', 'error', 'fatal']);
const MAX_BYTES = 10 * 1024 * 1024;

export function createLogLines(path: string): LogLines {
  makeDataDirectory(dirname(path));
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) renameSync(path, `${path}.1`);
  const file = createWriteStream(path, { flags: 'a', mode: 0o600 });
  // A log that cannot be written must not stop the daemons: a full disk shows in their readiness.
  file.on('error', () => {});
  const recent: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().split('\n')) remember(line);
      file.write(chunk);
      done();
    },
    final(done) {
      file.end(done);
    },
  });

  function remember(line: string): void {
    if (line === '') return;
    const { level, time, msg } = JSON.parse(line) as { level: string; time: string; msg?: string };
    if (!WARN.has(level)) return;
    recent.push(`${new Date(time).toTimeString().slice(0, 8)} ${msg ?? ''}`);
    if (recent.length > RECENT_LINES) recent.shift();
  }

  return { stream, recent: () => recent, path };
}
