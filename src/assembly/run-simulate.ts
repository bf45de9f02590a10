// `minimon simulate`: a simulated fleet against the report services of the settings, until a signal.
import { createReportClient } from '../api/grpc/report-client.ts';
import type { ManageService } from '../api/manage.ts';
import type { DeliveryCounts } from '../daemons/simulate/delivery.ts';
import { createSimulator, type SimulationProgress } from '../daemons/simulate/simulator.ts';
import type { Discovery } from '../discovery/discovery.ts';
import { createStaticDiscovery } from '../discovery/static.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLifecycle, type Lifecycle } from '../runtime/lifecycle.ts';
import { createLogger, type Logger } from '../runtime/logging.ts';
import { openDiscovery } from './backends.ts';
import { loadConfig } from './config-load.ts';
import { configSchema, KIND_DEFAULTS } from './config-schema.ts';
import type { Environment } from './environment.ts';
import { placeSimulated, simulatedFleet } from './simulated-inventory.ts';
import { simulationOptions } from './simulation-options.ts';

export type SimulateRequest = {
  readonly options: Readonly<Record<string, unknown>>;
  /** Undefined: where the configuration has them found. */
  readonly reports: readonly string[] | undefined;
  readonly environment: Environment;
  readonly file: string | undefined;
  /** Told which room each host stands in; undefined leaves the inventory alone. */
  readonly manage: Pick<ManageService, 'listHosts' | 'assignHosts'> | undefined;
  readonly stderr: NodeJS.WriteStream;
  readonly onProgress: (progress: SimulationProgress) => void;
};

export async function startSimulation(
  request: SimulateRequest,
): Promise<{ readonly ended: Promise<DeliveryCounts> }> {
  const options = simulationOptions(request.options);
  const logger = await createLogger(
    { level: 'warn', format: request.stderr.isTTY ? 'pretty' : 'json' },
    request.stderr,
  );
  const lifecycle = createLifecycle({ onError: (message) => logger.warn(message) });
  const discovery = await findReports(request, { logger, lifecycle });
  const client = lifecycle.own('report client', createReportClient({ discovery }), (opened) => opened.stop());
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
      if (request.manage) await placeSimulated(request.manage, simulatedFleet(simulator));
      return await simulator.run(ending.signal);
    } finally {
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
      await lifecycle.stop();
    }
  })();
  return { ended };
}

async function findReports(
  { reports, environment, file }: SimulateRequest,
  parts: { readonly logger: Logger; readonly lifecycle: Lifecycle },
): Promise<Discovery> {
  if (reports) return createStaticDiscovery(reports);
  const { config } = loadConfig({ schema: configSchema, environment, file, defaults: KIND_DEFAULTS });
  return openDiscovery({ config, ...parts });
}
