// Applies the series limits to the rates derived from a tick's counters: they are series of the host like all others.
import { type CounterSeries, rateSeriesOf } from '../../domain/derive/counters.ts';
import { seriesKey } from '../../domain/tick.ts';
import type { TickLayout } from '../../wire/tick-layout.ts';
import type { Admission, SeriesErrors } from './admission.ts';

type Rates = {
  readonly layout: TickLayout;
  /** By counter: the places of its rates in the layout. */
  readonly places: readonly (readonly number[])[];
};

/** The errors of counters, by their place in the tick. Of a host that is taken. */
export function createCounterAdmission(
  admission: Pick<Admission, 'seriesErrors'>,
): (hostId: string, counters: CounterSeries) => SeriesErrors {
  // As with samples, a host's counters are the same object tick after tick.
  const known = new WeakMap<CounterSeries, Rates>();

  return (hostId, counters) => {
    let rates = known.get(counters);
    if (!rates) known.set(counters, (rates = ratesOf(counters)));
    const errors = admission.seriesErrors(hostId, rates.layout, 'none');
    if (errors === 'none') return 'none';
    return rates.places.map((places) =>
      places.map((place) => errors[place]).find((error) => error !== undefined),
    );
  };
}

function ratesOf(counters: CounterSeries): Rates {
  const places = new Map<string, number>();
  const series: TickLayout['series'][number][] = [];
  const ofEach = rateSeriesOf(counters).map((rates) =>
    rates.map(({ metric, labels }) => {
      const key = seriesKey(metric, labels);
      let place = places.get(key);
      if (place === undefined) {
        places.set(key, (place = series.length));
        series.push({ metric, labels, key });
      }
      return place;
    }),
  );
  return { layout: { series }, places: ofEach };
}
