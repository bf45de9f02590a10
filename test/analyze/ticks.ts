// Ticks of tests: one host at one time, its samples written as metric names and values.
import type { Tick } from '../../src/domain/tick.ts';
import type { Store } from '../../src/store/store.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';

const SERIES = /^(?<metric>[^{]+)(?:\{(?<label>[^=]+)=(?<labelValue>.*)\})?$/;

/** A tick with samples `{metric: value}`; `disk.usage{mount=/}` names a labelled series. */
export function tickOf(hostId: string, timeMs: number, samples: Readonly<Record<string, number>>): Tick {
  return {
    hostId,
    timeMs,
    intervalMs: 60_000,
    machineId: `machine of ${hostId}`,
    bootId: 'boot',
    agentVersion: '0.1.0',
    samples: Object.entries(samples).map(([name, value]) => {
      const { metric, label, labelValue } = SERIES.exec(name)!.groups as Record<string, string>;
      return { metric: metric!, labels: label && labelValue ? { [label]: labelValue } : {}, value };
    }),
  };
}

/** Writes ticks straight into a store, as report received them at `receivedMs` (default: the newest one's time). */
export type PutTicks = (ticks: readonly Tick[], receivedMs?: number) => Promise<void>;

export function putInto(store: Store): PutTicks {
  let position = 0;
  return async (ticks, receivedMs = Math.max(...ticks.map((tick) => tick.timeMs))) => {
    const bytes = encodeBatch(ticks.map(encodeTick));
    await store.write([{ partition: 0, next: ++position, receivedMs, bytes }]);
  };
}
