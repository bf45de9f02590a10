// A backtest for commands: selects the rules, and runs it to the end with progress.
import { builtInRules } from '../domain/alerting/built-in.ts';
import { STOCK_RULES } from '../domain/alerting/stock-rules.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { ExpectedError } from '../domain/errors.ts';
import { readExpression } from '../domain/expression/check.ts';
import { printExpression } from '../domain/expression/printer.ts';
import { metricKind } from '../domain/metric-kinds.ts';
import type { AnalyzeService } from './analyze.ts';
import type { BacktestRequest, BacktestResult, BacktestRule } from './backtest-fields.ts';
import type { ManageClient } from './manage.ts';

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

/**
 * The rules that an operator means: the saved one of that name, else the text as an expression; without a text the stock set.
 * RULE_UNKNOWN names the nearest for one word that is neither; BAD_EXPRESSION has a caret.
 */
export async function backtestRulesOf(
  text: string | undefined,
  manage: Pick<ManageClient, 'listRules'>,
): Promise<BacktestRule[]> {
  if (text === undefined) {
    const builtIn = builtInRules().map(({ name, severity, expression }) => ({
      name,
      severity,
      expression: printExpression(expression),
    }));
    return [
      ...builtIn,
      ...STOCK_RULES.map(({ name, severity, expression }) => ({ name, severity, expression })),
    ];
  }
  const rules = await manage.listRules();
  const saved = rules.find(({ name }) => name === text);
  if (saved !== undefined) {
    const { name, expression, severity, locations, hosts } = saved;
    return [{ name, expression, severity, locations, hosts }];
  }
  // A metric alone is an expression of which the shell has taken `> 90`: the parser says so.
  if (/^[^\s<>]+$/.test(text) && text !== 'silent' && metricKind(text) === undefined) {
    throw new ExpectedError('RULE_UNKNOWN', `no rule ${text}`, {
      hint: didYouMean(
        text,
        rules.map(({ name }) => name),
        "List the rules: minimon alerts list. An expression looks like 'cpu.usage > 90'.",
      ),
    });
  }
  readExpression(text);
  return [{ name: text, expression: text }];
}
