// Series of other agents that come again: their labels with the source, and how both stand in a tick, made once.
import type { Labels } from '../../../domain/tick.ts';
import { encodeSeries, type SeriesBytes } from '../../../wire/tick-codec.ts';

type Named = { readonly metric: string; readonly labels: Labels; readonly source: string };

export type KnownSeries = {
  /** The labels with the source among them. Only for labels that are the same object each time. */
  labelsOf(series: Named): Labels;
  /** Of labels that came from here. */
  readonly bytesOf: SeriesBytes;
};

export function createKnownSeries(): KnownSeries {
  const known = new WeakMap<Labels, Named>();
  const bytes = new WeakMap<Labels, Uint8Array>();
  return {
    labelsOf({ metric, labels, source }) {
      const found = known.get(labels);
      if (found?.metric === metric && found.source === source) return found.labels;
      const whole = { ...labels, source };
      known.set(labels, { metric, source, labels: whole });
      bytes.set(whole, encodeSeries(metric, whole));
      return whole;
    },
    bytesOf: ({ labels }) => bytes.get(labels),
  };
}
