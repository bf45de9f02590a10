// Exit codes, Ctrl-C, and how errors are printed for people and for --json.
import { abortOnSignal } from '../assembly/signals.ts';
import { type ErrorKind, ExpectedError, messageOf } from '../domain/errors.ts';
import { safeLines, safeText } from '../domain/safe-text.ts';
import { paint, type Screen } from './screen.ts';

export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  notAllowed: 5,
  unreachable: 6,
  partlyDone: 7,
  interrupted: 130,
} as const;

const BY_KIND: Readonly<Record<ErrorKind, number>> = {
  usage: EXIT.usage,
  misdirected: EXIT.notAllowed,
  wrong_method: EXIT.unexpected,
  wrong_type: EXIT.usage,
  too_large: EXIT.usage,
  not_found: EXIT.notFound,
  conflict: EXIT.conflict,
  not_allowed: EXIT.notAllowed,
  unauthenticated: EXIT.notAllowed,
  unreachable: EXIT.unreachable,
  timeout: EXIT.unreachable,
  unavailable: EXIT.unreachable,
  partial: EXIT.partlyDone,
  unimplemented: EXIT.unexpected,
  internal: EXIT.unexpected,
};

/** For --help: each code and what it says. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.ok, 'done'],
  [EXIT.unexpected, 'unexpected error'],
  [EXIT.usage, 'wrong usage'],
  [EXIT.notFound, 'not found'],
  [EXIT.conflict, 'conflict'],
  [EXIT.notAllowed, 'not allowed'],
  [EXIT.unreachable, 'unreachable or timed out'],
  [EXIT.partlyDone, 'partly done'],
  [EXIT.interrupted, 'interrupted by Ctrl-C'],
];

/** Thrown where a person ends something with Ctrl-C: no message, exit 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const INTERRUPTS = ['Interrupted', 'ExitPromptError', 'CancelPromptError', 'AbortPromptError'];

/** True for all forms of Ctrl-C: ours, inquirer's, and readline's abort. */
export const isInterrupt = (error: unknown): boolean =>
  error instanceof Error && INTERRUPTS.includes(error.name);

/** Runs until it ends or Ctrl-C or SIGTERM aborts the signal, which gives exit code 130. */
export async function untilInterrupted(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const { signal, release } = abortOnSignal(new Interrupted());
  try {
    await run(signal);
  } finally {
    release();
    if (signal.aborted) process.exitCode = EXIT.interrupted;
  }
}

/** The exit code of anything that can be thrown. oclif's own errors carry theirs. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof ExpectedError) return BY_KIND[error.kind];
  if (isInterrupt(error)) return EXIT.interrupted;
  return oclifExit(error) ?? EXIT.unexpected;
}

/** The code of an error that oclif raised (unknown flag, missing argument), or undefined. */
export function oclifExit(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('oclif' in error)) return undefined;
  const { oclif } = error;
  if (typeof oclif !== 'object' || oclif === null || !('exit' in oclif)) return undefined;
  return typeof oclif.exit === 'number' ? oclif.exit : undefined;
}

type ErrorObject = {
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
  return `${label} ${safeText(messageOf(error))}\nThis is a bug in minimon; please report it with these lines:\n${safeLines(stack)}\n`;
}

/** The same for --json: the shape the HTTP API answers with. Never a stack, argv or configuration, which might hold a token. */
export function errorObject(error: unknown): ErrorObject {
  if (error instanceof ExpectedError) {
    const { code, message, hint } = error;
    return { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
  }
  if (isInterrupt(error)) return { error: { code: 'INTERRUPTED', message: 'interrupted by Ctrl-C' } };
  const code = oclifExit(error) === undefined ? 'INTERNAL' : 'USAGE';
  return { error: { code, message: messageOf(error) } };
}
