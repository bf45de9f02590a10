// metrics --watch: the table as a list with keys over the chart; with --json an object a line. Goes on over a restart of the server.
import type { LatestAnswer } from '../api/analyze.ts';
import { ExpectedError } from '../domain/errors.ts';
import { untilInterrupted } from './errors.ts';
import { type HostMetrics, latestObject, worstFirst } from './host-metrics.ts';
import { metricsListing } from './host-metrics-listing.ts';
import type { DisplayParts } from './live/display.ts';
import { drawList, filterText, moreText, twoSided } from './live/list-view.ts';
import { showLive } from './live/live-screen.ts';
import { follow, lostLine, type Polled } from './live/poll.ts';
import { createWatchedList } from './live/watched-list.ts';
import { type MetricsRequest, renderMetrics } from './metrics-view.ts';
import { type OutputFormat, type RenderOptions, renderJsonLine } from './output.ts';
import { paint, type Screen } from './screen.ts';
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
      isFirst = false;
      const text =
        render.format === 'json'
          ? renderJsonLine(latestObject(change.value))
          : gap + renderMetrics(await watch.read(), { ...render, screen: parts.readScreen() });
      if (!(await writer.write(text))) break;
    }
  });
}

const nowOf =
  ({ readScreen }: Pick<DisplayParts, 'readScreen'>) =>
  () =>
    readScreen().nowMs;

async function watchOnScreen({ read, changes, render, parts }: MetricsWatch): Promise<void> {
  const watched = createWatchedList<HostMetrics>(render.sort);
  let data: Polled<MetricsRequest> = { value: await read(), readMs: parts.readScreen().nowMs };
  let ranked: { readonly of: MetricsRequest; readonly rows: readonly HostMetrics[] } | undefined;

  const draw = (screen: Screen): readonly string[] => {
    const { value: request, readMs, lost } = data;
    const elapsedMs = Math.max(0, screen.nowMs - readMs);
    const list = (rows: readonly HostMetrics[], lines: number): string => {
      if (ranked?.of !== request) ranked = { of: request, rows: worstFirst(rows, request.metric) };
      const listing = metricsListing(ranked.rows, request, { screen, elapsedMs });
      const [shown, state] = [watched.rows(listing), watched.state()];
      // The last line says what is not seen; all of it is the list's where nothing is.
      const picture = { listing, rows: shown, state, screen, wide: render.format === 'wide' };
      const isWhole = shown.length + 1 <= lines && state.filter === '' && !state.isTyping;
      const inLines = { ...picture, lines: isWhole ? lines : Math.max(2, lines - 1) };
      watched.drawn(listing, shown, inLines.lines - 1);
      const left = paint(screen, 'dim', moreText(inLines, 'hosts'));
      const more = isWhole ? [] : [twoSided(left, filterText(state, screen), screen)];
      return [...drawList(inLines), ...more].map((line) => `${line}\n`).join('');
    };
    const note = lostLine(lost, screen) || undefined;
    return fitWindow(renderMetrics(request, { ...render, screen, elapsedMs, list, note, fit: true }), screen);
  };
  await showLive(
    parts,
    {
      draw,
      press(key, screen) {
        draw(screen);
        return watched.press(key);
      },
    },
    async ({ redraw, signal }) => {
      const nowMs = nowOf(parts);
      // The answer that is there is the first one of the stream.
      let isFirst = true;
      for await (const { lost } of follow(changes, { signal, nowMs })) {
        const askedMs = nowMs();
        if (lost) data = { ...data, lost: { ...lost, sinceMs: data.lost?.sinceMs ?? data.readMs } };
        else if (!isFirst || askedMs > data.readMs) {
          const next = await read().then(
            (value): Polled<MetricsRequest> => ({ value, readMs: askedMs }),
            (error: unknown): Polled<MetricsRequest> => {
              if (!(error instanceof ExpectedError) || error.kind === 'usage') throw error;
              return { ...data, lost: { sinceMs: data.lost?.sinceMs ?? data.readMs, why: error.message } };
            },
          );
          data = next;
        }
        isFirst = false;
        redraw();
      }
    },
  );
}
