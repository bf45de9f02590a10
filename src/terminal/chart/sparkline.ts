// A line's course in a few characters, for table cells. Gaps show as gaps.
import type { MetricUnit } from '../../domain/metric-table.ts';
import type { Screen } from '../screen.ts';
import { type BinRequest, binPoints, isValue, type Points } from './points.ts';

const UNICODE = [...'▁▂▃▄▅▆▇█'];
const ASCII = [...'_-=+*#%@'];
const UNICODE_GAP = '·';
const ASCII_GAP = '.';

/** `columns` characters. Shares are scaled to 0 to 100 %, other values to 0 to their maximum. '' without any value. */
export function sparkline(
  points: Points,
  request: BinRequest & { readonly unit: MetricUnit; readonly screen: Pick<Screen, 'unicode'> },
): string {
  const { unit, screen } = request;
  const bins = binPoints(points, request);
  const values = bins.filter(isValue);
  if (values.length === 0) return '';
  const low = Math.min(0, ...values);
  const high = Math.max(unit === 'percent' ? 100 : 0, ...values);
  const [levels, gap] = screen.unicode ? [UNICODE, UNICODE_GAP] : [ASCII, ASCII_GAP];
  const levelOf = (value: number): string => {
    const share = high === low ? 0 : (value - low) / (high - low);
    return levels[Math.min(levels.length - 1, Math.floor(share * levels.length) || 0)]!;
  };
  return bins.map((value) => (isValue(value) ? levelOf(value) : gap)).join('');
}
