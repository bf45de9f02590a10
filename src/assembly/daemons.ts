// How each daemon is built from the configuration: one table, for `daemon X` and for `up`.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { AnalyzeService } from '../api/analyze.ts';
import type { Bearer } from '../api/bearer.ts';
import type { ManageService } from '../api/manage.ts';
import type { AlertingSource } from '../api/prometheus/alerting.ts';
import type { TlsMaterial } from '../api/tls.ts';
import type { WarnService } from '../api/warn.ts';
import type { HostCredential } from '../daemons/agent/credential.ts';
import type { Discovery } from '../discovery/discovery.ts';
import { formatAddress, PORTS, parseAddress } from '../domain/address.ts';
import { ExpectedError } from '../domain/errors.ts';
import { reportsSinceMs } from '../domain/tick.ts';
import { systemClock } from '../runtime/clock.ts';
import { lockDirectory } from '../runtime/directory-lock.ts';
import type { Daemon, Lifecycle } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logging.ts';
import type { Store } from '../store/store.ts';
import { type Backends, openRegistration } from './backends.ts';
import type { Config, DaemonName } from './config-schema.ts';
import { programVersion } from './environment.ts';
import { readJoinToken } from './join-text.ts';
import { roomFor } from './memory-limits.ts';
import { clientTls, daemonTls, listenerTls } from './tls.ts';

/** What is built with. Backends and ways to other daemons are opened by the builder that needs them. */
export type BuildParts = {
  readonly config: Config;
  readonly data: string;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly backends: Backends;
  /** Where the agent finds report. */
  readonly discovery: () => Promise<Discovery>;
  readonly manage: () => Promise<
    Pick<ManageService, 'listAssignments' | 'listRules' | 'syncTokens' | 'watchAlertConfiguration'>
  >;
  readonly analyze: () => Promise<Pick<AnalyzeService, 'listReportingHosts' | 'queryLatest' | 'queryRange'>>;
  readonly warn: () => Promise<Pick<WarnService, 'listAlerts' | 'listRuleHealth'>>;
  /** Of the persist in this process: whether its start-up replay is under way, in words. */
  readonly replaying?: () => string | undefined;
  /** A daemon failed permanently. */
  readonly onFatal: (error: Error) => void;
};

const baseOf = (daemon: DaemonName, { config, logger, manage }: BuildParts) => ({
  clock: systemClock,
  logger,
  tls: listenerTls(config, daemon),
  httpHosts: [hostname(), ...config.http.hosts],
  callers: {
    insecure: config.insecure,
    certificatesOptional: config.clientCertificates === 'optional',
    // Opened when the first token is shown: without tokens nobody is asked.
    sync: askingOnce(manage),
  },
});

function askingOnce(manage: BuildParts['manage']): ManageService['syncTokens'] {
  let opened: ReturnType<BuildParts['manage']> | undefined;
  return async (request) => (await (opened ??= manage())).syncTokens(request);
}

/** What a builder opens is stopped with the lifecycle; the daemon that it returns is not started. */
export const BUILDERS = {
  async agent(parts) {
    const { config, data, lifecycle } = parts;
    const stateDir = ownDirectory(data, 'agent', lifecycle);
    const { createReportClient } = await import('../api/grpc/report-client.ts');
    const { createAgentDaemon } = await import('../daemons/agent/agent-daemon.ts');
    const discovery = await parts.discovery();
    const tls = clientTls(daemonTls(config, 'agent'));
    const { token } = config.agent;
    const credential = token === undefined ? await openCredential(parts, { stateDir, tls }) : undefined;
    const bearer = credential
      ? { token: credential.token, insecure: config.insecure }
      : bearerOf(config, token);
    const client = createReportClient({ discovery, tls, bearer });
    const report = lifecycle.own('report client', client, (opened) => opened.stop());
    const agentVersion = programVersion();
    return createAgentDaemon(config.agent, {
      ...baseOf('agent', parts),
      ...{ report, stateDir, agentVersion, credential },
    });
  },
  async report(parts) {
    const { config, backends } = parts;
    const { createReportDaemon } = await import('../daemons/report/report-daemon.ts');
    return createReportDaemon(config.report, {
      ...baseOf('report', parts),
      bus: await backends.bus(),
      retentionMs: config.store.retention,
      ...(config.store.kind === 'embedded' && config.bus.kind === 'embedded'
        ? { roomFor: roomFor('embedded'), knownHosts: async () => knownHosts(await backends.store()) }
        : { roomFor: roomFor('remote') }),
      ...openRegistration(parts),
    });
  },
  async persist(parts) {
    const { config, data, lifecycle, backends } = parts;
    const { createPersistDaemon } = await import('../daemons/persist/persist-daemon.ts');
    const directory = ownDirectory(data, 'persist', lifecycle);
    return createPersistDaemon(config.persist, {
      ...baseOf('persist', parts),
      bus: await backends.bus(),
      store: await backends.store(),
      deadLetters: await backends.deadLetters(),
      directory,
      ...(config.persist.remoteWrite.url !== undefined && { manage: await parts.manage() }),
      onDead: parts.onFatal,
    });
  },
  async analyze(parts) {
    const [manage, warn, store] = [await parts.manage(), await parts.warn(), await parts.backends.store()];
    const alerting: AlertingSource = {
      listRules: manage.listRules,
      listAlerts: warn.listAlerts,
      listRuleHealth: warn.listRuleHealth,
    };
    const { clock: _, logger, callers, ...listening } = baseOf('analyze', parts);
    const { host } = store;
    if (host) {
      const { createAnalyzeThread } = await import('./analyze-thread.ts');
      const { sync: _sync, ...checks } = callers;
      const options = { options: parts.config.analyze, checks, ...listening };
      return createAnalyzeThread(options, {
        ...{ store: { ...store, host }, manage, alerting, logger, replaying: parts.replaying },
      });
    }
    const { createAnalyzeDaemon } = await import('../daemons/analyze/analyze-daemon.ts');
    return createAnalyzeDaemon(parts.config.analyze, {
      ...baseOf('analyze', parts),
      ...{ store, manage, alerting, replaying: parts.replaying },
    });
  },
  async manage(parts) {
    const { config, data, lifecycle, backends } = parts;
    const { createManageDaemon } = await import('../daemons/manage/manage-daemon.ts');
    const analyze = await parts.analyze();
    if (config.catalog.kind === 'sqlite') ownDirectory(data, 'manage', lifecycle);
    const catalog = await backends.catalog();
    return createManageDaemon(config.manage, { ...baseOf('manage', parts), catalog, analyze });
  },
  async warn(parts) {
    const { createWarnDaemon } = await import('../daemons/warn/warn-daemon.ts');
    return createWarnDaemon(parts.config.warn, {
      ...baseOf('warn', parts),
      bus: await parts.backends.bus(),
      catalog: await parts.backends.catalog(),
      manage: await parts.manage(),
      analyze: await parts.analyze(),
      instance: warnInstance(parts.config),
      onDead: parts.onFatal,
    });
  },
} satisfies Record<DaemonName, (parts: BuildParts) => Promise<Daemon>>;

/** Manage is asked over HTTP, by a client that is loaded for it and gone afterwards: once in some days. */
async function openCredential(
  { config, logger }: BuildParts,
  { stateDir, tls }: { readonly stateDir: string; readonly tls: TlsMaterial | undefined },
): Promise<HostCredential> {
  const { createHostCredential } = await import('../daemons/agent/credential.ts');
  return createHostCredential({
    ...{ stateDir, clock: systemClock, logger },
    ...readJoinToken(config.agent),
    async enrolling(token) {
      const [{ createHttpClient }, { manageApi }] = await Promise.all([
        import('../api/http/client.ts'),
        import('../api/manage.ts'),
      ]);
      const baseUrl = `${tls ? 'https' : 'http'}://${manageForAgents(config)}`;
      const bearer = { token: () => token, insecure: config.insecure };
      return createHttpClient(manageApi, { baseUrl, tls, bearer });
    },
  });
}

/** The default if agent.manage is not set: on the host of the first report. */
function manageForAgents({ agent, discovery, portOffset }: Config): string {
  if (agent.manage !== undefined) return agent.manage;
  const port = PORTS.manageHttp + portOffset;
  if (discovery.kind === 'static') {
    const [first] = discovery.reports;
    return formatAddress({ host: first === undefined ? '127.0.0.1' : parseAddress(first).host, port });
  }
  throw new ExpectedError(
    'BAD_CONFIG',
    'agent.manage is not set, and etcd has only the addresses of report',
    {
      hint: 'Set agent.manage to its HTTP address, host:port.',
    },
  );
}

/** The token that a daemon shows to others; undefined: none. */
export const bearerOf = (config: Config, token: string | undefined): Bearer | undefined =>
  token === undefined ? undefined : { token: () => token, insecure: config.insecure };

/** Hosts that reported within a day: admitted first, so that made-up hosts cannot use up the limit. */
async function knownHosts(store: Store): Promise<string[]> {
  const sinceMs = reportsSinceMs(systemClock.nowMs(), await store.watermarks());
  const hosts = await store.hosts({ sinceMs });
  return hosts.filter(({ lastSeenMs }) => lastSeenMs > 0).map(({ hostId }) => hostId);
}

/** Over an embedded bus this is the only warn: one that was killed is gone, and its lease is the next one's at once. */
const warnInstance = ({ bus }: Config): string =>
  bus.kind === 'embedded' ? hostname() : `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`;

/** A daemon's own folder in the data directory, for this process alone. */
export function ownDirectory(data: string, name: DaemonName, lifecycle: Lifecycle): string {
  const directory = join(data, name);
  lifecycle.own(`${name} directory`, lockDirectory(directory), (release) => release());
  return directory;
}
