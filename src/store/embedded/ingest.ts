// Decodes the records of a write: samples go to the head, host data to hosts.sqlite.
import { formatInstant } from '../../domain/instant.ts';
import type { DerivedTicks } from '../../wire/derived-ticks.ts';
import { endMarksOf } from '../../wire/end-marks.ts';
import { createTickReader } from '../../wire/tick-reader.ts';
import { hasEndsAlone, type TickView } from '../../wire/tick-view.ts';
import { createCopyWatch, senderOf } from '../host-record.ts';
import type { RejectedSample } from '../store.ts';
import { rejectTick, storeTimeError, undecodable } from '../writes.ts';
import type { Positions } from './durable-positions.ts';
import type { Head } from './head.ts';
import type { Hosts } from './hosts.ts';
import type { RecordSpan, Times } from './messages.ts';
import type { ReplaySkips } from './replay-skips.ts';
import { phaseOf, weekOf, windowOf } from './windows.ts';

export type Ingested = { samples: number; readonly rejected: RejectedSample[] };
export type Ingest = (bytes: Uint8Array, spans: readonly RecordSpan[], times: Times) => Ingested;

export function createIngest(parts: {
  readonly derived: DerivedTicks;
  readonly head: Head;
  readonly hosts: Hosts;
  readonly positions: Positions;
  readonly skips: ReplaySkips;
  readonly retentionMs: number;
  /** Weeks up to this one were removed because of their size. */
  readonly removedThrough: () => number | undefined;
}): Ingest {
  const { derived, head, hosts, positions, skips, retentionMs, removedThrough } = parts;
  const reader = createTickReader();
  const copies = createCopyWatch();

  /** By report's clock at its arrival: that one has judged it before, and a replay must judge it the same. */
  function timeError({ timeMs, hostId }: TickView, receivedMs: number): string | undefined {
    const error = storeTimeError(timeMs, receivedMs, retentionMs);
    if (error) return error;
    const removed = removedThrough();
    if (removed === undefined || weekOf(windowOf(timeMs, phaseOf(hostId))) > removed) return undefined;
    return `time ${formatInstant(timeMs)} is in a week that was removed to keep within the store's size limit`;
  }

  return (bytes, spans, times) => {
    const result: Ingested = { samples: 0, rejected: [] };
    for (const span of spans) {
      const { partition, next, receivedMs, start, end } = span;
      const known = skips.of(span);
      const record = positions.begin({ partition, next, receivedMs, bytes: end - start });
      derived.begin(span);
      // Replayed, and all of its samples are in files: it is counted and not decoded, but for counters.
      if (known !== undefined) {
        result.samples += known.samples;
        record.hasCounters = known.hasCounters;
        if (known.hasCounters)
          reader.readBatch(bytes.subarray(start, end), (tick) => derived.take(tick, () => {}));
        hosts.setWatermark(span);
        positions.finish(record);
        continue;
      }
      const arrival = { record, times };
      // Whether the ticks are live comes after them in the record.
      const arrived: [tick: Pick<TickView, 'hostId' | 'bootId' | 'timeMs'>, sender: string][] = [];
      const onTick = (tick: TickView) => {
        const reason = tick.textError ?? timeError(tick, receivedMs);
        if (reason) {
          // After a crash a replay must reject it once more: its dead letter may not have been durable.
          record.mustReplay = true;
          result.rejected.push(...rejectTick(tick, span, reason));
          return;
        }
        const ends = endMarksOf(tick);
        if (ends) head.add(ends, arrival);
        if (hasEndsAlone(tick)) return;
        head.add(tick, arrival);
        hosts.addTick(tick);
        // A copy: the view lives only until the next tick is read.
        const { hostId, bootId, timeMs } = tick;
        arrived.push([{ hostId, bootId, timeMs }, senderOf(tick)]);
        record.samples += tick.values.length;
      };
      try {
        const { refusals, backfill } = reader.readBatch(bytes.subarray(start, end), (tick) => {
          if (tick.counters) record.hasCounters = true;
          derived.take(tick, onTick);
        });
        if (!backfill) {
          for (const [sent, sender] of arrived) {
            const machine = copies(sent, { sender, receivedMs });
            if (machine !== undefined) hosts.addArrival(sent.hostId, machine, span);
          }
        }
        hosts.addRefusals(refusals, receivedMs);
      } catch (error) {
        positions.reject(record);
        throw undecodable(span, error);
      }
      result.samples += record.samples;
      hosts.setWatermark(span);
      positions.finish(record);
    }
    return result;
  };
}
