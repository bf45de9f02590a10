// The screen of `minimon up`: this host now, what listens, and what to type next.
import { type MetricUnit, metricKind } from '../domain/metric-kinds.ts';
import { safeText } from '../domain/safe-text.ts';
import { formatValue } from '../domain/units.ts';
import { sparkline } from './chart/sparkline.ts';
import type { Points } from './chart/time-bins.ts';
import { displayWidth, pad } from './display-width.ts';
import { paint } from './paint.ts';
import { relativeTime } from './relative-time.ts';
import type { Screen } from './screen.ts';

export type UpReading = {
  readonly metric: string;
  /** The disk or device, where the metric has several. */
  readonly label: string | undefined;
  readonly value: number;
  readonly points: Points;
};

export type UpPicture = {
  readonly version: string;
  readonly hostId: string;
  readonly data: string;
  readonly readings: readonly UpReading[];
  /** Time of the newest sample. */
  readonly lastMs: number | undefined;
  readonly startMs: number;
  readonly stopMs: number;
  readonly listeners: readonly {
    readonly daemon: string;
    readonly protocol: string;
    readonly address: string;
  }[];
  readonly tries: readonly string[];
  /** The newest warnings of the daemons. */
  readonly log: readonly string[];
  readonly logPath: string;
  /** What the simulation does, in words. */
  readonly simulation: string | undefined;
};

const TITLES: Readonly<Record<string, string>> = {
  'cpu.usage': 'CPU',
  'mem.usage': 'Memory',
  'load.1': 'Load (1 min)',
  'disk.usage': 'Disk',
  'net.received': 'Received',
  'net.sent': 'Sent',
};

const SPARK_COLUMNS = 30;

export function upPicture(picture: UpPicture, screen: Screen): string {
  const dim = (text: string) => paint(screen, 'dim', text);
  const head = `${paint(screen, 'bold', `minimon ${picture.version}`)}  ${paint(screen, 'bold', safeText(picture.hostId))}`;
  const age =
    picture.lastMs === undefined
      ? 'first sample is due in a moment'
      : `last sample ${relativeTime(picture.lastMs, screen.nowMs)}`;
  const lines = [`${head}  ${dim(age)}`, '', ...readingLines(picture, screen), ''];
  lines.push(...listenerLines(picture, dim));
  if (picture.simulation) lines.push(`${dim('simulation')}  ${picture.simulation}`);
  lines.push(`${dim('data')}        ${safeText(picture.data)}`, '', 'Try, in another terminal:');
  for (const command of picture.tries) lines.push(`  ${paint(screen, 'cyan', command)}`);
  if (picture.log.length > 0) {
    lines.push(
      '',
      dim(`Newest warnings (all in ${safeText(picture.logPath)}):`),
      ...picture.log.map((line) => `  ${paint(screen, 'yellow', safeText(line))}`),
    );
  }
  lines.push('', dim('Ctrl-C stops.'));
  return `${lines.join('\n')}\n`;
}

function readingLines({ readings, startMs, stopMs }: UpPicture, screen: Screen): string[] {
  const rows = readings.map((reading) => {
    const unit: MetricUnit = metricKind(reading.metric)?.unit ?? 'count';
    const title = TITLES[reading.metric] ?? reading.metric;
    return {
      title: reading.label === undefined ? title : `${title} ${safeText(reading.label)}`,
      value: formatValue(reading.value, unit),
      line: sparkline(reading.points, { startMs, stopMs, columns: SPARK_COLUMNS, unit, screen, keep: 'max' }),
    };
  });
  const titleWidth = Math.max(12, ...rows.map((row) => displayWidth(row.title)));
  const valueWidth = Math.max(10, ...rows.map((row) => displayWidth(row.value)));
  return rows.map(
    (row) =>
      `  ${pad(row.title, titleWidth)}  ${paint(screen, 'bold', pad(row.value, valueWidth, 'right'))}  ${paint(screen, 'cyan', row.line)}`,
  );
}

function listenerLines({ listeners }: UpPicture, dim: (text: string) => string): string[] {
  const byDaemon = Map.groupBy(listeners, (listener) => listener.daemon);
  return [...byDaemon].map(([daemon, of]) => {
    const addresses = of
      .map(({ protocol, address }) => `${dim(pad(protocol, 4))} ${pad(address, 15)}`)
      .join('  ');
    return `${dim(pad(daemon, 10))}  ${addresses}`;
  });
}
