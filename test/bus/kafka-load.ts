// Load for the fault suites: numbered messages published without pause, and a reader that ticks them off.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus, BusRecord } from '../../src/bus/bus.ts';
import { until } from '../until.ts';
import { message } from './contract.ts';

export type Load = {
  /** Texts whose publish resolved. */
  readonly acknowledged: ReadonlySet<string>;
  readonly rejected: () => number;
  stop(): Promise<void>;
};

/** Some publishers, each a message to three partitions a call, one call after the other. */
export function startLoad(bus: Bus, publishers = 6): Load {
  const acknowledged = new Set<string>();
  let rejected = 0;
  let running = true;
  const loops = Array.from({ length: publishers }, async (_, publisher) => {
    for (let i = 0; running; i++) {
      const texts = [0, 1, 2].map((part) => `${publisher}-${i}-${part}`);
      const messages = texts.map((text, part) => message((publisher + i + 4 * part) % bus.partitions, text));
      try {
        await bus.publish(messages);
        for (const text of texts) acknowledged.add(text);
      } catch {
        rejected++;
        await sleep(20);
      }
      await sleep(2);
    }
  });
  return {
    acknowledged,
    rejected: () => rejected,
    async stop() {
      running = false;
      await Promise.all(loops);
    },
  };
}

/** Resolves when publishing goes on: so many more messages than now are acknowledged. */
export async function flows(load: Load, more = 100): Promise<void> {
  const goal = load.acknowledged.size + more;
  await longUntil('acknowledgements', () => load.acknowledged.size >= goal);
}

/** As `until`, for what a cluster needs up to a minute for. */
export async function longUntil(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 50_000;
  while (!(await condition())) {
    if (Date.now() > deadline) return until(what, condition);
    await sleep(25);
  }
}

export const textOf = ({ bytes }: BusRecord): string => Buffer.from(bytes).toString();
