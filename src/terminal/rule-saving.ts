// Before a rule is saved: its backtest, its preview, and the question whether to save it.

import { runBacktest } from '../api/backtest.ts';
import type { BacktestRule } from '../api/backtest-fields.ts';
import { firesNow, previewNote } from '../api/rule-preview.ts';
import type { AnalyzeClient } from '../assembly/cli-context.ts';
import { WIDE_RULE_ALERTS } from '../domain/alerting/alert.ts';
import { ExpectedError } from '../domain/errors.ts';
import { BACKTEST_RANGE_MS, backtestShort } from './backtest-view.ts';
import type { Screen } from './screen.ts';

/** Timeout of the backtest. */
const BACKTEST_MS = 20_000;

export type Shown = {
  /** Lines for the operator. */
  readonly text: string;
  /** Why saving needs confirmation: it would fire on very many subjects now. */
  readonly doubt: string | undefined;
};

type ShowOptions = {
  readonly nowMs: number;
  readonly screen: Screen;
  readonly progress: (share: number) => void;
};

/** Never rejects if analyze is down or slow: the text then says so, and the rule can be saved. */
export async function showBacktest(
  openAnalyze: () => Promise<Pick<AnalyzeClient, 'backtest'>>,
  rule: BacktestRule,
  { nowMs, screen, progress }: ShowOptions,
): Promise<Shown> {
  const deadline = AbortSignal.timeout(BACKTEST_MS);
  try {
    const range = { startMs: nowMs - BACKTEST_RANGE_MS, stopMs: nowMs };
    const request = { rules: [rule], ...range, limit: 0, near: true };
    const analyze = await openAnalyze();
    const result = await runBacktest(analyze, request, { signal: deadline, progress });
    const text = backtestShort(result, result.rules[0]!, { ...screen, color: false });
    const now = await firesNow(analyze, rule, { nowMs, signal: deadline });
    const note = previewNote(rule.name, now);
    return {
      text: note === undefined ? text : `${text}${note}\n`,
      doubt: now.firing > WIDE_RULE_ALERTS ? note : undefined,
    };
  } catch (error) {
    if (deadline.aborted) {
      const text = `Saved without a backtest: it takes longer than ${BACKTEST_MS / 1_000} s. Run it: minimon alerts backtest ${rule.name}\n`;
      return { text, doubt: undefined };
    }
    if (!(error instanceof ExpectedError)) throw error;
    return { text: `Without a backtest: ${error.message}\n`, doubt: undefined };
  }
}
