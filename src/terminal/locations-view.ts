// The list of locations: hosts by state, how loaded they are, and which of them is the worst.
import type { Location } from '../api/manage.ts';
import { HOST_STATES, type HostState } from '../domain/host.ts';
import { unitOf } from '../domain/metric-kinds.ts';
import { safeText } from '../domain/safe-text.ts';
import { formatUnder, titleUnit } from '../domain/units.ts';
import { titleOf } from './host-metrics-listing.ts';
import { stateColor } from './hosts-view.ts';
import type { LocationReading } from './location-metrics.ts';
import type { Column, Listing } from './output.ts';

export type LocationRow = Location & {
  /** Absent while analyze does not answer, and for a metric that no host here reports now. */
  readonly readings: ReadonlyMap<string, LocationReading>;
};

/** Those with most hosts that do not report first. */
export const locationsWorstFirst = (rows: readonly LocationRow[]): readonly LocationRow[] => {
  const away = ({ states, hosts }: LocationRow) => hosts - (states.reporting ?? 0) - (states.never ?? 0);
  return rows.toSorted((a, b) => away(b) - away(a));
};

/** What a location is judged by at a glance. */
export const LOADS = ['cpu.usage', 'mem.usage', 'disk.usage'] as const;

function loadColumns(metric: string, rank: number): readonly Column<LocationRow>[] {
  const unit = unitOf(metric);
  const title = titleOf(metric);
  const of = ({ readings }: LocationRow) => readings.get(metric);
  return [
    {
      key: metric,
      title: title + titleUnit(unit),
      align: 'right',
      drop: rank === 0 ? 3 : 7 + rank,
      value: (row) => of(row)?.mean,
      cell: (row, screen) => {
        const reading = of(row);
        if (reading === undefined) return '-';
        return screen.isTTY ? formatUnder(reading.mean, unit) : JSON.stringify(reading.mean);
      },
    },
    {
      key: `${metric}.worst`,
      title: `WORST ${title}${titleUnit(unit)}`,
      align: 'right',
      show: 'data',
      value: (row) => of(row)?.worst,
    },
    {
      key: `${metric}.worst_host_id`,
      title: `WORST ${title}`,
      ...(rank > 0 && { show: 'wide' as const }),
      // Room for the value and a name of usual length.
      min: 14,
      drop: rank === 0 ? 5 : 9 + rank,
      value: (row) => of(row)?.worstHostId,
      cell: (row) => {
        const reading = of(row);
        return reading === undefined
          ? '-'
          : `${formatUnder(reading.worst, unit)} ${safeText(reading.worstHostId)}`;
      },
    },
  ];
}

/** Always shown; the other states only where a location has one. */
const USUAL: readonly HostState[] = ['reporting', 'late', 'silent'];

/** How many are silent, and how loaded the rest is, stay longest in a narrow window. */
const STATE_DROPS: Readonly<Partial<Record<HostState, number>>> = { silent: 2, reporting: 4, late: 6 };

export function locationsListing(locations: readonly LocationRow[]): Listing<LocationRow> {
  const column = (state: HostState): Column<LocationRow> => ({
    key: state,
    flat: true,
    title: state.toUpperCase(),
    align: 'right',
    drop: STATE_DROPS[state] ?? 7,
    value: ({ states }) => states[state] ?? 0,
    cell: ({ states }) => {
      const count = states[state] ?? 0;
      return { text: String(count), color: count === 0 ? 'gray' : stateColor(state) };
    },
    ...(USUAL.includes(state) || locations.some(({ states }) => states[state])
      ? {}
      : { show: 'wide' as const }),
  });
  return {
    columns: [
      { key: 'location', title: 'LOCATION', min: 8, value: ({ location }) => location },
      { key: 'hosts', title: 'HOSTS', align: 'right', drop: 1, value: ({ hosts }) => hosts },
      ...HOST_STATES.map(column),
      {
        key: 'states',
        title: 'STATES',
        show: 'data',
        value: ({ states }) => Object.fromEntries(HOST_STATES.map((one) => [one, states[one] ?? 0])),
      },
      ...LOADS.flatMap(loadColumns),
    ],
    rows: locations,
    name: ({ location }) => location,
    empty: 'No locations. Assign a host to one: minimon hosts assign',
  };
}
