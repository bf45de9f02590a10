// Where the client commands find the services. Kept light (no zod; yaml only when there is a file): every command starts here.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { formatAddress, PORTS } from '../domain/address.ts';
import { parseDuration } from '../domain/duration.ts';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import { didYouMean } from '../domain/names.ts';
import type { Environment } from './program.ts';

export type ClientSettings = {
  /** `host:port` of each service. */
  readonly analyzeHttp: string;
  readonly analyzeGrpc: string;
  readonly manageHttp: string;
  readonly warnHttp: string;
  /** Undefined where the configuration has them found by etcd and nothing nearer names one. */
  readonly reports: readonly string[] | undefined;
  readonly timeoutMs: number;
};

export type ClientFlags = {
  readonly server?: string | undefined;
  readonly portOffset?: number | undefined;
  readonly timeout?: string | undefined;
  readonly config?: string | undefined;
};

const CLIENT_KEYS = [
  'analyze_http',
  'analyze_grpc',
  'manage_http',
  'warn_http',
  'reports',
  'timeout',
] as const;
type Section = Partial<Record<Key, unknown>> & { readonly discovers?: boolean };
type Key = (typeof CLIENT_KEYS)[number] | 'server' | 'port_offset';

/** The standard places of the configuration, first match wins. */
export function configPlaces(environment: Environment): readonly string[] {
  const home = environment['XDG_CONFIG_HOME'] || join(environment['HOME'] || homedir(), '.config');
  return [join(home, 'minimon', 'config.yaml'), '/etc/minimon/config.yaml'];
}

export async function clientSettings(flags: ClientFlags, environment: Environment): Promise<ClientSettings> {
  const file = await readClientSection(flags.config ?? environment['MINIMON_CONFIG'], environment);
  const setting = (key: Key, flag?: unknown): unknown => {
    const name = key === 'server' || key === 'port_offset' ? key : `client_${key}`;
    return flag ?? environment[`MINIMON_${name.toUpperCase()}`] ?? file[key];
  };
  const server = checkServer(String(setting('server', flags.server) ?? '127.0.0.1'));
  const offset = checkOffset(setting('port_offset', flags.portOffset) ?? 0);
  const address = (key: Key, port: number) =>
    String(setting(key) ?? formatAddress({ host: String(server), port: port + offset }));
  const found = file.discovers && flags.server === undefined && environment['MINIMON_SERVER'] === undefined;
  const reports =
    setting('reports') ??
    (found ? undefined : formatAddress({ host: String(server), port: PORTS.reportGrpc + offset }));
  return {
    analyzeHttp: address('analyze_http', PORTS.analyzeHttp),
    analyzeGrpc: address('analyze_grpc', PORTS.analyzeGrpc),
    manageHttp: address('manage_http', PORTS.manageHttp),
    warnHttp: address('warn_http', PORTS.warnHttp),
    reports: reports === undefined ? undefined : listOf(reports),
    timeoutMs: parseDuration(String(setting('timeout', flags.timeout) ?? '10s')),
  };
}

const listOf = (reports: unknown): readonly string[] =>
  Array.isArray(reports)
    ? reports.map(String)
    : String(reports)
        .split(',')
        .map((part) => part.trim());

function checkServer(server: string): string {
  const bare = server.replace(/^\[(.*)\]$/, '$1');
  const looksLikeAddress = /^[\w.:%-]+$/.test(bare) && !/^[^:]*:\d+$/.test(bare);
  if (looksLikeAddress) return bare;
  throw new ExpectedError('USAGE', `--server takes a host name or address, not ${JSON.stringify(server)}`, {
    hint: 'It stands for several ports; move them together with --port-offset, or one by one under client: in the configuration.',
  });
}

function checkOffset(given: unknown): number {
  const offset = String(given).trim() === '' ? Number.NaN : Number(given);
  if (Number.isInteger(offset) && offset >= 0 && offset <= 57_000) return offset;
  throw new ExpectedError('USAGE', `a port offset is a whole number from 0 to 57000, not ${given}`);
}

async function readClientSection(named: string | undefined, environment: Environment): Promise<Section> {
  const path = named ?? configPlaces(environment).find((place) => existsSync(place));
  if (!path) return {};
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new ExpectedError('FILE_MISSING', `cannot read the configuration ${path}: ${messageOf(error)}`);
  }
  // Bundled, a dynamic import of CommonJS has a default export alone.
  const { parse } = (await import('yaml')).default;
  let root: Record<string, unknown>;
  try {
    root = (parse(text) ?? {}) as Record<string, unknown>;
  } catch (error) {
    throw new ExpectedError('BAD_CONFIG', `${path}: ${messageOf(error)}`);
  }
  const client = (root['client'] ?? {}) as Record<string, unknown>;
  const unknown = Object.keys(client).find((key) => !CLIENT_KEYS.some((known) => known === key));
  if (unknown) {
    throw new ExpectedError('BAD_CONFIG', `${path}: unknown key client.${unknown}`, {
      hint: didYouMean(unknown, CLIENT_KEYS),
    });
  }
  const discovers = (root['discovery'] as { kind?: unknown } | undefined)?.kind === 'etcd';
  return { ...client, server: root['server'], port_offset: root['port_offset'], discovers };
}
