// docs/errors.md says of every error code what the tables in the code say.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { httpStatusOf } from '../../src/api/status.ts';
import { ERRORS, type ErrorCode, ExpectedError } from '../../src/domain/errors.ts';
import { EXIT_CODES, exitCodeOf } from '../../src/terminal/errors.ts';

const page = readFileSync('docs/errors.md', 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| code'));

test('the page lists exactly the codes of the table, each with its meaning, exit code and status', () => {
  const wanted = Object.entries(ERRORS).map(([code, { meaning, kind }]) => {
    const exit = exitCodeOf(new ExpectedError(code as ErrorCode, ''));
    return `| ${code} | ${meaning} | ${exit} | ${httpStatusOf(kind)} |`;
  });
  assert.deepEqual(
    rows.filter((row) => /^\| [A-Z_]+ \|/.test(row)),
    wanted,
  );
});

test('the page lists the exit codes', () => {
  assert.deepEqual(
    rows.filter((row) => /^\| \d+ \|/.test(row)),
    EXIT_CODES.map(([code, meaning]) => `| ${code} | ${meaning} |`),
  );
});
