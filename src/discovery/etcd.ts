// Finds the reports in etcd: reads the list, then watches it for changes.
import { isAddress } from '../domain/address.ts';
import { messageOf } from '../domain/errors.ts';
import { compareBytes } from '../domain/names.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logging.ts';
import { BACKOFF, createBackoff } from '../runtime/retry.ts';
import type { Discovery } from './discovery.ts';
import { createEtcdGateway, decodeText, type EtcdAccess, encodeText, prefixEnd } from './etcd-gateway.ts';
import { DEFAULT_PREFIX } from './etcd-options.ts';

export type EtcdDiscoveryParts = EtcdAccess & {
  /** Default `/minimon/report/`; a key is this and a report's id, its value `host:port`. */
  readonly prefix?: string;
  readonly clock?: Clock;
  readonly logger: Logger;
};

/** The list is read again this often: a watch on a member that is partitioned from the others stays silent. */
const REREAD_EVERY_MS = 30_000;
// With jitter: ten thousand agents would otherwise all reconnect at once when etcd is back.

/**
 * Resolves when the list was read, or could not be: an unreachable etcd does not stop a start, the list is then empty
 * until it answers. Once known, the last list is used while etcd is unreachable, and `unhealthy` says so.
 */
export async function createEtcdDiscovery(parts: EtcdDiscoveryParts): Promise<Discovery> {
  const { prefix = DEFAULT_PREFIX, clock = systemClock, logger } = parts;
  const gateway = createEtcdGateway(parts);
  const range = { key: encodeText(prefix), range_end: prefixEnd(prefix) };
  const reports = createReportList(logger);
  const stopping = new AbortController();
  const { signal } = stopping;
  let unhealthy: string | undefined = 'etcd was not read yet';

  /** Returns the revision of the list. */
  async function read(): Promise<number> {
    const found = (await gateway.call('/v3/kv/range', range, signal)) as RangeAnswer;
    reports.replace(found.kvs ?? []);
    unhealthy = undefined;
    return Number(found.header.revision);
  }

  /** Watches the list; resolves when it is time to read it again. */
  async function watchOnce(revision: number): Promise<void> {
    const ended = new AbortController();
    const watch = gateway.stream(
      '/v3/watch',
      { create_request: { ...range, start_revision: String(revision + 1) } },
      {
        onMessage: (message) => reports.apply(message as WatchMessage),
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

  async function keepWatching(from: number | undefined): Promise<void> {
    let revision = from;
    const backoff = createBackoff(BACKOFF.store);
    while (!signal.aborted) {
      try {
        revision ??= await read();
        backoff.reset();
        await watchOnce(revision);
      } catch (error) {
        if (signal.aborted) return;
        unhealthy = `cannot watch the reports in etcd: ${messageOf(error)}`;
        logger.warn({ reports: reports.addresses() }, `${unhealthy}; using the last list`);
        await clock.sleep(backoff.next(), signal).catch(() => {});
      }
      revision = undefined;
    }
  }

  const revision = await read().catch((error) => {
    unhealthy = messageOf(error);
    logger.warn(`starting without etcd: ${unhealthy}`);
    return undefined;
  });
  const watching = keepWatching(revision);

  return {
    addresses: reports.addresses,
    onChange: reports.onChange,
    unhealthy: () =>
      unhealthy ??
      (reports.addresses().length === 0 ? `no report is registered in etcd under ${prefix}` : undefined),
    async stop() {
      stopping.abort();
      reports.close();
      await watching;
    },
  };
}

/** The reports as etcd lists them, and who wants to know when that changes. */
function createReportList(logger: Logger) {
  const reports = new Map<string, string>();
  const listeners = new Set<(addresses: readonly string[]) => void>();
  let addresses: readonly string[] = [];

  function publish(): void {
    const next = [...new Set([...reports].sort(([a], [b]) => compareBytes(a, b)).map(([, at]) => at))];
    if (next.length === addresses.length && next.every((address, i) => address === addresses[i])) return;
    addresses = next;
    logger.info({ reports: next }, 'the report servers listed in etcd changed');
    for (const listener of listeners) listener(next);
  }

  function put({ key: encoded, value }: Kv): void {
    const [key, address] = [decodeText(encoded), decodeText(value)];
    if (isAddress(address)) reports.set(key, address);
    else {
      reports.delete(key);
      logger.warn({ key }, 'ignoring a report in etcd whose value is not an address of the form host:port');
    }
  }

  return {
    addresses: () => addresses,
    onChange(listener: (addresses: readonly string[]) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    replace(all: readonly Kv[]): void {
      reports.clear();
      for (const kv of all) put(kv);
      publish();
    },
    apply({ events = [], canceled, compact_revision: compacted }: WatchMessage): void {
      // The revision is compacted: the list is read again.
      if (canceled) throw new Error(`etcd ended the watch${compacted ? ' after a compaction' : ''}`);
      for (const { type, kv } of events) {
        if (type === 'DELETE') reports.delete(decodeText(kv.key));
        else put(kv);
      }
      publish();
    },
    close: () => listeners.clear(),
  };
}

type Kv = { readonly key: string; readonly value?: string };
type RangeAnswer = { readonly header: { readonly revision: string }; readonly kvs?: readonly Kv[] };
type WatchMessage = {
  readonly events?: readonly { readonly type?: string; readonly kv: Kv }[];
  readonly canceled?: boolean;
  readonly compact_revision?: string;
};
