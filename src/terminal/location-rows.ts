// Locations with host counts from manage and latest values from analyze.
import type { AnalyzeService } from '../api/analyze.ts';
import { listAllHosts } from '../api/hosts.ts';
import type { ManageClient } from '../api/manage.ts';
import { ExpectedError, isAway } from '../domain/errors.ts';
import { hostMetrics } from './host-metric-rows.ts';
import { byLocation, locationReadings } from './location-metrics.ts';
import { LOADS, type LocationRow } from './locations-view.ts';

export async function readLocationRows(
  services: {
    readonly manage: Pick<ManageClient, 'listHosts' | 'listLocations'>;
    readonly analyze: Pick<AnalyzeService, 'queryLatest'>;
  },
  nowMs: number,
): Promise<{ readonly rows: readonly LocationRow[]; readonly warnings: readonly string[] }> {
  const [{ locations, warnings }, { hosts }, latest] = await Promise.all([
    services.manage.listLocations(),
    listAllHosts(services.manage, {}),
    services.analyze.queryLatest({ metrics: LOADS }).catch((error: unknown) => {
      // Locations are listed without it.
      if (isAway(error)) return error;
      throw error;
    }),
  ]);
  if (latest instanceof ExpectedError) {
    const rows = locations.map((location) => ({ ...location, readings: new Map() }));
    return {
      rows,
      warnings:
        locations.length === 0
          ? warnings
          : [
              ...new Set([
                ...warnings,
                `${latest.message}; CPU, memory and disk of locations are not available`,
              ]),
            ],
    };
  }
  const range = { startMs: nowMs, stopMs: nowMs, series: [], warnings: [] };
  const groups = byLocation(hostMetrics({ metric: LOADS[0], range, latest, hosts }), hosts);
  return {
    rows: locations.map((one) => ({
      ...one,
      readings: locationReadings(groups.get(one.location) ?? [], LOADS),
    })),
    // Of no location there is no load to miss.
    warnings: [...new Set([...warnings, ...(locations.length === 0 ? [] : latest.warnings)])],
  };
}
