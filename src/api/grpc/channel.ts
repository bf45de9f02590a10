// A client channel to one or several servers: round robin, retries, a deadline on every call, our errors.
import {
  Client,
  type ClientOptions,
  connectivityState,
  Metadata,
  type MethodDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { isAddress, parseAddress } from '../../domain/address.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { authorization, type Bearer } from '../bearer.ts';
import { CALL_TIMEOUT_MS } from '../calls.ts';
import { GRPC } from '../status.ts';
import type { TlsMaterial } from '../tls.ts';
import { channelCredentials } from './channel-credentials.ts';
import { fromGrpcError, isAnswered, quietGrpc } from './failure.ts';
import { type AddressSource, refreshable, registerListResolver, SCHEME, sourceOption } from './resolver.ts';

export type ChannelOptions = {
  /** The daemon that is called: `report`. Named in errors. */
  readonly daemon: string;
  /** A source, or `host:port` (several with commas). */
  readonly to: AddressSource | string;
  /** The deadline of each call. */
  readonly timeoutMs?: number;
  readonly tls?: TlsMaterial | undefined;
  readonly bearer?: Bearer | undefined;
  /** Paths of methods (`/service/method`) that are never retried. Default none. */
  readonly onceOnly?: readonly string[];
  /** Called whenever there is a connection, after a time without one. */
  readonly onConnected?: (() => void) | undefined;
  readonly clock?: Clock;
};

export type GrpcChannel = {
  call<Request, Response>(method: MethodDefinition<Request, Response>, request: Request): Promise<Response>;
  /** Ends with the signal, or throws when the server ends it: without `ends` always, else with an error. No deadline. */
  stream<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    until: { readonly signal: AbortSignal; readonly ends?: boolean },
  ): AsyncIterable<Response>;
  /** Whether there is a connection that calls are sent over. */
  isConnected(): boolean;
  /** Looks the names of servers up again. What is there or being made to an address that stays goes on. */
  lookUpAgain(): void;
  /** Cuts what is still in flight. */
  stop(): Promise<void>;
};

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Calls are retried when a server is lost in the middle of one: all but `onceOnly` are idempotent. */
const serviceConfig = (onceOnly: readonly string[]): string =>
  JSON.stringify({
    loadBalancingConfig: [{ round_robin: {} }],
    methodConfig: [
      {
        name: onceOnly.map((path) => {
          const [service, method] = path.slice(1).split('/');
          return { service, method };
        }),
      },
      {
        name: [{}],
        retryPolicy: {
          maxAttempts: 4,
          initialBackoff: '0.05s',
          maxBackoff: '1s',
          backoffMultiplier: 2,
          // CANCELLED is what a server's forced shutdown does to calls in flight; a call cancelled here ends here.
          retryableStatusCodes: ['UNAVAILABLE', 'CANCELLED'],
        },
      },
    ],
    // When most calls fail, sending each four times would only add to the load.
    retryThrottling: { maxTokens: 100, tokenRatio: 0.1 },
  });

/** INTERNAL is what a proxy's RST_STREAM in the middle of an answer becomes; a service's own INTERNAL carries our code. */
const CUT_OFF: readonly number[] = [GRPC.UNAVAILABLE, GRPC.CANCELLED, GRPC.INTERNAL];

/** The connection ended between the head and the end of an answer. */
class CutOff extends Error {
  readonly reason: ServiceError;
  constructor(reason: ServiceError) {
    super(reason.message);
    this.reason = reason;
  }
}

export function openChannel(options: ChannelOptions): GrpcChannel {
  const {
    daemon,
    to,
    timeoutMs = CALL_TIMEOUT_MS,
    tls,
    bearer,
    onceOnly = [],
    clock = systemClock,
  } = options;
  const source = refreshable(typeof to === 'string' ? staticSource(to) : to);
  quietGrpc();
  registerListResolver();
  const client = new Client(
    `${SCHEME}:///${daemon}`,
    channelCredentials(tls, source),
    clientOptions(source, { daemon, onceOnly, clock }),
  );
  const metadata = () => metadataOf(source, { bearer, tls });
  const inFlight = new Set<{ cancel(): void }>();
  let stopped = false;
  if (options.onConnected) watchConnections(client, options.onConnected, () => stopped);
  const failure = (error: ServiceError): ExpectedError =>
    fromGrpcError(error, {
      daemon,
      address: source.addresses().join(', ') || '(no address)',
      timeoutMs,
      tls,
      hasToken: bearer?.token() !== undefined,
    });

  function attempt<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    deadline: number,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      let begun = false;
      const call = client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        metadata(),
        { deadline },
        (error, answer) => {
          inFlight.delete(call);
          if (!error) resolve(answer as NonNullable<typeof answer>);
          else if (begun && CUT_OFF.includes(error.code) && !isAnswered(error)) reject(new CutOff(error));
          else reject(failure(error));
        },
      );
      call.on('metadata', () => {
        begun = true;
      });
      inFlight.add(call);
    });
  }

  return {
    async call(method, request) {
      const deadline = clock.nowMs() + timeoutMs;
      try {
        return await attempt(method, request, deadline);
      } catch (error) {
        // grpc-js gives up its retries once an answer has begun; a server may be cut off right after that.
        if (!(error instanceof CutOff)) throw error;
        if (stopped || onceOnly.includes(method.path)) throw failure(error.reason);
        return await attempt(method, request, deadline).catch((again: unknown) => {
          throw again instanceof CutOff ? failure(again.reason) : again;
        });
      }
    },
    async *stream(method, request, { signal, ends = false }) {
      signal.throwIfAborted();
      const call = client.makeServerStreamRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        metadata(),
      );
      const cancel = () => call.cancel();
      signal.addEventListener('abort', cancel, { once: true });
      inFlight.add(call);
      try {
        for await (const answer of call) yield answer;
      } catch (error) {
        if (!signal.aborted) throw failure(error as ServiceError);
        return;
      } finally {
        signal.removeEventListener('abort', cancel);
        inFlight.delete(call);
        call.cancel();
      }
      // A server that stops ends its streams in order, which a reader must not take for the end of the data.
      if (!signal.aborted && !ends) {
        throw new ExpectedError('UNAVAILABLE', `the ${daemon} service closed the stream`, {
          hint: 'It is shutting down; try again.',
        });
      }
    },
    isConnected: () => client.getChannel().getConnectivityState(false) === connectivityState.READY,
    lookUpAgain: source.refresh,
    async stop() {
      stopped = true;
      for (const call of inFlight) call.cancel();
      client.close();
    },
  };
}

function clientOptions(
  source: AddressSource,
  {
    daemon,
    onceOnly,
    clock,
  }: { readonly daemon: string; readonly onceOnly: readonly string[]; readonly clock: Clock },
): ClientOptions {
  return {
    ...sourceOption(source, clock),
    'grpc.service_config': serviceConfig(onceOnly),
    'grpc.default_authority': source.addresses()[0] ?? daemon,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.initial_reconnect_backoff_ms': 500,
    'grpc.max_reconnect_backoff_ms': 10_000,
    'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
    'grpc.max_send_message_length': -1,
    // Two clients in one process share nothing, so that one that is stopped leaves no connection behind.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_http_proxy': 0,
  };
}

function metadataOf(
  source: AddressSource,
  { bearer, tls }: Pick<ChannelOptions, 'bearer' | 'tls'>,
): Metadata {
  const sent = new Metadata();
  if (bearer === undefined) return sent;
  const hosts = source
    .addresses()
    .map((address) => (isAddress(address) ? parseAddress(address).host : address));
  const shown = authorization(bearer, { hosts, tls });
  if (shown !== undefined) sent.set('authorization', shown);
  return sent;
}

function watchConnections(client: Client, onConnected: () => void, isStopped: () => boolean): void {
  const channel = client.getChannel();
  const watch = (from: connectivityState): void =>
    channel.watchConnectivityState(from, Number.POSITIVE_INFINITY, () => {
      if (isStopped()) return;
      const now = channel.getConnectivityState(false);
      if (now === connectivityState.READY) onConnected();
      watch(now);
    });
  watch(channel.getConnectivityState(false));
}

function staticSource(list: string): AddressSource {
  const addresses = list
    .split(',')
    .map((address) => address.trim())
    .filter(Boolean);
  return { addresses: () => addresses, onChange: () => () => {} };
}
