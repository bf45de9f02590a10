// Answers that are one long list: its elements made elsewhere as bytes of the wire, only framed and handed on here.
import type { Wire } from '../wire/series-bytes.ts';
import type { Api, Call } from './calls.ts';

export type ListInBytes<Rest = unknown> = {
  /** The answer's other fields. */
  readonly rest: Rest;
  /** All at once, or in pieces that are made while they are taken. */
  readonly elements: Uint8Array | AsyncGenerator<Uint8Array, void, undefined>;
};

export type BytesFor = {
  readonly wire: Wire;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
};

/** Of some calls of a table (those with a `list`) another form; it rejects where the call would. */
export type InBytes<A extends Api> = {
  readonly [K in keyof A['calls']]?: (
    request: never,
    to: BytesFor,
  ) => Promise<ListInBytes> | AsyncIterable<ListInBytes>;
};

export type AnswerInBytes = (
  request: unknown,
  to: BytesFor,
) => Promise<ListInBytes> | AsyncIterable<ListInBytes>;

/** The answer object with an empty list: what is sent around the elements. */
export const withEmptyList = ({ list }: Call, rest: unknown): object => ({
  ...(rest as object),
  [list!]: [],
});

export async function gather(elements: ListInBytes['elements']): Promise<Uint8Array[]> {
  if (elements instanceof Uint8Array) return [elements];
  const pieces: Uint8Array[] = [];
  for await (const piece of elements) pieces.push(piece);
  return pieces;
}
