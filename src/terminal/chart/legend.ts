// The legend of a chart: which line is which, with the statistics of its samples, and which lines others cover.
import { counted } from '../../domain/counting.ts';
import type { MetricUnit } from '../../domain/metric-table.ts';
import { formatValue } from '../../domain/units.ts';
import type { Color, Screen } from '../screen.ts';
import { renderTable } from '../table.ts';
import { letterOf } from './plot-grid.ts';
import { meanOf, type Stats } from './points.ts';

export type LegendLine = {
  readonly name: string;
  readonly color: Color;
  readonly unit: MetricUnit;
  /** Undefined where they are not known. */
  readonly stats: Stats | undefined;
  /** No cell of it is on the screen: lines drawn above it cover it. */
  readonly isCovered: boolean;
};

/** `others` are the lines of the band. One line end a line. */
export function renderLegend(
  lines: readonly LegendLine[],
  others: readonly (Stats | undefined)[],
  { unit, screen }: { readonly unit: MetricUnit; readonly screen: Screen },
): string {
  const key = (i: number) => {
    if (lines.length > 1) return letterOf(i);
    return screen.unicode ? '─' : '-';
  };
  const rows = lines.map(({ name, color, unit, stats, isCovered }, i) => [
    { text: key(i), color },
    isCovered ? `${name} (covered by others)` : name,
    ...[stats?.last, stats?.min, stats?.mean, stats?.max].map((value) => formatValue(value, unit)),
  ]);
  if (others.length > 0) {
    const known = others.filter((stats) => stats !== undefined);
    // Of some of them alone they would be statistics of nothing.
    const whole = known.length === others.length;
    const value = (of: (stats: readonly Stats[]) => number) => (whole ? formatValue(of(known), unit) : '-');
    rows.push([
      { text: screen.unicode ? '░' : ':', color: 'gray' },
      counted(others.length, 'other'),
      '',
      value((all) => all.reduce((min, stats) => Math.min(min, stats.min), Number.POSITIVE_INFINITY)),
      value((all) => meanOf(all.map((stats) => stats.mean))),
      value((all) => all.reduce((max, stats) => Math.max(max, stats.max), Number.NEGATIVE_INFINITY)),
    ]);
  }
  const number = (title: string, drop: number) => ({ title, drop, align: 'right' as const });
  return renderTable({
    columns: [
      { title: '', drop: 1 },
      { title: 'LINE', min: 6 },
      number('LAST', 2),
      number('MIN', 5),
      number('MEAN', 4),
      number('MAX', 3),
    ],
    rows,
    screen,
  });
}
