// Queries parsed and written again as Prometheus 3.16 has answered format_query and parse_query (prometheus-formatted.json).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseWithForm } from '../../../src/daemons/analyze/promql/parse.ts';
import { formatQuery } from '../../../src/domain/promql/format-query.ts';
import { queryTree } from '../../../src/domain/promql/query-tree.ts';

type Recorded = { readonly query: string; readonly formatted: string; readonly tree?: unknown };

const RECORDED = JSON.parse(
  readFileSync(join(import.meta.dirname, 'prometheus-formatted.json'), 'utf8'),
) as readonly Recorded[];

function parsed(query: string) {
  const { expr, form } = parseWithForm(query);
  return queryTree(expr, form);
}

test('each query is written as Prometheus writes it, and once more the same', () => {
  for (const { query, formatted } of RECORDED) {
    assert.equal(formatQuery(parsed(query)), formatted);
    assert.equal(formatQuery(parsed(formatted)), formatted);
  }
  assert.ok(RECORDED.some(({ formatted }) => formatted.includes('\n')));
});

test('a number has all its signs, and what is written stays as it is', () => {
  for (const [query, formatted] of [
    ...[
      ['--0x10', '16'],
      ['---0x10', '-16'],
      ['----0x10', '16'],
      ['--5m', '5m'],
      ['-+-3', '3'],
    ],
    ...[
      ['--(-3)', '--(-3)'],
      ['---m', '---m'],
      ['-(--m)', '-(--m)'],
    ],
  ] as const) {
    assert.equal(formatQuery(parsed(query!)), formatted, query);
    assert.equal(formatQuery(parsed(formatted!)), formatted, formatted);
  }
});

test("the tree of a query is Prometheus'", () => {
  const trees = RECORDED.filter(({ tree }) => tree !== undefined);
  for (const { query, tree } of trees) assert.deepEqual(parsed(query).tree, tree, query);
  assert.ok(trees.length > 15);
});
