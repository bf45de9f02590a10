// Two warns as processes of their own over Kafka and MariaDB: the one that tells is killed, stopped past its lease, and both lose the catalog.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { stringify } from 'yaml';
import type { Bus } from '../../src/bus/bus.ts';
import { createKafkaBus } from '../../src/bus/kafka/bus.ts';
import { kafkaOptions } from '../../src/bus/kafka/options.ts';
import { partitionOf } from '../../src/bus/partition.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { openMysqlCatalog } from '../../src/catalog/mysql.ts';
import { mysqlCatalogOptions } from '../../src/catalog/mysql-pool.ts';
import { createManageDaemon } from '../../src/daemons/manage/manage-daemon.ts';
import { manageOptions } from '../../src/daemons/manage/options.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Daemon } from '../../src/runtime/lifecycle.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { tick } from '../report/ticks.ts';
import { skipReason } from '../servers/backends.ts';
import { type KafkaCluster, startKafka } from '../servers/kafka.ts';
import { type Mariadb, startMariadb } from '../servers/mariadb.ts';
import { freePorts } from '../servers/ports.ts';
import { createServerProcess, type ServerProcess } from '../servers/server-process.ts';
import { until } from '../until.ts';
import { webhook } from '../warn/alert-line.ts';
import { MINIMON, MINIMON_ENV } from './cluster.ts';

const HOSTS = ['a', 'b', 'c', 'd', 'e', 'f'];
const skip = (['kafka', 'mariadb'] as const).map(skipReason).find((reason) => reason !== false) ?? false;

type Warn = ServerProcess & { readonly http: string };
type Status = { role: string; telling: boolean; lease_holder?: string; warnings: string[] };

const statusOf = async ({ http }: Warn): Promise<Status> =>
  (await fetch(`http://${http}/api/v1/status`)).json() as Promise<Status>;

describe('two warns over Kafka and MariaDB', { skip }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-standbys-'));
  let kafka: KafkaCluster;
  let mariadb: Mariadb;
  let bus: Bus;
  let catalog: Catalog;
  let manage: Daemon;
  let beating: NodeJS.Timeout;
  let hook: Awaited<ReturnType<typeof webhook>>;
  const warns: Warn[] = [];

  before(async () => {
    [kafka, mariadb] = await Promise.all([startKafka({ brokers: 1 }), startMariadb()]);
    bus = await createKafkaBus({
      ...kafkaOptions.parse({ brokers: [...kafka.addresses], partitions: 3 }),
      ...{ logger: silentLogger, clock: systemClock, patienceMs: 30_000 },
    });
    const { host, port, user, password, database } = mariadb;
    const access = { host, port, user, password, database };
    catalog = await openMysqlCatalog({ ...mysqlCatalogOptions.parse(access), logger: silentLogger });
    const analyze = {
      listReportingHosts: async () => ({ nowMs: Date.now(), hosts: [], watermarks: [] }),
      queryLatest: async () => ({ nowMs: Date.now(), samples: [], warnings: [] }),
    };
    const options = manageOptions.parse({ grpc: '127.0.0.1:0', http: '127.0.0.1:0' });
    const made = createManageDaemon(options, { catalog, analyze, clock: systemClock, logger: silentLogger });
    manage = made;
    await manage.start();
    hook = await webhook();
    const { service } = made;
    for (const { name } of await service.listRules()) await service.setRuleEnabled({ name, enabled: false });
    const receiver = { name: 'ops', kind: 'webhook', options: JSON.stringify({ url: hook.url }) };
    await service.putReceiver({ ...receiver, isDefault: true });
    await service.assignHosts({
      new: true,
      assignments: HOSTS.map((hostId) => ({ hostId, location: hostId })),
    });
    await service.putRule({ name: 'hot', expression: 'cpu.usage > 90', severity: 'critical' });
    const configFile = join(directory, 'warn.yaml');
    const nowhere = `127.0.0.1:${(await freePorts(1))[0]}`;
    writeFileSync(
      configFile,
      stringify({
        bus: { kind: 'kafka', brokers: [...kafka.addresses], partitions: 3 },
        catalog: { kind: 'mysql', ...access },
        manage_address: manage.addresses()['grpc'],
        analyze_address: nowhere,
      }),
    );
    const ports = await freePorts(4);
    for (const id of ['first', 'second']) {
      const http = `127.0.0.1:${ports.shift()}`;
      const settings = [`warn.http=${http}`, `warn.grpc=127.0.0.1:${ports.shift()}`];
      const server = createServerProcess({
        name: id,
        command: [
          ...MINIMON,
          ...['daemon', 'warn', '--config', configFile, '--data', join(directory, id)],
          ...settings.flatMap((setting) => ['--set', setting]),
        ],
        directory: join(directory, id),
        env: MINIMON_ENV,
        ready: async () => (await fetch(`http://${http}/readyz`)).ok,
      });
      warns.push({ ...server, http });
    }
    beating = setInterval(() => void beat(), 5_000);
    await warns[0]!.start();
    await until('it tells', async () => (await statusOf(warns[0]!)).telling, { withinMs: 60_000 });
    await warns[1]!.start();
    await until('it reads', async () => (await statusOf(warns[1]!)).role === 'standby', { withinMs: 60_000 });
  });
  after(async () => {
    clearInterval(beating);
    await Promise.allSettled(warns.map((warn) => warn.kill('SIGKILL')));
    await manage?.stop();
    await catalog?.stop();
    await bus?.stop();
    await Promise.allSettled([kafka?.stop(), mariadb?.stop()]);
    rmSync(directory, { recursive: true, force: true });
  });

  const publish = (partition: number, bytes: Uint8Array) =>
    bus.publish([{ partition, receivedMs: Date.now(), bytes }]);
  const beat = () =>
    Promise.allSettled(
      [0, 1, 2].map((partition) =>
        publish(partition, encodeBatch([], { heartbeat: { reportId: 'r', timeMs: Date.now() } })),
      ),
    );
  const send = (hostId: string, value: number) =>
    publish(
      partitionOf(hostId, 3),
      encodeBatch([
        encodeTick(
          tick({ hostId, timeMs: Date.now(), samples: [{ metric: 'cpu.usage', labels: {}, value }] }),
        ),
      ]),
    );
  const tellsOf = (host: string, status: string) =>
    hook.told.filter((one) => one.status === status && JSON.stringify(one).includes(`"host":"${host}"`));
  const told = (host: string, status = 'firing', withinMs = 30_000) =>
    until(`${host} is told ${status}`, () => tellsOf(host, status).length > 0, {
      withinMs,
      seen: () => hook.told.map(({ title }) => title).join('\n'),
    });
  const active = async () => {
    for (const warn of warns) {
      if (warn.pid() !== undefined && (await statusOf(warn).catch(() => undefined))?.telling) return warn;
    }
    return undefined;
  };

  it('kill -9: the other one tells the first new fact within 10 s, and the end of what was told before', async (t) => {
    await send('a', 95);
    await told('a');
    await systemClock.sleep(1_500);
    const [first, second] = warns as [Warn, Warn];
    assert.equal((await statusOf(second)).role, 'standby');
    await first.kill('SIGKILL');
    const killedMs = Date.now();
    await send('b', 95);
    await told('b', 'firing', 15_000);
    const tookMs = Date.now() - killedMs;
    t.diagnostic(`told ${tookMs} ms after the kill`);
    assert.ok(tookMs <= 10_000, `${tookMs} ms`);
    await send('a', 20);
    await told('a', 'resolved', 60_000);
    assert.equal(tellsOf('a', 'firing').length, 1);
    assert.equal(tellsOf('b', 'firing').length, 1);
  });

  it('SIGSTOP past the lease: the other one tells, and the one that goes on stands by', async () => {
    const [first, second] = warns as [Warn, Warn];
    await first.start();
    await until('a standby', async () => (await statusOf(first)).role === 'standby', { withinMs: 60_000 });
    // It has to have read all there is before it can take over.
    await systemClock.sleep(8_000);
    await second.kill('SIGSTOP');
    await send('c', 95);
    await told('c', 'firing', 20_000);
    await second.kill('SIGCONT');
    await until('it stands by', async () => (await statusOf(second)).role === 'standby', {
      withinMs: 20_000,
    });
    await send('c', 20);
    // What follows a first message is gathered for half a minute.
    await told('c', 'resolved', 60_000);
    await systemClock.sleep(3_000);
    assert.equal(tellsOf('c', 'firing').length, 1);
    assert.equal(tellsOf('c', 'resolved').length, 1);
  });

  it('without the catalog the holder goes on and says that it may come twice', async () => {
    const holder = (await active())!;
    await mariadb.kill('SIGKILL');
    await until(
      'it is uncertain',
      async () => (await statusOf(holder)).warnings.join().includes('may be duplicates'),
      {
        withinMs: 30_000,
      },
    );
    await send('d', 95);
    await told('d', 'firing', 60_000);
    assert.match(JSON.stringify(tellsOf('d', 'firing')[0]), /may be a duplicate/i);
    await mariadb.restart();
    await until(
      'it is certain',
      async () => !(await statusOf(holder)).warnings.join().includes('may be duplicates'),
      {
        withinMs: 30_000,
      },
    );
    await send('d', 20);
    await told('d', 'resolved', 60_000);
    assert.ok(tellsOf('d', 'firing').length <= 2);
    assert.equal(new Set(tellsOf('d', 'firing').map(({ id }) => id)).size, 1);
    const fired = hook.told.indexOf(tellsOf('d', 'firing')[0]!);
    const ended = hook.told.indexOf(tellsOf('d', 'resolved')[0]!);
    assert.ok(fired < ended);
  });
});
