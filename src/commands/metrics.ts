// minimon metrics: latest values, trends and a chart of a location or of hosts.
import { Flags, type Interfaces } from '@oclif/core';
import { listAllHosts } from '../api/hosts.ts';
import { readSelection, selectMetrics } from '../assembly/metrics-selection.ts';
import { parseLasting } from '../domain/duration.ts';
import { ExpectedError } from '../domain/errors.ts';
import { formatInstant } from '../domain/instant.ts';
import { chartStep, resolveRange, resolveTime } from '../domain/time-range.ts';
import { AGGREGATES } from '../store/store.ts';
import {
  BaseCommand,
  clientFlags,
  outputFlags,
  outputFormat,
  renderOptions,
  TIME_FORMS,
} from '../terminal/base-command.ts';
import { CHART_STYLES } from '../terminal/chart/plot-grid.ts';
import { shownMetrics, topHosts, worstFirstKey } from '../terminal/host-metric-rows.ts';
import { locationOverview } from '../terminal/location-metrics.ts';
import { withComparison } from '../terminal/metrics-compare.ts';
import { renderOpenMetrics } from '../terminal/metrics-openmetrics.ts';
import { withStatistics } from '../terminal/metrics-statistics.ts';
import { type MetricsRequest, renderMetrics } from '../terminal/metrics-view.ts';
import { checkWatch, watchMetrics } from '../terminal/metrics-watch.ts';
import { OUTPUT_FORMATS, type OutputFormat } from '../terminal/output.ts';
import { NO_SERIES, renderPromql } from '../terminal/promql-view.ts';

export default class Metrics extends BaseCommand {
  static override description =
    'Show latest values, trend and a chart, by location or by host\nLocations have the hosts assigned to them now, also for past ranges.';
  static override examples = [
    '<%= config.bin %> metrics --location 725',
    '<%= config.bin %> metrics --host web-17 --metric disk.usage --since 7d',
    '<%= config.bin %> metrics --location 725 --since 14:00 --until 15:30 -o csv',
    "<%= config.bin %> metrics --where 'disk.usage > 80 and cpu.usage > 50' --top 10",
    '<%= config.bin %> metrics --by location',
    "<%= config.bin %> metrics --host web-17 --metric '*' --since 1d -o csv",
    '<%= config.bin %> metrics --location 725 --heatmap --since 24h',
    '<%= config.bin %> metrics --host web-17 --compare 1d',
    "<%= config.bin %> metrics --location 725 --metric '*' -o openmetrics",
    '<%= config.bin %> metrics --watch',
    "<%= config.bin %> metrics -q 'avg by (location) (cpu_usage)' --since 6h",
  ];
  static override flags = {
    location: Flags.string({
      char: 'l',
      description: 'Hosts of this location or glob; repeatable',
      helpValue: 'LOCATION',
      multiple: true,
    }),
    host: Flags.string({
      char: 'H',
      description: 'A host id or glob; repeatable',
      helpValue: 'HOST',
      multiple: true,
    }),
    metric: Flags.string({
      char: 'm',
      description: 'Metric of the trend and the chart; further metrics or globs add columns',
      helpValue: 'METRIC',
      multiple: true,
      default: ['cpu.usage'],
    }),
    query: Flags.string({
      char: 'q',
      description: 'PromQL query instead of flags; instant, or a range with --since',
      helpValue: 'PROMQL',
      exclusive: ['location', 'host', 'where', 'top', 'by', 'agg', 'watch', 'heatmap', 'compare'],
    }),
    where: Flags.string({
      description: 'Only hosts that meet this condition now, written as in rules',
      helpValue: 'EXPRESSION',
    }),
    top: Flags.integer({ description: 'Only the worst N by the metric', helpValue: 'N', min: 1 }),
    by: Flags.option({ options: ['location'], description: 'One row per location: the mean of its hosts' })(),
    since: Flags.string({
      description: `Start: ${TIME_FORMS} [default: 1h]`,
      helpValue: 'TIME',
    }),
    until: Flags.string({ description: 'End, in the same forms [default: now]', helpValue: 'TIME' }),
    step: Flags.string({
      description: 'Window width [default: fits the chart; none for json and csv]',
      helpValue: '5m',
    }),
    agg: Flags.option({
      options: AGGREGATES,
      description: 'Aggregate of each window [default: mean]',
    })(),
    watch: Flags.boolean({ char: 'w', description: 'Refresh in place as samples arrive' }),
    chart: Flags.boolean({
      description: 'Draw the chart [default: on a terminal]',
      allowNo: true,
      helpGroup: 'CHART',
    }),
    'chart-style': Flags.option({
      options: CHART_STYLES,
      description: 'Line style [default: braille if the terminal supports it]',
      helpGroup: 'CHART',
    })(),
    heatmap: Flags.boolean({
      description: 'Heatmap instead of table and chart: one line per host, time across, shaded by value',
      helpGroup: 'CHART',
    }),
    compare: Flags.string({
      description: 'Also draw the same range shifted back by this duration',
      helpValue: '1d',
      exclusive: ['by', 'heatmap'],
      helpGroup: 'CHART',
    }),
    'from-zero': Flags.boolean({ description: 'Start the value axis at 0', helpGroup: 'CHART' }),
    ...outputFlags,
    output: Flags.option({
      options: [...OUTPUT_FORMATS, 'openmetrics'] as const,
      char: 'o',
      description: 'Output format; openmetrics has only the newest samples',
      helpGroup: 'OUTPUT',
    })(),
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags: given } = await this.parse(Metrics);
    const { output } = given;
    if (output === 'openmetrics') return this.runOpenMetrics(given);
    const flags = { ...given, output };
    if (flags.query !== undefined) return this.runQuery({ ...flags, query: flags.query });
    const { context } = this;
    const { screen, format } = { screen: this.screen(flags), format: outputFormat(flags) };
    const range = () =>
      resolveRange({ since: flags.since, until: flags.until, nowMs: context.nowMs(), utc: flags.utc });
    const { startMs, stopMs } = range();
    const forEyes = screen.isTTY && (format === 'table' || format === 'wide');
    let stepMs =
      flags.step === undefined
        ? forEyes || flags.by
          ? chartStep(stopMs - startMs, screen.columns)
          : undefined
        : parseLasting(flags.step, '--step');
    if (flags.agg !== undefined && stepMs === undefined)
      throw new ExpectedError('USAGE', '--agg needs --step', { hint: 'For example --step 5m.' });
    const agoMs = flags.compare === undefined ? undefined : parseLasting(flags.compare, '--compare');
    if (flags.heatmap && flags.chart !== undefined)
      throw new ExpectedError('USAGE', '--heatmap replaces the chart', {
        hint: `Leave out ${flags.chart ? '--chart' : '--no-chart, or --heatmap'}.`,
      });
    if (flags.watch) checkWatch(format, flags.until);
    const settings = await this.settings(flags);
    const [manage, analyze] = await Promise.all([
      context.openManage(settings),
      context.openAnalyze(settings),
    ]);
    const select = () =>
      selectMetrics(
        { manage, analyze },
        {
          ...{ locations: flags.location, hosts: flags.host, metrics: flags.metric, where: flags.where },
          nowMs: context.nowMs(),
        },
      );
    const { metric, others, words, ...selected } = await select();
    let { scope } = selected;
    this.sayWarnings(selected.warnings);
    const columns = others.length > 0 ? [metric, ...others] : undefined;
    const shown = columns ?? shownMetrics(metric);
    const read = async (): Promise<MetricsRequest> => {
      // Which hosts meet the condition changes while it is watched.
      if (flags.watch && flags.where !== undefined) scope = (await select()).scope;
      const request = { ...range(), metric, others, scope, shown, nowMs: context.nowMs() };
      const step = {
        ...(stepMs !== undefined && { stepMs }),
        ...(flags.agg !== undefined && { aggregate: flags.agg }),
      };
      const overview = await readSelection({ analyze, manage }, { ...request, ...step });
      const slowestMs = Math.max(0, ...(overview.hosts ?? []).map((host) => host.intervalMs ?? 0));
      if (flags.step === undefined && stepMs !== undefined && slowestMs > stepMs) {
        stepMs = chartStep(stopMs - startMs, screen.columns, slowestMs);
        return read();
      }
      const about = { metric, scope: words, aggregate: flags.agg, shown: columns };
      const { top } = flags;
      const worst = <Request extends MetricsRequest>(one: Request) =>
        top === undefined ? one : topHosts(one, top);
      if (flags.by) return worst({ ...locationOverview(overview, { metric, shown }), ...about });
      const all = format !== 'table' && format !== 'csv' && format !== 'name';
      const answer = await withStatistics(analyze, worst({ ...overview, ...about }), { all });
      return agoMs === undefined ? answer : withComparison(analyze, answer, agoMs);
    };
    const render = {
      ...(await renderOptions(
        flags.top === undefined ? flags : { ...flags, sort: flags.sort ?? worstFirstKey(metric) },
        screen,
      )),
      ...{
        chart: flags.chart,
        heatmap: flags.heatmap,
        style: flags['chart-style'],
        fromZero: flags['from-zero'],
      },
    };
    if (!flags.watch) {
      const overview = await read();
      if (format !== 'json' && format !== 'yaml' && !screen.isTTY) this.sayWarnings(overview.range.warnings);
      // On a terminal it is the title; piped output is for programs.
      if (!screen.isTTY && (format === 'table' || format === 'wide')) {
        this.say(`${words}, ${formatInstant(startMs)} to ${formatInstant(stopMs)}`);
      }
      await this.print(renderMetrics(overview, render));
      return;
    }
    const parts = this.displayParts(flags);
    const request = { ...scope, metrics: shown, sinceMs: startMs };
    await watchMetrics({ read, changes: (signal) => analyze.watchLatest(request, signal), render, parts });
  }

  private async runOpenMetrics(flags: AllFlags): Promise<void> {
    const unfit = (
      ['query', 'by', 'top', 'since', 'until', 'step', 'agg', 'watch', 'heatmap', 'compare'] as const
    ).find((name) => flags[name] !== undefined && flags[name] !== false);
    if (unfit !== undefined)
      throw new ExpectedError('USAGE', `--${unfit} cannot be used with -o openmetrics`, {
        hint: 'openmetrics has the newest samples of --location, --host, --metric and --where.',
      });
    const { context } = this;
    const settings = await this.settings(flags);
    const [manage, analyze] = await Promise.all([
      context.openManage(settings),
      context.openAnalyze(settings),
    ]);
    const { metric, others, scope, warnings } = await selectMetrics(
      { manage, analyze },
      {
        ...{ locations: flags.location, hosts: flags.host, metrics: flags.metric, where: flags.where },
        nowMs: context.nowMs(),
      },
    );
    const [latest, { hosts }] = await Promise.all([
      analyze.queryLatest({ ...scope, metrics: [metric, ...others] }),
      listAllHosts(manage, { all: true }),
    ]);
    this.sayWarnings([...warnings, ...latest.warnings]);
    await this.print(renderOpenMetrics(latest.samples, hosts));
  }

  private async runQuery(flags: QueryFlags): Promise<void> {
    const { context } = this;
    const screen = this.screen(flags);
    const { query: expression, since, until, utc } = flags;
    const nowMs = context.nowMs();
    const isRange = since !== undefined || flags.step !== undefined;
    const found = isRange ? resolveRange({ since, until, nowMs, utc }) : undefined;
    const atMs = until === undefined ? nowMs : resolveTime(until, { nowMs, utc });
    const stepMs =
      flags.step === undefined
        ? found && chartStep(found.stopMs - found.startMs, screen.columns, MINUTE_MS)
        : parseLasting(flags.step, '--step');
    const range = found && stepMs !== undefined ? { ...found, stepMs } : undefined;
    const analyze = await context.openAnalyze(await this.settings(flags));
    const answer = await analyze.queryPromql({
      expression,
      ...(range ?? { startMs: atMs, stopMs: atMs }),
    });
    this.sayWarnings(answer.warnings);
    // A terminal shows it in place of rows.
    if (answer.series.length === 0 && !screen.isTTY && answer.warnings.length === 0) this.say(NO_SERIES);
    const { chart, 'chart-style': style, 'from-zero': fromZero } = flags;
    const options = { ...(await renderOptions(flags, screen)), chart, style, fromZero };
    await this.print(renderPromql({ ...answer, expression, range }, options));
  }
}

const MINUTE_MS = 60_000;
type AllFlags = Interfaces.InferredFlags<typeof Metrics.flags & typeof BaseCommand.baseFlags>;
type QueryFlags = Omit<AllFlags, 'output'> & {
  readonly query: string;
  readonly output: OutputFormat | undefined;
};
