// A whole bus message as values: what tests look at.
import type { Refusal, Tick } from '../src/domain/tick.ts';
import { createTickReader, tickOf } from '../src/wire/tick-reader.ts';
import type { Heartbeat } from '../src/wire/tick-writer.ts';

export type TickBatch = {
  readonly ticks: readonly Tick[];
  readonly refusals: readonly Refusal[];
  readonly heartbeat?: Heartbeat;
  readonly backfill: boolean;
};

export function decodeBatch(bytes: Uint8Array): TickBatch {
  const ticks: Tick[] = [];
  const head = createTickReader().readBatch(bytes, (view) => ticks.push(tickOf(view)));
  const { heartbeat, ...rest } = head;
  return { ticks, ...rest, ...(heartbeat ? { heartbeat } : {}) };
}
