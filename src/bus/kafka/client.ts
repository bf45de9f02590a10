// A connected kafkajs client that is replaced when a broker stops answering: the driver would go on asking it.
import { within } from '../../runtime/within.ts';

export type Client<T> = {
  /** Connects on first use. Rejects with what the work or the connecting rejects with. */
  use<R>(work: (client: T) => Promise<R>): Promise<R>;
  /** Waits for calls in flight, for 6 s at most. Idempotent. */
  stop(): Promise<void>;
};

type Connectable = { connect(): Promise<void>; disconnect(): Promise<void> };
type Held<T> = { readonly client: T; readonly ready: Promise<void>; uses: number; retired: boolean };

const STOP_WITHIN_MS = 6_000;

export function createClient<T extends Connectable>(create: () => T): Client<T> {
  const disconnecting = new Set<Promise<void>>();
  let held: Held<T> | undefined;

  function take(): Held<T> {
    if (held) return held;
    const client = create();
    const fresh: Held<T> = { client, ready: client.connect(), uses: 0, retired: false };
    held = fresh;
    fresh.ready.catch(() => retire(fresh));
    return fresh;
  }

  /** Others may still wait for an answer through it: it is closed after the last of them. */
  function retire(old: Held<T>) {
    if (held === old) held = undefined;
    if (!old.retired && old.uses === 0) close(old);
    old.retired = true;
  }

  function close({ client }: Held<T>) {
    const closed = client
      .disconnect()
      .catch(() => {})
      .finally(() => disconnecting.delete(closed));
    disconnecting.add(closed);
  }

  return {
    async use(work) {
      const mine = take();
      mine.uses++;
      try {
        await mine.ready;
        return await work(mine.client);
      } catch (error) {
        // After a timeout the driver keeps its outdated metadata and the connection that hangs.
        if (isUnanswered(error)) retire(mine);
        throw error;
      } finally {
        if (--mine.uses === 0 && mine.retired) close(mine);
      }
    },
    async stop() {
      if (held) retire(held);
      await within(STOP_WITHIN_MS, Promise.all(disconnecting));
    },
  };
}

function isUnanswered(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === 'KafkaJSRequestTimeoutError') return true;
  }
  return false;
}
