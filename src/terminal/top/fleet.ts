// What `top` shows of the hosts: their latest values, states, locations and alerts, the worst first, and the same by location.
import type { LatestAnswer } from '../../api/analyze.ts';
import type { Host } from '../../api/manage.ts';
import type { AlertView } from '../../api/warn.ts';
import { severityRank } from '../../domain/expression/syntax.ts';
import { type HostState, stateRank } from '../../domain/host.ts';
import { compareBytes } from '../../domain/names.ts';
import { type HostMetrics, hostMetrics } from '../host-metric-rows.ts';
import { type LocationReading, locationReadings } from '../location-metrics.ts';

export type FleetAnswer = {
  readonly latest: LatestAnswer;
  /** Undefined while manage is down. */
  readonly hosts: readonly Host[] | undefined;
  /** Undefined while warn is down. */
  readonly alerts: readonly AlertView[] | undefined;
  readonly warnings: readonly string[];
};

export type FleetHost = HostMetrics & {
  readonly location: string | undefined;
  readonly host: Host | undefined;
  /** That fire. */
  readonly alerts: readonly AlertView[];
};

export type FleetLocation = {
  readonly location: string;
  readonly hosts: number;
  readonly states: Readonly<Partial<Record<HostState, number>>>;
  readonly alerts: number;
  readonly readings: ReadonlyMap<string, LocationReading>;
};

export const FLEET_METRIC = 'cpu.usage';
const NO_LOCATION = '(none)';

/** Worst first: hosts that do not report, then those with alerts, the severest first, then by CPU. */
export function fleetHosts({ latest, hosts, alerts = [] }: FleetAnswer): readonly FleetHost[] {
  const hostOf = new Map((hosts ?? []).map((host) => [host.hostId, host]));
  const firing = Map.groupBy(
    alerts.filter(({ state }) => state === 'firing'),
    ({ host }) => host,
  );
  const range = { startMs: 0, stopMs: 0, series: [], warnings: [] };
  const rows = hostMetrics({ metric: FLEET_METRIC, latest, range, hosts }).map((row) => {
    const host = hostOf.get(row.hostId);
    return { ...row, host, location: host?.location, alerts: firing.get(row.hostId) ?? [] };
  });
  const ranked = rows.map((row) => ({ row, rank: rankOf(row), cpu: cpuOf(row) }));
  ranked.sort((a, b) => b.rank - a.rank || b.cpu - a.cpu || compareBytes(a.row.hostId, b.row.hostId));
  return ranked.map(({ row }) => row);
}

/** State, then the severest alert, then how many there are, in one number. */
function rankOf({ state, alerts }: FleetHost): number {
  const severity = alerts.reduce((most, alert) => Math.max(most, severityRank(alert.severity) + 1), 0);
  return stateRank(state) * 1e6 + severity * 1e5 + Math.min(alerts.length, 99_999);
}

/** Below every value where there is none. */
const cpuOf = ({ latest }: FleetHost): number => latest.get(FLEET_METRIC)?.value ?? -1;

/** Most alerts first, then most hosts that do not report, then the highest mean CPU. */
export function fleetLocations(
  hosts: readonly FleetHost[],
  { metrics, alerts = [] }: { readonly metrics: readonly string[]; readonly alerts: FleetAnswer['alerts'] },
): readonly FleetLocation[] {
  // Also those that are about a location as a whole.
  const firing = Map.groupBy(
    alerts.filter(({ state }) => state === 'firing'),
    ({ location }) => location ?? NO_LOCATION,
  );
  const rows = [...Map.groupBy(hosts, ({ location }) => location ?? NO_LOCATION)].map(([location, own]) => {
    const states: Partial<Record<HostState, number>> = {};
    for (const { state } of own) states[state] = (states[state] ?? 0) + 1;
    const readings = locationReadings(own, metrics);
    return { location, hosts: own.length, states, alerts: firing.get(location)?.length ?? 0, readings };
  });
  const meanOf = ({ readings }: FleetLocation) => readings.get(FLEET_METRIC)?.mean ?? 0;
  const away = ({ states, hosts }: FleetLocation) => hosts - (states.reporting ?? 0) - (states.never ?? 0);
  return rows.sort(
    (a, b) =>
      b.alerts - a.alerts ||
      away(b) - away(a) ||
      meanOf(b) - meanOf(a) ||
      compareBytes(a.location, b.location),
  );
}
