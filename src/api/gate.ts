// Authentication and authorization of every call, over HTTP and gRPC alike: by token, client certificate,
// or as a local process of the same user.
import { timingSafeEqual } from 'node:crypto';
import { ExpectedError } from '../domain/errors.ts';
import { scopesOfOrganizations } from '../runtime/certificates.ts';
import { type Ends, isInUserNamespace, isLocal, uidOfPeer } from '../runtime/local-peer.ts';
import { readToken, shownTokenId } from '../runtime/token.ts';
import { type Access, allows, reportableHosts } from './access.ts';
import type { KnownToken } from './tokens.ts';

export type Caller = {
  /** Name for the audit log; undefined if authentication is off. */
  readonly name: string | undefined;
  /** For error messages: `the token grafana`. */
  readonly shown: string;
  readonly scopes: readonly string[];
  /** Which hosts it may report; undefined for any. */
  readonly mayReport: ((hostId: string) => boolean) | undefined;
  /** Of the token that it shows. */
  readonly tokenId?: string;
};

/** What is known of a connection. */
export type Connection = Ends & {
  /** The verified client certificate, if there is one. */
  readonly certificate:
    | { readonly name: string; readonly isServer: boolean; readonly scopes: readonly string[] }
    | undefined;
  /** Whether it comes through a proxy: its local user is not the caller. */
  readonly isForwarded: boolean;
  /** Once it has ended, its ends may be those of another. */
  readonly isOpen: () => boolean;
};

/** What proxies add to a request, over HTTP and gRPC. Their own user is not the caller. */
export const FORWARDED_BY = [
  ...['forwarded', 'via', 'x-real-ip'],
  ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'],
] as const;

export type TokenSource = {
  find(id: string): KnownToken | undefined;
  /** Refreshes from manage, rate limited; resolves when `find` is up to date. UNAVAILABLE if manage does not answer. */
  refresh(): Promise<void>;
  used(id: string): void;
  /** Called after each time that it asked; returns how to leave. */
  onAsked(listener: () => void): () => void;
};

export type Shown = {
  readonly authorization: string | undefined;
  readonly key: object | undefined;
  readonly connection: () => Connection;
};

export type Gate = {
  /**
   * * The caller, if allowed. UNAUTHENTICATED, NOT_ALLOWED; UNAVAILABLE for a token that cannot be looked up now.
   * `connection` is asked where no token is shown, and its answer kept with `key` while that lives.
   */
  admit(access: Access, shown: Shown): Caller | Promise<Caller>;
  /** For streams: calls `onEnd` when the caller's token is revoked or expires. Returns how to unsubscribe. */
  whileAdmitted(caller: Caller, onEnd: (error: ExpectedError) => void): () => void;
};

const ALL = ['admin'] as const;
const ANYBODY: Caller = { name: undefined, shown: 'anybody', scopes: ALL, mayReport: undefined };

type GateOptions = {
  readonly tokens: TokenSource;
  /** Allow callers without credentials: the network is trusted. */
  readonly insecure: boolean;
  readonly nowMs: () => number;
  /** Default the users of this process and of the system. */
  readonly localUsers?: ReadonlyMap<number, string>;
  /** User ids are those of a namespace. Default as it is. */
  readonly inNamespace?: boolean;
};

export function createGate(options: GateOptions): Gate {
  const { tokens, insecure, nowMs } = options;
  const { ofToken, ofUnknown } = createTokenCallers(options);
  const withoutToken = createConnectionCallers(options);

  function checked(access: Access, caller: Caller): Caller {
    if (insecure || allows(caller.scopes, access)) return caller;
    throw new ExpectedError(
      'NOT_ALLOWED',
      `${caller.shown} has the scope ${caller.scopes.join(' ')}, but this call needs ${access}`,
      { hint: needs(access) },
    );
  }

  return {
    whileAdmitted({ tokenId, shown }, onEnd) {
      if (tokenId === undefined || insecure) return () => {};
      const leave = tokens.onAsked(() => {
        const { endsMs = Number.POSITIVE_INFINITY } = tokens.find(tokenId) ?? { endsMs: 0 };
        if (nowMs() < endsMs) return;
        leave();
        onEnd(unauthenticated(`${shown} was revoked or has expired`, 'Use another token.'));
      });
      return leave;
    },
    admit(access, shown) {
      if (access === 'open') return ANYBODY;
      const secret = secretOf(shown.authorization ?? '');
      // Telegraf without a token still sends the word before it.
      if (secret === '') {
        const caller = withoutToken(shown);
        return caller instanceof Promise
          ? caller.then((known) => checked(access, known))
          : checked(access, caller);
      }
      const read = readToken(secret);
      if (!read) {
        if (insecure) return ANYBODY;
        throw unauthenticated(
          'the authorization header is not a minimon token',
          'Send authorization: Bearer mm_..., as printed by minimon tokens create.',
        );
      }
      const caller = ofToken(read);
      if (caller) return checked(access, caller);
      return ofUnknown(read).then((known) => checked(access, known));
    },
  };
}

function createTokenCallers({ tokens, insecure, nowMs }: GateOptions) {
  // A token's answer is the same until it is replaced.
  const byToken = new WeakMap<KnownToken, Caller>();

  function ofToken({ id, hash }: { readonly id: string; readonly hash: Buffer }): Caller | undefined {
    const token = tokens.find(id);
    if (!token || !timingSafeEqual(Buffer.from(token.hash, 'hex'), hash)) return undefined;
    if (token.endsMs !== undefined && nowMs() >= token.endsMs) return undefined;
    tokens.used(id);
    let caller = byToken.get(token);
    if (!caller) {
      const { name, scopes } = token;
      const mayReport = insecure ? undefined : reportableHosts(scopes);
      caller = { name, shown: `the token ${name}`, scopes, mayReport, tokenId: id };
      byToken.set(token, caller);
    }
    return caller;
  }

  /** An unknown token may have just been created: refresh once. */
  async function ofUnknown(read: NonNullable<ReturnType<typeof readToken>>): Promise<Caller> {
    if (!tokens.find(read.id)) {
      await tokens.refresh().catch((error) => {
        if (!insecure) throw error;
      });
    }
    const caller = ofToken(read);
    if (caller) return caller;
    if (insecure) return ANYBODY;
    const ended = tokens.find(read.id) !== undefined;
    throw unauthenticated(
      ended
        ? `the token ${shownTokenId(read.id)} has expired, or its secret is wrong`
        : `the token ${shownTokenId(read.id)} is not valid`,
      'It was revoked, has expired or is from another installation. Create one: minimon tokens create NAME --scope SCOPE',
    );
  }

  return { ofToken, ofUnknown };
}

/** A caller without a token: by certificate, as a local process, or anonymous. */
function createConnectionCallers({
  insecure,
  localUsers = ownUsers(),
  inNamespace = isInUserNamespace(),
}: GateOptions) {
  const byConnection = new WeakMap<object, Caller | Promise<Caller>>();

  async function ofConnection(connection: Connection): Promise<Caller> {
    const { certificate } = connection;
    if (certificate) {
      const { name, isServer } = certificate;
      const scopes = isServer ? ALL : [`report:${name}`, ...certificate.scopes];
      const isAny = insecure || scopes.includes('admin');
      const mayReport = isAny ? undefined : (hostId: string) => hostId === name;
      return { name, shown: `the certificate ${name}`, scopes, mayReport };
    }
    if (insecure) return ANYBODY;
    const name = await localUser(connection);
    if (name !== undefined) {
      return { name, shown: `the user ${name} of this machine`, scopes: ALL, mayReport: undefined };
    }
    throw unauthenticated(
      'the call has no token',
      'Set token_file in the configuration or a profile, or MINIMON_TOKEN_FILE. On this machine, run as the user of the services, or as root.',
    );
  }

  async function localUser(connection: Connection): Promise<string | undefined> {
    if (connection.isForwarded || !isLocal(connection, inNamespace)) return undefined;
    // Elsewhere no table says whose a socket is.
    const uid =
      process.platform === 'linux' ? await uidOfPeer(connection, { inNamespace }) : process.getuid?.();
    if (uid === undefined) return undefined;
    // An end that is known to the kernel by now is seen here first.
    await new Promise(setImmediate);
    return connection.isOpen() ? localUsers.get(uid) : undefined;
  }

  function withoutToken({ key, connection }: Shown): Caller | Promise<Caller> {
    const known = key && byConnection.get(key);
    if (known) return known;
    const found = ofConnection(connection());
    if (!key) return found;
    // All its first calls wait for one answer.
    byConnection.set(key, found);
    found.then(
      (caller) => byConnection.set(key, caller),
      () => byConnection.delete(key),
    );
    return found;
  }

  return withoutToken;
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

/** Of a certificate that was verified, as node shows it. */
export function certificateOf(
  peer:
    | {
        readonly subject?: { readonly CN?: unknown; readonly O?: unknown };
        readonly ext_key_usage?: readonly string[];
      }
    | undefined,
): Connection['certificate'] {
  const name = peer?.subject?.CN;
  if (typeof name !== 'string' || name === '') return undefined;
  const scopes = scopesOfOrganizations(peer?.subject?.O);
  // One that is for anything has no list: a daemon's, unless it says itself what its holder may do.
  const isServer = peer?.ext_key_usage?.includes(SERVER_AUTH) ?? scopes.length === 0;
  return { name, isServer, scopes };
}

const needs = (access: Access): string =>
  access === 'enrol'
    ? 'Create a join token: minimon hosts enroll'
    : `Use another, or create one: minimon tokens create NAME --scope ${access === 'report' ? 'report:HOST' : access}`;

const unauthenticated = (message: string, hint: string) =>
  new ExpectedError('UNAUTHENTICATED', message, { hint });

/** `Bearer`, InfluxDB's `Token`, and `Basic` with the token as the password: what clients can be made to send. */
function secretOf(authorization: string): string {
  const [word = '', rest = ''] = authorization.trim().split(/ +(.*)/s);
  const scheme = word.toLowerCase();
  if (scheme === 'bearer' || scheme === 'token') return rest;
  if (scheme !== 'basic') return authorization;
  return Buffer.from(rest, 'base64')
    .toString()
    .replace(/^[^:]*:/, '');
}

function ownUsers(): ReadonlyMap<number, string> {
  const own = process.geteuid?.() ?? 0;
  return new Map([
    [own, own === 0 ? 'root' : `uid ${own}`],
    [0, 'root'],
  ]);
}
