// minimon alerts backtest: evaluates a rule over stored samples.
import { Args, Flags } from '@oclif/core';
import { backtestRulesOf, runBacktest } from '../../api/backtest.ts';
import { BACKTEST_LIMITS, type BacktestRule, backtestResult } from '../../api/backtest-fields.ts';
import { jsonOf } from '../../api/http/json.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { SEVERITIES } from '../../domain/expression/syntax.ts';
import { resolveRange } from '../../domain/time-range.ts';
import {
  BACKTEST_RANGE_MS,
  backtestAlerts,
  backtestHead,
  backtestRules,
  nearLines,
  sentence,
} from '../../terminal/backtest-view.ts';
import {
  BaseCommand,
  clientFlags,
  outputFlags,
  renderOptions,
  TIME_FORMS,
} from '../../terminal/base-command.ts';
import { untilInterrupted } from '../../terminal/errors.ts';
import { type JsonValue, renderData, renderListing } from '../../terminal/output.ts';
import { scopeFlags } from '../../terminal/rule-flags.ts';

export default class AlertsBacktest extends BaseCommand {
  static override description =
    'Evaluate a rule over stored samples: how often it would have fired, where, when and for how long';
  static override examples = [
    "<%= config.bin %> alerts backtest 'cpu.usage > 90 for 5m' --location 725",
    '<%= config.bin %> alerts backtest disk-full --since 30d',
    '<%= config.bin %> alerts backtest --stock',
  ];
  static override strict = false;
  static override args = {
    rule: Args.string({ ignoreStdin: true, description: 'An expression in quotes, or the name of a rule' }),
  };
  static override flags = {
    ...scopeFlags,
    severity: Flags.option({ options: SEVERITIES, description: 'Severity of levels that name none' })(),
    since: Flags.string({ description: `Start: ${TIME_FORMS} [default: 7d]`, helpValue: 'TIME' }),
    until: Flags.string({ description: 'End, in the same forms [default: now]', helpValue: 'TIME' }),
    stock: Flags.boolean({ description: 'All stock rules and built-in rules' }),
    near: Flags.boolean({ description: 'Also try slightly lower and higher thresholds' }),
    limit: Flags.integer({
      description: 'How many alerts to list [default: 20]',
      helpValue: 'N',
      min: 0,
      max: BACKTEST_LIMITS.alerts,
    }),
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(AlertsBacktest);
    const words = (argv as string[]).join(' ');
    if (flags.stock === (words !== '')) {
      throw new ExpectedError('USAGE', 'name an expression or a rule, or --stock', {
        hint: "minimon alerts backtest 'cpu.usage > 90 for 5m'",
      });
    }
    const settings = await this.settings(flags);
    const { since, until, utc, near, limit = 20 } = flags;
    const range = resolveRange({
      since,
      until,
      utc,
      nowMs: this.context.nowMs(),
      defaultMs: BACKTEST_RANGE_MS,
    });
    const rules = await backtestRulesOf(flags.stock ? undefined : words, {
      listRules: async () => (await this.context.openManage(settings)).listRules(),
    });
    const scoped = rules.map(
      (rule): BacktestRule => ({
        ...rule,
        ...(flags.location && { locations: flags.location }),
        ...(flags.host && { hosts: flags.host }),
        ...(flags.severity && { severity: flags.severity }),
      }),
    );
    const analyze = await this.context.openAnalyze(settings);
    const screen = this.screen(flags);
    const render = await renderOptions(flags, screen);
    await untilInterrupted(async (signal) => {
      const progress = (share: number) => this.showProgress(`backtest ${Math.floor(share * 100)} %`);
      const result = await runBacktest(
        analyze,
        { rules: scoped, ...range, limit, near },
        { signal, progress },
      ).finally(() => this.endProgress({ keep: false }));
      this.sayWarnings(result.warnings);
      if (render.format === 'json' || render.format === 'yaml') {
        await this.print(renderData(jsonOf(backtestResult).write(result) as JsonValue, render));
        return;
      }
      const [only] = result.rules;
      if (flags.stock || only === undefined) {
        await this.print(renderListing(backtestRules(result, screen), render));
        return;
      }
      if (!screen.isTTY)
        for (const line of [sentence(result, only), ...nearLines(result, only)]) this.say(line);
      else await this.print(`${backtestHead(result, only, screen)}\n`);
      if (only.firings > 0 || !screen.isTTY)
        await this.print(renderListing(backtestAlerts(result, only), render));
      if (only.more > 0) this.say(`and ${only.more} more; --limit lists more of them, --json counts all`);
    });
  }
}
