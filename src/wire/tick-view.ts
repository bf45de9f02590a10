// One tick as a reader of bytes sees it.
import type { Facts, Labels } from '../domain/tick.ts';
import type { TickLayout } from './tick-layout.ts';

/** `values` and the object itself are only valid until the next tick is read. */
export type TickView = {
  hostId: string;
  timeMs: number;
  intervalMs: number;
  machineId: string;
  bootId: string;
  agentVersion: string;
  /** Empty for minimon's agent. */
  source: string;
  replica: string;
  layout: TickLayout;
  values: Float64Array;
  /** Cumulative readings; absent in nearly all ticks. */
  counters: { readonly series: TickLayout['series']; readonly values: Float64Array } | undefined;
  /** Series that are reported no longer; absent in nearly all ticks. */
  ended: { readonly metric: string; readonly labels: Labels }[] | undefined;
  facts: Facts | undefined;
  /** Set where a text is not UTF-8, and says which: then samples are only counted, and nothing of the tick may be stored. */
  textError: string | undefined;
  /** The tick's own bytes inside the batch, to be passed on as they are. */
  start: number;
  end: number;
};

/** A scrape that failed, or a piece of a round: nothing was measured, which is no sign of life. */
export const hasEndsAlone = ({
  values,
  counters,
  ended,
}: Pick<TickView, 'values' | 'counters' | 'ended'>): boolean =>
  ended !== undefined && values.length === 0 && counters === undefined;
