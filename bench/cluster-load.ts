// Load as agents make it: a report a host a minute, spread over the minute.
import type { ReportClient } from '../src/api/grpc/report-client.ts';
import { createFleet } from '../src/daemons/simulate/fleet.ts';
import { createRequestPacker } from '../src/daemons/simulate/request-packer.ts';
import { delay } from '../src/runtime/clock.ts';

export type Load = {
  /** Resolves when all that was sent in that time is answered. Falls behind rather than sending more than 3,000 at once. */
  run(ms: number): Promise<{ readonly reports: number; readonly samples: number; readonly failures: number }>;
};

const MINUTE = 60_000;
const MOST_AT_ONCE = 3_000;
const STEP_MS = 10;

export function pacedLoad(options: { readonly report: ReportClient; readonly hosts: number }): Load {
  const { report, hosts: count } = options;
  const fleet = createFleet({ seed: 2, hosts: count, locations: 50 });
  const packer = createRequestPacker({ intervalMs: MINUTE, agentVersion: 'bench' });
  // Behind the present, so that a host's next round has a later time whenever it comes.
  const startMs = Math.floor((Date.now() - 4 * 3_600_000) / MINUTE) * MINUTE;
  let next = 0;

  return {
    async run(ms) {
      const began = performance.now();
      const totals = { reports: 0, samples: 0, failures: 0 };
      const underWay = new Set<Promise<void>>();
      let due = 0;
      let sent = 0;
      while (performance.now() - began < ms) {
        due = ((performance.now() - began) / MINUTE) * count;
        while (sent < due && underWay.size < MOST_AT_ONCE) {
          const host = fleet.hosts[next % count]!;
          packer.add(host, startMs + Math.floor(next / count) * MINUTE);
          next++;
          sent++;
          const request = packer.take(false);
          if (!request) continue;
          const sending: Promise<void> = report
            .report(request.bytes)
            .then(({ acceptedSamples }) => {
              totals.reports++;
              totals.samples += acceptedSamples;
            })
            .catch(() => {
              totals.failures++;
            })
            .finally(() => underWay.delete(sending));
          underWay.add(sending);
        }
        await delay(STEP_MS);
      }
      await Promise.all(underWay);
      return totals;
    },
  };
}
