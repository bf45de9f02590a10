// Polls for a live view, and keeps the last answer while the server is down.

import { CUT_OFF } from '../../api/network-errors.ts';
import { ExpectedError, isAway } from '../../domain/errors.ts';
import { safeText } from '../../domain/safe-text.ts';
import { delay } from '../../runtime/clock.ts';
import { relativeTime } from '../relative-time.ts';
import { paint, type Screen } from '../screen.ts';

export type Polled<T> = {
  readonly value: T;
  /** Time of the request, by this machine's clock. */
  readonly readMs: number;
  /** Since when and why polling fails. */
  readonly lost?: { readonly sinceMs: number; readonly why: string } | undefined;
};

type Polling<T> = {
  readonly read: () => Promise<T>;
  readonly everyMs: number | (() => number);
  readonly nowMs: () => number;
  /** The first answer, if already read: the next read is after `everyMs`. */
  readonly from?: Polled<T> | undefined;
  readonly signal: AbortSignal;
  /** False ends it. */
  readonly onRead: (polled: Polled<T>) => Promise<boolean> | boolean;
  /** Resolves to read sooner than `everyMs`. */
  readonly wake?: (() => Promise<void>) | undefined;
  /** True of an answer with nothing in it, where that is no answer: see `newest`. */
  readonly isEmpty?: ((value: T) => boolean) | undefined;
};

/** After a restart a server knows no hosts for some seconds. */
const STARTS_WITHIN_MS = 30_000;

/** What is shown after an answer: where it has nothing and the one before had something, for a while the one before. */
export function newest<T>(
  last: Polled<T> | undefined,
  next: Polled<T>,
  isEmpty: (value: T) => boolean = () => false,
): Polled<T> {
  if (last === undefined || !isEmpty(next.value) || isEmpty(last.value)) return next;
  if (next.readMs - last.readMs > STARTS_WITHIN_MS) return next;
  return lostSince(last, 'it has just started and has no hosts yet');
}

/** The last answer, with why there is no newer one. */
export const lostSince = <T>(last: Polled<T>, why: string): Polled<T> => ({
  ...last,
  lost: { sinceMs: last.lost?.sinceMs ?? last.readMs, why },
});

const FIRST_TRIES = 5;

/**
 * * The first answer. Retries for some seconds if the server stops meanwhile or is starting; if the connection is
 * * refused, it fails immediately.
 */
export async function firstAnswer<T>(read: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await read();
    } catch (error) {
      const isRestart = isAway(error) && (error.kind === 'unavailable' || error.message.includes(CUT_OFF));
      if (tried === FIRST_TRIES || !(tried === 1 ? isRestart : isAway(error))) throw error;
      await delay(REOPEN_MS);
    }
  }
}

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
  isEmpty,
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
      const value = last === undefined ? await firstAnswer(read) : await read();
      last = newest(last, { value, readMs: askedMs }, isEmpty);
    } catch (error) {
      if (signal.aborted) return;
      if (last === undefined || !(error instanceof ExpectedError) || error.kind === 'usage') throw error;
      last = lostSince(last, error.message);
    }
    if (signal.aborted || (await onRead(last)) === false) return;
    await pause();
  }
}

/** As poll, of a stream: opened again when it breaks or ends. `fromMs`: there is an answer of then, so that no failure ends it. */
export async function* follow<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  {
    signal,
    nowMs,
    fromMs,
  }: { readonly signal: AbortSignal; readonly nowMs: () => number; readonly fromMs?: number | undefined },
): AsyncGenerator<
  { readonly value: T; readonly lost?: undefined } | { readonly lost: NonNullable<Polled<T>['lost']> }
> {
  let sinceMs = fromMs;
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
