// Picks and opens the backends that the configuration names. The only place that knows all of them.
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Bus } from '../bus/bus.ts';
import type { DeadLetters } from '../bus/deadletter.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Discovery, Registration } from '../discovery/discovery.ts';
import { formatAddress, PORTS } from '../domain/address.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logging.ts';
import type { Guest } from '../store/embedded/guest.ts';
import type { Consumed, Store } from '../store/store.ts';
import type { Config } from './config-schema.ts';
import { workerUrl } from './environment.ts';
import { headBytes } from './memory-limits.ts';

export type BackendParts = {
  readonly config: Config;
  readonly data: string;
  readonly logger: Logger;
  /** What is opened is stopped with it. */
  readonly lifecycle: Lifecycle;
  /** Default the system's. */
  readonly clock?: Clock;
  /** A backend failed permanently: the process should exit and be restarted. */
  readonly onFatal?: (error: Error) => void;
};

/** Each opened on first use, once a process. */
export type Backends = {
  readonly bus: () => Promise<Bus>;
  readonly deadLetters: () => Promise<DeadLetters>;
  readonly store: () => Promise<OpenedStore>;
  readonly catalog: () => Promise<Catalog>;
};

export function openBackends(parts: BackendParts): Backends {
  const once = <T>(open: (parts: BackendParts) => Promise<T>) => {
    let opened: Promise<T> | undefined;
    return () => (opened ??= open(parts));
  };
  const store = once(openStore);
  const { bus, store: kept } = parts.config;
  // The store first: it knows how far the bus was read.
  const consumed =
    bus.kind === 'embedded' && kept.kind === 'embedded'
      ? async () => (await store()).consumed?.()
      : undefined;
  return {
    bus: once(async (of) => openBus({ ...of, consumed: await consumed?.() })),
    deadLetters: once(openDeadLetters),
    store,
    catalog: once(openCatalog),
  };
}

/** Long enough for somebody to look at them. */
const DEAD_LETTER_RETENTION_MS = 35 * 86_400_000;

export async function openBus({
  config,
  data,
  logger,
  lifecycle,
  clock = systemClock,
  onFatal,
  consumed,
}: BackendParts & { readonly consumed?: ReadonlyMap<number, Consumed> | undefined }): Promise<Bus> {
  if (config.bus.kind === 'kafka') {
    const { createKafkaBus } = await import('../bus/kafka/bus.ts');
    const { kind: _, ...options } = config.bus;
    const bus = await createKafkaBus({ ...options, logger, clock });
    return lifecycle.own('bus', bus, (opened) => opened.stop());
  }
  const { createEmbeddedBus } = await import('../bus/embedded/bus.ts');
  const bus = await createEmbeddedBus({
    directory: join(data, 'bus'),
    maxBytes: config.bus.maxSize,
    consumed,
    clock,
    logger,
    workerUrl: workerUrl('bus/embedded/log-worker'),
    onDead: onFatal,
  });
  return lifecycle.own('bus', bus, (opened) => opened.stop());
}

/** A topic that all persists share where the bus is Kafka; else a table in the data directory. */
export async function openDeadLetters({
  config,
  data,
  logger,
  lifecycle,
  clock = systemClock,
}: BackendParts): Promise<DeadLetters> {
  if (config.bus.kind === 'kafka') {
    const { kind: _, topic: __, partitions: ___, ...options } = config.bus;
    const { createKafkaDeadLetters } = await import('../bus/kafka/deadletter.ts');
    const retention = Math.max(options.retention, DEAD_LETTER_RETENTION_MS);
    const letters = await createKafkaDeadLetters({ ...options, retention, logger, clock });
    return lifecycle.own('dead letters', letters, (opened) => opened.stop());
  }
  const { createEmbeddedDeadLetters } = await import('../bus/embedded/deadletter.ts');
  const letters = createEmbeddedDeadLetters({ directory: join(data, 'persist'), logger });
  return lifecycle.own('dead letters', letters, (opened) => opened.stop());
}

/** The embedded store takes guests into the thread that reads. */
export type OpenedStore = Store & { host?(guest: Guest): Promise<void> };

export async function openStore({
  config,
  data,
  logger,
  lifecycle,
  clock = systemClock,
  onFatal,
}: BackendParts): Promise<OpenedStore> {
  if (config.store.kind === 'influxdb') {
    const { url, org, bucket, token, tls, retention, timeout } = config.store;
    const { createInfluxStore } = await import('../store/influxdb/store.ts');
    const access = { url, org, bucket, token, tls, retentionMs: retention, timeoutMs: timeout };
    const store = await createInfluxStore({ ...access, clock, logger });
    return lifecycle.own('store', store, (opened) => opened.stop());
  }
  const { createEmbeddedStore } = await import('../store/embedded/store.ts');
  const store = await createEmbeddedStore({
    directory: join(data, 'store'),
    retentionMs: config.store.retention,
    ...(config.store.maxSize !== undefined && { maxBytes: config.store.maxSize }),
    maxHeadBytes: headBytes(),
    clock,
    logger,
    workerUrl: workerUrl('store/embedded/worker'),
    onDead: onFatal,
  });
  return lifecycle.own('store', store, (opened) => opened.stop());
}

export async function openCatalog({
  config,
  data,
  logger,
  lifecycle,
  clock = systemClock,
}: BackendParts): Promise<Catalog> {
  if (config.catalog.kind === 'mysql') {
    const { openMysqlCatalog } = await import('../catalog/mysql.ts');
    const { kind: _, ...options } = config.catalog;
    const catalog = await openMysqlCatalog({ ...options, logger });
    return lifecycle.own('catalog', catalog, (opened) => opened.stop());
  }
  const { openSqliteCatalog } = await import('../catalog/sqlite.ts');
  const catalog = await openSqliteCatalog({ path: join(data, 'manage', 'catalog.sqlite'), logger, clock });
  return lifecycle.own('catalog', catalog, (opened) => opened.stop());
}

/** Where agents find report: etcd, or the list, or the report of this machine when the list is empty. */
export async function openDiscovery({
  config,
  logger,
  lifecycle,
}: Omit<BackendParts, 'data'>): Promise<Discovery> {
  if (config.discovery.kind === 'etcd') {
    const { endpoints, prefix, tls } = config.discovery;
    const { createEtcdDiscovery } = await import('../discovery/etcd.ts');
    const discovery = await createEtcdDiscovery({ endpoints, prefix, tls, logger });
    return lifecycle.own('discovery', discovery, (opened) => opened.stop());
  }
  const { createStaticDiscovery } = await import('../discovery/discovery.ts');
  const { reports } = config.discovery;
  const local = formatAddress({ host: '127.0.0.1', port: PORTS.reportGrpc + config.portOffset });
  const discovery = createStaticDiscovery(reports.length > 0 ? reports : [local]);
  return lifecycle.own('discovery', discovery, (opened) => opened.stop());
}

type Register = (report: { readonly id: string; readonly address: string }) => Promise<Registration>;

/** Registers report in etcd, as a part of its daemon; nothing with a static list. */
export function openRegistration({ config, logger }: Pick<BackendParts, 'config' | 'logger'>): {
  readonly register?: Register;
} {
  if (config.discovery.kind !== 'etcd') return {};
  const { endpoints, prefix, ttl, tls } = config.discovery;
  return {
    async register({ id, address }) {
      const { registerReport } = await import('../discovery/etcd-registration.ts');
      const reached = config.report.advertise ?? reachable(address);
      return registerReport({ endpoints, prefix, tls, ttlMs: ttl, id, address: reached, logger });
    },
  };
}

/** A wildcard is not an address that an agent could call. */
const reachable = (address: string): string => address.replace(/^(?:0\.0\.0\.0|\[::\])(?=:\d+$)/, hostname());
