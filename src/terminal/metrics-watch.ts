// `metrics --watch`: the screen again whenever samples came in; with --json one object a line.
import type { LatestAnswer } from '../api/analyze.ts';
import { untilInterrupted } from './interruption.ts';
import { createLive, type LiveParts } from './live.ts';
import { latestObject } from './metrics-data.ts';
import { type MetricsRequest, renderMetrics } from './metrics-view.ts';
import { type RenderOptions, renderJsonLine } from './output.ts';

export type MetricsWatch = {
  readonly read: () => Promise<MetricsRequest>;
  /** One value whenever samples came in, until the signal. */
  readonly changes: (signal: AbortSignal) => AsyncIterable<LatestAnswer>;
  readonly render: RenderOptions;
  readonly parts: LiveParts;
};

/** Ends when the reader leaves (exit 0) or with Ctrl-C (130, as for every command that is interrupted). */
export async function watchMetrics({ read, changes, render, parts }: MetricsWatch): Promise<void> {
  const { writer } = parts;
  const live = createLive(parts);
  const showScreen = async () => {
    const request = await read();
    return live.show((screen) => renderMetrics(request, { ...render, screen, fit: screen.cursor }));
  };
  await untilInterrupted(async (interrupted) => {
    const signal = AbortSignal.any([interrupted, writer.closed]);
    try {
      for await (const latest of changes(signal)) {
        const goesOn =
          render.format === 'json'
            ? await writer.write(renderJsonLine(latestObject(latest)))
            : await showScreen();
        if (!goesOn || signal.aborted) break;
      }
    } finally {
      await live.stop();
    }
  });
}
