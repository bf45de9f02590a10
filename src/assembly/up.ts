// `minimon up`: the whole system in one process, every daemon over the backends of one data directory.
import { join } from 'node:path';
import type { AnalyzeService } from '../api/analyze.ts';
import { createReportClient } from '../api/grpc/report-client.ts';
import type { Host, ManageService } from '../api/manage.ts';
import type { WarnService } from '../api/warn.ts';
import { readIdentity } from '../daemons/agent/identity.ts';
import type { SimulateOptions } from '../daemons/simulate/options.ts';
import { createSimulator, type SimulationProgress } from '../daemons/simulate/simulator.ts';
import { callableAddress } from '../domain/address.ts';
import { ExpectedError } from '../domain/errors.ts';
import { systemClock } from '../runtime/clock.ts';
import { openDataManifest } from '../runtime/data-manifest.ts';
import { lockDirectory, makeDataDirectory } from '../runtime/directory-lock.ts';
import { holdDiskReserve } from '../runtime/disk-reserve.ts';
import { createLifecycle, type Daemon, type Lifecycle } from '../runtime/lifecycle.ts';
import { createLogger, type Logger } from '../runtime/logging.ts';
import { openBackends, openDiscovery } from './backends.ts';
import { loadConfig } from './config-load.ts';
import { type Config, DAEMONS, type DaemonName } from './config-schema.ts';
import { BUILDERS, type BuildParts, bearerOf } from './daemons.ts';
import { dataDirectory, keepPrivate, programVersion } from './environment.ts';
import { exposedSecrets } from './exposed-secrets.ts';
import { withListenRules, withPortHint } from './listen-rules.ts';
import { createLogLines, type LogLines, openLogger } from './logger.ts';
import { checkLimits } from './memory-limits.ts';
import { PROBES } from './probes.ts';
import { createHeld, type Deaths, openDeaths } from './repeated-deaths.ts';
import type { RunRequest } from './run-daemon.ts';
import { openServiceManager, type ServiceManager } from './service-manager.ts';
import { assignSimulated, simulationOptions } from './simulate.ts';
import { clientTls, daemonTls } from './tls.ts';

/** A new user should see data at once: this host is sampled more often, and right after the start. */
const UP_DEFAULTS = { 'agent.interval': '10s', 'agent.immediate': true } as const;

export type PreparedUp = {
  readonly up: Up;
  readonly logger: Logger;
  readonly data: string;
  readonly version: string;
  readonly fatal: Promise<Error>;
  readonly deaths: Deaths;
  readonly manager: ServiceManager;
  /** Runs instead, after deaths of one kind. */
  readonly held: ReturnType<typeof createHeld> | undefined;
  /** Where the log goes while the screen is drawn; undefined when it goes to stderr. */
  readonly logLines: LogLines | undefined;
};

/** From the configuration to what can be started. */
export async function prepareUp(
  request: RunRequest & {
    readonly simulate: Readonly<Record<string, unknown>> | undefined;
    /** The terminal is drawn on, so the log goes to a file. */
    readonly drawn: boolean;
  },
): Promise<PreparedUp> {
  const { environment, stderr, file, flags } = request;
  keepPrivate();
  const loaded = await loadConfig({ environment, file, flags, defaults: UP_DEFAULTS });
  const config = withListenRules(loaded.config, {
    isSet: (key) => loaded.origins.has(key),
    daemons: DAEMONS,
  });
  const simulate = request.simulate && simulationOptions(request.simulate);
  checkLimits(config, simulate?.hosts);
  const data = dataDirectory(config.data, environment);
  makeDataDirectory(data);
  const logLines = request.drawn ? createLogLines(join(data, 'log', 'minimon.log')) : undefined;
  const logger = logLines
    ? await createLogger({ level: config.log.level, format: 'json' }, logLines.stream)
    : await openLogger(config.log, stderr);
  for (const warning of exposedSecrets(loaded)) logger.warn(warning);
  const fatal = Promise.withResolvers<Error>();
  const up = createUp({ config, data, logger, simulate, onFatal: fatal.resolve });
  const deaths = openDeaths({ name: 'up', directory: data, logger });
  const reason = deaths.repeated();
  const probes = new Map(DAEMONS.map((name) => [name, PROBES[name](config)]));
  const held = reason === undefined ? undefined : createHeld({ reason, deaths, logger, probes });
  const manager = openServiceManager({ environment, clock: systemClock, logger, status: held?.text });
  return {
    up,
    logger,
    data,
    version: programVersion(),
    fatal: fatal.promise,
    deaths,
    manager,
    held,
    logLines,
  };
}

export type UpOptions = {
  readonly config: Config;
  readonly data: string;
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
  /** Undefined as long as nothing is known of it. */
  readonly host: () => Promise<Host | undefined>;
  readonly simulation: () => SimulationProgress | undefined;
};

function createUp(options: UpOptions): Up {
  const { config, data, logger, onFatal } = options;
  const lifecycle = createLifecycle({ onError: (message) => logger.warn(message) });
  const running: Daemon[] = [];
  const services = createServices();
  let hostId = '';
  let simulation: SimulationProgress | undefined;

  async function run<D extends Daemon>(daemon: D): Promise<D> {
    lifecycle.own(daemon.name, daemon, (started) => started.stop());
    await daemon.start();
    running.push(daemon);
    logger.info(daemon.addresses(), `${daemon.name} started`);
    return daemon;
  }

  async function start(): Promise<void> {
    lifecycle.own('data directory', lockDirectory(data), (release) => release());
    const manifest = openDataManifest({
      directory: data,
      nowMs: systemClock.nowMs(),
      error: (message) => logger.error(message),
    });
    const reserve = holdDiskReserve({ directory: data, clock: systemClock, logger });
    lifecycle.own('disk reserve', reserve, (held) => held.stop());
    let reportAddress = '';
    const backends = openBackends({ config, data, logger, lifecycle, onFatal });
    const parts = (name: DaemonName): BuildParts => ({
      ...{ config, data, lifecycle, backends, onFatal, ...services.calls },
      logger: logger.child({ daemon: name }),
      discovery: () =>
        openDiscovery({
          config: { ...config, discovery: withOwnReport(config.discovery, reportAddress) },
          logger,
          lifecycle,
        }),
    });

    const persist = await run(await BUILDERS.persist(parts('persist')));
    const analyzeDaemon = await BUILDERS.analyze({ ...parts('analyze'), replaying: persist.replaying });
    const manageDaemon = await BUILDERS.manage(parts('manage'));
    services.know({ analyze: analyzeDaemon.service, manage: manageDaemon.service });
    await run(analyzeDaemon);
    await run(manageDaemon);
    services.know({ warn: (await run(await BUILDERS.warn(parts('warn')))).service });
    const report = await run(await BUILDERS.report(parts('report')));
    reportAddress = callableAddress(report.addresses()['grpc']!);
    const agent = await BUILDERS.agent(parts('agent'));
    const { root, hostId: named } = config.agent;
    hostId = readIdentity({ root, hostId: named, stateDir: join(data, 'agent') }).hostId;
    await run(agent);
    manifest.update();
    if (options.simulate) {
      await startSimulation(options.simulate, {
        ...{ config, logger, lifecycle, manage: services.manage() },
        onProgress: (progress) => {
          simulation = progress;
        },
      });
    }
  }

  async function host(): Promise<Host | undefined> {
    try {
      return await services.manage().getHost(hostId);
    } catch {
      // Readings are shown without it too.
      return undefined;
    }
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
    analyze: services.analyze,
    host,
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

/** The daemons call each other: each is given a way to the others that is looked up at the call. */
function createServices() {
  let known: {
    analyze?: AnalyzeService;
    manage?: ManageService;
    warn?: Pick<WarnService, 'listAlerts' | 'listRuleHealth'>;
  } = {};
  const analyze = () => known.analyze!;
  const manage = () => known.manage!;

  function warn() {
    if (known.warn) return known.warn;
    throw new ExpectedError('UNAVAILABLE', 'warn has not started yet', { hint: 'Retry in some seconds.' });
  }

  const calls: Pick<BuildParts, 'analyze' | 'manage' | 'warn'> = {
    manage: async () => ({
      listAssignments: (request) => manage().listAssignments(request),
      listRules: () => manage().listRules(),
      syncTokens: (request) => manage().syncTokens(request),
      watchAlertConfiguration: (request, signal) => manage().watchAlertConfiguration(request, signal),
    }),
    analyze: async () => ({
      listReportingHosts: (request) => analyze().listReportingHosts(request),
      queryLatest: (request) => analyze().queryLatest(request),
      queryRange: (request) => analyze().queryRange(request),
    }),
    warn: async () => ({
      listAlerts: async (request) => warn().listAlerts(request),
      listRuleHealth: async () => warn().listRuleHealth(),
    }),
  };
  return {
    analyze,
    manage,
    calls,
    know(services: typeof known): void {
      known = { ...known, ...services };
    },
  };
}

async function startSimulation(
  simulate: SimulateOptions,
  parts: {
    readonly config: Config;
    readonly logger: Logger;
    readonly lifecycle: Lifecycle;
    readonly manage: ManageService;
    readonly onProgress: (progress: SimulationProgress) => void;
  },
): Promise<void> {
  const { config, logger, lifecycle, manage, onProgress } = parts;
  const discovery = await openDiscovery({ config, logger, lifecycle });
  // A client of its own, so that a large backfill does not hold up the agent.
  const tls = clientTls(daemonTls(config, 'agent'));
  const client = createReportClient({ discovery, tls, bearer: bearerOf(config, config.serviceToken) });
  lifecycle.own('simulation client', client, (opened) => opened.stop());
  const simulator = createSimulator(simulate, {
    report: client,
    clock: systemClock,
    logger: logger.child({ daemon: 'simulate' }),
    onProgress,
  });
  // Its own hosts of a minute ago, before a restart, report still.
  await assignSimulated(manage, simulator, { again: true });
  await simulator.start();
  lifecycle.own('simulation', simulator, (started) => started.stop());
}

/** The port may be any, so an empty list is filled with what the report really listens on. */
const withOwnReport = (discovery: Config['discovery'], address: string): Config['discovery'] =>
  discovery.kind === 'static' && discovery.reports.length === 0
    ? { ...discovery, reports: [address] }
    : discovery;
