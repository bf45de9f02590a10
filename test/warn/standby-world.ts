// Two whole warns over one bus and one catalog on a virtual clock, each of which can be killed, held up as by SIGSTOP, and cut off.
import { join } from 'node:path';
import type { Bus } from '../../src/bus/bus.ts';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { createManageService } from '../../src/daemons/manage/service.ts';
import { warnOptions } from '../../src/daemons/warn/options.ts';
import { createWarnDaemon } from '../../src/daemons/warn/warn-daemon.ts';
import { type Clock, createVirtualClock, delay } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { fetchText } from '../report/fetch-text.ts';
import { directory, owned, tick } from '../report/ticks.ts';
import { MINUTE, START, webhook } from './alert-line.ts';

export type Status = { role: string; lease_holder?: string; telling: boolean; warnings: string[] };

export async function standbyWorld(hosts: readonly string[]) {
  const path = directory();
  const clock = createVirtualClock(START);
  const bus = owned(await createEmbeddedBus({ directory: path, clock, logger: silentLogger }));
  const catalog = owned(
    await openSqliteCatalog({ path: join(path, 'catalog.sqlite'), logger: silentLogger, clock }),
  );
  const analyze = {
    listReportingHosts: async () => ({ nowMs: clock.nowMs(), hosts: [], watermarks: [] }),
    queryRange: async () => ({ startMs: 0, stopMs: 0, series: [], warnings: [] }),
    queryLatest: async () => ({ nowMs: clock.nowMs(), samples: [], warnings: [] }),
  };
  const manage = createManageService({ catalog, analyze, clock, logger: silentLogger });
  const { told, url } = await webhook();
  for (const { name } of await manage.listRules()) await manage.setRuleEnabled({ name, enabled: false });
  await manage.putReceiver({
    name: 'ops',
    kind: 'webhook',
    options: JSON.stringify({ url }),
    isDefault: true,
  });
  await manage.assignHosts({ new: true, assignments: hosts.map((hostId) => ({ hostId, location: hostId })) });
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90', severity: 'critical' });

  /** Each location is a host: what one of them has to say waits for no other one. */
  const send = async (value: number, some = hosts) => {
    const timeMs = clock.nowMs();
    const ticks = some.map((hostId) =>
      encodeTick(tick({ hostId, timeMs, samples: [{ metric: 'cpu.usage', labels: {}, value }] })),
    );
    await bus.publish([{ partition: 0, receivedMs: timeMs, bytes: encodeBatch(ticks) }]);
  };

  /** So much time, a fifth of a second at a time, with heartbeats as report sends them. */
  const pass = async (ms: number) => {
    const endMs = clock.nowMs() + ms;
    while (clock.nowMs() < endMs) {
      await clock.advanceTo(Math.min(endMs, clock.nowMs() + 200));
      if (clock.nowMs() % 10_000 < 200) {
        const heartbeat = { reportId: 'r', timeMs: clock.nowMs() };
        await bus.publish([
          { partition: 0, receivedMs: clock.nowMs(), bytes: encodeBatch([], { heartbeat }) },
        ]);
      }
      // The bus's thread and the receiver are real.
      await delay(2);
    }
  };
  const passUntil = async (
    what: string,
    condition: () => boolean | Promise<boolean>,
    limitMs = 10 * MINUTE,
  ) => {
    const startMs = clock.nowMs();
    while (!(await condition())) {
      if (clock.nowMs() - startMs > limitMs) throw new Error(`not within ${limitMs} ms: ${what}`);
      await pass(200);
    }
    return clock.nowMs() - startMs;
  };
  return { clock, bus, catalog, manage, analyze, told, send, pass, passUntil };
}
export type StandbyWorld = Awaited<ReturnType<typeof standbyWorld>>;

/** What a process that is stopped by a signal does with anything: nothing, until it goes on. */
function createGate() {
  let opened = Promise.resolve();
  let open = () => {};
  return {
    passed: () => opened,
    close() {
      opened = new Promise((resolve) => {
        open = resolve;
      });
    },
    open: () => open(),
  };
}

export async function startStandby(at: StandbyWorld, instance: string) {
  const gate = createGate();
  const cut = { catalog: false, notifications: false, dead: false };
  const never = new Promise<never>(() => {});
  const held = async () => {
    await gate.passed();
    if (cut.dead) await never;
  };
  const through = <T extends object>(store: T): T =>
    new Proxy(store, {
      get: (target, name) => {
        const member = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => {
          await held();
          if (cut.catalog || (cut.notifications && store === (catalog.notifications as object)))
            throw new Error('the catalog is cut off');
          const result = await member.apply(target, args);
          await held();
          return result;
        };
      },
    });
  const { catalog, clock } = at;
  const ownCatalog: Catalog = {
    ...catalog,
    alertStates: through(catalog.alertStates),
    notifications: through(catalog.notifications),
    acknowledgements: through(catalog.acknowledgements),
    alertHistory: through(catalog.alertHistory),
    warnLease: through(catalog.warnLease),
  };
  const ownClock: Clock = {
    ...clock,
    sleep: async (ms, signal) => {
      await clock.sleep(ms, signal);
      await gate.passed();
    },
  };
  const bus: Bus = {
    ...at.bus,
    read: (options) =>
      at.bus.read({
        ...options,
        async onBatch(records, signal) {
          await held();
          await options.onBatch(records, signal);
        },
      }),
  };
  const daemon = createWarnDaemon(warnOptions.parse({ grpc: '127.0.0.1:0', http: '127.0.0.1:0' }), {
    ...{ bus, instance, catalog: ownCatalog, clock: ownClock, logger: silentLogger },
    manage: at.manage,
    analyze: at.analyze,
  });
  await daemon.start();
  const status = async (): Promise<Status> =>
    JSON.parse((await fetchText(`http://${daemon.addresses()['http']}/api/v1/status`)).body);
  owned({
    async stop() {
      cut.dead = false;
      gate.open();
      await daemon.stop();
    },
  });
  return {
    status,
    cut,
    readyz: async () => fetchText(`http://${daemon.addresses()['http']}/readyz?verbose`),
    alerts: async () =>
      JSON.parse((await fetchText(`http://${daemon.addresses()['http']}/api/v1/alerts`)).body) as {
        alerts: { host: string }[];
        warnings: string[];
      },
    tells: async () => (await status()).telling,
    stop: () => daemon.stop(),
    /** As SIGSTOP and SIGCONT. */
    pause: gate.close,
    goOn: gate.open,
    /** As kill -9: nothing comes from it any more. */
    kill() {
      cut.dead = true;
      gate.close();
    },
  };
}
