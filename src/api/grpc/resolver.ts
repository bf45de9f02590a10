// A gRPC name resolver for a list of host:port that may change while a channel is open (the built-in schemes take one
// name).
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { experimental, Metadata, status } from '@grpc/grpc-js';
import { parseAddress } from '../../domain/address.ts';
import { messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';

/** Where the addresses come from; discovery.ts's contract fits. */
export type AddressSource = {
  addresses(): readonly string[];
  onChange(listener: () => void): () => void;
};

/** The same, and whoever has it can have the names of it looked up again: gRPC does so only once a connection has failed. */
export function refreshable(source: AddressSource): AddressSource & { refresh(): void } {
  const listeners = new Set<() => void>();
  return {
    addresses: () => source.addresses(),
    onChange(listener) {
      const end = source.onChange(listener);
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        end();
      };
    },
    refresh() {
      for (const listener of listeners) listener();
    },
  };
}

export const SCHEME = 'minimon';
const SOURCE_OPTION = 'minimon.address_source';
/** gRPC asks again at every broken connection; names are looked up at most this often for that. */
const MIN_LOOKUP_MS = 1_000;

/** The channel option that carries a source to the resolver. In a function, since gRPC prints options as JSON. */
export const sourceOption = (source: AddressSource, clock: Clock) => ({
  [SOURCE_OPTION]: (): Given => ({ source, clock }),
});

type Given = { readonly source: AddressSource; readonly clock: Clock };

/** Tells grpc-js about the scheme. Called when a channel is opened; once or more makes no difference. */
export function registerListResolver(): void {
  experimental.registerResolver(SCHEME, ListResolver);
}

/** A class because grpc-js constructs its resolvers. */
class ListResolver implements experimental.Resolver {
  static getDefaultAuthority(): string {
    return 'minimon';
  }

  readonly #source: AddressSource;
  readonly #clock: Clock;
  readonly #listener: experimental.ResolverListener;
  #unsubscribe: (() => void) | undefined;
  #lookedUpMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #round = 0;

  constructor(_target: experimental.GrpcUri, listener: experimental.ResolverListener, options: object) {
    const { source, clock } = (options as Record<string, () => Given>)[SOURCE_OPTION]!();
    this.#source = source;
    this.#clock = clock;
    this.#listener = listener;
  }

  updateResolution(): void {
    this.#unsubscribe ??= this.#source.onChange(() => this.#soon(0));
    this.#soon(Math.max(0, this.#lookedUpMs + MIN_LOOKUP_MS - this.#clock.monotonicMs()));
  }

  destroy(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lookedUpMs = Number.NEGATIVE_INFINITY;
    this.#round++;
  }

  #soon(ms: number): void {
    if (this.#timer && ms > 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#lookedUpMs = this.#clock.monotonicMs();
      void this.#resolve(++this.#round);
    }, ms);
    this.#timer.unref();
  }

  async #resolve(round: number): Promise<void> {
    const addresses = this.#source.addresses();
    const results = await Promise.allSettled(addresses.map(endpointsOf));
    // A newer answer, or the end of the channel, may have overtaken this one.
    if (round !== this.#round) return;
    const endpoints = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    const failures = results.flatMap((result) =>
      result.status === 'rejected' ? messageOf(result.reason) : [],
    );
    const note = failures.join('; ');
    if (endpoints.length > 0) {
      this.#listener(experimental.statusOrFromValue(endpoints), {}, null, note);
      return;
    }
    const details = addresses.length === 0 ? 'no address is known' : note;
    const failure = { code: status.UNAVAILABLE, details, metadata: new Metadata() };
    this.#listener(experimental.statusOrFromError(failure), {}, null, details);
    this.#soon(MIN_LOOKUP_MS);
  }
}

async function endpointsOf(text: string): Promise<experimental.Endpoint[]> {
  const { host, port } = parseAddress(text);
  if (isIP(host)) return [{ addresses: [{ host, port }] }];
  const found = await lookup(host, { all: true });
  const family = (wanted: number) => found.filter((one) => one.family === wanted);
  // localhost and dual-stack names are one server under two addresses; several of one family are several servers.
  const [v4, v6] = [family(4), family(6)];
  if (v4.length <= 1 && v6.length <= 1)
    return [{ addresses: found.map(({ address }) => ({ host: address, port })) }];
  return (v4.length > 0 ? v4 : v6).map(({ address }) => ({ addresses: [{ host: address, port }] }));
}
