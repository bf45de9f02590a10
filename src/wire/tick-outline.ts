// Outlines a tick with invalid UTF-8 for its error: host, time, number of samples, and the invalid text.
import { notUtf8 } from '../domain/utf8.ts';
import * as pb from './protobuf.ts';
import { COUNTERS_TAG, ENDED_TAG, readMapEntry, readSample, SAMPLES_TAG } from './tick-layout.ts';
import type { TickView } from './tick-view.ts';

const UNREAD_SERIES = { metric: '', labels: {}, key: '' };
/** Of the tags in a tick that hold text. */
const TEXT_FIELDS: Readonly<Record<number, string>> = {
  10: 'host_id',
  34: 'machine_id',
  42: 'boot_id',
  50: 'agent_version',
  [SAMPLES_TAG]: 'a metric or label',
  66: 'a fact',
  74: 'source',
  82: 'replica',
  [COUNTERS_TAG]: 'a counter',
  [ENDED_TAG]: 'a series that ended',
};

/** What a refusal says of a tick with a text that is not UTF-8: whose it is, when, and how many samples. */
export function readOutline(cursor: pb.ProtoCursor, view: TickView): void {
  let samples = 0;
  let invalid: { readonly field: string; readonly bytes: Buffer } | undefined;
  view.hostId = '';
  view.timeMs = view.intervalMs = 0;
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    const field = TEXT_FIELDS[tag];
    if (tag === 16) view.timeMs = pb.readVarint(cursor);
    else if (tag === 24) view.intervalMs = pb.readVarint(cursor);
    else if (field === undefined) pb.skipField(cursor, tag & 7);
    else {
      const { buffer, at } = cursor;
      const end = pb.readLength(cursor);
      if (tag === SAMPLES_TAG) samples++;
      if (tag === 10) view.hostId = buffer.toString('utf8', cursor.at, end);
      const bytes = invalidTextOf(tag, { buffer, at, end });
      // Without its own id the tick cannot be told from another host's, so that comes first.
      if (bytes && (invalid === undefined || tag === 10)) invalid = { field, bytes };
      cursor.at = end;
    }
  }
  const { field, bytes } = invalid!;
  view.textError = notUtf8(field, bytes);
  view.machineId = view.bootId = view.agentVersion = view.source = view.replica = '';
  view.facts = view.counters = view.ended = undefined;
  view.layout = { series: new Array(samples).fill(UNREAD_SERIES) };
  view.values = new Float64Array(samples);
}

function invalidTextOf(tag: number, field: pb.ProtoCursor): Buffer | undefined {
  try {
    if (tag === SAMPLES_TAG || tag === COUNTERS_TAG || tag === ENDED_TAG) pb.nested(field, readSample);
    else if (tag === 66) readMapEntry(field, {});
    else pb.readString(field);
  } catch (error) {
    if (error instanceof pb.NotUtf8Error) return error.bytes;
    throw error;
  }
  return undefined;
}
