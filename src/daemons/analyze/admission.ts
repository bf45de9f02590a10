// Admission control of queries: a few run, some wait, the others are rejected with Retry-After.
import { ExpectedError } from '../../domain/errors.ts';
import { delay } from '../../runtime/clock.ts';

export type Admission = {
  /** Resolves when the question may run. UNAVAILABLE with a time to retry when too many wait; the signal's reason. */
  enter(signal?: AbortSignal): Promise<Turn>;
  /** For what is done when its promise is. */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  running(): number;
  waiting(): number;
};

export type Turn = {
  /** Resolves when the answers under way leave room for so many points more. */
  reserve(points: number, signal: AbortSignal | undefined): Promise<void>;
  /** Somebody else may run, and have its points, meanwhile: whoever waits for a slow client reads nothing. */
  pause(): void;
  resume(signal: AbortSignal | undefined): Promise<void>;
  /** Idempotent. */
  leave(): void;
};

export type AdmissionLimits = {
  readonly running: number;
  readonly waiting: number;
  /** Of all answers under way; one that is larger runs alone. */
  readonly points: number;
};

const RETRY_AFTER_MS = 1_000;
/** A client that takes longer over a piece lets others have its turn. */
const SLOW_MS = 250;

type Waiter = { readonly begin: () => void };

export function createAdmission(limits: AdmissionLimits): Admission {
  let running = 0;
  let paused = 0;
  const points = createPoints(limits.points);
  const waiters: Waiter[] = [];

  function admitNext(): void {
    while (running < limits.running && waiters.length > 0) {
      running++;
      waiters.shift()!.begin();
    }
  }

  const queueUp = (at: 'front' | 'back') => (begin: () => void) => {
    const waiter = { begin };
    if (at === 'front') waiters.unshift(waiter);
    else waiters.push(waiter);
    return () => void waiters.splice(waiters.indexOf(waiter), 1);
  };

  async function run(at: 'front' | 'back', signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    // Nobody waits while there is room: who leaves lets in who waits.
    if (running < limits.running) running++;
    else await wait(queueUp(at), signal);
  }

  function release(): void {
    running--;
    admitNext();
  }

  async function enter(signal?: AbortSignal): Promise<Turn> {
    if (running >= limits.running && waiters.length + paused >= limits.waiting) {
      throw new ExpectedError(
        'UNAVAILABLE',
        `${running} queries are running and ${waiters.length + paused} are waiting, the most at once`,
        { hint: 'Retry later, or with smaller queries.', retryAfterMs: RETRY_AFTER_MS },
      );
    }
    await run('back', signal);
    let state: 'running' | 'paused' | 'left' = 'running';
    const reserved = points.share();
    let atPause = 0;
    return {
      reserve: reserved.reserve,
      pause() {
        if (state !== 'running') return;
        state = 'paused';
        paused++;
        atPause = reserved.giveBack();
        release();
      },
      async resume(resumeSignal) {
        if (state !== 'paused') return;
        await run('front', resumeSignal);
        if (state !== 'paused') return release();
        state = 'running';
        paused--;
        await reserved.reserve(atPause, resumeSignal);
      },
      leave() {
        if (state === 'running') release();
        if (state === 'paused') paused--;
        state = 'left';
        reserved.giveBack();
      },
    };
  }

  return {
    enter,
    async run(work, signal) {
      const turn = await enter(signal);
      try {
        return await work();
      } finally {
        turn.leave();
      }
    },
    running: () => running,
    waiting: () => waiters.length,
  };
}

/** Of all answers under way; each turn has its share. */
function createPoints(limit: number) {
  let points = 0;
  const reservations = new Set<{ readonly points: number; readonly begin: () => void }>();

  function takePoints(): void {
    for (const reservation of reservations) {
      if (points > 0 && points + reservation.points > limit) return;
      reservations.delete(reservation);
      points += reservation.points;
      reservation.begin();
    }
  }

  return {
    share() {
      let reserved = 0;
      return {
        async reserve(wanted: number, signal: AbortSignal | undefined): Promise<void> {
          await wait((begin) => {
            const reservation = { points: wanted, begin };
            reservations.add(reservation);
            takePoints();
            return () => void reservations.delete(reservation);
          }, signal);
          reserved += wanted;
        },
        giveBack(): number {
          const given = reserved;
          reserved = 0;
          points -= given;
          takePoints();
          return given;
        },
      };
    },
  };
}

/** Waits to be begun, from the front or the back of a queue. */
function wait(join: (begin: () => void) => () => void, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      quit();
      reject(signal?.reason);
    };
    const quit = join(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** The pieces; a slow client releases its slot, so that it does not block others. */
export async function* paced<Piece>(
  pieces: AsyncGenerator<Piece, void, undefined>,
  { turn, signal, done }: { readonly turn: Turn; readonly signal: AbortSignal; readonly done: () => void },
): AsyncGenerator<Piece, void, undefined> {
  try {
    for await (const piece of pieces) {
      const taken = new AbortController();
      delay(SLOW_MS, taken.signal).then(
        () => turn.pause(),
        () => {},
      );
      yield piece;
      taken.abort();
      await turn.resume(signal);
    }
  } finally {
    done();
  }
}
