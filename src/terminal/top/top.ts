// minimon top: polls the fleet every few seconds, the trends of visible hosts and the charts of the open one.
import type { AnalyzeService } from '../../api/analyze.ts';
import { listAllHosts } from '../../api/hosts.ts';
import type { ManageService } from '../../api/manage.ts';
import type { WarnClient } from '../../api/warn.ts';
import { ExpectedError, isAway } from '../../domain/errors.ts';
import { chartStep } from '../../domain/time-range.ts';
import { combine } from '../host-metric-rows.ts';
import type { DisplayParts } from '../live/display.ts';
import { showLive } from '../live/live-screen.ts';
import { firstAnswer, poll } from '../live/poll.ts';
import type { FleetAnswer } from './fleet.ts';
import { createTopPainter, TOP_METRICS, type TopData, type TopPicture } from './top-picture.ts';
import { pressInTop, shownScreen, startTop, type TopState } from './top-state.ts';

export type TopServices = {
  readonly analyze: Pick<AnalyzeService, 'queryRange' | 'queryLatest'>;
  readonly manage: Pick<ManageService, 'listHosts'>;
  readonly warn: Pick<WarnClient, 'listAlerts'>;
};

type TopRequest = {
  readonly services: TopServices;
  readonly parts: DisplayParts;
  readonly nowMs: () => number;
  readonly location: string | undefined;
};

const HOUR_MS = 3_600_000;
const EVERY_MS = 2_000;
/** A large fleet is asked for less often: an answer of ten thousand hosts costs the server half a second. */
const EVERY_MS_A_HOST = 1;
const TREND_COLUMNS = 30;
const TRENDS_EVERY_MS = 20_000;
const CHARTS_EVERY_MS = 5_000;

/** Ends with q, Ctrl-C, or the error of the first read. */
export async function showTop({ services, parts, nowMs, location }: TopRequest): Promise<void> {
  const paintTop = createTopPainter();
  let state: TopState = startTop(location);
  let data: TopData | undefined;
  let picture: TopPicture | undefined;
  let wake: (() => void) | undefined;

  // Before the first answer nothing is taken over: an error then is a line, as of any command.
  const first = await firstAnswer(() => readFleet(services, location));
  data = { polled: { value: first, readMs: nowMs() }, trends: undefined, ranges: undefined };

  const draw: Parameters<typeof showLive>[1]['draw'] = (screen) => {
    picture = paintTop(state, data!, screen);
    return picture.lines;
  };
  await showLive(
    parts,
    {
      draw,
      press(key, screen) {
        // Judged by the picture of now: keys may come faster than frames.
        draw(screen);
        const next = pressInTop(state, key, picture!.box);
        if (next === 'quit') return 'quit';
        const moved = shownScreen(next) !== shownScreen(state) || next.location !== state.location;
        state = next;
        if (moved) wake?.();
        return undefined;
      },
    },
    async ({ redraw, signal }) => {
      const woken = () =>
        new Promise<void>((resolve) => {
          wake = resolve;
        });
      const details = poll({
        // While the server is away they stay as they are; that it is, is said of the hosts.
        read: () =>
          readDetails(services, { state, picture, data: data!, nowMs: nowMs() }).catch((error: unknown) => {
            if (!isAway(error)) throw error;
          }),
        everyMs: EVERY_MS / 4,
        ...{ nowMs, signal, wake: woken },
        onRead: ({ value }) => {
          if (value === undefined) return true;
          data = { ...data!, ...value };
          redraw();
          return true;
        },
      });
      const fleet = poll({
        read: () => readFleet(services, scopeOf(state, location)),
        everyMs: () => EVERY_MS + (data?.polled.value.hosts?.length ?? 0) * EVERY_MS_A_HOST,
        ...{ nowMs, signal, isEmpty, from: data!.polled },
        onRead: (polled) => {
          data = { ...data!, polled };
          redraw();
          return true;
        },
      });
      await Promise.all([details, fleet]);
    },
  );
}

const isEmpty = ({ latest, hosts }: FleetAnswer): boolean =>
  latest.samples.length === 0 && (hosts ?? []).length === 0;

/** All hosts once somebody has left the location that was asked for. */
const scopeOf = (state: TopState, asked: string | undefined): string | undefined =>
  state.location === asked && shownScreen(state).kind !== 'locations' ? asked : undefined;

async function readFleet(
  { analyze, manage, warn }: TopServices,
  location: string | undefined,
): Promise<FleetAnswer> {
  const scope = location === undefined ? {} : { location };
  const [latest, managed, open] = await Promise.all([
    analyze.queryLatest({ ...scope, metrics: TOP_METRICS }),
    orWhy(listAllHosts(manage, location === undefined ? { all: true } : { location })),
    orWhy(warn.listAlerts({ pending: true })),
  ]);
  const warnings = [latest, managed, open].flatMap((answer) =>
    'why' in answer ? [answer.why] : answer.warnings,
  );
  return {
    latest,
    hosts: 'why' in managed ? undefined : managed.hosts,
    alerts: 'why' in open ? undefined : open.alerts,
    warnings: [...new Set(warnings)],
  };
}

/** What analyze knows is shown while manage or warn is away. */
async function orWhy<T>(answer: Promise<T>): Promise<T | { readonly why: string }> {
  try {
    return await answer;
  } catch (error) {
    if (!isAway(error)) throw error;
    return { why: error.message };
  }
}

type DetailsRequest = {
  readonly state: TopState;
  readonly picture: TopPicture | undefined;
  readonly data: TopData;
  readonly nowMs: number;
};

/** Undefined where what is there is new enough. */
async function readDetails(
  { analyze }: TopServices,
  { state, picture, data, nowMs }: DetailsRequest,
): Promise<Partial<TopData> | undefined> {
  const shown = shownScreen(state);
  const range = { startMs: nowMs - HOUR_MS, stopMs: nowMs };
  if (shown.kind === 'host') {
    const newest = [...(data.ranges?.ranges.values() ?? [])][0]?.stopMs ?? 0;
    if (data.ranges?.hostId === shown.hostId && nowMs - newest < CHARTS_EVERY_MS) return undefined;
    const answers = await Promise.all(
      TOP_METRICS.map(async (metric) => {
        const answer = await orNothing(analyze.queryRange({ ...range, metric, hosts: [shown.hostId] }));
        return answer ? [[metric, answer] as const] : [];
      }),
    );
    return { ranges: { hostId: shown.hostId, ranges: new Map(answers.flat()) } };
  }
  const { hosts = [], metric = 'cpu.usage' } = picture?.seen ?? {};
  const { trends } = data;
  const isFresh = trends?.metric === metric && nowMs - trends.range.stopMs < TRENDS_EVERY_MS;
  if (hosts.length === 0 || (isFresh && hosts.every((hostId) => trends.points.has(hostId)))) return undefined;
  const intervals = (data.polled.value.hosts ?? []).map(({ intervalMs = 0 }) => intervalMs);
  const slowest = intervals.reduce((most, interval) => Math.max(most, interval), 0);
  const stepMs = chartStep(HOUR_MS, TREND_COLUMNS, slowest);
  const answer = await orNothing(analyze.queryRange({ ...range, metric, hosts, stepMs }));
  const factsOf = new Map((data.polled.value.hosts ?? []).map((host) => [host.hostId, host.facts]));
  // A host without samples has an empty trend, so that it is not asked for again at once.
  const points = new Map(hosts.map((hostId) => [hostId, combine(metric, [])]));
  for (const [hostId, series] of Map.groupBy(answer?.series ?? [], (one) => one.hostId)) {
    points.set(hostId, combine(metric, series, factsOf.get(hostId)));
  }
  return { trends: { metric, range: { ...range, stepMs }, points } };
}

/** A host or metric that nobody reports is nothing to draw. */
async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ExpectedError && error.kind === 'not_found') return undefined;
    throw error;
  }
}
