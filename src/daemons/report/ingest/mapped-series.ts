// A bounded cache of the minimon series derived from a scrape.
import { type Labels, seriesKey } from '../../../domain/tick.ts';
import { maxKnownBytes } from '../../../wire/known-bytes.ts';
import { type ForeignSeries, foreignSeries, type Source } from './foreign-ticks.ts';

/** Of a series beside its key, which is there as texts and as the bytes that are sent. */
const SERIES_BYTES = 700;
const KEY_COPIES = 4;

export type MappedSeries = (of: Source, metric: string, labels: Labels) => ForeignSeries;

/** The same object while the source is the same one, until the bound is reached: then all are made again as they come. */
export function createMappedSeries(limitBytes = maxKnownBytes()): MappedSeries {
  let known = new WeakMap<Source, Map<string, ForeignSeries>>();
  let bytes = 0;
  return (of, metric, labels) => {
    const key = seriesKey(metric, labels);
    const found = known.get(of)?.get(key);
    if (found) return found;
    const size = SERIES_BYTES + KEY_COPIES * key.length;
    if (bytes + size > limitBytes) {
      known = new WeakMap();
      bytes = 0;
    }
    bytes += size;
    const all = known.get(of) ?? new Map<string, ForeignSeries>();
    known.set(of, all);
    const series = foreignSeries('samples', of, { metric, labels });
    all.set(key, series);
    return series;
  };
}
