// The catalog in a SQLite file: the contract, and what only a file can meet (damage, restarts, newer programs).

import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { MIGRATIONS, SQLITE_WORDS } from '../../src/catalog/schema.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { LEASE_MS } from '../../src/catalog/warn-lease.ts';
import { type Clock, createVirtualClock, systemClock } from '../../src/runtime/clock.ts';
import { createLogger, silentLogger } from '../../src/runtime/logging.ts';
import { openSqlite } from '../../src/runtime/sqlite.ts';
import { auditEntries } from './audit-entries.ts';
import { catalogContract } from './contract.ts';

const root = mkdtempSync(join(tmpdir(), 'minimon-catalog-'));
after(() => rmSync(root, { recursive: true, force: true }));

let files = 0;
const newPath = () => join(root, `${++files}`, 'catalog.db');
const open = (path: string, clock: Clock = systemClock) =>
  openSqliteCatalog({ path, logger: silentLogger, clock });

catalogContract('SQLite', (clock) => open(newPath(), clock));

describe('catalog in a SQLite file', () => {
  it('has everything again after a restart, and goes on numbering', async () => {
    const path = newPath();
    const first = await open(path);
    const host = await first.inventory.insert({ hostId: 'a', location: '725' }, 'ann');
    const gone = await first.inventory.insert({ hostId: 'b', location: '726' }, 'ann');
    await first.inventory.remove(['b'], 'ann');
    await first.stop();
    await first.stop();
    const second = await open(path);
    assert.deepEqual(await second.inventory.find({ hostId: 'a' }), host);
    assert.equal((await auditEntries(second.audit)).length, 3);
    assert.ok((await second.inventory.insert({ hostId: 'c', location: '725' }, 'ann')).id > gone.id);
    await second.stop();
  });

  it('reads an audit log of before its changes had numbers, each entry as a change', async () => {
    const path = newPath();
    mkdirSync(dirname(path));
    const old = openSqlite({ path, synchronous: 'normal' });
    old.exec('CREATE TABLE migrations (name VARCHAR(64) NOT NULL PRIMARY KEY, at_ms BIGINT NOT NULL)');
    for (const { name, ddl } of MIGRATIONS.filter((step) => step.name < '070')) {
      old.exec(ddl(SQLITE_WORDS));
      old.prepare('INSERT INTO migrations VALUES (?, 0)').run(name);
    }
    const insert = old.prepare(
      'INSERT INTO audit (at_ms, actor, action, subject, detail) VALUES (1, ?, ?, ?, ?)',
    );
    insert.run('ann', 'host.add', Buffer.from('a'), '{"to":"725"}');
    insert.run('ann', 'host.add', Buffer.from('b'), '{"to":"725"}');
    old.close();
    const catalog = await open(path);
    const { changes } = await catalog.audit.changes({ limit: 9 });
    assert.deepEqual(
      changes.map(({ id, address, entries }) => [id, address, entries.map(({ subject }) => subject)]),
      [
        [2, undefined, ['b']],
        [1, undefined, ['a']],
      ],
    );
    await catalog.stop();

    // Kept as it was, for whoever goes back to the earlier version; later starts leave it, and make no other.
    const [first] = MIGRATIONS.filter((step) => step.name >= '070');
    const copies = () => readdirSync(dirname(path)).filter((name) => name.includes('.before-'));
    assert.deepEqual(copies(), [`catalog.db.before-${first!.name}`]);
    await (await open(path)).stop();
    assert.equal(copies().length, 1);
    const kept = openSqlite({ path: join(dirname(path), copies()[0]!), synchronous: 'normal' });
    const names = kept.prepare('SELECT name FROM migrations ORDER BY name').pluck().all();
    assert.deepEqual(
      names,
      MIGRATIONS.map(({ name }) => name).filter((name) => name < '070'),
    );
    assert.equal(kept.prepare('SELECT count(*) FROM audit').pluck().get(), 2);
    kept.close();
  });

  /** Its next row of the table has the number after this one. */
  function numberedFrom(path: string, table: string, last: number): void {
    const db = openSqlite({ path, synchronous: 'normal' });
    db.prepare('DELETE FROM sqlite_sequence WHERE name = ?').run(table);
    db.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(table, last);
    db.close();
  }

  it('keeps the newest million entries of the audit log, looked at with every thousandth', async () => {
    const path = newPath();
    const hosts = async (...rounds: readonly (readonly [last: number, ...hostIds: string[]])[]) => {
      for (const [last, ...hostIds] of rounds) {
        numberedFrom(path, 'audit', last);
        const catalog = await open(path);
        for (const hostId of hostIds) await catalog.inventory.insert({ hostId, location: '725' }, 'ann');
        await catalog.stop();
      }
      const catalog = await open(path);
      const kept = await auditEntries(catalog.audit);
      await catalog.stop();
      return kept.map(({ subject }) => subject).sort();
    };
    await (await open(path)).stop();
    assert.deepEqual(await hosts([999, 'a', 'b'], [1_000_998, 'c']), ['a', 'b', 'c']);
    assert.deepEqual(await hosts([1_000_999, 'd']), ['b', 'c', 'd']);
  });

  it('keeps the newest 200,000 entries of the history of alerts', async () => {
    const path = newPath();
    const of = (atMs: number) => ({ atMs, kind: 'sent' as const, subjects: [], count: 0 });
    const first = await open(path);
    await first.alertHistory.append([of(1), of(2), of(3)]);
    await first.stop();
    numberedFrom(path, 'alert_history', 200_000);
    const second = await open(path);
    await second.alertHistory.append([of(4), of(5)]);
    await second.alertHistory.prune(5);
    const left = await second.alertHistory.list({ limit: 9 });
    assert.deepEqual(
      left.map(({ atMs }) => atMs),
      [5, 4, 3],
    );
    await second.stop();
  });

  it('is not copied when it is new', async () => {
    const path = newPath();
    await (await open(path)).stop();
    assert.deepEqual(
      readdirSync(dirname(path)).filter((name) => name.includes('.before-')),
      [],
    );
  });

  /** A catalog of 500 hosts, stopped. */
  async function written(): Promise<string> {
    const path = newPath();
    const before = await open(path);
    await before.inventory.assign(
      Array.from({ length: 500 }, (_, i) => ({ hostId: `h-${i}`, location: '725' })),
      'test',
    );
    await before.stop();
    return path;
  }

  /** Opens it and returns how many hosts stand in 725, with what was logged as errors. */
  async function reopened(path: string): Promise<{ hosts: number; errors: string[] }> {
    const lines = new PassThrough();
    const logger = await createLogger({ level: 'info', format: 'json' }, lines);
    const catalog = await openSqliteCatalog({ path, logger });
    const found = await catalog.inventory.list({ limit: 1_000 });
    assert.equal(catalog.unhealthy(), undefined);
    await catalog.inventory.assign([{ hostId: 'new', location: '726' }], 'test');
    await catalog.stop();
    const logged = String(lines.read() ?? '')
      .split('\n')
      .filter(Boolean);
    const errors = logged.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error');
    return {
      hosts: found.filter(({ location }) => location === '725').length,
      errors: errors.map(({ msg }) => msg),
    };
  }

  for (const [kind, damage] of [
    ['truncated', (path: string) => truncateSync(path, 5_000)],
    ['overwritten', (path: string) => writeFileSync(path, 'this was a database once'.repeat(400))],
    ['emptied', (path: string) => truncateSync(path, 0)],
    ['deleted', (path: string) => rmSync(path)],
  ] as const) {
    it(`replaces a file that was ${kind} by its copy, and says so loudly`, async () => {
      const path = await written();
      damage(path);
      const { hosts, errors } = await reopened(path);
      assert.equal(hosts, 500);
      assert.match(errors.join(), /is damaged .*replaced by the copy of 20.*make it again/);
      const asides = readdirSync(join(path, '..')).filter((name) => name.includes('.damaged-'));
      assert.equal(asides.length, kind === 'deleted' ? 0 : 1);
    });
  }

  it('starts empty where there is no copy either, says so loudly, and what to do', async () => {
    const path = await written();
    truncateSync(path, 5_000);
    for (const copy of ['.copy', '.copy-1']) rmSync(path + copy, { force: true });
    const { hosts, errors } = await reopened(path);
    assert.equal(hosts, 0);
    assert.match(errors.join(), /is damaged .* moved to .*damaged-.*no copy .*assign the hosts again/);
  });

  it('takes the older copy where the newest is damaged too', async () => {
    const path = await written();
    await reopened(path);
    const older = readFileSync(`${path}.copy`);
    writeFileSync(`${path}.copy-1`, older);
    truncateSync(`${path}.copy`, 5_000);
    rmSync(path);
    assert.equal((await reopened(path)).hosts, 500);
  });

  it('finds a row that is not as it was written, and takes it from the copy; without one it is lost by name', async () => {
    for (const hasCopy of [true, false]) {
      const path = await written();
      // Written without its checksum.
      const file = openSqlite({ path, synchronous: 'full', functions: { catalog_sum: () => 1 } });
      file.exec("UPDATE hosts SET location = CAST('724' AS BLOB) WHERE host_id = CAST('h-123' AS BLOB)");
      file.close();
      if (!hasCopy) for (const copy of ['.copy', '.copy-1']) rmSync(path + copy, { force: true });
      const { hosts, errors } = await reopened(path);
      assert.equal(hosts, hasCopy ? 500 : 499);
      assert.match(errors.join(), /a row of hosts .*h-123.*724/);
      assert.match(errors.join(), hasCopy ? /as in the copy of 20/ : /lost .*make it again/);
    }
  });

  it('knows an older copy of itself by its newest change', async () => {
    const path = newPath();
    await (await open(path)).stop();
    const older = readFileSync(path);
    const catalog = await open(path);
    await catalog.inventory.insert({ hostId: 'a', location: '725' }, 'test');
    await catalog.stop();
    assert.deepEqual((await reopened(path)).errors, []);
    writeFileSync(path, older);
    assert.match((await reopened(path)).errors.join(), /is an older copy: it ends with change 0 of 1/);
    assert.deepEqual((await reopened(path)).errors, []);
  });

  it('frees the lease when its time is over, also where the clock was set back', async () => {
    const clock = createVirtualClock(Date.parse('2026-11-25T09:00:00Z'));
    const catalog = await openSqliteCatalog({ path: newPath(), logger: silentLogger, clock });
    const { warnLease } = catalog;
    const { fence } = await warnLease.acquire('first');
    await clock.advanceTo(clock.nowMs() + LEASE_MS - 1);
    assert.equal((await warnLease.acquire('second')).won, false);
    assert.equal(await warnLease.renew(fence), true);
    await clock.advanceTo(clock.nowMs() + LEASE_MS);
    assert.equal((await warnLease.read()).leftMs, 0);
    assert.equal(await warnLease.renew(fence), true, 'nobody else wanted it');
    await clock.stepBy(-3_600_000);
    assert.equal((await warnLease.acquire('second')).won, true);
    await catalog.stop();
  });

  it('refuses a file that a newer program migrated', async () => {
    const path = newPath();
    await (await open(path)).stop();
    const file = openSqlite({ path, synchronous: 'full' });
    file.exec(`INSERT INTO migrations VALUES ('999-from-the-future', 0)`);
    file.close();
    await assert.rejects(open(path), {
      code: 'SCHEMA_TOO_NEW',
      message: /newer minimon.*999-from-the-future/,
      hint: /newer version/,
    });
  });

  it('migrates once when several threads open the new file at the same time', async () => {
    const path = newPath();
    const opening = `
      import { workerData } from 'node:worker_threads';
      const [{ openSqliteCatalog }, { silentLogger }] = await Promise.all(
        ['catalog/sqlite.ts', 'runtime/logging.ts'].map((file) => import(workerData.source + file)));
      await (await openSqliteCatalog({ path: workerData.path, logger: silentLogger })).stop();`;
    const source = new URL('../../src/', import.meta.url).href;
    const code = new URL(`data:text/javascript,${encodeURIComponent(opening)}`);
    const exits = Array.from({ length: 3 }, () =>
      once(new Worker(code, { workerData: { source, path } }), 'exit'),
    );
    assert.deepEqual(await Promise.all(exits), [[0], [0], [0]]);
    const catalog = await open(path);
    await catalog.inventory.insert({ hostId: 'a', location: '725' }, 'test');
    await catalog.stop();
  });

  it('shows a fault while its tables cannot be written and none after they can', async () => {
    const path = newPath();
    const catalog = await open(path);
    const other = openSqlite({ path, synchronous: 'full' });
    other.exec('ALTER TABLE audit RENAME TO audit_away');
    await assert.rejects(catalog.inventory.insert({ hostId: 'a', location: '725' }, 'test'), {
      code: 'UNAVAILABLE',
    });
    assert.match(catalog.unhealthy() ?? '', /audit/);
    assert.equal(await catalog.inventory.find({ hostId: 'a' }), undefined, 'the host was rolled back');
    other.exec('ALTER TABLE audit_away RENAME TO audit');
    await catalog.inventory.insert({ hostId: 'a', location: '725' }, 'test');
    assert.equal(catalog.unhealthy(), undefined);
    other.close();
    await catalog.stop();
  });
});
