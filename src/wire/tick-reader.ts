// Ticks read from protobuf bytes (report.proto's Tick, ReportRequest, TickBatch) by hand, so that names are not decoded for each
// tick (tick-layout.ts).
import type { Refusal, Sample, Tick } from '../domain/tick.ts';
import * as pb from './protobuf.ts';
import {
  COUNTERS_TAG,
  createLayoutReader,
  ENDED_TAG,
  layoutOf,
  readMapEntry,
  readSample,
  SAMPLES_TAG,
  type TickLayout,
} from './tick-layout.ts';
import { readOutline } from './tick-outline.ts';
import type { TickView } from './tick-view.ts';
import { type Heartbeat, REQUEST_BACKFILL_TAG, REQUEST_TICKS_TAG } from './tick-writer.ts';

export type BatchHead = { refusals: Refusal[]; heartbeat: Heartbeat | undefined; backfill: boolean };

const BATCH_TICKS_TAG = 10;
const BATCH_BACKFILL_TAG = 32;
const EMPTY_LAYOUT: TickLayout = { series: [] };
const EMPTY_VALUES = new Float64Array(0);

export type TickReader = {
  /** Calls `onTick` for each tick in order; returns what else the batch holds. Throws DecodeError on undecodable bytes. */
  readBatch(bytes: Uint8Array, onTick: (tick: TickView) => void): BatchHead;
  /**
   * As readBatch for a ReportRequest. `onTick` is given `backfill` as read so far: our encoders put it first, others may
   * not, so compare it with what is returned.
   */
  readRequest(bytes: Uint8Array, onTick: (tick: TickView, backfill: boolean) => void): { backfill: boolean };
};

/** Decodes one tick message at a time. */
function createTickDecoder(): (cursor: pb.ProtoCursor) => TickView {
  const templates = createLayoutReader();
  const counters = createLayoutReader({ tag: COUNTERS_TAG });
  // One object for all ticks: readers keep bytes or copies, never the view.
  const view = {} as TickView;

  return (cursor) => {
    const start = cursor.at;
    view.textError = undefined;
    try {
      return readTick(cursor);
    } catch (error) {
      if (!(error instanceof pb.NotUtf8Error)) throw error;
      readOutline({ ...cursor, at: start }, view);
      return view;
    }
  };

  function readTick(cursor: pb.ProtoCursor): TickView {
    const { buffer, end } = cursor;
    view.hostId = view.machineId = view.bootId = view.agentVersion = view.source = view.replica = '';
    view.timeMs = view.intervalMs = 0;
    view.facts = view.counters = view.ended = undefined;
    view.layout = EMPTY_LAYOUT;
    view.values = EMPTY_VALUES;
    let haveSamples = false;
    let scattered: Sample[] | undefined;
    let facts: Record<string, string> | undefined;
    while (cursor.at < end) {
      const tagAt = cursor.at;
      const tag = pb.readVarint(cursor);
      switch (tag) {
        case 10:
          view.hostId = pb.readString(cursor);
          break;
        case 16:
          view.timeMs = pb.readVarint(cursor);
          break;
        case 24:
          view.intervalMs = pb.readVarint(cursor);
          break;
        case 34:
          view.machineId = pb.readString(cursor);
          break;
        case 42:
          view.bootId = pb.readString(cursor);
          break;
        case 50:
          view.agentVersion = pb.readString(cursor);
          break;
        case SAMPLES_TAG: {
          if (!haveSamples) {
            cursor.at = tagAt;
            const run = templates.read(view.hostId, cursor);
            haveSamples = true;
            view.layout = run.layout;
            view.values = run.values;
            break;
          }
          // Another encoder may put other fields between samples: legal protobuf, read without the short cut.
          scattered ??= samplesOf(view);
          const sampleEnd = pb.readLength(cursor);
          scattered.push(readSample({ buffer, at: cursor.at, end: sampleEnd }));
          cursor.at = sampleEnd;
          break;
        }
        case 66:
          facts = readMapEntry(cursor, facts ?? {});
          break;
        case 74:
          view.source = pb.readString(cursor);
          break;
        case 82:
          view.replica = pb.readString(cursor);
          break;
        case COUNTERS_TAG: {
          cursor.at = tagAt;
          // Only ours write them, in one run.
          const { layout, values } = counters.read(view.hostId, cursor);
          view.counters = { series: layout.series, values };
          break;
        }
        case ENDED_TAG:
          (view.ended ??= []).push(pb.nested(cursor, readSample));
          break;
        default:
          pb.skipField(cursor, tag & 7);
      }
    }
    if (scattered) {
      view.layout = layoutOf(scattered);
      view.values = Float64Array.from(scattered, (sample) => sample.value);
    }
    view.facts = facts;
    return view;
  }
}

export function createTickReader(): TickReader {
  const readTick = createTickDecoder();

  function readTicks(
    bytes: Uint8Array,
    ticksTag: number,
    onTick: (tick: TickView) => void,
    other: (tag: number, c: pb.ProtoCursor) => void,
  ) {
    const cursor = pb.cursorOf(bytes);
    while (cursor.at < cursor.end) {
      const tag = pb.readVarint(cursor);
      if (tag !== ticksTag) {
        other(tag, cursor);
        continue;
      }
      const end = pb.readLength(cursor);
      const start = cursor.at;
      const view = readTick({ buffer: cursor.buffer, at: start, end });
      view.start = start;
      view.end = end;
      cursor.at = end;
      onTick(view);
    }
  }

  return {
    readBatch(bytes, onTick) {
      const head: BatchHead = { refusals: [], heartbeat: undefined, backfill: false };
      readTicks(bytes, BATCH_TICKS_TAG, onTick, (tag, cursor) => {
        if (tag === 18) head.refusals.push(pb.nested(cursor, readRefusal));
        else if (tag === 26) head.heartbeat = pb.nested(cursor, readHeartbeat);
        else if (tag === BATCH_BACKFILL_TAG) head.backfill = pb.readVarint(cursor) !== 0;
        else pb.skipField(cursor, tag & 7);
      });
      return head;
    },
    readRequest(bytes, onTick) {
      let backfill = false;
      const withBackfill = (tick: TickView) => onTick(tick, backfill);
      readTicks(bytes, REQUEST_TICKS_TAG, withBackfill, (tag, cursor) => {
        if (tag === REQUEST_BACKFILL_TAG) backfill = pb.readVarint(cursor) !== 0;
        else pb.skipField(cursor, tag & 7);
      });
      return { backfill };
    },
  };
}

/**
 * Whether a bus message holds backfilled ticks, told before any of them is decoded: the flag may stand behind them.
 * Throws DecodeError where the message is cut short.
 */
export function isBackfill(bytes: Uint8Array): boolean {
  const cursor = pb.cursorOf(bytes);
  let backfill = false;
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag === BATCH_BACKFILL_TAG) backfill = pb.readVarint(cursor) !== 0;
    else pb.skipField(cursor, tag & 7);
  }
  return backfill;
}

/** The samples of a view as objects of their own. */
export const samplesOf = (view: Pick<TickView, 'layout' | 'values'>): Sample[] =>
  view.layout.series.map(({ metric, labels }, i) => ({ metric, labels, value: view.values[i]! }));

/** A view as a tick that outlives it. */
export const tickOf = (view: TickView): Tick => ({
  hostId: view.hostId,
  timeMs: view.timeMs,
  intervalMs: view.intervalMs,
  machineId: view.machineId,
  bootId: view.bootId,
  agentVersion: view.agentVersion,
  samples: samplesOf(view),
  ...(view.facts ? { facts: view.facts } : {}),
  ...(view.source ? { source: view.source } : {}),
  ...(view.replica ? { replica: view.replica } : {}),
  ...(view.counters ? { counters: samplesOf({ layout: view.counters, values: view.counters.values }) } : {}),
  ...(view.ended ? { ended: view.ended.map(({ metric, labels }) => ({ metric, labels })) } : {}),
});

/** One Refusal message, from the cursor to its end. */
export function readRefusal(cursor: pb.ProtoCursor): Refusal {
  const refusal = {
    hostId: '',
    timeMs: 0,
    metric: '',
    labels: {} as Record<string, string>,
    samples: 0,
    reason: '',
  };
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag === 10) refusal.hostId = pb.readString(cursor);
    else if (tag === 16) refusal.timeMs = pb.readVarint(cursor);
    else if (tag === 26) refusal.metric = pb.readString(cursor);
    else if (tag === 34) refusal.labels = readMapEntry(cursor, refusal.labels);
    else if (tag === 40) refusal.samples = pb.readVarint(cursor);
    else if (tag === 50) refusal.reason = pb.readString(cursor);
    else pb.skipField(cursor, tag & 7);
  }
  return refusal;
}

function readHeartbeat(cursor: pb.ProtoCursor): Heartbeat {
  const heartbeat = { reportId: '', timeMs: 0 };
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag === 10) heartbeat.reportId = pb.readString(cursor);
    else if (tag === 16) heartbeat.timeMs = pb.readVarint(cursor);
    else pb.skipField(cursor, tag & 7);
  }
  return heartbeat;
}
