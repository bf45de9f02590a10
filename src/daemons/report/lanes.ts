// Ticks of many requests in few bus messages: a lane a partition, one publish of it at a time, the rest gathers.
import type { Bus, BusMessage } from '../../bus/bus.ts';
import { LIMITS, type Refusal } from '../../domain/tick.ts';
import { encodeBatch } from '../../wire/tick-codec.ts';

/** What one request has for one partition. */
export type Parcel = {
  readonly ticks: readonly Uint8Array[];
  readonly refusals: readonly Refusal[];
  readonly backfill: boolean;
  readonly receivedMs: number;
};

export type Lanes = {
  /** Resolves when all of the parcel is durable on the bus. */
  send(partition: number, parcel: Parcel): Promise<void>;
};

type Waiting = {
  readonly parcel: Parcel;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

// Enough for any refusal: an id, a reason and a metric of full length.
const REFUSAL_BYTES = 1_024;

export function createLanes(bus: Pick<Bus, 'publish'>): Lanes {
  const lanes = new Map<number, { waiting: Waiting[]; running: boolean }>();

  async function run(partition: number, lane: { waiting: Waiting[]; running: boolean }) {
    lane.running = true;
    // Requests that are read in the same turn of the event loop share a message.
    await new Promise(setImmediate);
    while (lane.waiting.length > 0) {
      const taken = lane.waiting;
      lane.waiting = [];
      try {
        await bus.publish(pack(partition, taken));
        for (const { resolve } of taken) resolve();
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
    }
    lane.running = false;
  }

  return {
    send(partition, parcel) {
      let lane = lanes.get(partition);
      if (!lane) lanes.set(partition, (lane = { waiting: [], running: false }));
      const { waiting } = lane;
      const done = new Promise<void>((resolve, reject) => waiting.push({ parcel, resolve, reject }));
      if (!lane.running) void run(partition, lane);
      return done;
    },
  };
}

function pack(partition: number, waiting: readonly Waiting[]): BusMessage[] {
  // The newest arrival: within a partition received_ms never goes back, since timers run on it.
  const receivedMs = Math.max(...waiting.map(({ parcel }) => parcel.receivedMs));
  return [false, true].flatMap((backfill) => {
    const parcels = waiting.map(({ parcel }) => parcel).filter((parcel) => parcel.backfill === backfill);
    return split(parcels).map(({ ticks, refusals }) => ({
      partition,
      receivedMs,
      bytes: encodeBatch(ticks, { refusals, backfill }),
    }));
  });
}

/** Ticks and refusals in order, cut where a message would be over the limit. */
function split(parcels: readonly Parcel[]): { ticks: Uint8Array[]; refusals: Refusal[] }[] {
  const messages: { ticks: Uint8Array[]; refusals: Refusal[] }[] = [];
  let room = 0;
  const message = (bytes: number) => {
    if (messages.length === 0 || bytes > room) {
      messages.push({ ticks: [], refusals: [] });
      room = LIMITS.batchBytes;
    }
    room -= bytes;
    return messages.at(-1)!;
  };
  for (const { ticks, refusals } of parcels) {
    for (const tick of ticks) message(tick.length + 6).ticks.push(tick);
    for (const refusal of refusals) message(REFUSAL_BYTES).refusals.push(refusal);
  }
  return messages;
}
