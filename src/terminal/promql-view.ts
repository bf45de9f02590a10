// The answer to a query in PromQL: a row a series with its labels and its newest value, and a chart of a range.
import type { PromqlTable } from '../api/analyze.ts';
import { formatInstant } from '../domain/instant.ts';
import { compareBytes } from '../domain/names.ts';
import { safeText } from '../domain/safe-text.ts';
import { renderChart } from './chart/chart.ts';
import type { ChartStyle } from './chart/plot-grid.ts';
import { type Column, type RenderOptions, renderCsv, renderData, renderListing } from './output.ts';

type PromqlSeries = PromqlTable['series'][number];

export type PromqlView = PromqlTable & {
  readonly expression: string;
  /** Of a range; absent for a single time. */
  readonly range?: { readonly startMs: number; readonly stopMs: number; readonly stepMs: number } | undefined;
};

type PromqlOptions = RenderOptions & {
  /** By default of a range on a terminal. */
  readonly chart?: boolean | undefined;
  readonly style?: ChartStyle | undefined;
  readonly fromZero?: boolean | undefined;
};

export const NO_SERIES = 'No series match. List the metrics: minimon metrics list';

const NAME = '__name__';
const FIRST = [NAME, 'location', 'host'];

export function renderPromql(view: PromqlView, options: PromqlOptions): string {
  const { format, screen } = options;
  const { range, series } = view;
  if (range && (format === 'json' || format === 'yaml')) return renderData(series.map(seriesData), options);
  const labels = labelsOf(series);
  if (range && format === 'csv') {
    const rows = series.flatMap((one) =>
      one.timesMs.map((ms, i) => [
        ...labels.map((name) => one.labels[name]),
        formatInstant(ms),
        one.values[i],
      ]),
    );
    return renderCsv({ header: [...labels, 'time_at', 'value'], rows }, options);
  }
  const table = renderListing(
    {
      columns: columnsOf(labels),
      rows: series,
      name: seriesName,
      empty: NO_SERIES,
    },
    options,
  );
  if (!range || format === 'name' || !(options.chart ?? screen.isTTY)) return table;
  const lines = series.map((one) => ({
    name: seriesName(one),
    timesMs: one.timesMs,
    values: one.values.map(drawable),
  }));
  const { style, fromZero } = options;
  const chart = {
    ...range,
    stopMs: range.stopMs + 1,
    lines,
    unit: 'count' as const,
    title: safeText(view.expression),
  };
  return `${table}\n${renderChart({ ...chart, style, fromZero, screen })}`;
}

/** A chart has no infinities. */
function drawable(text: string): number | null {
  const value = Number(text.replace('Inf', 'Infinity'));
  return Number.isFinite(value) ? value : null;
}

const seriesData = ({ labels, timesMs, values }: PromqlSeries) => ({
  labels: { ...labels },
  points: timesMs.map((ms, i) => ({ time_at: formatInstant(ms), value: numberOf(values[i]!) })),
});

/** Those that any series has: its metric, where it is, then by name. */
function labelsOf(series: readonly PromqlSeries[]): string[] {
  const names = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))].sort(compareBytes);
  return [...FIRST.filter((name) => names.includes(name)), ...names.filter((name) => !FIRST.includes(name))];
}

/** `cpu_usage{host="web-1"}`, as in PromQL. */
function seriesName({ labels }: PromqlSeries): string {
  const own = Object.keys(labels)
    .filter((name) => name !== NAME)
    .sort(compareBytes)
    .map((name) => `${name}=${JSON.stringify(labels[name])}`);
  return `${labels[NAME] ?? ''}{${own.join(',')}}`;
}

function columnsOf(labels: readonly string[]): Column<PromqlSeries>[] {
  return [
    ...labels.map((name) => ({
      ...{ key: name, title: name === NAME ? 'METRIC' : name.toUpperCase() },
      value: (one: PromqlSeries) => one.labels[name],
    })),
    {
      ...{ key: 'value', title: 'VALUE', align: 'right' as const },
      value: ({ values }) => numberOf(values.at(-1)!),
      cell: ({ values }) => shown(values.at(-1)!),
    },
  ];
}

/** JSON has no NaN and no infinities: they stay text. */
function numberOf(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

/** Six digits are enough for eyes. */
function shown(text: string): string {
  const value = Number(text);
  return Number.isFinite(value) && !Number.isInteger(value)
    ? String(Number(value.toPrecision(6)))
    : safeText(text);
}
