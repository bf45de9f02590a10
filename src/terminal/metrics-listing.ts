// What `metrics list` shows: the table of metrics with the hosts that report each, custom metrics included.
import type { ReportedMetric } from '../api/analyze.ts';
import type { Listing } from './output.ts';

const UNITS: Readonly<Record<string, string>> = {
  percent: '%',
  bytes_per_second: 'bytes/s',
  per_second: '1/s',
  seconds: 's',
  celsius: '°C',
};

const KIND_WORDS: Readonly<Record<string, string>> = { ratio: 'share' };

/** Named in the plain table; wide and the data formats have all. */
const FEW_LOCATIONS = 2;

export const metricsListing = (metrics: readonly ReportedMetric[]): Listing<ReportedMetric> => ({
  columns: [
    {
      key: 'metric',
      title: 'METRIC',
      min: 12,
      value: ({ metric }) => metric,
      cell: ({ metric, labels }) => (labels.length === 0 ? metric : `${metric}{${labels.join(',')}}`),
    },
    {
      key: 'unit',
      title: 'UNIT',
      drop: 2,
      value: ({ unit }) => unit,
      cell: ({ unit = '-' }) => UNITS[unit] ?? unit,
    },
    {
      key: 'kind',
      title: 'KIND',
      drop: 4,
      value: ({ kind }) => kind,
      cell: ({ kind = '-' }) => KIND_WORDS[kind] ?? kind,
    },
    {
      key: 'hosts',
      title: 'HOSTS',
      align: 'right',
      value: ({ hosts }) => hosts,
      cell: ({ hosts }) => (hosts === 0 ? { text: '0', color: 'gray' } : String(hosts)),
    },
    { key: 'series', title: 'SERIES', align: 'right', show: 'wide', drop: 6, value: ({ series }) => series },
    {
      key: 'locations',
      title: 'LOCATIONS',
      min: 9,
      drop: 3,
      value: ({ locations }) =>
        locations.map(({ location, hosts }) => ({ ...(location !== undefined && { location }), hosts })),
      cell: locationsCell,
    },
    {
      key: 'means',
      title: 'MEANING',
      min: 20,
      drop: 1,
      value: ({ means }) => means,
      cell: ({ means, known }) => means ?? { text: known ? '-' : '(custom metric)', color: 'gray' },
    },
    { key: 'source', title: 'SOURCE', min: 8, show: 'wide', drop: 5, value: ({ source }) => source },
    { key: 'choices', title: 'CHOICES', show: 'data', value: ({ choices }) => choices },
    { key: 'seed', title: 'SEED', show: 'wide', drop: 7, value: ({ seed }) => seed },
    { key: 'labels', title: 'LABELS', show: 'data', value: ({ labels }) => labels },
    { key: 'known', title: 'KNOWN', show: 'data', value: ({ known }) => known },
  ],
  rows: metrics,
  name: ({ metric }) => metric,
  empty: 'No metrics: no host reported within a day. On each host: minimon daemon agent --report HOST:8000',
});

function locationsCell({ locations }: ReportedMetric): string {
  const words = locations
    .slice(0, FEW_LOCATIONS)
    .map(({ location = '(none)', hosts }) => `${location}: ${hosts}`);
  const more = locations.length - words.length;
  return [...words, ...(more > 0 ? [`${more} more`] : [])].join(', ') || '-';
}
