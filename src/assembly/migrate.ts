// `minimon migrate`: opens an embedded installation and the real servers of a configuration, and copies one to the other.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CopiedAlertConfiguration,
  copyAlertConfiguration,
} from '../daemons/migrate/alert-configuration.ts';
import { type CopiedAlertHistory, copyAlertHistory } from '../daemons/migrate/alert-history.ts';
import { type Comparison, compareStores } from '../daemons/migrate/comparison.ts';
import { copyHistory, type HistoryProgress } from '../daemons/migrate/history.ts';
import { type CopiedInventory, copyInventory } from '../daemons/migrate/inventory.ts';
import { countLeftBehind, type LeftBehind } from '../daemons/migrate/left-behind.ts';
import { createPersistService, PERSIST_GROUP } from '../daemons/persist/service.ts';
import { ExpectedError } from '../domain/errors.ts';
import { systemClock } from '../runtime/clock.ts';
import { lockDirectory } from '../runtime/directory-lock.ts';
import { createLifecycle, type Lifecycle } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logging.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { replaceFile } from '../runtime/replace-file.ts';
import { WINDOW_MS } from '../store/embedded/windows.ts';
import type { Store, StoredHost } from '../store/store.ts';
import { openBus, openCatalog, openDeadLetters, openStore } from './backends.ts';
import { loadConfig } from './config-load.ts';
import { type Config, configSchema } from './config-schema.ts';
import { ownDirectory } from './daemons.ts';
import type { Environment } from './environment.ts';
import { dataDirectory } from './environment.ts';
import type { Setting } from './flag-settings.ts';
import { openWarningLogger } from './logger.ts';

export type MigrateRequest = {
  readonly environment: Environment;
  readonly stderr: NodeJS.WriteStream;
  /** Of the embedded installation: where its data is. */
  readonly file: string | undefined;
  readonly flags: readonly Setting[];
  /** Of the real servers. */
  readonly to: string;
  /** Start over, whatever an earlier run has copied. */
  readonly again: boolean;
  readonly signal: AbortSignal;
  readonly onStep: (step: MigrationStep) => void;
};

export type MigrationStep =
  | { readonly step: 'replay'; readonly unread: number }
  | ({ readonly step: 'history'; readonly fromMs: number; readonly toMs: number } & HistoryProgress)
  | { readonly step: 'comparison' };

export type Migration = {
  /** Undefined where the configuration names no server for it. */
  readonly inventory: CopiedInventory | undefined;
  readonly alerts: CopiedAlertConfiguration | undefined;
  readonly alertHistory: CopiedAlertHistory | undefined;
  readonly leftBehind: LeftBehind | undefined;
  readonly history: CopiedHistory | undefined;
};

export type CopiedHistory = {
  readonly hosts: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Where an earlier run had got to: what is before was not copied again. */
  readonly resumedMs: number | undefined;
  /** Older than what the target keeps. */
  readonly tooOldMs: number;
  readonly rejected: number;
  readonly reason: string | undefined;
  readonly comparison: Comparison;
};

const REPLAY_POLL_MS = 200;
/** What is about to fall out of the target's retention is not worth a difference. */
const RETENTION_MARGIN_MS = 3_600_000;

export async function migrate(request: MigrateRequest): Promise<Migration> {
  const { environment, file, flags, stderr } = request;
  const { config: target } = await loadConfig({ environment, file: request.to });
  if (target.store.kind === 'embedded' && target.catalog.kind === 'sqlite') {
    throw new ExpectedError('USAGE', `${request.to} configures no server to copy to`, {
      hint: 'It needs store.kind: influxdb for the history, catalog.kind: mysql for the inventory, or both. Name the configuration of the installation to copy with --config.',
    });
  }
  const { config: own } = await loadConfig({ environment, file, flags });
  const data = dataDirectory(own.data, environment);
  if (!existsSync(join(data, 'store')) && !existsSync(join(data, 'manage'))) {
    throw new ExpectedError('FILE_MISSING', `${data} is not the data directory of an embedded installation`, {
      hint: 'Name the directory that `minimon up` used with --data DIR, or its configuration with --config FILE.',
    });
  }
  const logger = await openWarningLogger(stderr);
  const lifecycle = createLifecycle({ onError: (message) => logger.warn(message) });
  try {
    lifecycle.own('data directory', lockDirectory(data), (release) => release());
    for (const name of ['manage', 'persist'] as const) ownDirectory(data, name, lifecycle);
    const parts = { target, data, logger, lifecycle };
    const catalogs = target.catalog.kind === 'sqlite' ? undefined : await copyCatalog(parts);
    const history = target.store.kind === 'embedded' ? undefined : await copySamples(request, parts);
    const { inventory, alerts, alertHistory, leftBehind } = catalogs ?? {};
    return { inventory, alerts, alertHistory, leftBehind, history };
  } finally {
    await lifecycle.stop();
  }
}

type Parts = {
  readonly target: Config;
  readonly data: string;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
};

/** The embedded backends of an installation; nothing is removed from them, whatever the age. */
const asEmbedded = (): Pick<Config, 'bus' | 'store' | 'catalog'> =>
  configSchema.parse({
    bus: { kind: 'embedded' },
    store: { kind: 'embedded', retention: '36500d' },
    catalog: { kind: 'sqlite' },
    discovery: { kind: 'static' },
  });

type CopiedCatalog = {
  readonly inventory: CopiedInventory;
  readonly alerts: CopiedAlertConfiguration;
  readonly alertHistory: CopiedAlertHistory;
  readonly leftBehind: LeftBehind;
};

async function copyCatalog(parts: Parts): Promise<CopiedCatalog> {
  const { target, data, logger, lifecycle } = parts;
  const to = await openCatalog({ config: target, data, logger, lifecycle });
  const from = await openCatalog({ config: { ...target, ...asEmbedded() }, data, logger, lifecycle });
  return {
    inventory: await copyInventory(from.inventory, to.inventory),
    alerts: await copyAlertConfiguration(from.alertConfiguration, to.alertConfiguration, systemClock.nowMs()),
    alertHistory: await copyAlertHistory(from, to),
    leftBehind: await countLeftBehind(from, systemClock.nowMs()),
  };
}

async function copySamples(request: MigrateRequest, parts: Parts): Promise<CopiedHistory> {
  const { signal, again, onStep } = request;
  const { target, data, logger, lifecycle } = parts;
  const to = await openStore({ config: target, data, logger, lifecycle });
  const unhealthy = to.unhealthy();
  if (unhealthy) {
    throw new ExpectedError('UNREACHABLE', unhealthy, {
      hint: 'Nothing was copied; retry when it answers.',
    });
  }
  const from = await openReplayed(request, { ...parts, target: { ...target, ...asEmbedded() } });

  const hosts = await from.hosts({ sinceMs: 0 });
  const metrics = await from.metrics({ sinceMs: 0 });
  const seen = spanOf(hosts);
  const keptMs = systemClock.nowMs() - target.store.retention + RETENTION_MARGIN_MS;
  const span = { fromMs: Math.max(seen.fromMs, keptMs), toMs: seen.toMs };
  const progress = progressFile({ data, target, mark: markOf(hosts) });
  const resumedMs = again ? undefined : progress.read();
  let last: HistoryProgress | undefined;
  await copyHistory({
    ...{ source: from, target: to, hosts, metrics, signal },
    fromMs: Math.max(span.fromMs, resumedMs ?? 0),
    toMs: span.toMs,
    onWindow(copied) {
      last = copied;
      progress.write(copied.throughMs);
      onStep({ step: 'history', ...span, ...copied });
    },
  });
  onStep({ step: 'comparison' });
  const names = hosts.map(({ hostId }) => hostId);
  const comparison = await compareStores({
    source: from,
    target: to,
    hosts: names,
    metrics,
    ...span,
    signal,
  });
  return {
    hosts: hosts.length,
    ...span,
    resumedMs,
    tooOldMs: Math.max(0, span.fromMs - seen.fromMs),
    rejected: last?.rejected ?? 0,
    reason: last?.reason,
    comparison,
  };
}

/** The embedded store with what the bus still held for it: its open windows, and what was never read. */
async function openReplayed({ signal, onStep }: MigrateRequest, parts: Parts): Promise<Store> {
  const { target: config, data, logger, lifecycle } = parts;
  const backends = { config, data, logger, lifecycle };
  const bus = await openBus(backends);
  const store = await openStore(backends);
  const service = createPersistService({
    ...{ bus, store, clock: systemClock, logger },
    deadLetters: await openDeadLetters(backends),
    metrics: createMetrics('migrate'),
  });
  await service.start();
  try {
    for (;;) {
      signal.throwIfAborted();
      const unread = (await bus.lag(PERSIST_GROUP)).reduce((sum, lag) => sum + lag.unread, 0);
      if (unread === 0) return store;
      onStep({ step: 'replay', unread });
      await systemClock.sleep(REPLAY_POLL_MS, signal);
    }
  } finally {
    // Ends with the batch under way, so that all that was read can be seen.
    await service.stop();
  }
}

function spanOf(hosts: readonly StoredHost[]): { readonly fromMs: number; readonly toMs: number } {
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  for (const { firstSeenMs, lastSeenMs } of hosts) {
    if (firstSeenMs > 0) first = Math.min(first, firstSeenMs);
    last = Math.max(last, lastSeenMs);
  }
  if (last === 0) return { fromMs: 0, toMs: 0 };
  return { fromMs: Math.floor(first / WINDOW_MS) * WINDOW_MS, toMs: last + 1 };
}

/** Changes when the installation has run in between. */
const markOf = (hosts: readonly StoredHost[]): string =>
  `${hosts.length} hosts, received until ${hosts.reduce((last, host) => Math.max(last, host.lastReceivedMs), 0)}`;

/** How far a copy got, stored beside the data. One of another target, or before the installation ran again, it does not count. */
function progressFile({ data, target: { store }, mark }: { data: string; target: Config; mark: string }) {
  const path = join(data, 'migration.json');
  const to = store.kind === 'influxdb' ? `${store.url} ${store.org} ${store.bucket}` : store.kind;
  return {
    /** Everything before it is in the target. */
    read(): number | undefined {
      try {
        const last = JSON.parse(readFileSync(path, 'utf8')) as {
          to: string;
          mark: string;
          throughMs: number;
        };
        return last.to === to && last.mark === mark ? last.throughMs : undefined;
      } catch {
        // A file that cannot be read means starting over, which is only slower.
        return undefined;
      }
    },
    write(throughMs: number) {
      replaceFile(path, `${JSON.stringify({ to, mark, throughMs })}\n`, { isDurable: false });
    },
  };
}
