// Series as bytes of an answer, element after element: JSON with commas between, or fields of a protobuf message.
import type { SeriesBytes } from './series-element.ts';
import { latestJson, recordsJson, seriesJson } from './series-json.ts';
import { latestProtobuf, recordsProtobuf, seriesProtobuf } from './series-protobuf.ts';

/** What each element is: a series of minimon, its newest sample, or the seed's record of it. */
export type ElementKind = 'series' | 'latest' | 'record';
export type Wire = 'json' | 'protobuf';

const MAKERS: Readonly<Record<Wire, Readonly<Record<ElementKind, () => SeriesBytes>>>> = {
  json: { series: seriesJson, latest: latestJson, record: recordsJson },
  protobuf: { series: seriesProtobuf, latest: latestProtobuf, record: recordsProtobuf },
};

export const createSeriesBytes = (kind: ElementKind, wire: Wire): SeriesBytes => MAKERS[wire][kind]();
