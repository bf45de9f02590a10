// The first table of `minimon up` without a terminal: of this run, also where an earlier one left samples.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnalyzeService, LatestAnswer } from '../../src/api/analyze.ts';
import { firstTable } from '../../src/terminal/up-screen.ts';
import { pipe } from './screens.ts';

const NOW = Date.parse('2026-11-29T08:38:30Z');

const answer = (ageMs: number | undefined, value: number): LatestAnswer => ({
  nowMs: NOW,
  samples:
    ageMs === undefined
      ? []
      : [{ hostId: 'here', metric: 'cpu.usage', labels: {}, timeMs: NOW - ageMs, value }],
  warnings: [],
});

async function tableAfter(answers: readonly LatestAnswer[]) {
  const analyze: Partial<AnalyzeService> = {
    queryLatest: async () => answers[0]!,
    async *watchLatest() {
      yield* answers;
    },
    queryRange: async () => ({ startMs: NOW - 60_000, stopMs: NOW, series: [], warnings: [] }),
  };
  const up = {
    analyze: () => analyze as AnalyzeService,
    host: async () => undefined,
    hostId: () => 'here',
    listeners: () => [],
    simulation: () => undefined,
  };
  const screen = pipe({ columns: 120, nowMs: NOW });
  return firstTable(up, () => screen, new AbortController().signal);
}

test('the samples of an earlier run wait for those of this one', async () => {
  const table = await tableAfter([
    answer(undefined, 0),
    answer(160_000, 11),
    answer(130_001, 12),
    answer(9_000, 13),
  ]);
  assert.match(table, /here +reporting +13 /);
});

test('a sample of this run is shown at once, also a late one', async () => {
  assert.match(await tableAfter([answer(130_000, 12), answer(0, 13)]), /here +late +12 /);
});
