// Finds the reports in etcd and follows their coming and going.
import { isAddress } from '../domain/address.ts';
import { messageOf } from '../domain/errors.ts';
import { compareBytes } from '../domain/names.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logging.ts';
import type { Discovery } from './discovery.ts';
import { createEtcdGateway, decodeText, type EtcdAccess, encodeText, prefixEnd } from './etcd-gateway.ts';

export const DEFAULT_PREFIX = '/minimon/report/';

export type EtcdDiscoveryParts = EtcdAccess & {
  /** Default `/minimon/report/`; a key is this and a report's id, its value `host:port`. */
  readonly prefix?: string;
  readonly clock?: Clock;
  readonly logger: Logger;
};

/** The list is read anew this often: a watch on a member that is cut off from the others hears nothing, and says nothing. */
const REREAD_EVERY_MS = 30_000;
const BACKOFF_MS = { first: 200, most: 5_000 };
/**
 * Resolves when the list was read, or could not be: etcd being away does not stop a start, the list is then empty until
 * it answers. Once known, the last list stands while etcd is away, and `fault` says so.
 */
export async function createEtcdDiscovery(parts: EtcdDiscoveryParts): Promise<Discovery> {
  const { prefix = DEFAULT_PREFIX, clock = systemClock, logger } = parts;
  const gateway = createEtcdGateway(parts);
  const range = { key: encodeText(prefix), range_end: prefixEnd(prefix) };
  const reports = new Map<string, string>();
  const listeners = new Set<(addresses: readonly string[]) => void>();
  const stopping = new AbortController();
  const { signal } = stopping;
  let addresses: readonly string[] = [];
  let fault: string | undefined = 'etcd was not asked yet';

  function publish(): void {
    const next = [...new Set([...reports].sort(([a], [b]) => compareBytes(a, b)).map(([, at]) => at))];
    if (next.length === addresses.length && next.every((address, i) => address === addresses[i])) return;
    addresses = next;
    logger.info({ reports: next }, 'the reports in etcd changed');
    for (const listener of listeners) listener(next);
  }

  function put(key: string, address: string): void {
    if (isAddress(address)) reports.set(key, address);
    else {
      reports.delete(key);
      logger.warn({ key }, 'a report in etcd has a value that is no address of the form host:port');
    }
  }

  /** Returns the revision of the list. */
  async function read(): Promise<number> {
    const found = (await gateway.call('/v3/kv/range', range, signal)) as RangeAnswer;
    reports.clear();
    for (const { key, value } of found.kvs ?? []) put(decodeText(key), decodeText(value));
    fault = undefined;
    publish();
    return Number(found.header.revision);
  }

  function hear({ events = [], canceled, compact_revision: compacted }: WatchMessage): void {
    // Too old a revision to go on from: the list is read again.
    if (canceled) throw new Error(`etcd ended the watch${compacted ? ' after a compaction' : ''}`);
    for (const { type, kv } of events) {
      if (type === 'DELETE') reports.delete(decodeText(kv.key));
      else put(decodeText(kv.key), decodeText(kv.value));
    }
    publish();
  }

  /** Follows the list for a while; resolves when it is time to read it again. */
  async function follow(revision: number): Promise<void> {
    const ended = new AbortController();
    const watch = gateway.stream(
      '/v3/watch',
      { create_request: { ...range, start_revision: String(revision + 1) } },
      {
        onMessage: (message) => hear(message as WatchMessage),
        signal: AbortSignal.any([signal, ended.signal]),
      },
    );
    const pause = clock.sleep(REREAD_EVERY_MS, AbortSignal.any([signal, ended.signal]));
    try {
      await Promise.race([watch.then(() => Promise.reject(new Error('etcd ended the watch'))), pause]);
    } finally {
      ended.abort();
      await Promise.allSettled([watch, pause]);
    }
  }

  async function keepFollowing(from: number | undefined): Promise<void> {
    let revision = from;
    let backoffMs = BACKOFF_MS.first;
    while (!signal.aborted) {
      try {
        revision ??= await read();
        backoffMs = BACKOFF_MS.first;
        await follow(revision);
      } catch (error) {
        if (signal.aborted) return;
        fault = `etcd cannot be followed: ${messageOf(error)}`;
        logger.warn({ reports: addresses }, `${fault}; going on with the last list`);
        // By chance: ten thousand agents would else all come at once when etcd is back.
        await clock.sleep(backoffMs * Math.random(), signal).catch(() => {});
        backoffMs = Math.min(2 * backoffMs, BACKOFF_MS.most);
      }
      revision = undefined;
    }
  }

  const revision = await read().catch((error) => {
    fault = messageOf(error);
    logger.warn(`starting without etcd: ${fault}`);
    return undefined;
  });
  const following = keepFollowing(revision);

  return {
    addresses: () => addresses,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    unhealthy: () =>
      fault ?? (addresses.length === 0 ? `no report is registered in etcd under ${prefix}` : undefined),
    async stop() {
      stopping.abort();
      listeners.clear();
      await following;
    },
  };
}

type Kv = { readonly key: string; readonly value?: string };
type RangeAnswer = { readonly header: { readonly revision: string }; readonly kvs?: readonly Kv[] };
type WatchMessage = {
  readonly events?: readonly { readonly type?: string; readonly kv: Kv }[];
  readonly canceled?: boolean;
  readonly compact_revision?: string;
};
