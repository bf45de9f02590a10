// Runs a live screen: takes over the terminal, dispatches keys, redraws ages once a second, and ends on q or Ctrl-C.
import { untilInterrupted } from '../errors.ts';
import type { Screen } from '../screen.ts';
import { type DisplayParts, openDisplay } from './display.ts';

export type LiveView = {
  readonly draw: (screen: Screen) => readonly string[];
  /** 'quit' ends it. */
  readonly press: (key: string, screen: Screen) => 'quit' | undefined;
};

export type LiveWork = { readonly redraw: () => void; readonly signal: AbortSignal };

const TICK_MS = 1_000;

/**
 * Until q, Ctrl-C (exit code 130), the end of `work` or of the terminal. What `work` throws is thrown once the terminal is as
 * it was.
 */
export async function showLive(
  parts: DisplayParts,
  view: LiveView,
  work: (live: LiveWork) => Promise<void>,
): Promise<void> {
  await untilInterrupted(async (interrupted) => {
    const quit = new AbortController();
    const signal = AbortSignal.any([interrupted, parts.writer.closed, quit.signal]);
    let failure: unknown;
    const display = openDisplay(parts, {
      draw: view.draw,
      onKey(key) {
        // In raw mode the terminal makes no signal of it.
        if (key === 'ctrl-c') process.kill(process.pid, 'SIGINT');
        else if (key === 'ctrl-d' || view.press(key, parts.readScreen()) === 'quit') quit.abort();
      },
      onEnd(error) {
        failure ??= error;
        quit.abort();
      },
    });
    const tick = setInterval(() => display.redraw(), TICK_MS);
    try {
      await Promise.race([
        work({ redraw: display.redraw, signal }),
        new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          signal.addEventListener('abort', () => resolve(), { once: true });
        }),
      ]);
    } finally {
      clearInterval(tick);
      quit.abort();
      await display.close();
    }
    if (failure) throw failure;
  });
}
