// Starts a real Alertmanager that tells nobody: what it was sent is read from its API.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provisionOnce } from './cache.ts';
import { requireTools } from './command.ts';
import { buildProgram, copyModule } from './go-module.ts';
import { freePorts } from './ports.ts';
import { createServerProcess } from './server-process.ts';

/** As its API shows it. */
export type ShownAlert = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly fingerprint: string;
};

export type Alertmanager = {
  readonly url: string;
  /** Those that it holds for firing. */
  alerts(): Promise<readonly ShownAlert[]>;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** It keeps alerts in memory only: then it knows none. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

const VERSION = 'v0.35.0';

/** The path of the program: Debian's is of 2023 and does not run where it is only unpacked. */
export async function ensureAlertmanager(): Promise<string> {
  const directory = await provisionOnce({ name: `alertmanager-${VERSION}`, build });
  return join(directory, 'alertmanager');
}

async function build(draft: string): Promise<void> {
  await requireTools('Building Alertmanager', ['go']);
  const work = mkdtempSync(join(tmpdir(), 'minimon-alertmanager-build-'));
  try {
    const sources = await copyModule(`github.com/prometheus/alertmanager@${VERSION}`, join(work, 'sources'));
    // The pages of its web interface, which the module leaves out, and which nobody here looks at.
    for (const page of ['elm', 'mantine']) {
      const directory = join(sources, 'ui', 'app', 'dist', page);
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, 'index.html'), '<!doctype html>');
    }
    await buildProgram(sources, { package: './cmd/alertmanager', output: join(draft, 'alertmanager') });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export async function startAlertmanager(): Promise<Alertmanager> {
  const program = await ensureAlertmanager();
  const directory = mkdtempSync(join(tmpdir(), 'minimon-alertmanager-'));
  mkdirSync(join(directory, 'data'));
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const file = join(directory, 'alertmanager.yml');
  writeFileSync(file, 'route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n');
  const server = createServerProcess({
    name: 'alertmanager',
    command: [
      program,
      `--config.file=${file}`,
      `--storage.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    directory,
    ready: async () => (await fetch(`${url}/-/ready`)).ok,
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
  return {
    url,
    async alerts() {
      const answer = await fetch(`${url}/api/v2/alerts?active=true`);
      return (await answer.json()) as readonly ShownAlert[];
    },
    kill: server.kill,
    restart: server.start,
    stop,
  };
}
