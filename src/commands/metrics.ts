// minimon metrics: latest values, trends and a chart of a location or of hosts.
import { Flags } from '@oclif/core';
import { expandHosts } from '../api/hosts.ts';
import { readOverview } from '../api/metrics-overview.ts';
import { parseDuration } from '../domain/duration.ts';
import { ExpectedError } from '../domain/errors.ts';
import { formatInstant } from '../domain/instant.ts';
import { parseMetric } from '../domain/metric-kinds.ts';
import { chartStep, resolveRange } from '../domain/time-range.ts';
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
import { shownMetrics } from '../terminal/host-metrics.ts';
import { withStatistics } from '../terminal/metrics-statistics.ts';
import { checkWatch, type MetricsRequest, renderMetrics, watchMetrics } from '../terminal/metrics-view.ts';

export default class Metrics extends BaseCommand {
  static override description = 'Show latest values, trend and a chart, by location or by host';
  static override examples = [
    '<%= config.bin %> metrics --location 725',
    '<%= config.bin %> metrics --host web-17 --metric disk.usage --since 7d',
    '<%= config.bin %> metrics --location 725 --since 14:00 --until 15:30 -o csv',
    '<%= config.bin %> metrics --watch',
  ];
  static override flags = {
    location: Flags.string({
      char: 'l',
      description: 'Hosts of this location',
      helpValue: 'LOCATION',
      exclusive: ['host'],
    }),
    host: Flags.string({
      char: 'H',
      description: 'A host id or glob; repeatable',
      helpValue: 'HOST',
      multiple: true,
    }),
    metric: Flags.string({
      char: 'm',
      description: 'Metric of the trend and the chart',
      helpValue: 'METRIC',
      default: 'cpu.usage',
    }),
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
      description: 'How lines are drawn [default: braille where the terminal has it]',
      helpGroup: 'CHART',
    })(),
    'from-zero': Flags.boolean({ description: 'The value axis begins at 0', helpGroup: 'CHART' }),
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Metrics);
    const { context } = this;
    const metric = parseMetric(flags.metric);
    const { screen, format } = { screen: this.screen(flags), format: outputFormat(flags) };
    const range = () =>
      resolveRange({ since: flags.since, until: flags.until, nowMs: context.nowMs(), utc: flags.utc });
    const { startMs, stopMs } = range();
    const forEyes = screen.isTTY && (format === 'table' || format === 'wide');
    let stepMs =
      flags.step === undefined
        ? forEyes
          ? chartStep(stopMs - startMs, screen.columns)
          : undefined
        : parseDuration(flags.step);
    if (flags.agg !== undefined && stepMs === undefined)
      throw new ExpectedError('USAGE', '--agg needs --step', { hint: 'For example --step 5m.' });
    if (flags.watch) checkWatch(format, flags.until);
    const settings = await this.settings(flags);
    const [manage, analyze] = await Promise.all([
      context.openManage(settings),
      context.openAnalyze(settings),
    ]);
    const scope = {
      ...(flags.location !== undefined && { location: flags.location }),
      ...(flags.host !== undefined && { hosts: await expandHosts(manage, flags.host) }),
    };
    const words =
      flags.location !== undefined ? `location ${flags.location}` : (flags.host?.join(', ') ?? 'all hosts');
    const read = async (): Promise<MetricsRequest> => {
      const request = { ...range(), metric, scope, shown: shownMetrics(metric), nowMs: context.nowMs() };
      const step = {
        ...(stepMs !== undefined && { stepMs }),
        ...(flags.agg !== undefined && { aggregate: flags.agg }),
      };
      const overview = await readOverview({ analyze, manage }, { ...request, ...step });
      const slowestMs = Math.max(0, ...(overview.hosts ?? []).map((host) => host.intervalMs ?? 0));
      if (flags.step === undefined && stepMs !== undefined && slowestMs > stepMs) {
        stepMs = chartStep(stopMs - startMs, screen.columns, slowestMs);
        return read();
      }
      return withStatistics(
        analyze,
        { ...overview, metric, scope: words, aggregate: flags.agg },
        { all: format !== 'table' && format !== 'csv' && format !== 'name' },
      );
    };
    const render = {
      ...(await renderOptions(flags, screen)),
      ...{ chart: flags.chart, style: flags['chart-style'], fromZero: flags['from-zero'] },
    };
    if (!flags.watch) {
      const overview = await read();
      if (format !== 'json' && format !== 'yaml' && !screen.isTTY) this.sayWarnings(overview.range.warnings);
      // A terminal has it as a title; the table of a pipe is for programs.
      if (!screen.isTTY && (format === 'table' || format === 'wide')) {
        this.say(`${words}, ${formatInstant(startMs)} to ${formatInstant(stopMs)}`);
      }
      await this.print(renderMetrics(overview, render));
      return;
    }
    const parts = this.liveParts(flags);
    const request = { ...scope, metrics: shownMetrics(metric), sinceMs: startMs };
    await watchMetrics({ read, changes: (signal) => analyze.watchLatest(request, signal), render, parts });
  }
}
