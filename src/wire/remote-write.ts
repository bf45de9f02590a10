// Prometheus remote write, 1.0 and 2.0, from bytes: read by hand, since a scrape of 1,500 series comes every few seconds.
import type { KnownLabels } from './known-labels.ts';
import * as pb from './protobuf.ts';

export type RemoteSample = {
  /** NaN with STALE's bits where `stale` is set. */
  readonly value: number;
  readonly timeMs: number;
  readonly stale: boolean;
};

export type RemoteSeries = {
  /** As they came, `__name__` among them; names are not sorted by every client. The same object where they are known. */
  readonly labels: ReadonlyMap<string, string>;
  readonly samples: readonly RemoteSample[];
  readonly histograms: number;
  readonly exemplars: number;
  /** Why nothing of the series can be taken: a label name twice, a text that is not UTF-8. */
  readonly error: string | undefined;
};

const STALE_LOW = 2;
const STALE_HIGH = 0x7ff00000;
const NO_LABELS: ReadonlyMap<string, string> = new Map();
const MAX_SYMBOLS = 200_000;

/** Calls `onSeries` for each series in order. Throws DecodeError where the bytes are no WriteRequest of version 1.0. */
export function readRemoteWrite1(
  bytes: Uint8Array,
  onSeries: (series: RemoteSeries) => void,
  known?: KnownLabels,
): void {
  const cursor = pb.cursorOf(bytes);
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag < 8) throw new pb.DecodeError('a field has the number 0');
    if (tag === 10) onSeries(pb.nested(cursor, (series) => readSeries1(series, known)));
    // 3 is metadata; 5 is version 2.0's series, which a reader of 1.0 must not take for nothing.
    else if (tag === 42 || tag === 34)
      throw new pb.DecodeError('this is remote write 2.0, by another content type');
    else pb.skipField(cursor, tag & 7);
  }
}

/** As {@link readRemoteWrite1} for version 2.0, whose labels are references to a table of texts. */
export function readRemoteWrite2(bytes: Uint8Array, onSeries: (series: RemoteSeries) => void): void {
  const symbols = readSymbols(bytes);
  const cursor = pb.cursorOf(bytes);
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag < 8) throw new pb.DecodeError('a field has the number 0');
    if (tag === 42) onSeries(pb.nested(cursor, (series) => readSeries2(series, symbols)));
    else if (tag === 10) throw new pb.DecodeError('this is remote write 1.0, by another content type');
    else pb.skipField(cursor, tag & 7);
  }
}

/** Undefined in place of a text that is not UTF-8: it costs the series that have it. */
function readSymbols(bytes: Uint8Array): readonly (string | undefined)[] {
  const symbols: (string | undefined)[] = [];
  const cursor = pb.cursorOf(bytes);
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag !== 34) {
      pb.skipField(cursor, tag & 7);
      continue;
    }
    if (symbols.length === MAX_SYMBOLS) throw new pb.DecodeError(`over ${MAX_SYMBOLS} symbols`);
    symbols.push(readText(cursor));
  }
  if (symbols.length > 0 && symbols[0] !== '') throw new pb.DecodeError('the first symbol is not empty');
  return symbols;
}

/** Undefined where it is not UTF-8; the cursor is behind it in either case. */
function readText(cursor: pb.ProtoCursor): string | undefined {
  const { at } = cursor;
  try {
    return pb.readString(cursor);
  } catch (error) {
    if (!(error instanceof pb.NotUtf8Error)) throw error;
    cursor.at = at;
    cursor.at = pb.readLength(cursor);
    return undefined;
  }
}

type Draft = {
  labels: Map<string, string>;
  samples: RemoteSample[];
  histograms: number;
  exemplars: number;
  error: string | undefined;
};

const newDraft = (): Draft => ({
  labels: new Map(),
  samples: [],
  histograms: 0,
  exemplars: 0,
  error: undefined,
});

function addLabel(draft: Draft, name: string | undefined, value: string | undefined): void {
  if (name === undefined || value === undefined) draft.error ??= 'a label is not valid UTF-8';
  else if (draft.labels.has(name))
    draft.error ??= `label ${JSON.stringify(name.slice(0, 64))} is there twice`;
  else draft.labels.set(name, value);
}

const finished = (draft: Draft): RemoteSeries =>
  draft.error === undefined ? draft : { ...draft, labels: NO_LABELS };

function readSeries1(cursor: pb.ProtoCursor, known: KnownLabels | undefined): RemoteSeries {
  const draft = newDraft();
  const labelsEnd = endOfLabels(cursor);
  const key = known ? cursor.buffer.toString('latin1', cursor.at, labelsEnd) : '';
  const labels = known?.get(key);
  if (labels) cursor.at = labelsEnd;
  let isPlain = true;
  while (cursor.at < cursor.end) {
    const { at } = cursor;
    const tag = pb.readVarint(cursor);
    if (tag === 10) {
      // Behind the samples: legal, and nobody does it. Those that are known stay as they are.
      if (isPlain && at >= labelsEnd) {
        isPlain = false;
        draft.labels = new Map(labels ?? draft.labels);
      }
      pb.nested(cursor, (label) => readLabel(label, draft));
    } else if (tag === 18) draft.samples.push(pb.nested(cursor, readSample));
    else {
      if (tag === 26) draft.exemplars++;
      else if (tag === 34) draft.histograms++;
      pb.skipField(cursor, tag & 7);
    }
  }
  if (labels && isPlain) return { ...draft, labels };
  if (isPlain && draft.error === undefined) known?.set(key, draft.labels);
  return finished(draft);
}

/** Behind the run of labels at the cursor, which stays. */
function endOfLabels({ buffer, at, end }: pb.ProtoCursor): number {
  const cursor = { buffer, at, end };
  while (cursor.at < end && buffer[cursor.at] === 10) {
    cursor.at += 1;
    cursor.at = pb.readLength(cursor);
  }
  return cursor.at;
}

function readLabel(cursor: pb.ProtoCursor, draft: Draft): void {
  let name: string | undefined = '';
  let value: string | undefined = '';
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag === 10) name = readText(cursor);
    else if (tag === 18) value = readText(cursor);
    else pb.skipField(cursor, tag & 7);
  }
  addLabel(draft, name, value);
}

function readSeries2(cursor: pb.ProtoCursor, symbols: readonly (string | undefined)[]): RemoteSeries {
  const draft = newDraft();
  const references: number[] = [];
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    // Packed, as the specification has it; one by one is as legal.
    if (tag === 10) {
      const end = pb.readLength(cursor);
      while (cursor.at < end) references.push(pb.readVarint(cursor));
      if (cursor.at !== end) throw new pb.DecodeError('truncated label references');
    } else if (tag === 8) references.push(pb.readVarint(cursor));
    else if (tag === 18) draft.samples.push(pb.nested(cursor, readSample));
    else {
      if (tag === 26) draft.histograms++;
      else if (tag === 34) draft.exemplars++;
      pb.skipField(cursor, tag & 7);
    }
  }
  if (references.length % 2 !== 0) throw new pb.DecodeError('label references are not in pairs');
  for (let i = 0; i < references.length; i += 2) {
    const [name, value] = [references[i]!, references[i + 1]!];
    if (name >= symbols.length || value >= symbols.length || name < 0 || value < 0) {
      throw new pb.DecodeError('a label refers to no symbol');
    }
    addLabel(draft, symbols[name], symbols[value]);
  }
  return finished(draft);
}

function readSample(cursor: pb.ProtoCursor): RemoteSample {
  let value = 0;
  let timeMs = 0;
  let stale = false;
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag === 9) {
      const { buffer, at } = cursor;
      value = pb.readDouble(cursor);
      // By its bits, before any arithmetic: as a number it is a NaN like others.
      stale = buffer.readUInt32LE(at + 4) === STALE_HIGH && buffer.readUInt32LE(at) === STALE_LOW;
    } else if (tag === 16) timeMs = pb.readVarint(cursor);
    else pb.skipField(cursor, tag & 7);
  }
  return { value, timeMs, stale };
}
