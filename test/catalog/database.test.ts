// How statements are run: migrated first, a lost transaction retried, and a failed database probed until it answers.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Kysely, SqliteDialect, sql } from 'kysely';
import { createCatalogDatabase } from '../../src/catalog/database.ts';
import { type CatalogTables, migrate, SQLITE_WORDS } from '../../src/catalog/schema.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { openSqlite } from '../../src/runtime/sqlite.ts';
import { until } from '../until.ts';

const START_MS = Date.parse('2026-01-01T00:00:00Z');

function openDatabase(t: TestContext) {
  const clock = createVirtualClock(START_MS);
  const path = join(mkdtempSync(join(tmpdir(), 'minimon-catalog-')), 'catalog.sqlite');
  const file = openSqlite({ path, synchronous: 'normal' });
  t.after(() => file.close());
  const db = new Kysely<CatalogTables>({ dialect: new SqliteDialect({ database: file }) });
  const state = { unreachable: false, migrations: 0 };
  const database = createCatalogDatabase(db, {
    clock,
    engine: {
      locksRows: false,
      nowMs: async () => Date.now(),
      isRetryable: (error) => error instanceof Error && error.message === 'deadlock',
      explain: (error) => error,
      async prepare() {
        state.migrations++;
        if (state.unreachable) throw new ExpectedError('UNAVAILABLE', 'it does not answer');
        await migrate(db, { words: SQLITE_WORDS, nowMs: clock.nowMs() });
      },
    },
  });
  return { clock, db, database, state };
}

test('the first statement migrates, once, and records when by the clock', async (t) => {
  const { database, state } = openDatabase(t);
  const times = () =>
    database.read(async (db) => {
      const { rows } = await sql<{ at_ms: number }>`SELECT DISTINCT at_ms FROM migrations`.execute(db);
      return rows.map((row) => row.at_ms);
    });
  assert.deepEqual(await times(), [START_MS]);
  assert.deepEqual(await times(), [START_MS]);
  assert.equal(state.migrations, 1);
});

test('a transaction that lost against another is run again, five times at most', async (t) => {
  const { database } = openDatabase(t);
  let runs = 0;
  const lose = (times: number) =>
    database.transaction(async () => {
      runs++;
      if (runs <= times) throw new Error('deadlock');
      return runs;
    });
  assert.equal(await lose(4), 5);
  runs = 0;
  await assert.rejects(lose(5), /deadlock/);
  assert.equal(runs, 5);
});

test('what no retry can change is not retried', async (t) => {
  const { database } = openDatabase(t);
  let runs = 0;
  const work = async () => {
    runs++;
    throw new ExpectedError('HOST_EXISTS', 'it is there');
  };
  await assert.rejects(database.transaction(work), { code: 'HOST_EXISTS' });
  assert.equal(runs, 1);
  assert.equal(database.unhealthy(), undefined);
});

test('a database that failed is probed after 5 s, whatever is done to wall time, and is healthy once it answers', async (t) => {
  const { clock, database, state } = openDatabase(t);
  state.unreachable = true;
  await assert.rejects(
    database.read(async () => {}),
    { code: 'UNAVAILABLE' },
  );
  state.unreachable = false;
  await clock.stepBy(3_600_000);
  await clock.advanceTo(clock.nowMs() + 4_999);
  assert.equal(database.unhealthy(), 'it does not answer');
  assert.equal(state.migrations, 1);
  await clock.advanceTo(clock.nowMs() + 1);
  assert.equal(database.unhealthy(), 'it does not answer');
  await until('the answer', () => database.unhealthy() === undefined);
  assert.equal(state.migrations, 2);
});
