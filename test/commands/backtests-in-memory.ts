// An analyze service whose backtests find what a test says.
import type { AnalyzeService } from '../../src/api/analyze.ts';
import type { BacktestResult, BacktestRule } from '../../src/api/backtest-fields.ts';
import { NOW } from '../terminal/screens.ts';
import { analyzeInMemory } from './services-in-memory.ts';

/** Backtests of which `firing` alerts fire at the end, on hosts of their own. */
export function analyzeWith(
  firing: number,
  ofHosts = firing,
): AnalyzeService & { readonly asked: BacktestRule[][] } {
  const asked: BacktestRule[][] = [];
  async function* backtest({
    rules,
    startMs,
    stopMs,
    limit = 100,
  }: Parameters<AnalyzeService['backtest']>[0]) {
    asked.push([...rules]);
    const all = Array.from({ length: firing }, (_, i) => ({
      ...{ host: `web-${i}`, location: '725', labels: {}, severity: 'warning' as const },
      ...{ sinceMs: NOW - 60_000, firedMs: NOW - 60_000, atStart: false },
    }));
    const counts = { firings: firing, hosts: firing, firingMs: firing * 60_000, longestMs: 60_000 };
    const result: BacktestResult = {
      ...{ startMs, stopMs, stepMs: stopMs - startMs, hosts: ofHosts, ticks: 10, warnings: [] },
      rules: rules.map(({ name, expression }) => ({
        ...{ name, expression, ...counts, alerts: all.slice(0, limit), more: Math.max(0, firing - limit) },
        ...{ near: [], fired: [firing], firing: [firing * 60_000] },
      })),
    };
    yield { progress: 1, result };
  }
  return { ...analyzeInMemory().service, backtest, asked };
}
