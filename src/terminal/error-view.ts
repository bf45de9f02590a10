// How an error reads: a sentence and what to do next for an expected one, a stack for a bug, an object for --json.
import { ExpectedError, messageOf } from '../domain/errors.ts';
import { safeLines, safeText } from '../domain/safe-text.ts';
import { isInterrupt, oclifExit } from './exit-codes.ts';
import { paint } from './paint.ts';
import type { Screen } from './screen.ts';

export type ErrorObject = {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
};

/** What stderr shows, with its line end; '' after Ctrl-C. Only a bug shows its stack. */
export function errorText(error: unknown, screen: Pick<Screen, 'color'>): string {
  if (isInterrupt(error)) return '';
  const label = paint(screen, 'red', 'Error:');
  if (error instanceof ExpectedError) {
    const hint = error.hint === undefined ? '' : `${safeLines(error.hint)}\n`;
    return `${label} ${safeLines(error.message)}\n${hint}`;
  }
  if (oclifExit(error) !== undefined) return `${label} ${safeLines(messageOf(error))}\n`;
  const stack = error instanceof Error && error.stack ? error.stack : messageOf(error);
  return `${label} ${safeText(messageOf(error))}\nThis is a fault in minimon itself; please report it with these lines:\n${safeLines(stack)}\n`;
}

/** The same for --json: the shape the HTTP API answers with. Never a stack, argv or configuration: a token might be in it. */
export function errorObject(error: unknown): ErrorObject {
  if (error instanceof ExpectedError) {
    const { code, message, hint } = error;
    return { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
  }
  if (isInterrupt(error)) return { error: { code: 'INTERRUPTED', message: 'ended by Ctrl-C' } };
  const code = oclifExit(error) === undefined ? 'INTERNAL' : 'USAGE';
  return { error: { code, message: messageOf(error) } };
}
