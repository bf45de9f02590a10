// The columns of `top`: hosts with their values, trend and alerts, and locations with the mean and the worst of their hosts.
import type { RangeAnswer } from '../../api/analyze.ts';
import { unitOf } from '../../domain/metric-kinds.ts';
import { formatUnder, titleUnit } from '../../domain/units.ts';
import { severityColor } from '../alerts-view.ts';
import type { Points } from '../chart/points.ts';
import { heat, metricsListing, NO_HOSTS, titleOf } from '../host-metrics-listing.ts';
import { stateColor } from '../hosts-view.ts';
import { LOADS } from '../locations-view.ts';
import type { Column, Listing } from '../output.ts';
import type { Screen } from '../screen.ts';
import { FLEET_METRIC, type FleetAnswer, type FleetHost, type FleetLocation } from './fleet.ts';

/** Courses of the hosts that are seen, read apart from the rest. */
export type Trends = {
  readonly metric: string;
  readonly range: Pick<RangeAnswer, 'startMs' | 'stopMs' | 'stepMs'>;
  readonly points: ReadonlyMap<string, Points>;
};

const NO_POINTS: Points = { timesMs: [], values: [] };

/** `rows` are those whose trends share a scale: the ones that are seen. */
export function fleetListing(
  all: readonly FleetHost[],
  by: {
    readonly answer: FleetAnswer;
    readonly trends: Trends | undefined;
    readonly hasLocations: boolean;
    readonly screen: Screen;
    readonly elapsedMs: number;
  },
): Listing<FleetHost> {
  const { answer, trends, screen, elapsedMs } = by;
  const pointsOf = ({ hostId }: FleetHost) => trends?.points.get(hostId) ?? NO_POINTS;
  const seen = trends ? [...trends.points.values()] : [];
  const columns = metricsListing(
    // Only their courses count here: for the scale of the trends.
    seen.map((points) => ({ ...EMPTY_ROW, points })),
    {
      metric: trends?.metric ?? FLEET_METRIC,
      latest: answer.latest,
      range: { startMs: 0, stopMs: 3_600_000, ...trends?.range, series: [], warnings: [] },
    },
    { screen, elapsedMs },
  ).columns as readonly Column<FleetHost>[];
  const [host, ...rest] = columns.filter(({ show }) => show !== 'wide');
  const location: Column<FleetHost> = {
    key: 'location',
    title: 'LOCATION',
    min: 8,
    drop: 6,
    ...(by.hasLocations ? {} : { show: 'data' as const }),
    value: (row) => row.location,
  };
  const alerts: Column<FleetHost> = {
    key: 'alerts',
    title: 'ALERTS',
    align: 'right',
    drop: 1,
    ...(all.some((row) => row.alerts.length > 0) ? {} : { show: 'data' as const }),
    value: (row) => row.alerts.length,
    cell: (row) => {
      const [severest] = row.alerts;
      if (!severest) return '';
      return { text: String(row.alerts.length), color: severityColor(severest.severity) };
    },
  };
  const withPoints = rest.map((column) =>
    column.key === 'trend' && column.cell
      ? {
          ...column,
          cell: (row: FleetHost, at: Screen) => column.cell!({ ...row, points: pointsOf(row) }, at),
        }
      : column,
  );
  return {
    columns: [host!, location, ...withPoints, alerts],
    rows: all,
    name: (row) => row.hostId,
    empty: NO_HOSTS,
  };
}

const EMPTY_ROW = {
  hostId: '',
  state: 'reporting',
  lastMs: undefined,
  latest: new Map(),
  series: [],
  stats: undefined,
} as const;

export function fleetLocationsListing(rows: readonly FleetLocation[]): Listing<FleetLocation> {
  const count = (
    key: string,
    of: (row: FleetLocation) => number,
    color: (row: FleetLocation) => ReturnType<typeof stateColor> | undefined,
  ): Column<FleetLocation> => ({
    key,
    title: key.toUpperCase(),
    align: 'right',
    value: of,
    cell: (row) => ({ text: String(of(row)), color: of(row) === 0 ? 'gray' : color(row) }),
  });
  const values = LOADS.flatMap((metric, i): Column<FleetLocation>[] => {
    const unit = unitOf(metric);
    return [
      {
        key: metric,
        title: `${titleOf(metric)}${titleUnit(unit)}`,
        align: 'right',
        drop: 3 + i,
        value: (row) => row.readings.get(metric)?.mean,
        cell: (row) => {
          const value = row.readings.get(metric)?.mean;
          return { text: formatUnder(value, unit), color: heat(value ?? 0, unit) };
        },
      },
      {
        key: `${metric}.worst`,
        title: 'WORST HOST',
        drop: 6 + i,
        value: (row) => row.readings.get(metric)?.worst,
        cell: (row) => {
          const reading = row.readings.get(metric);
          if (!reading) return '-';
          const text = `${formatUnder(reading.worst, unit)} ${reading.worstHostId}`;
          return { text, color: heat(reading.worst, unit) };
        },
      },
    ];
  });
  return {
    columns: [
      { key: 'location', title: 'LOCATION', min: 8, value: ({ location }) => location },
      { key: 'hosts', title: 'HOSTS', align: 'right', value: ({ hosts }) => hosts },
      {
        ...count(
          'silent',
          ({ states }) => states.silent ?? 0,
          () => stateColor('silent'),
        ),
        drop: 1,
      },
      {
        ...count(
          'late',
          ({ states }) => states.late ?? 0,
          () => stateColor('late'),
        ),
        drop: 2,
      },
      {
        ...count(
          'alerts',
          ({ alerts }) => alerts,
          () => 'red',
        ),
        drop: 1,
      },
      ...values,
    ],
    rows,
    name: ({ location }) => location,
    empty: NO_HOSTS,
  };
}
