// Bus records for store tests: ticks in, StoreBatch out, with offsets that grow.
import { type Facts, type Labels, type Refusal, seriesKey, type Tick } from '../../src/domain/tick.ts';
import type { Series, StoreBatch } from '../../src/store/store.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';

export type TickSpec = {
  readonly host: string;
  readonly ms: number;
  readonly values: Readonly<Record<string, number>>;
  readonly labels?: Labels;
  readonly machineId?: string;
  readonly facts?: Facts;
  readonly intervalMs?: number;
  readonly source?: string;
  readonly bootId?: string;
  readonly counters?: Readonly<Record<string, number>>;
  /** Metrics whose series of these labels ended. */
  readonly ended?: readonly string[];
};

export const tickOf = ({ host, ms, values, labels = {}, ...rest }: TickSpec): Tick => ({
  hostId: host,
  timeMs: ms,
  intervalMs: rest.intervalMs ?? 60_000,
  machineId: rest.machineId ?? `machine-of-${host}`,
  bootId: rest.bootId ?? 'boot-1',
  agentVersion: rest.source ? '' : '0.1.0',
  samples: Object.entries(values).map(([metric, value]) => ({ metric, labels, value })),
  ...(rest.facts ? { facts: rest.facts } : {}),
  ...(rest.source ? { source: rest.source } : {}),
  ...(rest.counters
    ? { counters: Object.entries(rest.counters).map(([metric, value]) => ({ metric, labels, value })) }
    : {}),
  ...(rest.ended ? { ended: rest.ended.map((metric) => ({ metric, labels })) } : {}),
});

export type Recorder = {
  /** A record with the next offset of its partition. */
  record(
    ticks: readonly TickSpec[],
    more?: {
      readonly partition?: number;
      readonly receivedMs?: number;
      readonly backfill?: boolean;
      readonly refusals?: readonly Refusal[];
    },
  ): StoreBatch;
};

export function createRecorder(): Recorder {
  const ends = new Map<number, number>();
  return {
    record(ticks, { partition = 0, receivedMs, backfill = false, refusals = [] } = {}) {
      const next = (ends.get(partition) ?? 0) + 1;
      ends.set(partition, next);
      return {
        partition,
        next,
        receivedMs: receivedMs ?? Math.max(0, ...ticks.map((tick) => tick.ms)),
        bytes: encodeBatch(
          ticks.map((tick) => encodeTick(tickOf(tick))),
          { backfill, refusals },
        ),
      };
    },
  };
}

/** Series as `host metric{labels}` -> points, to compare whole answers at once. */
export const pointsOf = (series: readonly Series[]): Record<string, [number, number | null][]> =>
  Object.fromEntries(
    series.map(({ hostId, metric, labels, timesMs, values }) => [
      `${hostId} ${seriesKey(metric, labels).replace(/\0/g, ' ').replace(/\x01/g, '=')}`,
      timesMs.map((ms, i) => [ms, values[i]!]),
    ]),
  );
