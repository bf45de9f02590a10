// The table of metrics: names that the wire takes, and docs/metrics.md as it is generated.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { METRIC_KINDS } from '../../src/domain/metric-table.ts';
import { seriesError } from '../../src/domain/tick.ts';

test('docs/metrics.md is what bin/generate.js writes from the table', () => {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-metrics-page-'));
  try {
    const path = join(directory, 'metrics.md');
    execFileSync(process.execPath, ['bin/metrics-page.js', path]);
    assert.equal(readFileSync('docs/metrics.md', 'utf8'), readFileSync(path, 'utf8'), 'run bin/generate.js');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('every metric of the table is one that report takes, and stands in it once', () => {
  for (const { name, label } of METRIC_KINDS)
    assert.equal(seriesError(name, label ? { [label]: 'x' } : {}), undefined);
  const names = METRIC_KINDS.flatMap(({ name, seed }) => (seed ? [name, seed] : [name]));
  assert.equal(new Set(names).size, names.length);
});

test('a share is in percent, and percent is a share', () => {
  for (const { name, kind, unit } of METRIC_KINDS) assert.equal(kind === 'ratio', unit === 'percent', name);
});
