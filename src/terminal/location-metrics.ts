// Locations by the metrics of their hosts: the mean of each, over time and now, and which host has the worst.
import type { Host } from '../api/manage.ts';
import type { Overview } from '../api/metrics-overview.ts';
import { isLost } from '../domain/host.ts';
import { compareBytes } from '../domain/names.ts';
import { withoutNoise } from '../domain/units.ts';
import { isValue, type Points } from './chart/points.ts';
import { type HostMetrics, type HostMetricsRequest, hostMetrics, worstOf } from './host-metric-rows.ts';

export type LocationReading = { readonly mean: number; readonly worst: number; readonly worstHostId: string };

/** Of hosts that report now: last values of lost ones say nothing of now. By metric name. */
export function locationReadings(
  rows: readonly HostMetrics[],
  metrics: readonly string[],
): ReadonlyMap<string, LocationReading> {
  const known = rows.filter(({ state }) => !isLost(state));
  const readings = new Map<string, LocationReading>();
  for (const metric of metrics) {
    const sign = worstOf(metric) === 'high' ? 1 : -1;
    let sum = 0;
    let count = 0;
    let worst: { readonly value: number; readonly hostId: string } | undefined;
    for (const { hostId, latest } of known) {
      const value = latest.get(metric)?.value;
      if (value === undefined) continue;
      sum += value;
      count++;
      if (worst === undefined || sign * (value - worst.value) > 0) worst = { value, hostId };
    }
    if (worst)
      readings.set(metric, {
        mean: withoutNoise(sum / count),
        worst: worst.value,
        worstHostId: worst.hostId,
      });
  }
  return readings;
}

/** Hosts without a location are not in it. */
export function byLocation(
  rows: readonly HostMetrics[],
  hosts: readonly Host[],
): ReadonlyMap<string, HostMetrics[]> {
  const locations = new Map(hosts.map(({ hostId, location }) => [hostId, location]));
  const groups = new Map<string, HostMetrics[]>();
  for (const row of rows) {
    const location = locations.get(row.hostId);
    if (location === undefined) continue;
    const group = groups.get(location);
    if (group) group.push(row);
    else groups.set(location, [row]);
  }
  return new Map([...groups].sort(([a], [b]) => compareBytes(a, b)));
}

/** The same overview with a location in the place of each host: its values are the means of its hosts. */
export function locationOverview(
  overview: Overview,
  by: { readonly metric: string; readonly shown: readonly string[] },
): Overview & Pick<HostMetricsRequest, 'worstHosts'> {
  const { range, latest, hosts = [] } = overview;
  const groups = byLocation(hostMetrics({ metric: by.metric, range, latest, hosts }), hosts);
  const worstHosts = new Map<string, string>();
  const samples: Overview['latest']['samples'][number][] = [];
  const series: Overview['range']['series'][number][] = [];
  const locations: Host[] = [];
  for (const [location, rows] of groups) {
    const readings = locationReadings(rows, by.shown);
    const timeMs = Math.max(...rows.map(({ lastMs = 0 }) => lastMs));
    for (const [metric, { mean }] of readings)
      samples.push({ hostId: location, metric, labels: {}, timeMs, value: mean });
    const worst = readings.get(by.metric)?.worstHostId;
    if (worst !== undefined) worstHosts.set(location, worst);
    series.push({
      hostId: location,
      metric: by.metric,
      labels: {},
      ...meanOf(rows.map(({ points }) => points)),
    });
    const state = rows.some((row) => !isLost(row.state)) ? 'reporting' : rows[0]!.state;
    const lastSeenMs = timeMs > 0 ? { lastSeenMs: timeMs } : {};
    locations.push({ hostId: location, managed: true, location, state, facts: {}, ...lastSeenMs });
  }
  return { range: { ...range, series }, latest: { ...latest, samples }, hosts: locations, worstHosts };
}

/** Time by time; null where no host has a value. */
function meanOf(all: readonly Points[]): { timesMs: number[]; values: (number | null)[] } {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { timesMs, values } of all) {
    for (const [i, timeMs] of timesMs.entries()) {
      const at = sums.get(timeMs) ?? { sum: 0, count: 0 };
      sums.set(timeMs, at);
      const value = values[i];
      if (!isValue(value)) continue;
      at.sum += value;
      at.count++;
    }
  }
  const times = [...sums.keys()].sort((a, b) => a - b);
  return {
    timesMs: times,
    values: times.map((timeMs) => {
      const { sum, count } = sums.get(timeMs)!;
      return count === 0 ? null : withoutNoise(sum / count);
    }),
  };
}

/** A mean of rounded readings has no more digits than they have, but for noise. */
