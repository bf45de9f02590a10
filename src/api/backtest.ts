// A backtest for commands: runs it to its end, with its progress on the way.
import { ExpectedError } from '../domain/errors.ts';
import type { AnalyzeService, BacktestRequest, BacktestResult } from './analyze.ts';

/** UNAVAILABLE when analyze stopped before the result; otherwise what analyze says, or the signal's reason. */
export async function runBacktest(
  analyze: Pick<AnalyzeService, 'backtest'>,
  request: BacktestRequest,
  on: { readonly signal: AbortSignal; readonly progress?: (share: number) => void },
): Promise<BacktestResult> {
  for await (const { progress, result } of analyze.backtest(request, on.signal)) {
    if (result) return result;
    on.progress?.(progress);
  }
  on.signal.throwIfAborted();
  throw new ExpectedError('UNAVAILABLE', 'the analyze service ended the backtest before it was done', {
    hint: 'It is shutting down; try again.',
  });
}
