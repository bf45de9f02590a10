// `minimon simulate`: a simulated fleet against the report services of the settings, until a signal.
import { createReportClient } from '../api/grpc/report-client.ts';
import type { ManageService } from '../api/manage.ts';
import type { DeliveryCounts } from '../daemons/simulate/delivery.ts';
import { createSimulator, type SimulationProgress } from '../daemons/simulate/simulator.ts';
import { createStaticDiscovery } from '../discovery/static.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLogger } from '../runtime/logging.ts';
import { simulationOptions } from './simulation-options.ts';

export type SimulateRequest = {
  readonly options: Readonly<Record<string, unknown>>;
  readonly reports: readonly string[];
  /** Told which room each host stands in; undefined leaves the inventory alone. */
  readonly manage: Pick<ManageService, 'assignHosts'> | undefined;
  readonly stderr: NodeJS.WriteStream;
  readonly onProgress: (progress: SimulationProgress) => void;
};

export async function startSimulation(
  request: SimulateRequest,
): Promise<{ readonly ended: Promise<DeliveryCounts> }> {
  const options = simulationOptions(request.options);
  const client = createReportClient({ discovery: createStaticDiscovery(request.reports) });
  const logger = await createLogger(
    { level: 'warn', format: request.stderr.isTTY ? 'pretty' : 'json' },
    request.stderr,
  );
  const simulator = createSimulator(options, {
    report: client,
    clock: systemClock,
    logger,
    onProgress: request.onProgress,
  });
  const ending = new AbortController();
  const end = () => ending.abort(new Error('ended by a signal'));
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  const ended = (async () => {
    try {
      await request.manage?.assignHosts({ assignments: simulator.assignments(), actor: 'simulate' });
      return await simulator.run(ending.signal);
    } finally {
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
      await client.stop();
    }
  })();
  return { ended };
}
