// metrics --watch: the table as a list with keys over the chart; with --json an object a line. Goes on over a restart of the server.
import type { LatestAnswer } from '../api/analyze.ts';
import { ExpectedError } from '../domain/errors.ts';
import { untilInterrupted } from './errors.ts';
import { type HostMetrics, hostMetrics, latestObject, worstFirst } from './host-metric-rows.ts';
import { metricsListing } from './host-metrics-listing.ts';
import { hostsSummaries } from './hosts-view.ts';
import type { DisplayParts } from './live/display.ts';
import { drawList, moreText } from './live/list-view.ts';
import { showLive } from './live/live-screen.ts';
import { firstAnswer, follow, lostLine, lostSince, newest, type Polled } from './live/poll.ts';
import { createWatchedList, statusLine } from './live/watched-list.ts';
import { type MetricsRequest, renderMetrics } from './metrics-view.ts';
import { type OutputFormat, type RenderOptions, renderJsonLine } from './output.ts';
import type { Screen } from './screen.ts';
import { fitWindow } from './watch.ts';

type MetricsWatch = {
  readonly read: () => Promise<MetricsRequest>;
  /** One value whenever samples came in, until the signal. */
  readonly changes: (signal: AbortSignal) => AsyncIterable<LatestAnswer>;
  readonly render: RenderOptions;
  readonly parts: DisplayParts;
};

/** USAGE for flags that --watch cannot be combined with. */
export function checkWatch(format: OutputFormat, until: string | undefined): void {
  if (until !== undefined) throw new ExpectedError('USAGE', '--watch always ends now: omit --until');
  if (['table', 'wide', 'json'].includes(format)) return;
  throw new ExpectedError('USAGE', `--watch cannot write ${format}`, {
    hint: 'It takes -o table, -o wide, or --json: one object a line.',
  });
}

/** Ends with q, when the reader leaves (exit 0) or with Ctrl-C (130, as for every command that is interrupted). */
export async function watchMetrics(watch: MetricsWatch): Promise<void> {
  const { render, parts } = watch;
  if (render.format !== 'json' && parts.readScreen().cursor) return watchOnScreen(watch);
  const { writer } = parts;
  await untilInterrupted(async (interrupted) => {
    const signal = AbortSignal.any([interrupted, writer.closed]);
    let isFirst = true;
    for await (const change of follow(watch.changes, { signal, nowMs: nowOf(parts) })) {
      // Programs get nothing old as if it were new.
      if (change.lost) continue;
      const gap = isFirst ? '' : '\n';
      // On the first read a usage error is fatal.
      const lostWhile = isFirst ? fail : outage;
      isFirst = false;
      const text =
        render.format === 'json'
          ? renderJsonLine(latestObject(change.value))
          : await watch
              .read()
              .then(
                (request) => gap + renderMetrics(request, { ...render, screen: parts.readScreen() }),
                lostWhile,
              );
      if (text !== undefined && !(await writer.write(text))) break;
    }
  });
}

const fail = (error: unknown): never => {
  throw error;
};

/** Undefined for an error that the server may get over. */
function outage(error: unknown): undefined {
  if (!(error instanceof ExpectedError) || error.kind === 'usage') throw error;
}

const isEmpty = ({ latest, hosts }: MetricsRequest): boolean =>
  latest.samples.length === 0 && (hosts ?? []).length === 0;

const nowOf =
  ({ readScreen }: Pick<DisplayParts, 'readScreen'>) =>
  () =>
    readScreen().nowMs;

async function watchOnScreen({ read, changes, render, parts }: MetricsWatch): Promise<void> {
  const watched = createWatchedList<HostMetrics>(render.sort);
  let data: Polled<MetricsRequest> = {
    value: await firstAnswer(read),
    readMs: parts.readScreen().nowMs,
  };
  let ranked: { readonly of: MetricsRequest; readonly rows: readonly HostMetrics[] } | undefined;

  const draw = (screen: Screen): readonly string[] => {
    const { value: request, readMs, lost } = data;
    const elapsedMs = Math.max(0, screen.nowMs - readMs);
    if (ranked?.of !== request)
      ranked = { of: request, rows: worstFirst(hostMetrics(request), request.metric) };
    const { rows } = ranked;
    let more = '';
    const list = (_: readonly HostMetrics[], lines: number): string => {
      const listing = metricsListing(rows, request, { screen, elapsedMs });
      const [shown, state] = [watched.rows(listing), watched.state()];
      const picture = { listing, rows: shown, state, lines, screen, wide: render.format === 'wide' };
      watched.drawn(listing, shown, lines - 1);
      more = moreText(picture);
      return drawList(picture)
        .map((line) => `${line}\n`)
        .join('');
    };
    const help = watched.help(screen);
    if (help) return help;
    const within = { ...screen, rows: Math.max(2, screen.rows - 1) };
    const body = fitWindow(
      renderMetrics(request, { ...render, screen: within, elapsedMs, list, fit: true }),
      within,
    );
    const empty = new Array<string>(Math.max(0, within.rows - body.length)).fill('');
    const summaries = request.worstHosts || rows.length === 0 ? [] : hostsSummaries(rows);
    const status = { lost: lostLine(lost, screen), more, state: watched.state(), summaries };
    return [...body, ...empty, statusLine(status, screen)];
  };
  await showLive(
    parts,
    {
      draw,
      press(key, screen) {
        draw(screen);
        return watched.press(key, screen);
      },
    },
    async ({ redraw, signal }) => {
      const nowMs = nowOf(parts);
      // The answer that is there is the first one of the stream.
      let isFirst = true;
      for await (const { lost } of follow(changes, { signal, nowMs, fromMs: data.readMs })) {
        const askedMs = nowMs();
        if (lost) data = lostSince(data, lost.why);
        else if (!isFirst || askedMs > data.readMs) {
          const before = data;
          data = await read().then(
            (value) => newest(before, { value, readMs: askedMs }, isEmpty),
            (error: ExpectedError) => outage(error) ?? lostSince(before, error.message),
          );
        }
        isFirst = false;
        redraw();
      }
    },
  );
}
