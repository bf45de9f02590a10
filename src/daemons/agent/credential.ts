// A host's own credential: come by with a join token, kept in a file of mode 0600, and renewed before its end.
import { join } from 'node:path';
import type { ManageService } from '../../api/manage.ts';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { replaceFile } from '../../runtime/replace-file.ts';
import { createBackoff } from '../../runtime/retry.ts';
import { makeToken, readToken } from '../../runtime/token.ts';
import { readIfThere } from './collectors/proc-file.ts';
import type { Identity } from './identity.ts';

/** Manage's, shown this token. */
export type Enrolling = (
  token: string,
) => Promise<Pick<ManageService, 'joinHost' | 'renewCredential'> & { stop(): Promise<void> }>;

export type CredentialParts = {
  /** The agent's own directory. */
  readonly stateDir: string;
  readonly joinToken?: string | undefined;
  readonly enrolling: Enrolling;
  readonly clock: Clock;
  readonly logger: Logger;
  /** 0 to 1, for the jitter. */
  readonly random?: () => number;
};

export type HostCredential = {
  /** What report is shown; undefined: nothing. UNAUTHENTICATED while this host is not enrolled yet. */
  token(): string | undefined;
  /** Reads what is stored, and joins and renews until it is stopped. `onNew`: reports may be taken now. */
  start(identity: Identity, onNew: () => void): void;
  stop(): Promise<void>;
  /** Report does not take it: it may have been revoked, and another one be had. */
  refused(): void;
  /** Why this host has no credential, where it is to have one. */
  unhealthy(): string | undefined;
  /** Why it was not renewed when it was to be. */
  lastError(): string | undefined;
};

type Stored = {
  /** Whose it is: a copy of the directory on another machine has no right to it. */
  readonly hostId: string;
  readonly machineId: string;
  readonly current?: { readonly token: string; readonly endsMs: number; readonly renewMs: number };
  /** Stored before manage is told of it: whatever is lost on the way, what counts there is here. */
  readonly next?: string | undefined;
};

const FILE = 'credential';
const FIRST_RETRY_MS = 5_000;
/** Somebody may be waiting in front of it, having just allowed it. */
const MAX_RETRY_MS = 60_000;
/** A report that takes none, or a clock that is far ahead, makes no host ask more often. */
const SOONEST_AGAIN_MS = 10 * 60_000;

export function createHostCredential(parts: CredentialParts): HostCredential {
  const { stateDir, joinToken, enrolling, clock, logger, random = Math.random } = parts;
  const path = join(stateDir, FILE);
  const ending = new AbortController();
  let stored: Stored | undefined;
  let lastError: string | undefined;
  let running: Promise<void> | undefined;
  let isRefused = false;
  let obtainedMs = Number.NEGATIVE_INFINITY;
  let waiting = new AbortController();

  function keep(changed: Stored): void {
    replaceFile(path, `${JSON.stringify(changed)}\n`);
    stored = changed;
  }

  /** Undefined where there is none for this host and machine. */
  function read({ hostId, machineId }: Identity): Stored | undefined {
    const text = readIfThere(path);
    if (text === undefined) return undefined;
    const found = parse(text);
    if (found?.hostId === hostId && found.machineId === machineId) return found;
    logger.error(
      { path, of_host: found?.hostId, of_machine: found?.machineId, host_id: hostId, machine_id: machineId },
      found
        ? 'the stored credential is of another host or machine: it is not used here'
        : 'the stored credential is damaged: it is not used',
    );
    return undefined;
  }

  async function ask(shown: string, call: 'joinHost' | 'renewCredential', identity: Identity): Promise<void> {
    const { hostId, machineId } = identity;
    const next = stored?.next ?? makeToken().text;
    if (stored?.next === undefined) keep({ ...stored, hostId, machineId, next });
    const { id, hash } = readToken(next)!;
    const manage = await enrolling(shown);
    try {
      const lasts = await manage[call]({ hostId, machineId, id, hash: hash.toString('hex') });
      keep({ hostId, machineId, current: { token: next, endsMs: lasts.endsMs, renewMs: lasts.renewMs } });
      logger.info({ host_id: hostId, until: formatInstant(lasts.endsMs) }, DONE[call]);
    } finally {
      await manage.stop();
    }
  }

  /** With what it has; where that counts no more, with the join token, or the credential whose answer was lost. */
  async function obtain(identity: Identity): Promise<void> {
    const tries = [
      { call: 'renewCredential', token: stored?.current?.token },
      { call: 'joinHost', token: joinToken },
      { call: 'renewCredential', token: stored?.next },
    ] as const;
    let failure: unknown;
    for (const { call, token } of tries) {
      if (token === undefined) continue;
      try {
        return await ask(token, call, identity);
      } catch (error) {
        if (call === 'joinHost' || failure === undefined) failure = error;
        if (!isRefusal(error)) break;
      }
    }
    throw failure;
  }

  async function run(identity: Identity, onNew: () => void): Promise<void> {
    const backoff = createBackoff({ firstMs: FIRST_RETRY_MS, maxMs: MAX_RETRY_MS, random });
    for (;;) {
      ending.signal.throwIfAborted();
      const { current } = stored ?? {};
      const pauseMs = obtainedMs + SOONEST_AGAIN_MS - clock.monotonicMs();
      if (current && pauseMs > 0) {
        await clock.sleep(pauseMs, ending.signal);
        continue;
      }
      if (current && !isRefused && clock.nowMs() < current.renewMs) {
        waiting = new AbortController();
        const signal = AbortSignal.any([ending.signal, waiting.signal]);
        await clock.sleepUntil(current.renewMs, signal).catch(() => {});
        continue;
      }
      try {
        await obtain(identity);
        isRefused = false;
        obtainedMs = clock.monotonicMs();
        lastError = undefined;
        backoff.reset();
        onNew();
      } catch (error) {
        const reason = messageOf(error);
        const retryMs = backoff.next();
        if (lastError !== reason && !ending.signal.aborted)
          logger.warn({ reason, retryMs, ...hintOf(error) }, 'this host got no credential; it asks again');
        lastError = reason;
        await clock.sleep(retryMs, ending.signal);
      }
    }
  }

  function unhealthy(): string | undefined {
    const endsMs = stored?.current?.endsMs;
    if (!running || (endsMs !== undefined && clock.nowMs() < endsMs)) return undefined;
    const why = lastError ?? 'manage was not asked yet';
    return endsMs === undefined
      ? `not enrolled: ${why}`
      : `not enrolled any more, its credential has ended: ${why}`;
  }

  return {
    token() {
      const { current } = stored ?? {};
      if (current || !running) return current?.token;
      throw new ExpectedError('UNAUTHENTICATED', `this host is ${unhealthy()}`);
    },
    start(identity, onNew) {
      stored = read(identity);
      if (!stored?.current && joinToken === undefined) return;
      running = run(identity, onNew).catch((error: unknown) => {
        if (!ending.signal.aborted) logger.error({ err: error }, 'the credential is not renewed any more');
      });
    },
    async stop() {
      ending.abort(new Error('the agent is stopping'));
      await running;
    },
    refused() {
      if (clock.monotonicMs() - obtainedMs < SOONEST_AGAIN_MS) return;
      isRefused = true;
      waiting.abort();
    },
    unhealthy,
    lastError: () => lastError && `no new credential: ${lastError}`,
  };
}

const DONE = {
  joinHost: 'this host is enrolled and has a credential of its own',
  renewCredential: 'the credential of this host is renewed',
} as const;

const hintOf = (error: unknown) => (error instanceof ExpectedError && error.hint ? { hint: error.hint } : {});

/** Another token may do where this one did not. */
const isRefusal = (error: unknown): boolean =>
  error instanceof ExpectedError && ['unauthenticated', 'not_allowed', 'conflict'].includes(error.kind);

function parse(text: string): Stored | undefined {
  try {
    const found = JSON.parse(text) as Stored;
    const tokens = [found.current?.token, found.next].filter((token) => token !== undefined);
    return tokens.length > 0 && tokens.every(readToken) ? found : undefined;
  } catch {
    return undefined;
  }
}
