// The screen of `minimon up`: this host's latest values, listeners, and next commands; in place on a terminal, one
// table without.
import type { AnalyzeService } from '../api/analyze.ts';
import type { Host } from '../api/manage.ts';
import type { Up } from '../assembly/up.ts';
import type { SimulationProgress } from '../daemons/simulate/simulator.ts';
import { grouped } from '../domain/counting.ts';
import { ExpectedError } from '../domain/errors.ts';
import { silentAfterMs } from '../domain/host.ts';
import { formatInstant } from '../domain/instant.ts';
import { unitOf } from '../domain/metric-kinds.ts';
import { METRIC_KINDS, type MetricUnit } from '../domain/metric-table.ts';
import { safeText } from '../domain/safe-text.ts';
import { type Facts, USUAL_INTERVAL_MS } from '../domain/tick.ts';
import { formatValue } from '../domain/units.ts';
import { delay } from '../runtime/clock.ts';
import type { Points } from './chart/points.ts';
import { sparkline, sparkTop } from './chart/sparkline.ts';
import { combine, hostMetrics } from './host-metric-rows.ts';
import { renderMetrics } from './metrics-view.ts';
import { relativeTime } from './relative-time.ts';
import { paint, type Screen } from './screen.ts';
import { displayWidth, pad, wrap } from './text.ts';
import { createLive, type LiveParts } from './watch.ts';

const WINDOW_MS = 15 * 60_000;
const HEADLINES = METRIC_KINDS.filter((kind) => kind.headline).map((kind) => kind.name);

type UpScreen = {
  readonly up: Pick<Up, 'analyze' | 'host' | 'hostId' | 'listeners' | 'simulation'>;
  readonly about: Pick<UpPicture, 'version' | 'data' | 'logPath'> & {
    readonly log: () => readonly string[];
    readonly tries: (host: Host | undefined) => readonly string[];
  };
  readonly live: LiveParts;
  readonly signal: AbortSignal;
};

/** Refreshes as this host's samples arrive, and each second for their age, until the signal. */
export async function showUp({ up, about, live: parts, signal }: UpScreen): Promise<void> {
  const live = createLive(parts);
  let readings: readonly UpReading[] = [];
  let lastMs: number | undefined;
  let host: Host | undefined;
  const draw = (screen: Screen) => {
    const simulation = up.simulation();
    return upPicture(
      {
        ...about,
        log: about.log(),
        tries: about.tries(host),
        hostId: up.hostId(),
        readings,
        lastMs,
        startMs: screen.nowMs - WINDOW_MS,
        stopMs: screen.nowMs,
        listeners: up.listeners(),
        simulation: simulation && simulationLine(simulation),
      },
      screen,
    );
  };
  const second = setInterval(() => void live.show(draw), 1_000);
  try {
    await live.show(draw);
    const request = {
      hosts: [up.hostId()],
      metrics: HEADLINES,
      sinceMs: parts.readScreen().nowMs - WINDOW_MS,
    };
    await hostIsKnown(up, signal);
    for await (const latest of up.analyze().watchLatest(request, signal)) {
      host = await up.host();
      readings = await readReadings(up, { facts: host?.facts, nowMs: parts.readScreen().nowMs });
      lastMs = Math.max(...latest.samples.map((sample) => sample.timeMs), lastMs ?? 0) || undefined;
      await live.show(draw);
    }
  } finally {
    clearInterval(second);
    await live.stop();
  }
}

/** Without a terminal: the first table, once this host has samples of this run. Empty when the signal came first. */
export async function firstTable(
  up: UpScreen['up'],
  screen: () => Screen,
  signal: AbortSignal,
): Promise<string> {
  const hosts = [up.hostId()];
  const sinceMs = screen().nowMs - WINDOW_MS;
  await hostIsKnown(up, signal);
  for await (const latest of up.analyze().watchLatest({ hosts, metrics: HEADLINES, sinceMs }, signal)) {
    const newestMs = Math.max(...latest.samples.map((sample) => sample.timeMs));
    // Those of an earlier run would say that this host is silent.
    if (latest.nowMs - newestMs > silentAfterMs(USUAL_INTERVAL_MS)) continue;
    const nowMs = screen().nowMs;
    const range = await up
      .analyze()
      .queryRange({ hosts, metric: 'cpu.usage', startMs: nowMs - WINDOW_MS, stopMs: nowMs + 1 });
    return renderMetrics(
      { metric: 'cpu.usage', latest, range, scope: up.hostId() },
      { format: 'table', screen: screen() },
    );
  }
  return '';
}

/** A new host is unknown to analyze until its first tick is stored. */
async function hostIsKnown(up: UpScreen['up'], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await up.analyze().queryLatest({ hosts: [up.hostId()], metrics: HEADLINES, sinceMs: 0 });
      return;
    } catch (error) {
      if (!(error instanceof ExpectedError && error.code === 'HOST_UNKNOWN')) throw error;
      await delay(300, signal).catch(() => {});
    }
  }
}

async function readReadings(
  up: UpScreen['up'],
  { facts, nowMs }: { readonly facts: Facts | undefined; readonly nowMs: number },
): Promise<readonly UpReading[]> {
  const analyze: AnalyzeService = up.analyze();
  const hosts = [up.hostId()];
  const latest = await analyze.queryLatest({ hosts, metrics: HEADLINES, sinceMs: nowMs - WINDOW_MS });
  const present = HEADLINES.filter((metric) => latest.samples.some((sample) => sample.metric === metric));
  const readings = await Promise.all(
    present.map(async (metric) => {
      const range = await analyze.queryRange({
        hosts,
        metric,
        startMs: nowMs - WINDOW_MS,
        stopMs: nowMs + 1,
      });
      const [row] = hostMetrics({ metric, latest, range, facts });
      const reading = row?.latest.get(metric);
      return reading
        ? [
            {
              metric,
              label: reading.label,
              value: reading.value,
              points: combine(metric, range.series, facts),
            },
          ]
        : [];
    }),
  );
  return readings.flat();
}

type UpReading = {
  readonly metric: string;
  /** The disk or device, where the metric has several. */
  readonly label: string | undefined;
  readonly value: number;
  readonly points: Points;
};

type UpPicture = {
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
  /** How far the simulation is, in one line. */
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
const LEAST_SPARK_COLUMNS = 8;

function upPicture(picture: UpPicture, screen: Screen): string {
  const dim = (text: string) => paint(screen, 'dim', text);
  const head = `${paint(screen, 'bold', `minimon ${picture.version}`)}  ${paint(screen, 'bold', safeText(picture.hostId))}`;
  const age =
    picture.lastMs === undefined
      ? 'waiting for the first sample'
      : `last sample ${relativeTime(picture.lastMs, screen.nowMs)}`;
  const lines = [`${head}  ${dim(age)}`, '', ...readingLines(picture, screen), ''];
  lines.push(...listenerLines(picture, screen));
  if (picture.simulation) lines.push(`${dim('simulation')}  ${picture.simulation}`);
  lines.push(`${dim('data')}        ${safeText(picture.data)}`, '', 'Try, in another terminal:');
  for (const command of picture.tries) {
    // Half a command is none: what is too long goes on in the next line.
    const parts = wrap(command, Math.max(1, screen.columns - 4));
    lines.push(...parts.map((part, i) => `${i === 0 ? '  ' : '    '}${paint(screen, 'cyan', part)}`));
  }
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
    const unit: MetricUnit = unitOf(reading.metric);
    const title = TITLES[reading.metric] ?? reading.metric;
    return {
      title: reading.label === undefined ? title : `${title} ${safeText(reading.label)}`,
      value: formatValue(reading.value, unit),
      // Each trend has a scale of its own, so it is said.
      scale: `0 to ${formatValue(sparkTop(reading.points, unit) ?? 0, unit)}`,
      ...{ unit, points: reading.points },
    };
  });
  const titleWidth = Math.max(12, ...rows.map((row) => displayWidth(row.title)));
  const valueWidth = Math.max(10, ...rows.map((row) => displayWidth(row.value)));
  const scaleWidth = Math.max(...rows.map((row) => displayWidth(row.scale)));
  const free = screen.columns - titleWidth - valueWidth - 6;
  const hasScale = free - scaleWidth - 2 >= LEAST_SPARK_COLUMNS;
  const columns = Math.min(SPARK_COLUMNS, hasScale ? free - scaleWidth - 2 : free);
  return rows.map(({ title, value, scale, points, unit }) => {
    // In a narrow window the oldest end goes.
    const from = stopMs - ((stopMs - startMs) * columns) / SPARK_COLUMNS;
    const range = { startMs: from, stopMs, columns };
    const line = columns < 1 ? '' : sparkline(points, { ...range, unit, screen, keep: 'max' });
    const drawn = paint(screen, 'cyan', pad(line, columns));
    const end = hasScale ? `  ${paint(screen, 'dim', scale)}` : '';
    return `  ${pad(title, titleWidth)}  ${paint(screen, 'bold', pad(value, valueWidth, 'right'))}  ${drawn}${end}`;
  });
}

/** As many addresses a line as fit. */
function listenerLines({ listeners }: UpPicture, screen: Screen): string[] {
  const dim = (text: string) => paint(screen, 'dim', text);
  const byDaemon = Map.groupBy(listeners, (listener) => listener.daemon);
  const across = Math.max(1, Math.floor((screen.columns - DAEMON_COLUMNS) / ADDRESS_COLUMNS));
  return [...byDaemon].flatMap(([daemon, of]) => {
    const addresses = of.map(({ protocol, address }) => `${dim(pad(protocol, 4))} ${pad(address, 15)}`);
    const lines: string[] = [];
    for (let at = 0; at < addresses.length; at += across) {
      const name = at === 0 ? dim(pad(daemon, 10)) : pad('', 10);
      lines.push(`${name}  ${addresses.slice(at, at + across).join('  ')}`);
    }
    return lines;
  });
}
const DAEMON_COLUMNS = 10;
const ADDRESS_COLUMNS = 22;

/** One line on how far a simulation is: "backfilling history, 40 %, up to ..., 12,000 samples accepted". */
export function simulationLine(progress: SimulationProgress): string {
  const { phase, doneTicks, totalTicks, throughMs, acceptedSamples, refusedSamples, retries } = progress;
  const share = totalTicks === 0 ? 100 : Math.floor((100 * doneTicks) / totalTicks);
  return [
    ...(phase === 'live'
      ? ['live']
      : [`backfilling history, ${share} %`, `up to ${formatInstant(throughMs)}`]),
    `${grouped(acceptedSamples)} samples accepted`,
    ...(refusedSamples > 0 ? [`${grouped(refusedSamples)} rejected`] : []),
    ...(retries > 0 ? [`${retries} retries`] : []),
  ].join(', ');
}
