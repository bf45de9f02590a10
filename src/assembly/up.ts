// The whole system in one process: every daemon over the embedded backends in one data directory.
import type { AnalyzeService } from '../api/analyze.ts';
import { createReportClient } from '../api/grpc/report-client.ts';
import type { ManageService } from '../api/manage.ts';
import { createAgentDaemon } from '../daemons/agent/agent-daemon.ts';
import { readIdentity } from '../daemons/agent/identity.ts';
import { createAnalyzeDaemon } from '../daemons/analyze/analyze-daemon.ts';
import { createManageDaemon } from '../daemons/manage/manage-daemon.ts';
import { createPersistDaemon } from '../daemons/persist/persist-daemon.ts';
import { createReportDaemon } from '../daemons/report/report-daemon.ts';
import type { SimulateOptions } from '../daemons/simulate/options.ts';
import { createSimulator, type SimulationProgress } from '../daemons/simulate/simulator.ts';
import { createWarnDaemon } from '../daemons/warn/warn-daemon.ts';
import { systemClock } from '../runtime/clock.ts';
import { lockDirectory } from '../runtime/directory-lock.ts';
import { createLifecycle, type Daemon } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logging.ts';
import {
  openBus,
  openCatalog,
  openDeadLetters,
  openDiscovery,
  openRegistration,
  openStore,
} from './backends.ts';
import type { Config } from './config-schema.ts';
import { withPortHint } from './listen-rules.ts';
import { ownDirectory } from './run-daemon.ts';
import { placeSimulated, simulatedFleet } from './simulated-inventory.ts';

export type UpOptions = {
  readonly config: Config;
  readonly data: string;
  readonly version: string;
  readonly logger: Logger;
  readonly simulate?: SimulateOptions | undefined;
  /** A daemon, or a backend, can make no progress any more. */
  readonly onFatal: (error: Error) => void;
};

export type Listener = { readonly daemon: string; readonly protocol: string; readonly address: string };

export type Up = {
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly listeners: () => readonly Listener[];
  readonly hostId: () => string;
  /** The services that the running daemons serve. */
  readonly analyze: () => AnalyzeService;
  readonly simulation: () => SimulationProgress | undefined;
};

export function createUp(options: UpOptions): Up {
  const { config, data, version, logger, onFatal } = options;
  const lifecycle = createLifecycle({ onError: (message) => logger.warn(message) });
  const running: Daemon[] = [];
  let hostId = '';
  let analyze: AnalyzeService | undefined;
  let simulation: SimulationProgress | undefined;

  async function run(daemon: Daemon): Promise<Daemon> {
    lifecycle.own(daemon.name, daemon, (started) => started.stop());
    await daemon.start();
    running.push(daemon);
    logger.info(daemon.addresses(), `${daemon.name} works`);
    return daemon;
  }

  async function start(): Promise<void> {
    lifecycle.own('data directory', lockDirectory(data), (release) => release());
    const stateDir = ownDirectory(data, 'agent', lifecycle);
    ownDirectory(data, 'manage', lifecycle);
    ownDirectory(data, 'persist', lifecycle);
    const backends = { config, data, logger, lifecycle };
    const bus = await openBus(backends);
    const store = await openStore(backends);
    const catalog = await openCatalog(backends);
    const log = (name: string) => logger.child({ daemon: name });
    const clock = systemClock;

    await run(
      createPersistDaemon(config.persist, {
        bus,
        store,
        clock,
        logger: log('persist'),
        deadLetters: await openDeadLetters(backends),
        onDead: onFatal,
      }),
    );
    // The two ask each other: each is given a way to the other that is looked up at the call.
    let manage: ManageService | undefined;
    const analyzeDaemon = createAnalyzeDaemon(config.analyze, {
      store,
      manage: { listAssignments: (request) => manage!.listAssignments(request) },
      clock,
      logger: log('analyze'),
    });
    analyze = analyzeDaemon.service;
    const manageDaemon = createManageDaemon(config.manage, {
      catalog,
      analyze: analyzeDaemon.service,
      clock,
      logger: log('manage'),
    });
    manage = manageDaemon.service;
    await run(analyzeDaemon);
    await run(manageDaemon);
    await run(createWarnDaemon(config.warn, { bus, clock, logger: log('warn'), onDead: onFatal }));
    const report = await run(
      createReportDaemon(config.report, {
        bus,
        retentionMs: config.store.retention,
        clock,
        logger: log('report'),
        ...openRegistration({ config, logger }),
      }),
    );

    const discovery = await openDiscovery({
      config: { ...config, discovery: withOwnReport(config.discovery, report.addresses()['grpc']!) },
      logger,
      lifecycle,
    });
    hostId = readIdentity({ root: config.agent.root, hostId: config.agent.hostId, stateDir }).hostId;
    const client = lifecycle.own('report client', createReportClient({ discovery }), (opened) =>
      opened.stop(),
    );
    await run(
      createAgentDaemon(config.agent, {
        report: client,
        clock,
        logger: log('agent'),
        stateDir,
        agentVersion: version,
      }),
    );
    if (options.simulate) await startSimulation(options.simulate, manage);
  }

  async function startSimulation(simulate: SimulateOptions, manage: ManageService): Promise<void> {
    const discovery = await openDiscovery({ config, logger, lifecycle });
    // A client of its own, so that a large backfill does not stand in the agent's way.
    const client = lifecycle.own('simulation client', createReportClient({ discovery }), (opened) =>
      opened.stop(),
    );
    const simulator = createSimulator(simulate, {
      report: client,
      clock: systemClock,
      logger: logger.child({ daemon: 'simulate' }),
      onProgress: (progress) => {
        simulation = progress;
      },
    });
    await placeSimulated(manage, simulatedFleet(simulator));
    await simulator.start();
    lifecycle.own('simulation', simulator, (started) => started.stop());
  }

  return {
    async start() {
      try {
        await start();
      } catch (error) {
        await lifecycle.stop();
        throw withPortHint(error, config);
      }
    },
    stop: () => lifecycle.stop(),
    hostId: () => hostId,
    analyze: () => analyze!,
    simulation: () => simulation,
    listeners: () =>
      running.flatMap((daemon) =>
        Object.entries(daemon.addresses()).map(([protocol, address]) => ({
          daemon: daemon.name,
          protocol,
          address,
        })),
      ),
  };
}

/** The port may be any, so an empty list is filled with what the report really listens on. */
const withOwnReport = (discovery: Config['discovery'], address: string): Config['discovery'] =>
  discovery.kind === 'static' && discovery.reports.length === 0
    ? { ...discovery, reports: [address] }
    : discovery;
