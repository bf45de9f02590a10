// A gRPC client from a table of calls: for calls between daemons, and for streams.
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import type { Bearer } from '../bearer.ts';
import { type Api, type Call, givenOf, requestOf, rpcName, type ServiceOf } from '../calls.ts';
import type { TlsMaterial } from '../tls.ts';
import type { GrpcChannel } from './channel.ts';
import { protoOf } from './codec.ts';
import { openLastingChannel } from './lasting-channel.ts';
import { loadApi } from './proto.ts';

export type GrpcClientOptions = {
  /** `host:port`, or several with commas. */
  readonly address: string;
  /** Default 10 s; streams have none. */
  readonly timeoutMs?: number;
  readonly tls?: TlsMaterial | undefined;
  readonly bearer?: Bearer | undefined;
};

export type GrpcClient<A extends Api> = ServiceOf<A> & { stop(): Promise<void> };

export function createGrpcClient<A extends Api>(api: A, options: GrpcClientOptions): GrpcClient<A> {
  const { address, ...rest } = options;
  const definition = loadApi(api);
  const methodOf = (name: string, call: Call) => definition[rpcName(name, call)]!;
  const calls = Object.entries(api.calls);
  const onceOnly = calls.flatMap(([name, call]) => (call.notIdempotent ? methodOf(name, call).path : []));
  const channel = openLastingChannel({ daemon: api.daemon, to: address, onceOnly, ...rest });
  const functions = calls.map(([name, call]) => [name, functionOf(call, methodOf(name, call), channel)]);
  return { ...Object.fromEntries(functions), stop: channel.stop } as GrpcClient<A>;
}

type Method = MethodDefinition<unknown, unknown> & ServiceDefinition[string];

function functionOf(call: Call, method: Method, channel: GrpcChannel) {
  const write = (argument: unknown) => protoOf(call.request).write(requestOf(call, argument));
  const read = (wire: unknown) => givenOf(call, protoOf(call.answer).read(wire));
  if (!call.stream) return async (argument: unknown) => read(await channel.call(method, write(argument)));
  return async function* (argument: unknown, signal: AbortSignal) {
    const ends = call.stream === 'finite';
    for await (const wire of channel.stream(method, write(argument), { signal, ends })) yield read(wire);
  };
}
