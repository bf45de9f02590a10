// Every expression in docs/alerts.md is one that can be saved.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { check } from '../../../src/domain/expression/check.ts';
import { parse } from '../../../src/domain/expression/parser.ts';

test('the expressions of the page parse and need no force', () => {
  const page = readFileSync('docs/alerts.md', 'utf8');
  const expressions = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!);
  assert.ok(expressions.length >= 10);
  for (const expression of expressions) {
    const findings = check(parse(expression)).filter(({ kind }) => kind !== 'note');
    assert.deepEqual(findings, [], expression);
  }
});
