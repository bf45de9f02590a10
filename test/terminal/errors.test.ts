// How errors read, for people and for --json, and which exit code each gives.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRORS, type ErrorCode, ExpectedError } from '../../src/domain/errors.ts';
import { EXIT_CODES, errorObject, errorText, exitCodeOf, Interrupted } from '../../src/terminal/errors.ts';
import { usageError } from '../../src/terminal/usage-errors.ts';
import { pipe, terminal } from './screens.ts';

const named = (name: string) => Object.assign(new Error('User force closed the prompt'), { name });
const unknownFlag = Object.assign(new Error('Nonexistent flag: --hst'), { oclif: { exit: 2 } });

test('each kind of error has its exit code', () => {
  const codes: Partial<Record<ErrorCode, number>> = {
    USAGE: 2,
    NEEDS_CONFIRMATION: 2,
    TOO_LARGE: 2,
    HOST_UNKNOWN: 3,
    HOST_EXISTS: 4,
    NOT_ALLOWED: 5,
    UNAUTHENTICATED: 5,
    UNREACHABLE: 6,
    TIMEOUT: 6,
    UNAVAILABLE: 6,
    PARTLY_DONE: 7,
    OUTPUT_FAILED: 1,
  };
  for (const [code, exit] of Object.entries(codes)) {
    assert.equal(exitCodeOf(new ExpectedError(code as ErrorCode, 'x')), exit, code);
  }
  const known = new Set(EXIT_CODES.map(([code]) => code));
  for (const code of Object.keys(ERRORS) as ErrorCode[])
    assert.ok(known.has(exitCodeOf(new ExpectedError(code, 'x'))));
  assert.equal(exitCodeOf(new TypeError('bug')), 1);
  assert.equal(exitCodeOf('thrown text'), 1);
  assert.equal(exitCodeOf(unknownFlag), 2);
  for (const error of [new Interrupted(), named('ExitPromptError')]) assert.equal(exitCodeOf(error), 130);
});

test('an expected error is a sentence and what to do next', () => {
  const error = new ExpectedError('HOST_UNKNOWN', 'no host "web-71"', { hint: 'Did you mean web-17?' });
  assert.equal(errorText(error, pipe()), 'Error: no host "web-71"\nDid you mean web-17?\n');
  assert.equal(
    errorText(error, terminal({ color: true })),
    '\u001b[31mError:\u001b[39m no host "web-71"\nDid you mean web-17?\n',
  );
  assert.deepEqual(errorObject(error), {
    error: { code: 'HOST_UNKNOWN', message: 'no host "web-71"', hint: 'Did you mean web-17?' },
  });
});

test('only a bug shows its stack, and never in json', () => {
  const bug = new TypeError('x is undefined');
  assert.match(errorText(bug, pipe()), /^Error: x is undefined\nThis is a bug in minimon.+ at /s);
  assert.deepEqual(errorObject(bug), { error: { code: 'INTERNAL', message: 'x is undefined' } });
  assert.equal(errorText(unknownFlag, pipe()), 'Error: Nonexistent flag: --hst\n');
  assert.equal(errorObject(unknownFlag).error.code, 'USAGE');
  assert.equal(errorText(new Interrupted(), pipe()), '');
});

test('remote text in a message cannot move the cursor', () => {
  const error = new ExpectedError('LOCATION_UNKNOWN', 'no location \u001b[2J\u202e');
  assert.equal(errorText(error, pipe()), 'Error: no location \\e[2J\\u202e\n');
});

test('a required flag that is missing is named with its dashes', () => {
  const thrown = new Error('The following error occurred:\n  Missing required flag reason');
  const error = usageError(thrown, ['silences', 'add', 'location=725'], {
    commands: [{ id: 'silences:add' }],
  });
  assert.equal(error.message, 'minimon silences add needs --reason');
  assert.equal(error.hint, 'See minimon silences add --help');
});
