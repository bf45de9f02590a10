// Leader election between warns: the holder of the lease in the catalog notifies and writes, the others stand by.
import { LEASE_MS, type WarnLease } from '../../catalog/warn-lease.ts';
import { messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { withTimeout } from '../../runtime/timeout.ts';

export type LeaseParts = {
  readonly store: WarnLease;
  /** Must differ between processes. One that is started again under the same name need not wait for its own lease. */
  readonly holder: string;
  readonly clock: Clock;
  readonly logger: Logger;
};

export type Lease = {
  /** Starts renewing the lease, or acquiring it while `ready` says that this warn could take over. */
  start(ready: () => boolean): void;
  /** Releases the lease, so that another warn can acquire it at once. */
  stop(): Promise<void>;
  /** The fencing token that writes carry; undefined while this warn stands by. */
  fence(): number | undefined;
  /**
   * Whether a message may go out now. Past the end of the lease the catalog is asked first; while it does not answer
   * * the last holder continues: a duplicate notification is better than none.
   */
  mayTell(): Promise<boolean>;
  /** The lease may have expired and the catalog does not answer: notifications may be duplicates. */
  isUncertain(): boolean;
  /** The last known holder; empty if none. */
  holder(): string;
  /** The last error of acquiring or renewing. */
  lastError(): string | undefined;
};

const RENEW_MS = 2_000;
const RETRY_MS = 1_000;
/** How long a message waits for the catalog's answer. */
const ASK_MS = 3_000;
/** An expired lease is acquired this long after its end. */
const AFTER_END_MS = 50;

export function createLease({ store, holder: me, clock, logger }: LeaseParts): Lease {
  const abort = new AbortController();
  let ready = () => false;
  let fence: number | undefined;
  let holder = '';
  /** Monotonic, as all times here. */
  let validUntilMs = Number.NEGATIVE_INFINITY;
  let othersLeftMs = 0;
  let failedMs = Number.NEGATIVE_INFINITY;
  let lastError: string | undefined;
  let asking: Promise<void> | undefined;
  let running: Promise<void> = Promise.resolve();

  async function ask(): Promise<void> {
    // The database counts from when it is asked, which is after this.
    const askedMs = clock.monotonicMs();
    try {
      if (fence !== undefined && (await store.renew(fence))) validUntilMs = askedMs + LEASE_MS;
      else await tryToWin(askedMs);
      if (lastError !== undefined)
        logger.info('the catalog answers again: acquiring and renewing the lease works');
      lastError = undefined;
    } catch (error) {
      failedMs = clock.monotonicMs();
      if (lastError === undefined) logger.warn(`cannot acquire or renew the lease: ${messageOf(error)}`);
      lastError = messageOf(error);
    }
  }

  async function tryToWin(askedMs: number): Promise<void> {
    const had = fence !== undefined;
    fence = undefined;
    // After an outage of the catalog the former holder goes first: only it knows what it sent meanwhile.
    const mayWin = !had && ready() && clock.monotonicMs() - failedMs >= LEASE_MS;
    const row = mayWin ? await store.acquire(me) : { ...(await store.read()), won: false };
    holder = row.leftMs > 0 ? row.holder : '';
    othersLeftMs = row.leftMs;
    if (had) logger.warn({ holder }, 'lost the lease to another warn: standing by');
    if (!row.won) return;
    fence = row.fence;
    validUntilMs = askedMs + LEASE_MS;
    logger.info({ fence }, 'acquired the lease: this warn is active');
  }

  const askOnce = (): Promise<void> => {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };

  async function run(): Promise<void> {
    while (!abort.signal.aborted) {
      await askOnce();
      await clock.sleep(pauseMs(), abort.signal).catch(() => {});
    }
  }

  function pauseMs(): number {
    if (lastError !== undefined) return RETRY_MS;
    if (fence !== undefined || othersLeftMs === 0) return fence === undefined ? RETRY_MS : RENEW_MS;
    return Math.min(RENEW_MS, othersLeftMs + AFTER_END_MS);
  }

  const isPast = () => clock.monotonicMs() >= validUntilMs;
  const justFailed = () => clock.monotonicMs() - failedMs < 2 * RETRY_MS;

  return {
    start(isReady) {
      ready = isReady;
      running = run();
    },
    async stop() {
      abort.abort();
      // A hanging catalog must not block the shutdown: the lease expires by itself.
      await withTimeout(ASK_MS, running);
      const held = fence;
      fence = undefined;
      if (held !== undefined) await giveBack(held, { store, logger });
    },
    fence: () => fence,
    async mayTell() {
      // Twice: the first answer may belong to a request from before this process was suspended.
      for (let i = 0; i < 2; i++) {
        if (fence === undefined) return false;
        if (!isPast() || justFailed()) return true;
        await withTimeout(ASK_MS, askOnce());
      }
      return fence !== undefined;
    },
    isUncertain: () => fence !== undefined && isPast(),
    holder: () => (fence === undefined ? holder : me),
    lastError: () => lastError,
  };
}

async function giveBack(
  held: number,
  { store, logger }: Pick<LeaseParts, 'store' | 'logger'>,
): Promise<void> {
  const release = store.release(held).then(
    () => true,
    (error: unknown) => {
      logger.warn(`cannot release the lease: ${messageOf(error)}`);
      return true;
    },
  );
  if ((await withTimeout(ASK_MS, release)) === undefined)
    logger.warn(`releasing the lease timed out after ${ASK_MS / 1_000} s: it expires by itself`);
}
