// The catalog on a real MariaDB: the contract, and what only a server can do (go away, come back, be shared).
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openMysqlCatalog } from '../../src/catalog/mysql.ts';
import { mysqlCatalogOptions } from '../../src/catalog/mysql-pool.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { skipReason } from '../servers/backends.ts';
import { type Mariadb, startMariadb } from '../servers/mariadb.ts';
import { until } from '../until.ts';
import { catalogContract } from './contract.ts';

describe('catalog on a server', { skip: skipReason('mariadb') }, () => {
  let server: Mariadb;
  before(async () => {
    server = await startMariadb();
  });
  after(() => server?.stop());

  const access = (more: object = {}) => {
    const { host, port, user, password, database } = server;
    return mysqlCatalogOptions.parse({ host, port, user, password, database, ...more });
  };
  const open = (clock: Clock = systemClock, more: object = {}) =>
    openMysqlCatalog({ ...access(more), logger: silentLogger, clock });
  /** In a charset that cannot hold most names: the tables must bring their own. */
  const recreate = () =>
    server.sql(
      'DROP DATABASE monitor; CREATE DATABASE monitor CHARACTER SET latin1 COLLATE latin1_swedish_ci',
    );

  catalogContract('MariaDB', async (clock) => {
    await recreate();
    return open(clock);
  });

  it('migrates once when several daemons start together, and they share what they write', async () => {
    await recreate();
    const catalogs = await Promise.all(Array.from({ length: 4 }, () => open()));
    await catalogs[0]!.inventory.insert({ hostId: 'a', location: '725' }, 'test');
    for (const catalog of catalogs) {
      assert.equal((await catalog.inventory.find({ hostId: 'a' }))?.location, '725');
    }
    const inserts = await Promise.allSettled(
      catalogs.map((catalog, i) => catalog.inventory.insert({ hostId: 'b', location: `${i}` }, 'test')),
    );
    assert.equal(inserts.filter((one) => one.status === 'fulfilled').length, 1);
    for (const one of inserts) if (one.status === 'rejected') assert.equal(one.reason.code, 'HOST_EXISTS');
    await Promise.all(catalogs.map((catalog) => catalog.stop()));
  });

  it('never uses a number again, not even after the server restarted', async () => {
    await recreate();
    const first = await open();
    const { id } = await first.inventory.insert({ hostId: 'a', location: '725' }, 'test');
    await first.inventory.remove(['a'], 'test');
    await first.stop();
    await server.kill('SIGTERM');
    await server.restart();
    const second = await open();
    assert.ok((await second.inventory.insert({ hostId: 'b', location: '725' }, 'test')).id > id);
    await second.stop();
  });

  it('says why while the server is killed, loses nothing, and goes on by itself when it is back', async () => {
    await recreate();
    const catalog = await open();
    await catalog.inventory.insert({ hostId: 'a', location: '725' }, 'test');
    await server.kill('SIGKILL');
    await assert.rejects(catalog.inventory.list({ limit: 1 }), {
      code: 'UNAVAILABLE',
      message: new RegExp(`monitor at 127.0.0.1:${server.port}`),
    });
    assert.match(catalog.unhealthy() ?? '', /does not answer/);
    await server.restart();
    await until('the fault is gone without a request', () => catalog.unhealthy() === undefined);
    assert.equal((await catalog.inventory.find({ hostId: 'a' }))?.location, '725');
    await catalog.stop();
  });

  it('on a server that is read-only answers what it knows, refuses changes, and goes on when it may write', async () => {
    await recreate();
    const catalog = await open();
    await catalog.inventory.insert({ hostId: 'a', location: '725' }, 'test');
    await server.sql('SET GLOBAL read_only = 1');
    try {
      await assert.rejects(catalog.inventory.insert({ hostId: 'b', location: '725' }, 'test'), {
        code: 'UNAVAILABLE',
        message: /is read-only/,
        hint: /read_only = 0.*primary/,
      });
      assert.equal((await catalog.inventory.find({ hostId: 'a' }))?.location, '725');
      const another = await open();
      assert.equal((await another.inventory.find({ hostId: 'a' }))?.location, '725');
      await another.stop();
    } finally {
      await server.sql('SET GLOBAL read_only = 0');
    }
    await catalog.inventory.insert({ hostId: 'b', location: '725' }, 'test');
    assert.equal(catalog.unhealthy(), undefined);
    await catalog.stop();
  });

  it('starts without the server and migrates when it comes', async () => {
    await recreate();
    await server.kill('SIGKILL');
    const catalog = await open();
    assert.match(catalog.unhealthy() ?? '', /does not answer/);
    await server.restart();
    await until('the catalog answers', async () => {
      return catalog.inventory.insert({ hostId: 'a', location: '725' }, 'test').then(
        () => true,
        (error: { code: string }) => {
          assert.equal(error.code, 'UNAVAILABLE');
          return false;
        },
      );
    });
    await catalog.stop();
  });

  it('has its connections killed in the middle of work and goes on', async () => {
    await recreate();
    const catalog = await open();
    const ids = await server.sql(`SELECT id FROM information_schema.processlist WHERE user = 'monitor'`);
    for (const id of ids.trim().split('\n')) await server.sql(`KILL ${id}`);
    await until('a request works again', () =>
      catalog.inventory.list({ limit: 1 }).then(
        () => true,
        () => false,
      ),
    );
    assert.equal(catalog.unhealthy(), undefined);
    await catalog.stop();
  });

  it('refuses a wrong password and a database that is not there, and names what to look at', async () => {
    for (const wrong of [{ password: 'no' }, { database: 'nowhere' }]) {
      await assert.rejects(open(systemClock, wrong), { code: 'BAD_CONFIG', hint: /catalog\.password/ });
    }
  });

  it('refuses what does not fit instead of cutting it off, whatever the default of the server', async () => {
    await recreate();
    await server.sql(`SET GLOBAL sql_mode = ''`);
    const catalog = await open();
    const hostId = 'x'.repeat(129);
    await assert.rejects(catalog.inventory.insert({ hostId, location: '725' }, 'test'));
    assert.deepEqual(await catalog.inventory.list({ limit: 10 }), []);
    await catalog.stop();
  });
});
