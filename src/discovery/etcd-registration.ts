// Keeps a report registered in etcd while it runs: a key under a lease, put again whenever it is gone.
import { parseDuration } from '../domain/duration.ts';
import { messageOf } from '../domain/errors.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logging.ts';
import type { Registration } from './discovery.ts';
import {
  createEtcdGateway,
  decodeText,
  ETCD_TIMEOUT_MS,
  type EtcdAccess,
  encodeText,
  statusOf,
} from './etcd-gateway.ts';
import { DEFAULT_PREFIX, DEFAULT_TTL } from './etcd-options.ts';

export type RegistrationParts = EtcdAccess & {
  readonly prefix?: string;
  /** One a report; two reports under one id would hide each other. */
  readonly id: string;
  /** `host:port` as agents reach it. */
  readonly address: string;
  /** How long the key outlives a report that died. Default 10 s. */
  readonly ttlMs?: number;
  readonly clock?: Clock;
  readonly logger: Logger;
};

/** So many times within its TTL a lease is renewed. */
const RENEWALS = 3;

/** Resolves after the first attempt, successful or not; it is retried until the registration is stopped. */
export async function registerReport(parts: RegistrationParts): Promise<Registration> {
  const {
    prefix = DEFAULT_PREFIX,
    id,
    address,
    ttlMs = parseDuration(DEFAULT_TTL),
    clock = systemClock,
    logger,
  } = parts;
  const everyMs = Math.floor(ttlMs / RENEWALS);
  // A member that hangs must not outlast the lease.
  const gateway = createEtcdGateway({ timeoutMs: Math.min(everyMs, ETCD_TIMEOUT_MS), ...parts });
  const key = encodeText(prefix + id);
  const stopping = new AbortController();
  const { signal } = stopping;
  let lease: string | undefined;
  let unhealthy: string | undefined;
  let registered = false;

  async function grant(): Promise<string> {
    const { ID } = await gateway.call('/v3/lease/grant', { TTL: String(Math.ceil(ttlMs / 1_000)) }, signal);
    return String(ID);
  }

  /** False when the lease has expired. */
  async function renew(ID: string): Promise<boolean> {
    const { result } = (await gateway.call('/v3/lease/keepalive', { ID }, signal)) as {
      result?: { TTL?: string };
    };
    return Number(result?.TTL ?? 0) > 0;
  }

  async function register(): Promise<void> {
    if (lease !== undefined && !(await renew(lease))) {
      logger.warn({ id }, 'the lease in etcd expired; registering again');
      lease = undefined;
    }
    lease ??= await grant();
    const { kvs = [] } = (await gateway.call('/v3/kv/range', { key }, signal)) as {
      kvs?: readonly { readonly value?: string; readonly lease?: string }[];
    };
    const [found] = kvs;
    const holder = found && decodeText(found.value);
    const isOurs = holder === address && found?.lease === lease;
    if (!isOurs) {
      await gateway.call('/v3/kv/put', { key, value: encodeText(address), lease }, signal).catch((error) => {
        // The lease expired between the two calls: the next round grants another.
        if (statusOf(error) === 404) lease = undefined;
        throw error;
      });
      logger.info({ id, address }, 'registered in etcd');
    }
    unhealthy = undefined;
    // The first time it is this report's own key from before it was restarted elsewhere.
    if (registered && holder !== undefined && holder !== address) {
      unhealthy = `another report server, at ${holder}, registered itself in etcd under this one's id ${id}; give each its own`;
      logger.warn(unhealthy);
    }
    registered = true;
  }

  async function attempt(): Promise<void> {
    try {
      await register();
    } catch (error) {
      if (signal.aborted) return;
      unhealthy = `not registered in etcd: ${messageOf(error)}`;
      logger.warn({ id }, unhealthy);
    }
  }

  async function renewUntilStopped(): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(everyMs, signal).catch(() => {});
      if (!signal.aborted) await attempt();
    }
  }

  await attempt();
  const renewing = renewUntilStopped();

  return {
    unhealthy: () => unhealthy,
    async stop() {
      if (signal.aborted) return renewing;
      stopping.abort();
      await renewing;
      if (lease === undefined) return;
      // Revoking the lease deletes the key, so that agents know at once; without etcd it goes when the lease expires.
      await gateway.call('/v3/lease/revoke', { ID: lease }).catch((error) => {
        logger.warn(
          { id },
          `could not deregister from etcd; the entry expires within ${ttlMs} ms: ${messageOf(error)}`,
        );
      });
    },
  };
}
