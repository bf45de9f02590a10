// The logger that the configuration asks for: readable on a terminal, JSON lines elsewhere.
import { createLogger, type Logger } from '../runtime/logging.ts';
import type { Config } from './config-schema.ts';

export function openLogger({ level, format }: Config['log'], stderr: NodeJS.WriteStream): Promise<Logger> {
  const chosen = format === 'auto' ? (stderr.isTTY ? 'pretty' : 'json') : format;
  return createLogger({ level, format: chosen }, stderr);
}
