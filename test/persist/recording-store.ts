// A store in memory that does what the test says: refuse samples, be down, make durable only when told.
import { ExpectedError } from '../../src/domain/errors.ts';
import { seriesKey } from '../../src/domain/tick.ts';
import type { RejectedSample, Store, StoreBatch } from '../../src/store/store.ts';
import { undecodable } from '../../src/store/writes.ts';
import { decodeBatch, type TickBatch } from '../tick-batch.ts';

/** As the contract of the store has it. */
function decoded(batch: StoreBatch): TickBatch {
  try {
    return decodeBatch(batch.bytes);
  } catch (error) {
    throw undecodable(batch, error);
  }
}

export function createRecordingStore() {
  const samples = new Map<string, number>();
  const written = new Map<number, number>();
  const durable = new Map<number, number>();
  const calls: number[] = [];
  const control = {
    down: false,
    refusedMetric: '',
    /** Whatever was written is durable at once; otherwise makeDurable says. */
    eager: true,
    makeDurable() {
      for (const [partition, next] of written) durable.set(partition, next);
    },
    /** `host metric time` -> value of everything that is stored. */
    samples,
    calls,
  };
  const store: Pick<Store, 'write' | 'durable' | 'unhealthy' | 'stats'> = {
    async write(batches) {
      calls.push(batches.length);
      if (control.down) throw new ExpectedError('UNAVAILABLE', 'the store is down');
      const rejected: RejectedSample[] = [];
      let stored = 0;
      for (const batch of batches) {
        const { partition, next } = batch;
        for (const { hostId, timeMs, samples: found } of decoded(batch).ticks) {
          for (const { metric, labels, value } of found) {
            if (metric === control.refusedMetric) {
              rejected.push({
                record: { partition, next },
                hostId,
                timeMs,
                metric,
                labels,
                value,
                samples: 1,
                reason: 'type conflict',
              });
            } else {
              samples.set(`${hostId} ${seriesKey(metric, labels)} ${timeMs}`, value);
              stored++;
            }
          }
        }
        written.set(partition, next);
      }
      if (control.eager) control.makeDurable();
      return { samples: stored, rejected };
    },
    durable: () => durable,
    unhealthy: () => (control.down ? 'the store is down' : undefined),
    stats: () => ({ samples: samples.size }),
  };
  return Object.assign(control, { store: store as Store });
}
