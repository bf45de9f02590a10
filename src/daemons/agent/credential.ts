// The credential of an enrolled host: obtained with a join token, stored in a file with mode 0600, renewed before it
// expires.
import type { ManageService } from '../../api/manage.ts';
import { RENEWED_AT_MOST_EVERY_MS } from '../../domain/enrolment.ts';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { createBackoff } from '../../runtime/retry.ts';
import { makeToken, readToken } from '../../runtime/token.ts';
import { createCredentialFile, type Stored } from './credential-file.ts';
import type { Identity } from './identity.ts';

/** Manage's, shown this token. */
export type Enrolling = (
  token: string,
) => Promise<Pick<ManageService, 'joinHost' | 'renewCredential'> & { stop(): Promise<void> }>;

export type CredentialParts = {
  /** The agent's own directory. */
  readonly stateDir: string;
  readonly joinToken?: string | undefined;
  /** Why there is none, where one was set: no fault of a host that has what it was for. */
  readonly noJoinToken?: ExpectedError | undefined;
  readonly enrolling: Enrolling;
  readonly clock: Clock;
  readonly logger: Logger;
  /** 0 to 1, for the jitter. */
  readonly random?: () => number;
};

export type HostCredential = {
  /** What report is shown; undefined: nothing. UNAUTHENTICATED while this host is not enrolled yet. */
  token(): string | undefined;
  /**
   * Reads what is stored, and joins and renews until it is stopped. `onNew`: reports may be taken now. Throws
   * `noJoinToken` where nothing is stored.
   */
  start(identity: Identity, onNew: () => void): void;
  stop(): Promise<void>;
  /** Report does not take it: it may have been revoked, and another one be had. */
  refused(): void;
  /** Why this host has no credential, where it is to have one. */
  unhealthy(): string | undefined;
  /** Why it was not renewed when it was to be, or is not in its file. */
  lastError(): string | undefined;
};

const FIRST_RETRY_MS = 5_000;
/** Somebody may be waiting in front of it, having just allowed it. */
const MAX_RETRY_MS = 60_000;

export function createHostCredential(parts: CredentialParts): HostCredential {
  const { stateDir, joinToken, noJoinToken, clock, logger, random = Math.random } = parts;
  const ending = new AbortController();
  const kept = createKept({ stateDir, clock, logger, signal: ending.signal });
  const obtain = createObtaining({ ...parts, kept });
  let lastError: string | undefined;
  let running: Promise<void> | undefined;
  let isRefused = false;
  let obtainedMs = Number.NEGATIVE_INFINITY;
  let waiting = new AbortController();

  async function run(identity: Identity, onNew: () => void): Promise<void> {
    const backoff = createBackoff({ firstMs: FIRST_RETRY_MS, maxMs: MAX_RETRY_MS, random });
    for (;;) {
      ending.signal.throwIfAborted();
      const { current } = kept.stored() ?? {};
      // A report that takes none, or a clock that is far ahead, makes no host ask more often.
      const pauseMs = obtainedMs + RENEWED_AT_MOST_EVERY_MS - clock.monotonicMs();
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
          logger.warn({ reason, retryMs, ...hintOf(error) }, 'enrolling failed; retrying');
        lastError = reason;
        await clock.sleep(retryMs, ending.signal);
      }
    }
  }

  function unhealthy(): string | undefined {
    const endsMs = kept.stored()?.current?.endsMs;
    if (!running || (endsMs !== undefined && clock.nowMs() < endsMs)) return undefined;
    const why = lastError ?? 'no answer from manage yet';
    return endsMs === undefined
      ? `not enrolled: ${why}`
      : `not enrolled any more, its credential has ended: ${why}`;
  }

  return {
    token() {
      const { current } = kept.stored() ?? {};
      if (current || !running) return current?.token;
      throw new ExpectedError('UNAUTHENTICATED', `this host is ${unhealthy()}`);
    },
    start(identity, onNew) {
      const stored = kept.read(identity);
      if (noJoinToken && !stored) throw noJoinToken;
      if (noJoinToken)
        logger.warn(
          { reason: noJoinToken.message },
          'no join token; the agent goes on with its stored credential',
        );
      if (!stored && joinToken === undefined) return;
      running = run(identity, onNew).catch((error: unknown) => {
        if (!ending.signal.aborted) logger.error({ err: error }, 'renewing the credential stopped');
      });
    },
    async stop() {
      ending.abort(new Error('the agent is stopping'));
      await running;
      await kept.written();
    },
    refused() {
      if (clock.monotonicMs() - obtainedMs < RENEWED_AT_MOST_EVERY_MS) return;
      isRefused = true;
      waiting.abort();
    },
    unhealthy,
    lastError() {
      const unwritten = kept.unwritten();
      if (unwritten !== undefined) return `the new credential is not stored yet: ${unwritten}`;
      return lastError && `no new credential: ${lastError}`;
    },
  };
}

type Kept = ReturnType<typeof createKept>;

/** The credential that is used, and the file that it is in, or comes into as soon as that can be written. */
function createKept(parts: {
  readonly stateDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}) {
  const { stateDir, clock, logger, signal } = parts;
  const file = createCredentialFile(stateDir, logger);
  let stored: Stored | undefined;
  /** Why what is used is not in the file. */
  let unwritten: string | undefined;
  let writing: Promise<void> | undefined;

  function keep(changed: Stored): void {
    file.write(changed);
    stored = changed;
    unwritten = undefined;
  }

  async function writeAtLast(changed: Stored): Promise<void> {
    stored = changed;
    for (;;) {
      try {
        return keep(changed);
      } catch (error) {
        const reason = messageOf(error);
        if (unwritten !== reason)
          logger.error({ reason }, 'the new credential is in use, but could not be stored yet');
        unwritten = reason;
      }
      await clock.sleep(MAX_RETRY_MS, signal);
      // Another one has come meanwhile.
      if (stored !== changed) return;
    }
  }

  return {
    stored: () => stored,
    unwritten: () => unwritten,
    read(identity: Identity): Stored | undefined {
      stored = file.read(identity);
      return stored;
    },
    keep,
    /** It counts at manage already: it is used whether it can be written or not. */
    keepAtLast(changed: Stored): void {
      writing = writeAtLast(changed).catch(() => {});
    },
    written: async (): Promise<void> => writing,
  };
}

/** Asks manage: with what the host has; where that counts no more, with the join token, or the credential whose answer was lost. */
function createObtaining({
  kept,
  joinToken,
  noJoinToken,
  enrolling,
  logger,
}: Pick<CredentialParts, 'joinToken' | 'noJoinToken' | 'enrolling' | 'logger'> & { readonly kept: Kept }) {
  async function ask(shown: string, call: 'joinHost' | 'renewCredential', identity: Identity): Promise<void> {
    const { hostId, machineId } = identity;
    const next = kept.stored()?.next ?? makeToken().text;
    if (kept.stored()?.next === undefined) kept.keep({ ...kept.stored(), hostId, machineId, next });
    const { id, hash } = readToken(next)!;
    const manage = await enrolling(shown);
    try {
      const lasts = await manage[call]({ hostId, machineId, id, hash: hash.toString('hex') });
      const { endsMs, renewMs } = lasts;
      // Stopped before it is written: the file has it as `next`.
      kept.keepAtLast({ hostId, machineId, current: { token: next, endsMs, renewMs } });
      logger.info({ host_id: hostId, until: formatInstant(lasts.endsMs) }, DONE[call]);
    } finally {
      await manage.stop();
    }
  }

  async function obtain(identity: Identity): Promise<void> {
    const stored = kept.stored();
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
    // It was asked for once and never came: what is missing is the join token.
    throw noJoinToken && !kept.stored()?.current && isRefusal(failure) ? noJoinToken : failure;
  }

  return obtain;
}

const DONE = {
  joinHost: 'this host is enrolled and has a credential of its own',
  renewCredential: 'the credential of this host is renewed',
} as const;

const hintOf = (error: unknown) => (error instanceof ExpectedError && error.hint ? { hint: error.hint } : {});

/** Another token may do where this one did not. */
const isRefusal = (error: unknown): boolean =>
  error instanceof ExpectedError && ['unauthenticated', 'not_allowed', 'conflict'].includes(error.kind);
