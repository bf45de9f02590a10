// The one place that maps errors to exit codes.
import { type ErrorKind, ExpectedError } from '../domain/errors.ts';

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
  [EXIT.unexpected, 'something unexpected'],
  [EXIT.usage, 'wrong usage'],
  [EXIT.notFound, 'not found'],
  [EXIT.conflict, 'conflict with what is there'],
  [EXIT.notAllowed, 'not allowed'],
  [EXIT.unreachable, 'a server could not be reached, or not in time'],
  [EXIT.partlyDone, 'partly done'],
  [EXIT.interrupted, 'ended by Ctrl-C'],
];

/** Thrown where a person ends something with Ctrl-C: no message, exit 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const INTERRUPTS = ['Interrupted', 'ExitPromptError', 'CancelPromptError', 'AbortPromptError'];

/** True for Ctrl-C in its several shapes: ours, inquirer's, and readline's abort. */
export const isInterrupt = (error: unknown): boolean =>
  error instanceof Error && INTERRUPTS.includes(error.name);

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
