// Prometheus remote write, 1.0 and 2.0, a hand-written protobuf decoder, because a scrape of 1,500 series arrives every
// few seconds.
import type { KnownBytes } from './known-bytes.ts';
import * as pb from './protobuf.ts';

export type RemoteSample = {
  /** NaN with STALE's bits where `stale` is set. */
  readonly value: number;
  readonly timeMs: number;
  readonly stale: boolean;
};

export type RemoteSeries = {
  /** As they came, `__name__` among them; names are not sorted by every client. */
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

/** Series that come again, by the bytes of their labels: their samples are read without labels, and without objects. */
export type RecurringSeries<T> = {
  readonly known: KnownBytes<T>;
  /** What is kept of a series that was read, and that is nothing but labels and samples. */
  keep(labels: ReadonlyMap<string, string>): T;
  onSample(of: T, value: number, timeMs: number, stale: boolean): void;
};

/** Calls `onSeries` for each series in order. Throws DecodeError where the bytes are no WriteRequest of version 1.0. */
export function readRemoteWrite1<T>(
  bytes: Uint8Array,
  onSeries: (series: RemoteSeries) => void,
  recurring?: RecurringSeries<T>,
): void {
  const cursor = pb.cursorOf(bytes);
  const readKnown = recurring && createKnownReader(cursor.buffer, recurring);
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag < 8) throw new pb.DecodeError('a field has the number 0');
    if (tag === 10) {
      const end = pb.readLength(cursor);
      if (!readKnown?.(cursor.at, end))
        onSeries(readSeries1({ buffer: cursor.buffer, at: cursor.at, end }, recurring));
      cursor.at = end;
    }
    // 3 is metadata; 5 is version 2.0's series, which a reader of 1.0 must not take for nothing.
    else if (tag === 42 || tag === 34)
      throw new pb.DecodeError('this is remote write 2.0, by another content type');
    else pb.skipField(cursor, tag & 7);
  }
}

const LABEL = 10;
const SAMPLE = 18;
const VALUE = 9;
const TIME = 16;
/** Of a tag, a length, a tag and a value, in one byte each but for the value. */
const BEFORE_TIME = 11;

/** Of one request. False for a series that is to be read whole: one that is not known, or has more than samples. */
function createKnownReader<T>(
  buffer: Buffer,
  { known, onSample }: RecurringSeries<T>,
): (at: number, end: number) => boolean {
  const view = pb.viewOf(buffer);
  // Overwritten and never emptied: a list that becomes empty begins with new memory.
  const values: number[] = [];
  const times: number[] = [];
  const stale: boolean[] = [];
  let count = 0;
  const time = { buffer, at: 0, end: 0 };

  /** The usual form alone: a value, a time. */
  function readSamples(from: number, end: number): boolean {
    count = 0;
    for (let at = from; at < end; ) {
      const sampleEnd = at + 2 + buffer[at + 1]!;
      const isUsual =
        at + BEFORE_TIME + 1 < sampleEnd &&
        sampleEnd <= end &&
        buffer[at] === SAMPLE &&
        buffer[at + 1]! < 0x80 &&
        buffer[at + 2] === VALUE &&
        buffer[at + BEFORE_TIME] === TIME;
      if (!isUsual) return false;
      time.at = at + BEFORE_TIME + 1;
      time.end = sampleEnd;
      times[count] = pb.readVarint(time);
      if (time.at !== sampleEnd) return false;
      values[count] = view.getFloat64(at + 3, true);
      stale[count] = isStale(view, at + 3);
      count++;
      at = sampleEnd;
    }
    return true;
  }

  return (at, end) => {
    const expected = known.expected(view, at, end);
    let labelsEnd = at + (expected?.length ?? 0);
    let of: T | undefined;
    if (expected && (labelsEnd === end || buffer[labelsEnd] !== LABEL)) {
      known.took(expected);
      of = expected.value;
    } else {
      labelsEnd = endOfLabels({ buffer, at, end });
      of = known.find(view, at, labelsEnd);
    }
    if (of === undefined || !readSamples(labelsEnd, end)) return false;
    for (let i = 0; i < count; i++) onSample(of, values[i]!, times[i]!, stale[i]!);
    return true;
  };
}

/** By its bits, before any arithmetic: as a number it is a NaN like others. */
const isStale = (view: DataView, at: number): boolean =>
  view.getUint32(at + 4, true) === STALE_HIGH && view.getUint32(at, true) === STALE_LOW;

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

function readSeries1<T>(cursor: pb.ProtoCursor, recurring: RecurringSeries<T> | undefined): RemoteSeries {
  const draft = newDraft();
  const { buffer, at: start } = cursor;
  const labelsEnd = endOfLabels(cursor);
  // Labels behind samples are legal, and nobody sends them.
  let isPlain = true;
  while (cursor.at < cursor.end) {
    const { at } = cursor;
    const tag = pb.readVarint(cursor);
    if (tag === LABEL) {
      if (at >= labelsEnd) isPlain = false;
      pb.nested(cursor, (label) => readLabel(label, draft));
    } else if (tag === SAMPLE) draft.samples.push(pb.nested(cursor, readSample));
    else {
      if (tag === 26) draft.exemplars++;
      else if (tag === 34) draft.histograms++;
      pb.skipField(cursor, tag & 7);
    }
  }
  const series = finished(draft);
  if (recurring && isPlain && series.error === undefined) {
    const view = pb.viewOf(buffer);
    const { known, keep } = recurring;
    if (known.find(view, start, labelsEnd) === undefined)
      known.keep(view, start, labelsEnd, keep(series.labels));
  }
  return series;
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
      stale = isStale(pb.viewOf(buffer), at);
    } else if (tag === 16) timeMs = pb.readVarint(cursor);
    else pb.skipField(cursor, tag & 7);
  }
  return { value, timeMs, stale };
}
