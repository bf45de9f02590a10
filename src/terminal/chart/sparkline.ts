// A line's course in a few characters, for table cells. Gaps show as gaps.
import type { MetricUnit } from '../../domain/metric-table.ts';
import type { Screen } from '../screen.ts';
import { type BinRequest, binPoints, isValue, type Points } from './points.ts';

const UNICODE = [...'▁▂▃▄▅▆▇█'];
const ASCII = [...'_-=+*#%@'];
const UNICODE_GAP = '·';
const ASCII_GAP = '.';

/** What a full block stands for where a course is drawn by itself; undefined without any value. */
export function sparkTop(points: Pick<Points, 'values'>, unit: MetricUnit): number | undefined {
  let top: number | undefined;
  for (const value of points.values) if (isValue(value)) top = Math.max(top ?? 0, value);
  return top === undefined ? undefined : Math.max(top, unit === 'percent' ? 100 : 0);
}

/**
 * `columns` characters. Shares are scaled to 0 to 100 %, other values to 0 to `top`, by default their maximum. '' without any
 * value.
 */
export function sparkline(
  points: Points,
  request: BinRequest & {
    readonly unit: MetricUnit;
    readonly top?: number | undefined;
    readonly screen: Pick<Screen, 'unicode'>;
  },
): string {
  const { unit, screen, top = 0 } = request;
  const bins = binPoints(points, request);
  const values = bins.filter(isValue);
  if (values.length === 0) return '';
  const low = Math.min(0, ...values);
  const high = Math.max(unit === 'percent' ? 100 : 0, top, ...values);
  const [levels, gap] = screen.unicode ? [UNICODE, UNICODE_GAP] : [ASCII, ASCII_GAP];
  const levelOf = (value: number): string => {
    const share = high === low ? 0 : (value - low) / (high - low);
    return levels[Math.min(levels.length - 1, Math.floor(share * levels.length) || 0)]!;
  };
  return bins.map((value) => (isValue(value) ? levelOf(value) : gap)).join('');
}
