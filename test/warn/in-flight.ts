// What real parts beside a virtual clock have not finished: a thread's answer, a receiver's. Time is moved when nothing is in flight.
import type { Bus, BusReader } from '../../src/bus/bus.ts';
import type { NotifierParts } from '../../src/daemons/warn/notification/notifier.ts';
import { delay } from '../../src/runtime/clock.ts';

/** What hangs on purpose must not hold up time for good. */
const LIMIT_MS = 100;

export function createInFlight() {
  let count = 0;
  const readers = new Set<BusReader>();

  function counted<T>(work: Promise<T>): Promise<T> {
    count++;
    return work.finally(() => count--);
  }

  async function isIdle(): Promise<boolean> {
    if (count > 0) return false;
    for (const reader of readers) {
      if ((await reader.lag()).some(({ unread }) => unread > 0)) return false;
    }
    return count === 0;
  }

  return {
    counted,
    /** The bus, of which it is known what it has still to store and to hand out. */
    bus: (bus: Bus): Bus => ({
      ...bus,
      publish: (messages) => counted(bus.publish(messages)),
      async read(options) {
        const reader = await counted(bus.read(options));
        readers.add(reader);
        return {
          ...reader,
          stop() {
            readers.delete(reader);
            return reader.stop();
          },
        };
      },
    }),
    receivers:
      (open: NotifierParts['openReceiver']): NotifierParts['openReceiver'] =>
      async (setup) => {
        const receiver = await open(setup);
        return { ...receiver, send: (...message) => counted(receiver.send(...message)) };
      },
    /** Resolves when nothing is in flight and what it woke had its turns, or after a while where something hangs. */
    async idle(): Promise<void> {
      const endMs = performance.now() + LIMIT_MS;
      for (let quiet = 0; quiet < 2 && performance.now() < endMs; ) {
        await new Promise(setImmediate);
        if (await isIdle()) quiet++;
        else {
          quiet = 0;
          await delay(1);
        }
      }
    },
  };
}
export type InFlight = ReturnType<typeof createInFlight>;
