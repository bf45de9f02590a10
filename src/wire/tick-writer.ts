// Ticks written as protobuf bytes (report.proto's Tick, ReportRequest, TickBatch) by hand.
import type { Refusal, Sample, Tick } from '../domain/tick.ts';
import * as pb from './protobuf.ts';

export type Heartbeat = { readonly reportId: string; readonly timeMs: number };

export const REQUEST_TICKS = 2;
export const REQUEST_TICKS_TAG = REQUEST_TICKS * 8 + pb.BYTES;
export const REQUEST_BACKFILL_TAG = 8;

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
