// Keeps a report's address in etcd while the report lives: a key under a lease, put back whenever it is gone.
import { messageOf } from '../domain/errors.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logging.ts';
import type { Registration } from './discovery.ts';
import { DEFAULT_PREFIX } from './etcd.ts';
import { createEtcdGateway, decodeText, type EtcdAccess, encodeText, statusOf } from './etcd-gateway.ts';

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

const TTL_MS = 10_000;
/** So many times in a lease's life it is renewed. */
const RENEWALS = 3;

/** Resolves after the first attempt, successful or not; it is tried again for as long as the registration lives. */
export async function registerReport(parts: RegistrationParts): Promise<Registration> {
  const { prefix = DEFAULT_PREFIX, id, address, ttlMs = TTL_MS, clock = systemClock, logger } = parts;
  const everyMs = Math.floor(ttlMs / RENEWALS);
  // A member that hangs must not outlast the lease.
  const gateway = createEtcdGateway({ timeoutMs: Math.min(everyMs, 5_000), ...parts });
  const key = encodeText(prefix + id);
  const stopping = new AbortController();
  const { signal } = stopping;
  let lease: string | undefined;
  let fault: string | undefined;
  let placed = false;

  async function grant(): Promise<string> {
    const { ID } = await gateway.call('/v3/lease/grant', { TTL: String(Math.ceil(ttlMs / 1_000)) }, signal);
    return String(ID);
  }

  /** False when etcd knows the lease no more. */
  async function renew(ID: string): Promise<boolean> {
    const { result } = (await gateway.call('/v3/lease/keepalive', { ID }, signal)) as {
      result?: { TTL?: string };
    };
    return Number(result?.TTL ?? 0) > 0;
  }

  async function keep(): Promise<void> {
    if (lease !== undefined && !(await renew(lease))) {
      logger.warn({ id }, 'the lease in etcd was lost; registering again');
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
        // The lease ended between the two calls: the next round grants another.
        if (statusOf(error) === 404) lease = undefined;
        throw error;
      });
      logger.info({ id, address }, 'registered in etcd');
    }
    fault = undefined;
    // At the first time it is this report's own key from before it was restarted elsewhere.
    if (placed && holder !== undefined && holder !== address) {
      fault = `another report was registered in etcd under the id ${id}, at ${holder}`;
      logger.warn(fault);
    }
    placed = true;
  }

  async function attempt(): Promise<void> {
    try {
      await keep();
    } catch (error) {
      if (signal.aborted) return;
      fault = `not registered in etcd: ${messageOf(error)}`;
      logger.warn({ id }, fault);
    }
  }

  async function keepOn(): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(everyMs, signal).catch(() => {});
      if (!signal.aborted) await attempt();
    }
  }

  await attempt();
  const keeping = keepOn();

  return {
    unhealthy: () => fault,
    async stop() {
      if (signal.aborted) return keeping;
      stopping.abort();
      await keeping;
      if (lease === undefined) return;
      // The key goes with its lease, so that agents know at once; without etcd it goes when the lease ends.
      await gateway.call('/v3/lease/revoke', { ID: lease }).catch((error) => {
        logger.warn(
          { id },
          `the registration in etcd ends by itself within ${ttlMs} ms: ${messageOf(error)}`,
        );
      });
    },
  };
}
