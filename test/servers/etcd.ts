// Starts a real etcd of one member.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDebian } from './debian-package.ts';
import { freePorts } from './ports.ts';
import { createServerProcess } from './server-process.ts';

export type Etcd = {
  /** The client address, for gRPC and for the JSON gateway. */
  readonly url: string;
  pid(): number | undefined;
  kill(signal: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
  log(): string;
  stop(): Promise<void>;
};

/** The path of etcd (3.4, as Debian has it). */
export async function ensureEtcd(): Promise<string> {
  const { root } = await ensureDebian('etcd-3.4', ['etcd-server']);
  return join(root, 'usr', 'bin', 'etcd');
}

export async function startEtcd(): Promise<Etcd> {
  const program = await ensureEtcd();
  const directory = mkdtempSync(join(tmpdir(), 'minimon-etcd-'));
  const [clientPort, peerPort] = await freePorts(2);
  const url = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const server = createServerProcess({
    name: 'etcd',
    command: [
      program,
      ...['--name', 'one', '--data-dir', join(directory, 'data'), '--logger', 'zap'],
      ...['--listen-client-urls', url, '--advertise-client-urls', url],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', `one=${peer}`],
    ],
    directory,
    ready: async () =>
      ((await (await fetch(`${url}/health`)).json()) as { health: string }).health === 'true',
  });
  const stop = async () => {
    await server.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await server.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, pid: server.pid, kill: server.kill, restart: server.start, log: server.log, stop };
}
