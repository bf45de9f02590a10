// What `up` opens of a data directory, without its listeners and on a clock that is given: for trials by the hundred.
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { openBackends } from '../../src/assembly/backends.ts';
import { loadConfig } from '../../src/assembly/config-load.ts';
import type { Bus } from '../../src/bus/bus.ts';
import type { DeadLetters } from '../../src/bus/deadletter.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { readIdentity } from '../../src/daemons/agent/identity.ts';
import { createSpool, type Spool } from '../../src/daemons/agent/spool.ts';
import type { DropReason } from '../../src/daemons/agent/spool-file.ts';
import { createPersistService, PERSIST_GROUP } from '../../src/daemons/persist/service.ts';
import type { VirtualClock } from '../../src/runtime/clock.ts';
import { openDataManifest } from '../../src/runtime/data-manifest.ts';
import { lockDirectory } from '../../src/runtime/directory-lock.ts';
import { createLifecycle } from '../../src/runtime/lifecycle.ts';
import { createLogger } from '../../src/runtime/logging.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import type { Store } from '../../src/store/store.ts';
import { until } from '../until.ts';

export type Parts = {
  readonly bus: Bus;
  readonly store: Store;
  readonly deadLetters: DeadLetters;
  readonly catalog: Catalog;
  readonly spool: Spool;
  readonly machineId: string;
  /** Resolves when all that is on the bus is in the store or among the dead letters. */
  consumed(): Promise<void>;
  commitDurable(): Promise<void>;
  /** Records and samples that were counted as lost, by the name of the number. */
  counted(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
};

export type LogLine = { readonly level: string; readonly text: string };

const ERRORS = ['warn', 'error', 'fatal'];
const LOSS = /damaged|lost|unreadable|missing|gone|salvage/;

export type PartsOptions = {
  readonly data: string;
  /** Stands for `/`: a host without a machine id of its own. */
  readonly root: string;
  readonly clock: VirtualClock;
  readonly onLine: (line: LogLine) => void;
};

/** Rejects as a start of `up` would; what was opened until then is closed. */
export async function openParts(options: PartsOptions): Promise<Parts> {
  const lifecycle = createLifecycle();
  try {
    return await open(options, lifecycle);
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

async function open(
  { data, root, clock, onLine }: PartsOptions,
  lifecycle: ReturnType<typeof createLifecycle>,
): Promise<Parts> {
  const sink = new Writable({
    write(chunk, _, done) {
      const text = String(chunk);
      const level = (JSON.parse(text) as { level: string }).level;
      if (ERRORS.includes(level)) onLine({ level, text });
      done();
    },
  });
  const logger = await createLogger({ level: 'info', format: 'json' }, sink);
  const flags = [{ key: 'data', value: data, flag: '--data' }];
  const { config } = await loadConfig({ environment: { HOME: data }, file: '/dev/null', flags });
  lifecycle.own('data directory', lockDirectory(data), (release) => release());
  const error = (message: string) => logger.error(message);
  const manifest = openDataManifest({ directory: data, nowMs: clock.nowMs(), error });
  const backends = openBackends({ config, data, logger, lifecycle, clock });
  const metrics = createMetrics('persist');
  const bus = await backends.bus();
  const store = await backends.store();
  const deadLetters = await backends.deadLetters();
  const persist = createPersistService({ bus, store, deadLetters, clock, logger, metrics });
  lifecycle.own('persist', persist, (started) => started.stop());
  await persist.start();
  const catalog = await backends.catalog();
  const dropped = new Map<DropReason, number>();
  const stateDir = join(data, 'agent');
  const onDamaged = (message: string) => logger.error(message);
  const { machineId } = readIdentity({ root, hostId: 'h', stateDir, onDamaged });
  const spool = createSpool({
    path: join(stateDir, 'spool.sqlite'),
    maxBytes: config.agent.spoolMaxSize,
    maxAgeMs: 86_400_000,
    onDropped: ({ reason, samples }) => dropped.set(reason, (dropped.get(reason) ?? 0) + samples),
    onDamaged,
  });
  lifecycle.own('spool', spool, (opened) => opened.close());
  manifest.update();

  return {
    ...{ bus, store, deadLetters, catalog, spool, machineId },
    consumed: () =>
      until('the bus is consumed', async () => {
        const [lag] = await bus.lag(PERSIST_GROUP);
        return lag!.unread === 0;
      }),
    // The progress of persist looks every second of its clock.
    commitDurable: () => clock.advanceTo(clock.nowMs() + 2_000),
    async counted() {
      const numbers: Record<string, number> = {};
      for (const line of (await metrics.text()).split('\n')) {
        const [, name, value] = /^(minimon_\S+?)(?:\{.*\})? (\d+)$/.exec(line) ?? [];
        if (name && LOSS.test(name)) numbers[name] = (numbers[name] ?? 0) + Number(value);
      }
      for (const [name, value] of Object.entries(store.stats())) if (LOSS.test(name)) numbers[name] = value;
      for (const [reason, samples] of dropped) numbers[`spool_dropped_${reason}`] = samples;
      return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value > 0));
    },
    stop: () => lifecycle.stop(),
  };
}
