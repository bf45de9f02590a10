// The tokens that a daemon knows, so that it can check callers while manage is away: asked for when the first is shown, and
// then every few seconds.
import type { TokenSource } from '../api/gate.ts';
import type { ManageService } from '../api/manage.ts';
import type { KnownToken } from '../api/tokens.ts';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { createThrottle, type Logger } from '../runtime/logging.ts';

/** Twice in the time in which one that was revoked must be refused. */
const POLL_EVERY_MS = 4_000;
/** Rate limit of refreshes: made-up tokens must not cause more requests. */
const REFRESH_EVERY_MS = 1_000;
/** Writing down each use would be a write for each call. */
const TELL_USE_EVERY_MS = 5 * 60_000;

export type TokenCache = TokenSource & {
  /** Why tokens that were made or revoked lately may not count yet, in words. */
  lastError(): string | undefined;
  stop(): Promise<void>;
};

export function createTokenCache(parts: {
  readonly sync: ManageService['syncTokens'];
  readonly clock: Clock;
  readonly logger: Logger;
}): TokenCache {
  const { sync, clock, logger } = parts;
  const stopping = new AbortController();
  const mayLog = createThrottle(clock.monotonicMs);
  let known: ReadonlyMap<string, KnownToken> = new Map();
  let version: number | undefined;
  let lastError: string | undefined;
  let askedMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;
  let isAsked = false;
  let polling: Promise<void> | undefined;
  const uses = new Map<string, number>();
  const told = new Map<string, number>();
  const listeners = new Set<() => void>();

  async function ask(): Promise<void> {
    const used = [...uses].filter(([id, ms]) => ms - (told.get(id) ?? 0) >= TELL_USE_EVERY_MS);
    try {
      const answer = await sync({
        used: used.map(([id, usedMs]) => ({ id, usedMs })),
        ...(version !== undefined && { version }),
      });
      for (const [id, ms] of used) told.set(id, ms);
      if (answer.changed) known = new Map(answer.tokens.map((token) => [token.id, token]));
      version = answer.version;
      lastError = undefined;
    } catch (error) {
      lastError = messageOf(error);
      if (mayLog('sync') && !stopping.signal.aborted)
        logger.warn({ error: lastError }, 'manage gave no tokens; those that are known go on');
    }
    for (const listener of [...listeners]) listener();
  }

  /** All who ask meanwhile share one answer. */
  const askSoon = (): Promise<void> =>
    (asking ??= (async () => {
      const waitMs = askedMs + REFRESH_EVERY_MS - clock.monotonicMs();
      if (waitMs > 0) await clock.sleep(waitMs, stopping.signal);
      askedMs = clock.monotonicMs();
      isAsked = true;
      await ask();
    })().finally(() => {
      asking = undefined;
      isAsked = false;
    }));

  async function poll(): Promise<void> {
    try {
      for (;;) {
        await clock.sleep(POLL_EVERY_MS, stopping.signal);
        await askSoon();
      }
    } catch {
      // Stopped.
    }
  }

  return {
    find: (id) => known.get(id),
    async refresh() {
      polling ??= poll();
      // An answer that is on its way may be of before the token; an error is not.
      const before = isAsked ? asking : undefined;
      await before;
      if (!before || lastError === undefined) await askSoon();
      if (lastError === undefined) return;
      throw new ExpectedError('UNAVAILABLE', 'the token cannot be looked up: manage does not answer', {
        hint: `Try again. What was said: ${lastError}`,
      });
    },
    used: (id) => uses.set(id, clock.nowMs()),
    onAsked(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    lastError: () => (polling && lastError ? `tokens are as they were: ${lastError}` : undefined),
    async stop() {
      stopping.abort();
      await polling;
    },
  };
}
