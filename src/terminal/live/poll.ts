// Reads again and again for a live view, and goes on with the last answer while the server is away.
import { ExpectedError } from '../../domain/errors.ts';
import { safeText } from '../../domain/safe-text.ts';
import { delay } from '../../runtime/clock.ts';
import { relativeTime } from '../relative-time.ts';
import { paint, type Screen } from '../screen.ts';

export type Polled<T> = {
  readonly value: T;
  /** When it was asked for, by the clock of this machine. */
  readonly readMs: number;
  /** Since when and why there is no newer one. */
  readonly lost?: { readonly sinceMs: number; readonly why: string } | undefined;
};

type Polling<T> = {
  readonly read: () => Promise<T>;
  readonly everyMs: number | (() => number);
  readonly nowMs: () => number;
  /** What was read already: the next comes after `everyMs`. */
  readonly from?: Polled<T> | undefined;
  readonly signal: AbortSignal;
  /** False ends it. */
  readonly onRead: (polled: Polled<T>) => Promise<boolean> | boolean;
  /** Resolves to read sooner than `everyMs`. */
  readonly wake?: (() => Promise<void>) | undefined;
};

/**
 * Until the signal. The first read must succeed; later ones may fail for whatever reason but a bug: a server that starts
 * again knows neither its hosts nor its locations for some seconds.
 */
export async function poll<T>({
  read,
  everyMs,
  nowMs,
  from,
  signal,
  onRead,
  wake,
}: Polling<T>): Promise<void> {
  let last: Polled<T> | undefined = from;
  const pause = async (): Promise<void> => {
    const woken = new AbortController();
    wake?.().then(() => woken.abort());
    const ms = typeof everyMs === 'number' ? everyMs : everyMs();
    await delay(ms, AbortSignal.any([signal, woken.signal])).catch(() => {});
  };
  if (from) await pause();
  while (!signal.aborted) {
    const askedMs = nowMs();
    try {
      last = { value: await read(), readMs: askedMs };
    } catch (error) {
      if (signal.aborted) return;
      if (last === undefined || !(error instanceof ExpectedError) || error.kind === 'usage') throw error;
      last = { ...last, lost: { sinceMs: last.lost?.sinceMs ?? last.readMs, why: error.message } };
    }
    if (signal.aborted || (await onRead(last)) === false) return;
    await pause();
  }
}

/** As poll, of a stream: opened again when it breaks or ends. */
export async function* follow<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  { signal, nowMs }: { readonly signal: AbortSignal; readonly nowMs: () => number },
): AsyncGenerator<
  { readonly value: T; readonly lost?: undefined } | { readonly lost: NonNullable<Polled<T>['lost']> }
> {
  let sinceMs: number | undefined;
  while (!signal.aborted) {
    let why = 'the stream ended';
    try {
      for await (const value of open(signal)) {
        sinceMs = nowMs();
        yield { value };
        if (signal.aborted) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (sinceMs === undefined || !(error instanceof ExpectedError) || error.kind === 'usage') throw error;
      why = error.message;
    }
    if (signal.aborted) return;
    sinceMs ??= nowMs();
    yield { lost: { sinceMs, why } };
    await delay(REOPEN_MS, signal).catch(() => {});
  }
}

const REOPEN_MS = 2_000;

/** "lost the server 12 s ago: ...; trying again", or '' while it answers. */
export function lostLine(lost: Polled<unknown>['lost'], screen: Screen): string {
  if (!lost) return '';
  const age = relativeTime(lost.sinceMs, screen.nowMs);
  return paint(screen, 'yellow', safeText(`lost the server ${age}, trying again: ${lost.why}`));
}
