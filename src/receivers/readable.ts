// Formats values, thresholds, durations and times for messages: 3.9 GiB, 2.5 s behind, 2026-11-28 10:03 +08:00.
import { isTimeZone } from '../domain/alerting/active-times.ts';
import { roughDuration } from '../domain/duration.ts';
import type { MetricUnit } from '../domain/metric-table.ts';
import { scaleFor, trimExponent } from '../domain/units.ts';
import type { Moments, Reading, Threshold } from './message.ts';

/** Most decimals; a value that still looks equal to its threshold is shown as just over or under it. */
const MAX_DECIMALS = 6;

/** A value with its unit, short: 3.9 GiB, 97.5 %, 42. Where `apartFrom` is given, with the decimals that tell them apart. */
export function readableValue(value: number | undefined, unit: MetricUnit, apartFrom?: number): string {
  if (value === undefined || !Number.isFinite(value)) return '-';
  const other = apartFrom === undefined || apartFrom === value ? undefined : apartFrom;
  const short = write(value, unit, decimalsFor(value, unit));
  if (other === undefined || short !== write(other, unit, decimalsFor(other, unit))) return short;
  for (let decimals = decimalsFor(value, unit) + 1; decimals <= MAX_DECIMALS; decimals++) {
    const text = write(value, unit, decimals);
    if (text !== write(other, unit, decimals)) return text;
  }
  return `just ${value > other ? 'over' : 'under'} ${short}`;
}

function write(value: number, unit: MetricUnit, decimals: number): string {
  if (unit === 'seconds' && Math.abs(value) >= 60) {
    return decimals === 0 ? roughDuration(value * 1_000) : `${plain(value, decimals)} s`;
  }
  const { divisor, suffix } = scaleFor(value, unit);
  return `${plain(value / divisor, decimals)}${suffix}`;
}

function decimalsFor(value: number, unit: MetricUnit): number {
  const size = Math.abs(value / scaleFor(value, unit).divisor);
  if (unit === 'seconds' && Math.abs(value) >= 60) return 0;
  if (size >= 100) return 0;
  return size >= 1 || size === 0 ? 1 : 3;
}

function plain(scaled: number, decimals: number): string {
  const size = Math.abs(scaled);
  if (size >= 1e6 || (size !== 0 && size < 10 ** -MAX_DECIMALS)) return trimExponent(scaled.toExponential(2));
  const text = scaled.toFixed(decimals);
  const trimmed = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return trimmed === '-0' ? '0' : trimmed;
}

type Format = (value: number | undefined, apartFrom?: number) => string;

const readableSeconds: Format = (value) => readableValue(value, 'seconds');

/** clock.offset is report's clock less the host's: positive on a host that is behind. */
function readableOffset(value: number | undefined, apartFrom?: number): string {
  if (value === undefined || !Number.isFinite(value)) return '-';
  const text = readableValue(
    Math.abs(value),
    'seconds',
    apartFrom === undefined ? undefined : Math.abs(apartFrom),
  );
  if (value === 0) return text;
  return `${text} ${value > 0 ? 'behind' : 'ahead'}`;
}

/** One line about one test of the rule: the value against the threshold, the worst, the value at recovery. */
export function readableReading(reading: Reading, timeZone: string): string {
  switch (reading.kind) {
    case 'silent': {
      const { lastTickMs, reportsAgain } = reading;
      if (lastTickMs === undefined)
        return reportsAgain ? 'reports again' : 'silent: no tick since warn started';
      return `${reportsAgain ? 'reports again' : 'silent'}: last tick ${readableTime(lastTickMs, timeZone)}`;
    }
    case 'no_series':
      return `matches nothing, ${reading.before} before`;
    case 'share': {
      const { condition, count, total, values, threshold } = reading;
      const hosts = count === undefined || total === undefined ? '' : ` on ${count} of ${total} hosts`;
      const shares = moments(values, threshold, (value, apart) => readableValue(value, 'percent', apart));
      return `${condition}${hosts}: ${shares}`;
    }
    case 'forecast':
      return readableForecast(reading);
    case 'value': {
      const { metric, unit, threshold, values, expression = metric } = reading;
      if (metric === 'clock.offset' && !expression.startsWith('delta(')) {
        // The side is said with the value; under abs() the threshold has none.
        const bound = expression.startsWith('abs(') ? readableSeconds : readableOffset;
        return `${expression} ${moments(values, threshold, readableOffset, bound)}`;
      }
      return `${expression} ${moments(values, threshold, (value, apart) => readableValue(value, unit, apart))}`;
    }
  }
}

/** `3.9 GiB (< 5 GiB), worst 954 MiB, now 1.2 GiB`; `75.4 GiB at recovery (fired at 3.9 GiB, < 5 GiB), worst 954 MiB`. */
function moments(
  values: Moments,
  threshold: Threshold,
  format: Format,
  formatBound: Format = format,
): string {
  const { atFiring, worst, atRecovery, now } = values;
  const bound = `${threshold.op} ${formatBound(threshold.value)}`;
  const shown = (value: number) => format(value, threshold.value);
  const parts: string[] = [];
  if (atRecovery !== undefined) {
    parts.push(`${shown(atRecovery)} at recovery`);
    parts.push(atFiring === undefined ? `(${bound} fires)` : `(fired at ${shown(atFiring)}, ${bound})`);
  } else {
    const first = atFiring ?? now;
    parts.push(`${first === undefined ? '-' : shown(first)} (${bound})`);
  }
  const rest: string[] = [];
  if (worst !== undefined && worst !== atFiring) rest.push(`worst ${shown(worst)}`);
  if (atRecovery === undefined && atFiring !== undefined && now !== undefined && now !== atFiring) {
    rest.push(`now ${shown(now)}`);
  }
  return [parts.join(' '), ...rest].join(', ');
}

/** When the line crosses the threshold, "full in about 6h 20m". */
function readableForecast(reading: Extract<Reading, { kind: 'forecast' }>): string {
  const { metric, unit, threshold, measured, horizonMs, values } = reading;
  const at = readableValue(measured, unit);
  const foreseen = values.now ?? values.atFiring;
  const what =
    threshold.value === 0 && metric.endsWith('.free')
      ? 'full'
      : `${threshold.op} ${readableValue(threshold.value, unit)}`;
  if (values.atRecovery !== undefined) {
    return `${metric} ${at}, no longer ${what} within ${roughDuration(horizonMs)}`;
  }
  if (foreseen === undefined) return `${metric} ${at}, ${what} within ${roughDuration(horizonMs)}`;
  const share = (measured - threshold.value) / (measured - foreseen);
  if (!Number.isFinite(share) || share <= 0) return `${metric} ${at}, ${what} now`;
  if (share > 1) return `${metric} ${at}, ${what} in more than ${roughDuration(horizonMs)}`;
  return `${metric} ${at}, ${what} in about ${roughDuration(Math.max(60_000, share * horizonMs))}`;
}

/** `2026-11-28 10:03:00 +08:00`: the offset tells the two 02:30 of an autumn night apart. */
export function readableTime(timeMs: number, timeZone: string): string {
  const { date, time, offset } = zoned(timeMs, timeZone);
  return `${date} ${time} ${offset}`;
}

/** `2026-11-28 10:03:00 +08:00 to 10:23:00 +08:00`: the date of the end only where it is another. */
export function readableSpan(fromMs: number, toMs: number, timeZone: string): string {
  const from = zoned(fromMs, timeZone);
  const to = zoned(toMs, timeZone);
  const end = `${to.time} ${to.offset}`;
  return `${from.date} ${from.time} ${from.offset} to ${from.date === to.date ? end : `${to.date} ${end}`}`;
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();

function zoned(timeMs: number, timeZone: string): { date: string; time: string; offset: string } {
  let format = FORMATS.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      // One that this machine does not know must not keep the message back.
      timeZone: isTimeZone(timeZone) ? timeZone : 'UTC',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'longOffset',
    });
    FORMATS.set(timeZone, format);
  }
  const parts = new Map(format.formatToParts(timeMs).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type)!;
  const offset = part('timeZoneName').replace('GMT', '');
  return {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    time: `${part('hour')}:${part('minute')}:${part('second')}`,
    offset: offset === '' || offset === '+00:00' ? 'UTC' : offset,
  };
}
