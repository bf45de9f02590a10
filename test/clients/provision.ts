// Fetches and builds the real clients: `node test/clients/provision.ts [names]`, and prints what and how long.
import { pathToFileURL } from 'node:url';
import { provision } from '../servers/provision.ts';
import {
  ensureCollector,
  ensurePrometheus,
  ensurePrometheus3,
  ensureTelegraf,
  ensureVmagent,
} from './builds.ts';
import type { ClientName } from './wanted.ts';

const ENSURE: Readonly<Record<ClientName, () => Promise<unknown>>> = {
  prometheus: ensurePrometheus,
  prometheus3: ensurePrometheus3,
  telegraf: ensureTelegraf,
  vmagent: ensureVmagent,
  opentelemetry: ensureCollector,
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = await provision(ENSURE, process.argv.slice(2));
