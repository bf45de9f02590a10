// Starts a real InfluxDB 2 with an organization, a bucket and a token of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInfluxdb } from './influxdb-build.ts';
import { freePorts } from './ports.ts';
import { createServerProcess } from './server-process.ts';

export type Influxdb = {
  readonly url: string;
  readonly org: string;
  /** Made at the start, without retention. */
  readonly bucket: string;
  /** May do everything. */
  readonly token: string;
  pid(): number | undefined;
  kill(signal: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
  log(): string;
  stop(): Promise<void>;
};

export async function startInfluxdb(): Promise<Influxdb> {
  const program = await ensureInfluxdb();
  const directory = mkdtempSync(join(tmpdir(), 'minimon-influxdb-'));
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const server = createServerProcess({
    name: 'influxdb',
    command: [
      program,
      ...['--bolt-path', join(directory, 'influxd.bolt')],
      ...['--sqlite-path', join(directory, 'influxd.sqlite')],
      ...['--engine-path', join(directory, 'engine')],
      ...['--http-bind-address', `127.0.0.1:${port}`],
      '--reporting-disabled',
    ],
    directory,
    // SIGTERM ends it at once, without its shutdown.
    stopSignal: 'SIGINT',
    ready: async () => (await fetch(`${url}/ready`)).ok,
  });
  const stop = async () => {
    await server.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  const access = { org: 'minimon', bucket: 'minimon', token: 'a-token-of-the-tests' };
  try {
    await server.start();
    await setUp(url, access);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    ...access,
    pid: server.pid,
    kill: server.kill,
    restart: server.start,
    log: server.log,
    stop,
  };
}

async function setUp(url: string, access: { org: string; bucket: string; token: string }): Promise<void> {
  const response = await fetch(`${url}/api/v2/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...access, username: 'minimon', password: 'password-of-the-tests' }),
  });
  if (!response.ok)
    throw new Error(`InfluxDB refused its setup: ${response.status} ${await response.text()}`);
}
