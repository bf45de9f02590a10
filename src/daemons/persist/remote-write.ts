// Forwards samples from the bus to a Prometheus remote-write server, in order, at least once. It has its own
// consumer group: unacknowledged records stay on the bus.
import type { Bus, BusConsumer, BusRecord } from '../../bus/bus.ts';
import { BUS_SCHEMA } from '../../bus/bus.ts';
import { messageOf } from '../../domain/errors.ts';
import { shownUrl } from '../../receivers/secret-addresses.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { createDerivedTicks } from '../../wire/derived-ticks.ts';
import { endMarksOf } from '../../wire/end-marks.ts';
import { DecodeError } from '../../wire/protobuf.ts';
import { createTickReader, tickOf } from '../../wire/tick-reader.ts';
import type { TickView } from '../../wire/tick-view.ts';
import { encodeBatch, encodeTick } from '../../wire/tick-writer.ts';
import type { Locations } from '../locations.ts';
import { openAcknowledged } from './acknowledged.ts';
import type { PersistOptions } from './options.ts';
import { createRemoteDelivery, type RemoteDeliveryParts, type Waiting } from './remote-delivery.ts';

export const REMOTE_WRITE_GROUP = 'minimon.remote-write';

export type RemoteWrite = {
  start(): Promise<void>;
  /** That it is behind, and why; or what was refused last. */
  note(): string | undefined;
  /** What is not acknowledged stays on the bus. */
  stop(): Promise<void>;
};

/** Of records that are decoded at once. */
const BATCH_BYTES = 1024 * 1024;
/** Requests with less than a full one's samples come no faster: a few hosts would make many of them. */
const LINGER_MS = 1_000;
const LOG_EVERY_MS = 600_000;

export function createRemoteWrite(
  options: PersistOptions['remoteWrite'] & { readonly url: string },
  parts: Omit<RemoteDeliveryParts, 'onDropped'> & {
    readonly bus: Pick<Bus, 'consume' | 'lag'>;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly metrics: Metrics;
    /** Today's; without it series have no location. */
    readonly locations?: Pick<Locations, 'all'> | undefined;
    /** Where it keeps how far it is; without it more comes twice after a restart. */
    readonly directory?: string | undefined;
    readonly onDead?: ((error: Error) => void) | undefined;
  },
): RemoteWrite {
  const { bus, clock, logger } = parts;
  const to = `remote write to ${shownUrl(options.url)}`;
  const mayLog = createThrottle(clock.monotonicMs, LOG_EVERY_MS);
  const counts = createCounts(parts);
  const derived = createDerivedTicks({ comeAgain: true });
  const acknowledged = openAcknowledged(options.url, {
    directory: parts.directory,
    onError(why) {
      if (mayLog('file')) logger.warn(`${to}: cannot store the acknowledged offsets: ${why}`);
    },
  });
  /** By partition, of the oldest record that is not acknowledged: report's clock. */
  const waitingSince = new Map<number, number>();
  const storedOf = createStoredReader(derived, acknowledged.has);
  const delivery = createRemoteDelivery(options, {
    ...parts,
    onDropped(samples, why) {
      counts.dropped.add(samples, { reason: 'refused' });
      counts.queued -= samples;
      refusal = `${to}: samples were refused and dropped, the last ones: ${why}`;
      if (mayLog('refused')) logger.warn({ samples }, `${to}: dropped rejected samples: ${why}`);
    },
  });
  let refusal: string | undefined;
  registerGauges(parts, waitingSince);
  const joined = Promise.withResolvers<BusConsumer>();
  let consumer: BusConsumer | undefined;

  async function onBatch(records: readonly BusRecord[], signal: AbortSignal): Promise<void> {
    const { partition, receivedMs } = records[0]!;
    waitingSince.set(partition, receivedMs);
    const waiting = records.flatMap((record) => storedOf(record) ?? []);
    let left = waiting.reduce((sum, { samples }) => sum + samples, 0);
    const all = left;
    counts.received.add(all);
    counts.queued += all;
    try {
      for await (const { samples, isTaken, record } of delivery.deliver(waiting, signal)) {
        left -= samples;
        if (isTaken) {
          counts.sent.add(samples);
          counts.queued -= samples;
        }
        if (record) acknowledged.advance(record);
      }
    } catch (error) {
      // They come again, here or to another persist: once this one is to end it does not know where.
      if (signal.aborted) waitingSince.delete(partition);
      counts.returned.add(left);
      counts.queued -= left;
      throw error;
    }
    await commit(partition, records.at(-1)!.offset + 1);
    waitingSince.delete(partition);
    if (all < delivery.samplesARequest) await clock.sleep(LINGER_MS, signal).catch(() => {});
  }

  /** Committed is where its rates can be made again from. */
  async function commit(partition: number, next: number): Promise<void> {
    derived.settle(new Map([[partition, next]]));
    const from = derived.warmFrom(partition, next);
    try {
      await (await joined.promise).commit(new Map([[partition, from]]));
      acknowledged.committed(partition, from);
    } catch (error) {
      if (mayLog('commit')) logger.warn({ partition }, `${to}: cannot commit offsets: ${messageOf(error)}`);
    }
  }

  return {
    async start() {
      // Where the bus cannot say it now, its records have to.
      acknowledged.compare(await bus.lag(REMOTE_WRITE_GROUP).catch(() => []));
      consumer = await bus.consume({
        ...{ group: REMOTE_WRITE_GROUP, from: 'latest', maxBytes: BATCH_BYTES, onBatch },
        onLost(gap) {
          // What is gone of the records before was sent.
          const records = Math.min(gap.records, gap.to - acknowledged.after(gap.partition));
          if (records <= 0) return;
          counts.lost.add(records);
          logger.error(
            gap,
            `${to}: ${records} records were lost before they were sent: the bus no longer has them`,
          );
        },
        onDead(error) {
          logger.fatal({ err: error }, `${to}: its bus consumer failed permanently`);
          parts.onDead?.(error);
        },
      });
      joined.resolve(consumer);
    },
    note() {
      const why = delivery.lastError();
      return why === undefined ? refusal : `${to}: samples wait on the bus: ${why}`;
    },
    async stop() {
      await consumer?.stop();
    },
  };
}

/** Records as the store has them: rates in place of counters, ends of series, and of a replica's copies nothing. Bytes of its own. */
function createStoredReader(
  derived: ReturnType<typeof createDerivedTicks>,
  isAcknowledged: (record: BusRecord) => boolean,
) {
  const reader = createTickReader();

  function storedOf(record: BusRecord): Waiting<BusRecord> | undefined {
    const { bytes, partition, offset, receivedMs, schema } = record;
    // What nobody can read persist has among its dead letters.
    if (schema !== BUS_SCHEMA) return undefined;
    const ticks: Uint8Array[] = [];
    let samples = 0;
    const add = (tick: TickView | undefined, asItCame?: TickView) => {
      if (!tick || tick.values.length === 0) return;
      samples += tick.values.length;
      const isIt = tick === asItCame;
      ticks.push(isIt ? bytes.subarray(tick.start, tick.end) : encodeTick(tickOf(tick)));
    };
    derived.begin({ partition, next: offset + 1, receivedMs });
    try {
      reader.readBatch(bytes, (view) => {
        if (view.textError !== undefined) return;
        derived.take(view, (tick) => {
          add(endMarksOf(tick));
          add(tick, view);
        });
      });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return undefined;
    }
    // Read for the rates of what follows.
    if (samples === 0 || isAcknowledged(record)) return undefined;
    return { bytes: encodeBatch(ticks), samples, record };
  }

  return storedOf;
}

function registerGauges(
  {
    bus,
    clock,
    metrics,
  }: { readonly bus: Pick<Bus, 'lag'>; readonly clock: Clock; readonly metrics: Metrics },
  waitingSince: ReadonlyMap<number, number>,
): void {
  metrics.gauge(
    'remote_write_records_unread',
    'Consumer lag of remote write in records',
    async () =>
      Object.fromEntries(
        (await bus.lag(REMOTE_WRITE_GROUP)).map(({ partition, unread }) => [String(partition), unread]),
      ),
    'partition',
  );
  const behindMs = () => {
    const oldestMs = Math.min(...waitingSince.values());
    return Number.isFinite(oldestMs) ? Math.max(0, clock.nowMs() - oldestMs) : 0;
  };
  metrics.gauge(
    'remote_write_behind_ms',
    'Lag of remote write: age of the oldest samples not forwarded yet, in milliseconds',
    behindMs,
  );
}

/** Of samples received = sent + dropped + returned + queued. */
function createCounts({ metrics }: { readonly metrics: Metrics }) {
  const counter = (name: string, help: string) => metrics.counter(`remote_write_${name}`, help);
  const counts = {
    received: counter('samples_received_total', 'Samples to forward, counted again after a rebalance'),
    sent: counter('samples_sent_total', 'Samples acknowledged by the remote-write server'),
    dropped: metrics.counter(
      'remote_write_samples_dropped_total',
      'Samples not forwarded: refused (their request was rejected)',
      ['reason'],
    ),
    returned: counter('samples_returned_total', 'Samples returned to the bus by a shutdown or rebalance'),
    lost: counter('records_lost_total', 'Records that the bus deleted before they were forwarded'),
    queued: 0,
  };
  metrics.gauge(
    'remote_write_samples_queued',
    'Samples in flight to the remote-write server',
    () => counts.queued,
  );
  return counts;
}
