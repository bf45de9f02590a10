// A series as an element of an answer, and what takes elements.
import type { Labels } from '../domain/tick.ts';

export type SeriesElement = {
  readonly hostId: string;
  /** Of metric and labels: elements with one key have the same. */
  readonly key: string;
  readonly metric: string;
  readonly labels: Labels;
  /** The points `from` to `to` of both columns; NaN is an empty window. Of a newest sample there is one. */
  readonly ms: Float64Array;
  readonly values: Float64Array;
  readonly from: number;
  readonly to: number;
};

export type SeriesBytes = {
  add(element: SeriesElement): void;
  size(): number;
  /** What was added since, in memory of its own. */
  take(): Uint8Array<ArrayBuffer>;
  /** Another answer begins: what was added and not taken is dropped, the memory stays. */
  restart(): void;
};
