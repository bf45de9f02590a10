// What the main loop, the writer thread and the reader thread call of each other. All of it survives a structured clone.
import type { MessagePort } from 'node:worker_threads';
import type { Labels } from '../../domain/tick.ts';
import type { MatrixSteps } from '../../wire/promql-matrix.ts';
import type { ElementKind, Wire } from '../../wire/series-bytes.ts';
import type { Aggregate, NamesToCheck } from '../store.ts';
import type { PackedSeries } from './packed-series.ts';

/** Of the main loop's clock: one names instants, the other measures periods. */
export type Times = { readonly wallMs: number; readonly monotonicMs: number };

export type WorkerSettings = {
  readonly role: 'writer' | 'reader';
  readonly directory: string;
  readonly retentionMs: number;
  readonly maxBytes: number | undefined;
  readonly maxHeadBytes: number;
  readonly times: Times;
  /** Between writer and reader. */
  readonly port: MessagePort;
  /** See head-edge.ts. */
  readonly headEdge: SharedArrayBuffer;
  /** See head-versions.ts. */
  readonly headVersions: SharedArrayBuffer;
};

/** One record inside the shared bytes of a write. */
export type RecordSpan = {
  readonly partition: number;
  readonly next: number;
  readonly receivedMs: number;
  readonly start: number;
  readonly end: number;
};

export type RangeRequest = {
  readonly kind: 'range';
  readonly hosts: readonly string[] | undefined;
  readonly metric: string;
  readonly labels: Labels;
  readonly startMs: number;
  readonly stopMs: number;
  readonly stepMs: number | undefined;
  readonly aggregate: Aggregate;
  readonly ends: boolean;
  /** BAD_RANGE, before anything is read, where the answer would have more. */
  readonly maxPoints: number | undefined;
};
export type NewestRequest = {
  readonly kind: 'newest';
  readonly hosts: readonly string[] | undefined;
  readonly metrics: readonly string[] | undefined;
  readonly sinceMs: number;
  readonly nowMs: number;
  readonly ended: boolean;
  readonly maxPoints: number | undefined;
};
export type PointsRequest = RangeRequest | NewestRequest;

/** From now on what comes through the port is answered too. */
export type Connect = { readonly op: 'connect'; readonly port: MessagePort };

/** A module that runs in the reader's thread, see guest.ts; `writer` is its way to the writer. */
export type LoadGuest = {
  readonly op: 'load';
  readonly url: string;
  readonly data: unknown;
  readonly writer: MessagePort;
};

/** What the main loop calls of the writer; `nowMs` and `times` are its clock's. */
export type WriterCall =
  | {
      readonly op: 'write';
      readonly bytes: Uint8Array;
      readonly spans: readonly RecordSpan[];
      readonly times: Times;
    }
  /** Time has passed: what is due is done. */
  | { readonly op: 'tick'; readonly times: Times }
  /** In pieces: lists of StoredHost. */
  | {
      readonly op: 'hosts';
      readonly sinceMs: number;
      readonly hosts: readonly string[] | undefined;
      readonly nowMs: number;
    }
  | { readonly op: 'watermarks' }
  | Connect
  /** By partition how far the bus was read, as Consumed; undefined when a store with samples does not say. */
  | { readonly op: 'consumed' }
  | { readonly op: 'stop' };
/** What the main loop calls of the reader; it answers `range` and `latest` in pieces, `encode` in pieces after an Opening. */
export type ReaderCall =
  | { readonly op: 'range'; readonly request: RangeRequest }
  | { readonly op: 'latest' | 'metrics'; readonly request: NewestRequest }
  | {
      readonly op: 'encode';
      readonly request: PointsRequest;
      readonly kind: ElementKind;
      readonly wire: Wire;
      readonly check: NamesToCheck;
    }
  /** Answers with MatrixBytes' bytes, or nothing where they would be many, or two series have the same labels. */
  | { readonly op: 'matrix'; readonly request: RangeRequest; readonly steps: MatrixSteps }
  | LoadGuest
  | { readonly op: 'stop' };

/** What an answer comes to; some of its raw points may be counted twice. */
export type Found = { readonly points: number; readonly absent: NamesToCheck };
/** The first piece of a long answer; the reader reads on when it was taken. */
export type Opening = { readonly found: Found };
/** The end of an answer in bytes; with what was found where it is the whole answer. */
export type EncodedEnd = { readonly bytes: Uint8Array; readonly found: Found | undefined };

/** What the reader calls of the writer. */
export type HeadCall =
  /** The part of an answer that is not in files yet, as PackedSeries. */
  | {
      readonly op: 'snapshot';
      readonly request: PointsRequest;
      readonly only: 'counts' | undefined;
    }
  /** The ids of the hosts in the head. */
  | { readonly op: 'hosts' }
  /** The week's file is damaged; the reader has closed it. */
  | { readonly op: 'damaged'; readonly week: number; readonly why: string };
/**
 * What the writer calls of the reader. close: the week's file is about to be removed or moved aside. reopen: that is
 * done, and what is there from now on is another file.
 */
export type WeekCall = { readonly op: 'close' | 'reopen'; readonly week: number };

/** A part of an answer, small enough to be unpacked in one turn of the main loop. `sharedMs`: the starts of windows. */
export type SeriesPiece = { readonly series: PackedSeries; readonly sharedMs: Float64Array | undefined };

export type WriterEvent = {
  readonly kind: 'state';
  readonly durable: readonly (readonly [number, number])[];
  readonly stats: Readonly<Record<string, number>>;
  readonly unhealthy: string | undefined;
  /** What is missing of the files, while the rest works. */
  readonly note: string | undefined;
};
/** `error`: something is lost; else a warning. */
export type LogEvent = { readonly kind: 'log'; readonly text: string; readonly level?: 'error' };
