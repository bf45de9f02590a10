// An embedded installation moves into real servers: every host and every sample, in one go or after being killed midway.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createReportClient } from '../../src/api/grpc/report-client.ts';
import { openMysqlCatalog } from '../../src/catalog/mysql.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { PERSIST_GROUP } from '../../src/daemons/persist/service.ts';
import { simulateOptions } from '../../src/daemons/simulate/options.ts';
import { createSimulator } from '../../src/daemons/simulate/simulator.ts';
import { createStaticDiscovery } from '../../src/discovery/discovery.ts';
import { seriesKey } from '../../src/domain/tick.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { lockDirectory } from '../../src/runtime/directory-lock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createInfluxStore } from '../../src/store/influxdb/store.ts';
import type { Store } from '../../src/store/store.ts';
import { startPipeline } from '../persist/pipeline-process.ts';
import { skipReason } from '../servers/backends.ts';
import { type Influxdb, startInfluxdb } from '../servers/influxdb.ts';
import { type Mariadb, startMariadb } from '../servers/mariadb.ts';
import { until } from '../until.ts';
import { start } from './commands.ts';

const skip = (['influxdb', 'mariadb'] as const).map(skipReason).find((reason) => reason !== false) ?? false;
const parts = { clock: systemClock, logger: silentLogger };

describe('minimon migrate', { skip }, () => {
  let influxdb: Influxdb;
  let mariadb: Mariadb;
  let data: string;
  before(async () => {
    [influxdb, mariadb] = await Promise.all([startInfluxdb(), startMariadb()]);
    data = mkdtempSync(join(tmpdir(), 'minimon-migrate-'));
    await fill(data);
  });
  after(async () => {
    await Promise.all([influxdb?.stop(), mariadb?.stop()]);
    if (data) rmSync(data, { recursive: true, force: true });
  });

  const migrate = (...flags: string[]) => start(['migrate', '--to', configFile(), '--data', data, ...flags]);

  function configFile(): string {
    const file = join(data, 'cluster.yaml');
    const { url, org, token } = influxdb;
    const { host, port, user, password, database } = mariadb;
    const config = {
      store: { kind: 'influxdb', url, org, bucket: 'moved', token },
      catalog: { kind: 'mysql', host, port, user, password, database },
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  it('refuses while the installation runs', async () => {
    const release = lockDirectory(data);
    try {
      const { code, stderr } = await migrate().ended;
      assert.equal(code, 4);
      assert.match(stderr, /is used by another process/);
    } finally {
      release();
    }
  });

  it('carries everything, also when it was killed on the way, and proves it by counts', async (t) => {
    const killed = migrate();
    const progress = join(data, 'migration.json');
    await until('some windows are carried', () => existsSync(progress), {
      withinMs: 90_000,
      seen: killed.said,
    });
    killed.kill();
    await killed.ended;
    const through: number = JSON.parse(readFileSync(progress, 'utf8')).throughMs;

    const { code, stdout, stderr } = await migrate().ended;
    assert.equal(code, 0, stderr);
    t.diagnostic(stdout);
    assert.match(stdout, /inventory: 11 hosts in 3 locations; \d+ copied, \d+ already there/);
    assert.ok(stdout.includes(`copied by an earlier run: all before ${new Date(through).toISOString()}`));
    assert.match(stdout, /verified: the target has at least as many samples/);
    const [, samples] = /^history: (\d+) samples/m.exec(stdout) ?? [];
    await sameHistory(Number(samples));
    await sameInventory();

    const again = await migrate().ended;
    assert.match(again.stdout, /; 0 copied, 11 already there/);
  });

  it('names what the target lacks', async () => {
    const gone = {
      start: '1970-01-01T00:00:00Z',
      stop: '2100-01-01T00:00:00Z',
      predicate: '_measurement="swap"',
    };
    const response = await fetch(`${influxdb.url}/api/v2/delete?org=${influxdb.org}&bucket=moved`, {
      method: 'POST',
      headers: { authorization: `Token ${influxdb.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(gone),
    });
    assert.equal(response.status, 204);
    const { code, stdout } = await migrate().ended;
    assert.equal(code, 7);
    assert.match(stdout, /not verified: \d+ samples missing/);
    assert.match(stdout, /swap\.usage on \d{4}-\d\d-\d\d: 0 of \d+/);
    assert.equal((await migrate('--again').ended).code, 0);
  });

  /** The source is read as `minimon up` would: its bus still holds what no file has, which may be everything. */
  async function sameHistory(told: number): Promise<void> {
    const pipeline = await startPipeline(data);
    const source = pipeline.store;
    const { url, org, token } = influxdb;
    const target = await createInfluxStore({ url, org, token, bucket: 'moved', ...parts });
    try {
      await allRead(pipeline);
      const [before, moved] = [await source.hosts({ sinceMs: 0 }), await target.hosts({ sinceMs: 0 })];
      const factsOf = (hosts: typeof before) =>
        hosts.map(({ hostId, firstSeenMs, lastSeenMs, lastReceivedMs, bootId, facts }) => ({
          hostId,
          firstSeenMs,
          lastSeenMs,
          lastReceivedMs,
          bootId,
          facts,
        }));
      assert.deepEqual(factsOf(moved), factsOf(before));
      let samples = 0;
      for (const metric of await source.metrics({ sinceMs: 0 })) {
        const [expected, found] = [await points(source, metric), await points(target, metric)];
        for (const [key, value] of expected) {
          const there = found.get(key);
          assert.ok(Object.is(there, value), `${metric} of ${key}: ${there} instead of ${value}`);
        }
        assert.equal(found.size, expected.size, metric);
        samples += expected.size;
      }
      assert.ok(samples > 50_000, `${samples} samples`);
      assert.equal(samples, told);
    } finally {
      await Promise.all([pipeline.stop(), target.stop()]);
    }
  }

  async function sameInventory(): Promise<void> {
    const source = await openSqliteCatalog({
      path: join(data, 'manage', 'catalog.sqlite'),
      logger: silentLogger,
    });
    const { host, port, user, password, database } = mariadb;
    const access = { host, port, user, password, database };
    const target = await openMysqlCatalog({ ...access, connections: 2, logger: silentLogger });
    const rooms = async ({ inventory }: typeof source) =>
      (await inventory.list({ limit: 100 })).map(({ hostId, location }) => ({ hostId, location }));
    try {
      assert.deepEqual(await rooms(target), await rooms(source));
    } finally {
      await Promise.all([source.stop(), target.stop()]);
    }
  }
});

async function points(store: Store, metric: string): Promise<ReadonlyMap<string, number>> {
  const stopMs = Date.now() + 60_000;
  const series = await store.range({ metric, startMs: stopMs - 5 * 86_400_000, stopMs });
  return new Map(
    series.flatMap(({ hostId, labels, timesMs, values }) =>
      timesMs.map(
        (timeMs, i) => [JSON.stringify([hostId, seriesKey('', labels), timeMs]), values[i]!] as const,
      ),
    ),
  );
}

const allRead = ({ bus }: Awaited<ReturnType<typeof startPipeline>>): Promise<void> =>
  until(
    'the store was given everything',
    async () => (await bus.lag(PERSIST_GROUP)).every(({ unread }) => unread === 0),
    { withinMs: 90_000 },
  );

/** What `minimon up` leaves behind: 14 h of twelve hosts, one of them without a room and one taken out of its own. */
async function fill(data: string): Promise<void> {
  const pipeline = await startPipeline(data);
  const discovery = createStaticDiscovery([pipeline.report.addresses()['grpc']!]);
  const report = createReportClient({ discovery });
  const ended = new AbortController();
  const simulator = createSimulator(
    simulateOptions.parse({ hosts: 12, locations: 3, since: '14h', interval: '60s', seed: 3 }),
    {
      ...parts,
      report,
      onProgress: ({ phase }) => {
        if (phase === 'live') ended.abort();
      },
    },
  );
  await simulator.run(ended.signal);
  await allRead(pipeline);
  await report.stop();
  await pipeline.stop();

  const catalog = await openSqliteCatalog({
    path: join(data, 'manage', 'catalog.sqlite'),
    logger: silentLogger,
  });
  const assignments = simulator.fleet.hosts
    .slice(0, 11)
    .map(({ hostId }, i) => ({ hostId, location: `72${i % 3}` }));
  await catalog.inventory.assign(assignments, 'test');
  await catalog.inventory.unassign([assignments[4]!.hostId], 'test');
  await catalog.stop();
}
