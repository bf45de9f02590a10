// Ticks as protobuf bytes (report.proto's Tick, ReportRequest, TickBatch), written by hand so that
// names are not decoded for each tick (tick-layout.ts).
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

export type Heartbeat = { readonly reportId: string; readonly timeMs: number };

export type TickBatch = {
  readonly ticks: readonly Tick[];
  readonly refusals: readonly Refusal[];
  readonly heartbeat?: Heartbeat;
  readonly backfill: boolean;
};

export type BatchHead = { refusals: Refusal[]; heartbeat: Heartbeat | undefined; backfill: boolean };

const BATCH_TICKS_TAG = 10;
const BATCH_BACKFILL_TAG = 32;
export const REQUEST_TICKS = 2;
export const REQUEST_TICKS_TAG = REQUEST_TICKS * 8 + pb.BYTES;
export const REQUEST_BACKFILL_TAG = 8;
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

function writeMap(writer: pb.ProtoWriter, field: number, map: Readonly<Record<string, string>>): void {
  for (const key of Object.keys(map)) {
    writer.message(field, () => {
      writer.string(1, key);
      writer.string(2, map[key]!);
    });
  }
}

export function writeTick(
  writer: pb.ProtoWriter,
  tick: Omit<Tick, 'samples' | 'counters'>,
  write: { samples(): void; counters(): void },
): void {
  writer.string(1, tick.hostId);
  writer.varint(2, tick.timeMs);
  writer.varint(3, tick.intervalMs);
  writer.string(4, tick.machineId);
  writer.string(5, tick.bootId);
  writer.string(6, tick.agentVersion);
  write.samples();
  if (tick.facts) writeMap(writer, 8, tick.facts);
  if (tick.source) writer.string(9, tick.source);
  if (tick.replica) writer.string(10, tick.replica);
  write.counters();
  for (const series of tick.ended ?? []) writeSample(writer, ENDED, series, 0);
}

export const SAMPLES = 7;
export const COUNTERS = 11;
const ENDED = 12;

export function writeSample(
  writer: pb.ProtoWriter,
  field: number,
  { metric, labels }: Pick<Sample, 'metric' | 'labels'>,
  value: number,
): void {
  writer.message(field, () => {
    writer.string(1, metric);
    writeMap(writer, 2, labels);
    writer.double(3, value);
  });
}

export function encodeTick(tick: Tick): Uint8Array {
  const writer = pb.createProtoWriter();
  writeTick(writer, tick, {
    samples() {
      for (const sample of tick.samples) writeSample(writer, SAMPLES, sample, sample.value);
    },
    counters() {
      for (const sample of tick.counters ?? []) writeSample(writer, COUNTERS, sample, sample.value);
    },
  });
  return writer.finish();
}

/** A ReportRequest of ticks that are encoded already (from a spool). */
export function encodeRequest(ticks: readonly Uint8Array[], backfill: boolean): Uint8Array {
  const writer = pb.createProtoWriter(ticks.reduce((sum, tick) => sum + tick.length + 6, 16));
  if (backfill) writer.varint(1, 1);
  for (const tick of ticks) writer.bytes(REQUEST_TICKS, tick);
  return writer.finish();
}

/** A bus message of ticks that are encoded already (passed on as they came), and of what was refused beside them. */
export function encodeBatch(
  ticks: readonly Uint8Array[],
  head: { refusals?: readonly Refusal[]; heartbeat?: Heartbeat; backfill?: boolean } = {},
): Uint8Array {
  const writer = pb.createProtoWriter(ticks.reduce((sum, tick) => sum + tick.length + 6, 64));
  for (const tick of ticks) writer.bytes(1, tick);
  for (const refusal of head.refusals ?? []) {
    writer.message(2, () => {
      writer.string(1, refusal.hostId);
      writer.varint(2, Number.isSafeInteger(refusal.timeMs) ? refusal.timeMs : 0);
      writer.string(3, refusal.metric);
      writeMap(writer, 4, refusal.labels);
      writer.varint(5, refusal.samples);
      writer.string(6, refusal.reason);
    });
  }
  const { heartbeat } = head;
  if (heartbeat) {
    writer.message(3, () => {
      writer.string(1, heartbeat.reportId);
      writer.varint(2, heartbeat.timeMs);
    });
  }
  if (head.backfill) writer.varint(4, 1);
  return writer.finish();
}

/** A whole bus message as values. For readers that need no speed; others use {@link createTickReader}. */
export function decodeBatch(bytes: Uint8Array): TickBatch {
  const ticks: Tick[] = [];
  const head = createTickReader().readBatch(bytes, (view) => ticks.push(tickOf(view)));
  const { heartbeat, ...rest } = head;
  return { ticks, ...rest, ...(heartbeat ? { heartbeat } : {}) };
}
