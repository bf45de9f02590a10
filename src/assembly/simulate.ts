// `minimon simulate`: sends samples of a simulated fleet to the configured report services, until it is aborted.
import type { Bearer } from '../api/bearer.ts';
import { createReportClient } from '../api/grpc/report-client.ts';
import { listAllHosts } from '../api/hosts.ts';
import type { Host, ManageService } from '../api/manage.ts';
import type { TlsMaterial } from '../api/tls.ts';
import type { Assignment } from '../catalog/catalog.ts';
import type { DeliveryCounts } from '../daemons/simulate/delivery.ts';
import { type SimulateOptions, simulateOptions } from '../daemons/simulate/options.ts';
import { createSimulator, type SimulationProgress, type Simulator } from '../daemons/simulate/simulator.ts';
import { createStaticDiscovery, type Discovery } from '../discovery/discovery.ts';
import { listed } from '../domain/counting.ts';
import { ExpectedError } from '../domain/errors.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLifecycle, type Lifecycle } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logging.ts';
import { openDiscovery } from './backends.ts';
import { loadConfig } from './config-load.ts';
import type { Environment } from './environment.ts';
import { openWarningLogger } from './logger.ts';
import { abortOnSignal } from './signals.ts';

export type SimulateRequest = {
  readonly options: Readonly<Record<string, unknown>>;
  /** Undefined: where discovery finds them. */
  readonly reports: readonly string[] | undefined;
  readonly tls: TlsMaterial | undefined;
  readonly bearer: Bearer | undefined;
  readonly environment: Environment;
  readonly file: string | undefined;
  /** Where each host is assigned to its location; undefined leaves the inventory alone. */
  readonly manage: Pick<ManageService, 'listHosts' | 'assignHosts'> | undefined;
  /** Goes on although simulated hosts of the same ids report: of a simulation that has just ended. */
  readonly again: boolean;
  readonly stderr: NodeJS.WriteStream;
  readonly onProgress: (progress: SimulationProgress) => void;
};

export async function startSimulation(
  request: SimulateRequest,
): Promise<{ readonly ended: Promise<DeliveryCounts> }> {
  const options = simulationOptions(request.options);
  const logger = await openWarningLogger(request.stderr);
  const lifecycle = createLifecycle({ onError: (message) => logger.warn(message) });
  const discovery = await findReports(request, { logger, lifecycle });
  const { tls, bearer } = request;
  const client = createReportClient({ discovery, tls, bearer });
  lifecycle.own('report client', client, (opened) => opened.stop());
  const simulator = createSimulator(options, {
    report: client,
    clock: systemClock,
    logger,
    onProgress: request.onProgress,
  });
  const interrupt = abortOnSignal(new Error('ended by a signal'));
  const ended = (async () => {
    try {
      if (request.manage) await assignSimulated(request.manage, simulator, request);
      return await simulator.run(interrupt.signal);
    } finally {
      interrupt.release();
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
  const { config } = await loadConfig({ environment, file });
  return openDiscovery({ config, ...parts });
}

/** The simulation that flags ask for. USAGE names the flag. */
export function simulationOptions(options: Readonly<Record<string, unknown>>): SimulateOptions {
  const parsed = simulateOptions.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ExpectedError('USAGE', `--${issue!.path.join('.')}: ${issue!.message}`);
}

type Inventory = Pick<ManageService, 'listHosts' | 'assignHosts'>;

export async function assignSimulated(
  manage: Inventory,
  simulator: Pick<Simulator, 'fleet' | 'assignments' | 'goOnFrom'>,
  { again }: { readonly again: boolean },
): Promise<void> {
  const known = await assignFleet(manage, {
    hostIds: simulator.fleet.hosts.map((host) => host.hostId),
    assignments: simulator.assignments(),
    again,
  });
  simulator.goOnFrom(
    new Map(known.flatMap((host) => (host.lastSeenMs ? [[host.hostId, host.lastSeenMs]] : []))),
  );
}

/**
 * Assigns only hosts that the inventory does not have, so that what an operator did stays. HOST_EXISTS when one of the
 * ids is a real host's, or without `again` a simulated one's that reports now: the samples of two simulations would mix.
 */
export async function assignFleet(
  manage: Inventory,
  fleet: {
    readonly hostIds: readonly string[];
    readonly assignments: readonly Assignment[];
    readonly again: boolean;
  },
): Promise<readonly Host[]> {
  const { hosts } = await listAllHosts(manage, { all: true });
  const known = new Map(hosts.map((host) => [host.hostId, host]));
  const real = fleet.hostIds.filter((hostId) => {
    const host = known.get(hostId);
    return host?.lastSeenMs !== undefined && host.facts['simulated'] !== 'true';
  });
  if (real.length > 0) {
    throw new ExpectedError(
      'HOST_EXISTS',
      `real hosts report under ids of the simulation: ${listed(real, 3)}`,
      {
        hint: 'Simulate on a separate installation: minimon up --data DIR --port-offset 1000 --simulate N',
      },
    );
  }
  const running = fleet.hostIds.filter((hostId) => known.get(hostId)?.state === 'reporting');
  if (running.length > 0 && !fleet.again) {
    const which = `${running.length === 1 ? 'a host' : `${running.length} hosts`}: ${listed(running, 3)}`;
    throw new ExpectedError('HOST_EXISTS', `another simulation reports for ${which}`, {
      hint: 'The samples of both would mix. Stop it first; if it has just ended, add --again.',
    });
  }
  const assignments = fleet.assignments.filter(({ hostId }) => known.get(hostId)?.managed !== true);
  if (assignments.length > 0) await manage.assignHosts({ assignments, actor: 'simulate', new: true });
  return hosts;
}
