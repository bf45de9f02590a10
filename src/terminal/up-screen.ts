// Draws `minimon up` while it runs: in place on a terminal, or one table and then log lines without one.
import type { AnalyzeService } from '../api/analyze.ts';
import type { Up } from '../assembly/up.ts';
import { ExpectedError } from '../domain/errors.ts';
import { METRIC_KINDS } from '../domain/metric-kinds.ts';
import { delay } from '../runtime/clock.ts';
import { combine, hostMetrics } from './host-metrics.ts';
import { createLive, type LiveParts } from './live.ts';
import { renderMetrics } from './metrics-view.ts';
import type { Screen } from './screen.ts';
import { type UpPicture, type UpReading, upPicture } from './up-view.ts';

const WINDOW_MS = 15 * 60_000;
const HEADLINES = METRIC_KINDS.filter((kind) => kind.headline).map((kind) => kind.name);

export type UpScreen = {
  readonly up: Pick<Up, 'analyze' | 'hostId' | 'listeners' | 'simulation'>;
  readonly about: Pick<UpPicture, 'version' | 'data' | 'tries' | 'logPath'> & {
    readonly log: () => readonly string[];
  };
  readonly live: LiveParts;
  readonly signal: AbortSignal;
};

/** Refreshes as this host's samples arrive, and each second for their age, until the signal. */
export async function showUp({ up, about, live: parts, signal }: UpScreen): Promise<void> {
  const live = createLive(parts);
  let readings: readonly UpReading[] = [];
  let lastMs: number | undefined;
  const draw = (screen: Screen) =>
    upPicture(
      {
        ...about,
        log: about.log(),
        hostId: up.hostId(),
        readings,
        lastMs,
        startMs: screen.nowMs - WINDOW_MS,
        stopMs: screen.nowMs,
        listeners: up.listeners(),
        simulation: simulationText(up.simulation()),
      },
      screen,
    );
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
      readings = await readReadings(up, parts.readScreen().nowMs);
      lastMs = Math.max(...latest.samples.map((sample) => sample.timeMs), lastMs ?? 0) || undefined;
      await live.show(draw);
    }
  } finally {
    clearInterval(second);
    await live.stop();
  }
}

/** Without a terminal: the first table, once this host has samples. Empty when the signal came first. */
export async function firstTable(
  up: UpScreen['up'],
  screen: () => Screen,
  signal: AbortSignal,
): Promise<string> {
  const hosts = [up.hostId()];
  const sinceMs = screen().nowMs - WINDOW_MS;
  await hostIsKnown(up, signal);
  for await (const latest of up.analyze().watchLatest({ hosts, metrics: HEADLINES, sinceMs }, signal)) {
    if (latest.samples.length === 0) continue;
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

/** A new host is unknown to analyze until its first tick went all the way. */
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

async function readReadings(up: UpScreen['up'], nowMs: number): Promise<readonly UpReading[]> {
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
      const [row] = hostMetrics({ metric, latest, range });
      const reading = row?.latest.get(metric);
      return reading
        ? [{ metric, label: reading.label, value: reading.value, points: combine(metric, range.series) }]
        : [];
    }),
  );
  return readings.flat();
}

function simulationText(progress: ReturnType<Up['simulation']>): string | undefined {
  if (!progress) return undefined;
  const samples = `${progress.acceptedSamples.toLocaleString('en')} samples accepted`;
  if (progress.phase === 'live') return `live, ${samples}`;
  const share = progress.totalTicks === 0 ? 0 : Math.floor((100 * progress.doneTicks) / progress.totalTicks);
  return `telling the past, ${share} %, ${samples}`;
}
