// Where the client commands find the services, and how. Without zod, to load fast: every command starts here.
import { checkToken } from '../api/bearer.ts';
import type { OnCall } from '../api/http/client.ts';
import type { TlsMaterial } from '../api/tls.ts';
import { bareHost, formatAddress, PORTS } from '../domain/address.ts';
import { parseLasting } from '../domain/duration.ts';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import { readLayers } from './config-layers.ts';
import type { Environment } from './environment.ts';
import { SETTINGS } from './generated/settings.ts';
import { chosenProfile, type Profile } from './profiles.ts';
import { clientTls, mergedTls, type TlsSettings } from './tls.ts';

export type ClientSettings = {
  /** `host:port` of each service. */
  readonly analyzeHttp: string;
  readonly analyzeGrpc: string;
  readonly manageHttp: string;
  readonly persistHttp: string;
  readonly warnHttp: string;
  /** Undefined where the configuration has them found by etcd and nothing nearer names one. */
  readonly reports: readonly string[] | undefined;
  readonly timeoutMs: number;
  /** Undefined: plain text. */
  readonly tls: TlsMaterial | undefined;
  /** Shown with each call. */
  readonly token: string | undefined;
  /** The token may be sent in plain text to other machines. */
  readonly insecure: boolean;
  /** Set with --verbose. */
  readonly onCall?: OnCall | undefined;
  readonly onServerTime?: ((serverMs: number) => void) | undefined;
};

export type ClientFlags = {
  readonly server?: string | undefined;
  readonly portOffset?: number | undefined;
  readonly timeout?: string | undefined;
  readonly config?: string | undefined;
  readonly profile?: string | undefined;
};

type Given = {
  readonly server?: unknown;
  readonly portOffset?: unknown;
  readonly insecure?: unknown;
  readonly token?: unknown;
  readonly discovery?: { readonly kind?: unknown };
  readonly tls?: TlsSettings;
  readonly client?: { readonly tls?: TlsSettings } & Readonly<Record<string, unknown>>;
};

export async function clientSettings(flags: ClientFlags, environment: Environment): Promise<ClientSettings> {
  const { client = {}, ...given } = await readGiven(flags, environment);
  const server = checkServer(String(given.server ?? '127.0.0.1'));
  const offset = checkOffset(given.portOffset ?? 0);
  const address = (name: string, port: number) =>
    String(client[name] ?? formatAddress({ host: server, port: port + offset }));
  const reports =
    client['reports'] ??
    (given.discovered ? undefined : [formatAddress({ host: server, port: PORTS.reportGrpc + offset })]);
  return {
    analyzeHttp: address('analyzeHttp', PORTS.analyzeHttp),
    analyzeGrpc: address('analyzeGrpc', PORTS.analyzeGrpc),
    manageHttp: address('manageHttp', PORTS.manageHttp),
    persistHttp: address('persistHttp', PORTS.persistAdmin),
    warnHttp: address('warnHttp', PORTS.warnHttp),
    reports: reports as readonly string[] | undefined,
    timeoutMs: parseLasting(String(client['timeout'] ?? '10s'), 'timeout'),
    tls: clientTls(mergedTls(given.tls, client.tls)),
    token: given.token === undefined ? undefined : checkToken(String(given.token), given.tokenOrigin),
    insecure: given.insecure === true,
  };
}

async function readGiven(
  flags: ClientFlags,
  environment: Environment,
): Promise<Given & { readonly discovered: boolean; readonly tokenOrigin: string }> {
  const flag = (key: string, value: unknown) =>
    value === undefined ? [] : [{ key, value, flag: `--${key.replace('_', '-').replace('client.', '')}` }];
  const { given, origins } = await readLayers({
    leaves: SETTINGS,
    environment,
    file: flags.config,
    profile: chosenProfile(flags, environment),
    flags: [
      ...flag('server', flags.server),
      ...flag('port_offset', flags.portOffset),
      ...flag('client.timeout', flags.timeout),
    ],
    // The secrets of daemons are not for every user to read, and not needed here.
    reads: (key, isSet) =>
      key === 'token' || key.startsWith('client.') || (key.startsWith('tls.') && !isSet(`client.${key}`)),
  });
  const settings: Given = given;
  // Whoever names a server on the command line or in the environment means that one.
  const named = /^(?:--|environment)/.test(origins.get('server') ?? '');
  const tokenOrigin = origins.get('token') ?? 'token';
  return { ...settings, tokenOrigin, discovered: settings.discovery?.kind === 'etcd' && !named };
}

function checkServer(server: string): string {
  const bare = bareHost(server);
  const looksLikeAddress = /^[\w.:%-]+$/.test(bare) && !/^[^:]*:\d+$/.test(bare);
  if (looksLikeAddress) return bare;
  throw new ExpectedError('USAGE', `--server takes a host name or address, not ${JSON.stringify(server)}`, {
    hint: 'It is one host for several ports: change all ports with --port-offset, or single ones under client: in the configuration.',
  });
}

function checkOffset(given: unknown): number {
  const offset = String(given).trim() === '' ? Number.NaN : Number(given);
  if (Number.isInteger(offset) && offset >= 0 && offset <= 57_000) return offset;
  throw new ExpectedError('USAGE', `a port offset is a whole number from 0 to 57000, not ${given}`);
}

export type ProfileSummary = Profile & {
  readonly server?: string;
  readonly tls?: boolean;
  readonly token?: boolean;
  /** Why it cannot be used. */
  readonly problem?: string;
};

/** What a profile says by itself. */
export async function readProfile(profile: Profile): Promise<ProfileSummary> {
  try {
    const { given } = await readLayers({
      ...{ leaves: SETTINGS, environment: {}, file: '/dev/null', profile },
    });
    const { server = '127.0.0.1', tls, client, token }: Given = given;
    const called = client?.['manageHttp'] ?? server;
    return {
      ...profile,
      server: String(called),
      tls: clientTls(mergedTls(tls, client?.tls)) !== undefined,
      token: token !== undefined,
    };
  } catch (error) {
    return { ...profile, problem: messageOf(error) };
  }
}
