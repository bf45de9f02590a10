// What the main loop, the writer and the reader tell each other. Everything here is structured-clone safe.
import type { MessagePort } from 'node:worker_threads';
import { ExpectedError, isErrorCode, messageOf } from '../../domain/errors.ts';
import type { Labels } from '../../domain/tick.ts';
import type { Aggregate, RejectedSample, StoredHost, Watermark } from '../store.ts';
import type { PackedSeries } from './packed-series.ts';

export type WorkerSettings = {
  readonly role: 'writer' | 'reader';
  readonly directory: string;
  readonly retentionMs: number;
  readonly maxBytes: number | undefined;
  readonly nowMs: number;
  /** Between writer and reader. */
  readonly port: MessagePort;
};

/** One record inside the shared bytes of a write. */
export type RecordSpan = {
  readonly partition: number;
  readonly next: number;
  readonly receivedMs: number;
  readonly start: number;
  readonly end: number;
};

export type PointsQuery =
  | {
      readonly kind: 'range';
      readonly hosts: readonly string[] | undefined;
      readonly metric: string;
      readonly labels: Labels;
      readonly startMs: number;
      readonly stopMs: number;
      readonly stepMs: number | undefined;
      readonly aggregate: Aggregate;
    }
  | {
      readonly kind: 'latest' | 'metrics';
      readonly hosts: readonly string[] | undefined;
      readonly metrics: readonly string[] | undefined;
      readonly sinceMs: number;
    };

export type HostsQuery = { readonly sinceMs: number; readonly hosts: readonly string[] | undefined };

export type ToWriter = { readonly nowMs: number } & (
  | {
      readonly kind: 'write';
      readonly id: number;
      readonly bytes: Uint8Array;
      readonly spans: readonly RecordSpan[];
    }
  | { readonly kind: 'tick' }
  | { readonly kind: 'query'; readonly id: number; readonly query: PointsQuery }
  | { readonly kind: 'hosts'; readonly id: number; readonly query: HostsQuery }
  | { readonly kind: 'watermarks'; readonly id: number }
  | { readonly kind: 'more'; readonly id: number }
  | { readonly kind: 'stop'; readonly id: number }
);

export type ToReader =
  | { readonly kind: 'more'; readonly id: number }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'stop'; readonly id: number };

/** A part of an answer; small enough to be unpacked in one turn of the main loop. */
export type Piece =
  | { readonly kind: 'series'; readonly series: PackedSeries; readonly sharedMs: Float64Array | undefined }
  | { readonly kind: 'hosts'; readonly hosts: readonly StoredHost[] }
  | { readonly kind: 'watermarks'; readonly watermarks: readonly Watermark[] }
  | { readonly kind: 'metrics'; readonly metrics: readonly string[] };

export type Failure = { readonly code: string; readonly message: string; readonly hint: string | undefined };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unready'; readonly failure: Failure }
  | {
      readonly kind: 'written';
      readonly id: number;
      readonly samples: number;
      readonly rejected: readonly RejectedSample[];
    }
  | { readonly kind: 'piece'; readonly id: number; readonly piece: Piece }
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'ticked' }
  | {
      readonly kind: 'state';
      readonly durable: readonly (readonly [number, number])[];
      readonly stats: Readonly<Record<string, number>>;
      readonly unhealthy: string | undefined;
    }
  | { readonly kind: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly text: string };

export type WriterToReader =
  | {
      readonly kind: 'query';
      readonly id: number;
      readonly query: PointsQuery;
      readonly nowMs: number;
      readonly head: PackedSeries;
    }
  /** Close the week's file and leave it alone: it is about to be removed or moved aside. */
  | { readonly kind: 'forget'; readonly week: number }
  /** That is done: what is there from now on is another file. */
  | { readonly kind: 'renewed'; readonly week: number };

export type ReaderToWriter =
  | { readonly kind: 'forgotten'; readonly week: number }
  | { readonly kind: 'damaged'; readonly week: number; readonly why: string };

export const failureOf = (error: unknown): Failure =>
  error instanceof ExpectedError
    ? { code: error.code, message: error.message, hint: error.hint }
    : {
        code: 'INTERNAL',
        message: error instanceof Error ? (error.stack ?? error.message) : messageOf(error),
        hint: undefined,
      };

export const errorOf = ({ code, message, hint }: Failure): Error =>
  isErrorCode(code) && code !== 'INTERNAL' ? new ExpectedError(code, message, { hint }) : new Error(message);
