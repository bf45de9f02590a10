// A whole cluster on this machine: the real servers, and every daemon as a process of its own.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { TlsMaterial } from '../../src/api/tls.ts';
import { initTls } from '../../src/assembly/tls-directory.ts';
import { freePorts } from '../servers/ports.ts';
import { createServerProcess, type ServerProcess } from '../servers/server-process.ts';
import { type ClusterServers, clusterConfig, startServers } from './servers.ts';

export type DaemonProcess = ServerProcess & {
  /** `host:port` of its probes and metrics. */
  readonly http: string;
  /** The same with its scheme. */
  readonly url: string;
};

export type Cluster = {
  readonly servers: ClusterServers;
  /** The configuration file, for commands: `--config`. */
  readonly configFile: string;
  readonly directory: string;
  readonly reports: readonly DaemonProcess[];
  readonly persists: readonly DaemonProcess[];
  readonly analyze: DaemonProcess;
  readonly manage: DaemonProcess;
  readonly warn: DaemonProcess;
  /** `host:port` of each report, for gRPC. */
  readonly reportAddresses: readonly string[];
  /** What who calls trusts; undefined where all is plain. */
  readonly tls: TlsMaterial | undefined;
  /** Where `tls init` made its files. */
  readonly tlsDirectory: string;
  daemons(): readonly DaemonProcess[];
  stop(): Promise<void>;
};

export type ClusterOptions = {
  /** As the compose files have it: TLS everywhere, and who has no certificate shows a token. Default plain. */
  readonly tls?: boolean;
  readonly persists?: number;
  readonly zookeeper?: boolean;
  readonly discovery?: 'static' | 'etcd';
};

const LAUNCHER = fileURLToPath(new URL('../../bin/minimon.js', import.meta.url));
const REPORTS = 3;
/** From source, so that a stale bundle is never what is tested. */
export const MINIMON = [process.execPath, LAUNCHER] as const;
export const MINIMON_ENV = { MINIMON_FROM_SOURCE: '1', XDG_CONFIG_HOME: '/nonexistent' } as const;

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { persists: persistCount = 2, zookeeper = false, discovery = 'static', tls = false } = options;
  const servers = await startServers({ zookeeper, etcd: discovery === 'etcd' });
  const directory = mkdtempSync(join(tmpdir(), 'minimon-cluster-'));
  const ports = (await freePorts(3 * REPORTS + persistCount + 6)).map((port) => `127.0.0.1:${port}`);
  const next = () => ports.shift()!;
  const reportAddresses = Array.from({ length: REPORTS }, next);
  const addresses = {
    analyzeGrpc: next(),
    analyzeHttp: next(),
    manageGrpc: next(),
    manageHttp: next(),
    warnHttp: next(),
  };
  const configFile = join(directory, 'cluster.yaml');
  const tlsDirectory = join(directory, 'tls');
  const trusted = tls ? await makeCertificates(tlsDirectory) : undefined;
  writeFileSync(
    configFile,
    clusterConfig({
      ...{ servers, discovery, reports: reportAddresses, addresses },
      ...(tls && { tlsDirectory }),
    }),
  );

  function daemon(
    name: string,
    at: { id: string; http: string; settings?: readonly string[] },
  ): DaemonProcess {
    const home = join(directory, at.id);
    const url = `${tls ? 'https' : 'http'}://${at.http}`;
    const server = createServerProcess({
      name: at.id,
      command: [
        ...MINIMON,
        ...['daemon', name, '--config', configFile, '--data', home],
        ...(at.settings ?? []).flatMap((setting) => ['--set', setting]),
      ],
      directory: home,
      env: MINIMON_ENV,
      graceMs: 30_000,
      ready: async () => (await fetch(`${url}/readyz`)).ok,
    });
    return { ...server, http: at.http, url };
  }

  const reports = reportAddresses.map((grpc, i) => {
    const http = next();
    const id = `report-${i + 1}`;
    return daemon('report', {
      id,
      http,
      settings: [
        ...[`report.grpc=${grpc}`, `report.push=${next()}`, `report.admin=${http}`],
        `report.id=${id}`,
      ],
    });
  });
  const persists = Array.from({ length: persistCount }, (_, i) => {
    const http = next();
    return daemon('persist', { id: `persist-${i + 1}`, http, settings: [`persist.admin=${http}`] });
  });
  const analyze = daemon('analyze', { id: 'analyze', http: addresses.analyzeHttp });
  const manage = daemon('manage', { id: 'manage', http: addresses.manageHttp });
  const warn = daemon('warn', {
    id: 'warn',
    http: addresses.warnHttp,
    settings: [`warn.http=${addresses.warnHttp}`, `warn.grpc=${next()}`],
  });
  const daemons = [...reports, ...persists, analyze, manage, warn];

  async function stop() {
    // What they hold is thrown away with the servers' data: nothing is won by draining.
    await Promise.allSettled(daemons.map((one) => one.kill('SIGKILL')));
    await servers.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  try {
    await Promise.all(daemons.map((one) => one.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    servers,
    configFile,
    directory,
    reports,
    persists,
    analyze,
    manage,
    warn,
    reportAddresses,
    tls: trusted,
    tlsDirectory,
    daemons: () => daemons,
    stop,
  };
}

/** For everybody who calls from this process, fetch too. */
async function makeCertificates(directory: string): Promise<TlsMaterial> {
  await initTls({ directory, machine: 'cluster', hosts: ['report'], days: 2, nowMs: Date.now() });
  const ca = readFileSync(join(directory, 'ca.crt'), 'utf8');
  setDefaultCACertificates([ca]);
  return { ca };
}
