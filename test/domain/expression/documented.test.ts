// Every expression in a table of the pages about alerts is one that can be saved.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { check } from '../../../src/domain/expression/check.ts';
import { parse } from '../../../src/domain/expression/parser.ts';

for (const path of ['docs/alerts.md', 'docs/alerts-from-other-tools.md']) {
  test(`the expressions of ${path} parse and need no force`, () => {
    const table = readFileSync(path, 'utf8').split('| expression |')[1]!;
    const expressions = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!);
    assert.ok(expressions.length >= 10);
    for (const expression of expressions) {
      const findings = check(parse(expression)).filter(({ kind }) => kind !== 'note');
      assert.deepEqual(findings, [], expression);
    }
  });
}
