// The spool: order, bounds, restarts, kill -9, damage, and a disk that cannot be written.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { createSpool, type SpoolOptions } from '../../src/daemons/agent/spool.ts';
import { openSqlite } from '../../src/runtime/sqlite.ts';
import type { Ending } from './root-tree.ts';

const DAY_MS = 86_400_000;
const ALL = { samples: 1e9, bytes: 1e9 };

const root = mkdtempSync(join(tmpdir(), 'minimon-spool-'));
// After the last test: a test's own hooks run in the order in which they were made, and a spool is closed before its files go.
after(() => rmSync(root, { recursive: true, force: true }));

const spoolPath = (): string => join(mkdtempSync(join(root, 'spool-')), 'spool.sqlite');

function opened(t: Ending, path: string, limits: Partial<SpoolOptions> = {}) {
  const dropped: Record<string, number> = {};
  const damaged: string[] = [];
  const spool = createSpool({
    path,
    maxBytes: 1_000_000,
    maxAgeMs: DAY_MS,
    onDropped: ({ reason, samples }) => {
      dropped[reason] = (dropped[reason] ?? 0) + samples;
    },
    onDamaged: (message) => damaged.push(message),
    ...limits,
  });
  t.after(() => spool.close());
  return { spool, dropped, damaged };
}

const tick = (timeMs: number, samples = 10, size = 100) => ({
  timeMs,
  samples,
  bytes: Buffer.alloc(size, timeMs % 251),
});
const times = (spool: ReturnType<typeof createSpool>) => spool.newest(ALL).map((one) => one.timeMs);

test('the newest tick comes first whatever the order of putting, and at least one whatever the limits', (t) => {
  const { spool } = opened(t, spoolPath());
  for (const timeMs of [2_000, 5_000, 1_000, 4_000]) spool.put(tick(timeMs));
  assert.deepEqual(times(spool), [5_000, 4_000, 2_000, 1_000]);
  assert.deepEqual(
    spool.newest({ samples: 1, bytes: 1 }).map((one) => one.timeMs),
    [5_000],
  );
  assert.equal(spool.newest({ samples: 25, bytes: 1e9 }).length, 2);
  assert.equal(spool.newest({ samples: 1e9, bytes: 350 }).length, 3);
});

test('what was put is there after a restart, and what was removed is not', (t) => {
  const path = spoolPath();
  const first = createSpool({
    path,
    maxBytes: 1e6,
    maxAgeMs: DAY_MS,
    onDropped: () => {},
    onDamaged: () => {},
  });
  for (const timeMs of [1_000, 2_000, 3_000]) first.put(tick(timeMs));
  first.remove(first.newest({ samples: 1, bytes: 1 }));
  first.close();
  const { spool } = opened(t, path);
  assert.deepEqual(times(spool), [2_000, 1_000]);
  assert.deepEqual(spool.queued(), { ticks: 2, samples: 20 });
  assert.deepEqual(spool.newest(ALL)[0]!.bytes, tick(2_000).bytes);
});

test('an older copy of the file is known by its newest tick, and what came after it is counted as lost', (t) => {
  const path = spoolPath();
  const first = opened(t, path);
  first.spool.put(tick(1_000));
  first.spool.close();
  copyFileSync(path, `${path}.older`);
  const second = opened(t, path);
  second.spool.remove(second.spool.newest(ALL));
  second.spool.put(tick(2_000, 7));
  second.spool.close();
  copyFileSync(`${path}.older`, path);
  const { damaged, dropped } = opened(t, path);
  assert.match(damaged.join(), /1 of 1 ticks in the spool are lost/);
  assert.deepEqual(dropped, { damaged: 7 });
});

test('a spool of the version before, without checksums, is sent as it is and has them from then on', (t) => {
  const path = spoolPath();
  const first = opened(t, path);
  for (const timeMs of [1_000, 2_000]) first.spool.put(tick(timeMs));
  first.spool.close();
  const db = openSqlite({ path, synchronous: 'full' });
  db.exec('ALTER TABLE ticks DROP COLUMN sum; PRAGMA user_version = 1; PRAGMA application_id = 0');
  db.close();
  const { spool, damaged } = opened(t, path);
  assert.deepEqual([times(spool), damaged], [[2_000, 1_000], []]);
  assert.deepEqual(spool.newest(ALL)[0]!.bytes, tick(2_000).bytes);
  spool.close();
  const again = openSqlite({ path, synchronous: 'full' });
  assert.equal(again.prepare('SELECT count(sum) FROM ticks').pluck().get(), 2);
  again.close();
});

test('over its size the oldest ticks go first and are counted; the newest stays however large', (t) => {
  const { spool, dropped } = opened(t, spoolPath(), { maxBytes: 1_000 });
  for (let i = 1; i <= 15; i++) spool.put(tick(i * 1_000));
  assert.equal(times(spool)[0], 15_000);
  assert.equal(dropped['size']! + spool.queued().samples, 150);
  assert.ok(dropped['size']! >= 50 && spool.queued().ticks >= 1);
  spool.put(tick(16_000, 7, 5_000));
  assert.deepEqual(times(spool), [16_000]);
  assert.equal(dropped['size'], 150);
});

test('ticks past their age are dropped and counted', (t) => {
  const { spool, dropped } = opened(t, spoolPath());
  for (let i = 0; i < 50; i++) spool.put(tick(i * 1_000));
  spool.prune(DAY_MS + 30_000);
  assert.equal(spool.queued().ticks, 20);
  assert.deepEqual(dropped, { age: 300 });
});

test('over its size the oldest by their times go, whatever came first, and no more than need be', (t) => {
  const { spool, dropped } = opened(t, spoolPath(), { maxBytes: 3_000 });
  for (let i = 30; i >= 1; i--) spool.put(tick(i * 1_000));
  assert.deepEqual(dropped, {}, 'just as large as it may be');
  spool.put(tick(31_000, 10, 2_000));
  assert.deepEqual(dropped, { size: 200 });
  assert.deepEqual(
    times(spool),
    Array.from({ length: 11 }, (_, i) => (31 - i) * 1_000),
  );
});

test('of two ticks of one time the later one is the newest', (t) => {
  const { spool } = opened(t, spoolPath());
  for (const samples of [1, 2, 3]) spool.put(tick(1_000, samples));
  assert.deepEqual(
    spool.newest(ALL).map(({ samples }) => samples),
    [3, 2, 1],
  );
});

test('ticks are looked at for their age once a minute, also after the clock was set back', (t) => {
  const { spool, dropped } = opened(t, spoolPath());
  const now = 10 * DAY_MS;
  spool.prune(now);
  spool.put(tick(now - DAY_MS - 1));
  spool.put(tick(now - DAY_MS + 60_000));
  spool.prune(now + 59_999);
  assert.deepEqual(dropped, {});
  spool.prune(now + 60_000);
  assert.deepEqual(dropped, { age: 10 }, 'a tick of just its age stays');
  spool.put(tick(DAY_MS));
  spool.prune(3 * DAY_MS);
  assert.deepEqual(dropped, { age: 20 });
});

test('a tick that was acknowledged is not dropped for its age as well', (t) => {
  const { spool, dropped } = opened(t, spoolPath());
  for (const timeMs of [1_000, 2_000]) spool.put(tick(timeMs));
  spool.remove(spool.newest({ samples: 1, bytes: 1 }));
  spool.prune(2 * DAY_MS);
  assert.deepEqual([dropped, spool.queued()], [{ age: 10 }, { ticks: 0, samples: 0 }]);
});

test('a file that is no database is moved aside and a new spool begun', (t) => {
  const path = spoolPath();
  writeFileSync(path, 'this is not a database, however long it may be '.repeat(100));
  const { spool, damaged } = opened(t, path);
  spool.put(tick(1_000));
  assert.equal(spool.queued().ticks, 1);
  assert.match(damaged.join(), /damaged.*moved to/);
  assert.ok(readdirSync(dirname(path)).some((name) => name.includes('.damaged-')));
});

/** All in the file, its pages but the first overwritten, and the first changed so that nothing is taken from a cache. */
function tear(path: string) {
  const saboteur = openSqlite({ path, synchronous: 'full' });
  saboteur.pragma('wal_checkpoint(TRUNCATE)');
  const file = readFileSync(path);
  writeFileSync(path, Buffer.concat([file.subarray(0, 4_096), Buffer.alloc(file.length - 4_096, 0xa5)]));
  saboteur.pragma('application_id = 1');
  saboteur.close();
}

test('a spool that is found damaged at work is replaced, its samples counted as dropped, and the new tick kept', (t) => {
  const path = spoolPath();
  const { spool, dropped, damaged } = opened(t, path);
  for (let i = 1; i <= 3; i++) spool.put(tick(i * 1_000));
  tear(path);
  spool.put(tick(4_000));
  assert.deepEqual(times(spool), [4_000]);
  assert.deepEqual(dropped, { damaged: 30 });
  assert.match(damaged.join(), /is damaged .*; it was moved to .*3 of 3 ticks in the spool are lost/);
  assert.equal(spool.unhealthy(), undefined);
});

test('ticks that were acknowledged just before the damage was found are not counted as lost', (t) => {
  const path = spoolPath();
  const { spool, dropped } = opened(t, path);
  for (let i = 1; i <= 3; i++) spool.put(tick(i * 1_000));
  const sent = spool.newest({ samples: 20, bytes: 1e6 });
  tear(path);
  spool.remove(sent);
  // They leave the disk with the next tick's commit, which finds the damage.
  spool.put(tick(4_000));
  assert.deepEqual(dropped, { damaged: 10 });
  assert.deepEqual(spool.queued(), { ticks: 1, samples: 10 });
  assert.deepEqual(times(spool), [4_000]);
});

test('an acknowledged tick is gone after the next one, after a close, and at once in a backlog', (t) => {
  const path = spoolPath();
  const kept = () => {
    const db = openSqlite({ path, synchronous: 'full' });
    try {
      return db.prepare('SELECT count(*) FROM ticks').pluck().get();
    } finally {
      db.close();
    }
  };
  const { spool } = opened(t, path);
  spool.put(tick(1_000));
  spool.remove(spool.newest({ samples: 10, bytes: 1e6 }));
  assert.deepEqual(spool.newest({ samples: 10, bytes: 1e6 }), []);
  spool.put(tick(2_000));
  assert.equal(kept(), 1);
  for (let i = 3; i < 103; i++) spool.put(tick(i * 1_000));
  spool.remove(spool.newest({ samples: 600, bytes: 1e6 }));
  assert.equal(kept(), 41);
  spool.remove(spool.newest({ samples: 10, bytes: 1e6 }));
  spool.close();
  assert.equal(kept(), 40);
});

test('while the disk takes nothing, ticks are held in memory, it is unhealthy, and nothing is lost', (t) => {
  const path = spoolPath();
  const { spool, dropped } = opened(t, path);
  spool.put(tick(1_000));
  const blocker = openSqlite({ path, synchronous: 'full' });
  // As on a full disk, every further write fails.
  blocker.exec("CREATE TRIGGER full BEFORE INSERT ON ticks BEGIN SELECT raise(ABORT, 'disk full'); END");
  spool.put(tick(2_000));
  assert.match(spool.unhealthy()!, /disk full/);
  assert.deepEqual(times(spool), [2_000, 1_000]);
  assert.deepEqual(spool.queued(), { ticks: 2, samples: 20 });
  spool.remove(spool.newest({ samples: 1, bytes: 1 }));
  assert.deepEqual(times(spool), [1_000]);
  blocker.exec('DROP TRIGGER full');
  blocker.close();
  spool.put(tick(3_000));
  assert.equal(spool.unhealthy(), undefined);
  assert.deepEqual(times(spool), [3_000, 1_000]);
  assert.deepEqual(dropped, {});
});

test('an hour of ticks fits in memory while the disk takes nothing; then the oldest is dropped and counted', (t) => {
  const path = spoolPath();
  const { spool, dropped } = opened(t, path);
  const blocker = openSqlite({ path, synchronous: 'full' });
  blocker.exec("CREATE TRIGGER full BEFORE INSERT ON ticks BEGIN SELECT raise(ABORT, 'disk full'); END");
  for (let i = 1; i <= 60; i++) spool.put(tick(i));
  assert.deepEqual(dropped, {});
  spool.put(tick(61));
  assert.deepEqual(dropped, { memory: 10 });
  assert.deepEqual([times(spool)[0], times(spool).at(-1)], [61, 2]);
  blocker.close();
});

test('acknowledged ticks are not sent again though the disk cannot be written to forget them', (t) => {
  const path = spoolPath();
  const { spool } = opened(t, path);
  for (const timeMs of [1_000, 2_000]) spool.put(tick(timeMs));
  const blocker = openSqlite({ path, synchronous: 'full' });
  t.after(() => blocker.close());
  blocker.exec("CREATE TRIGGER full BEFORE DELETE ON ticks BEGIN SELECT raise(ABORT, 'disk full'); END");
  spool.remove(spool.newest({ samples: 1, bytes: 1 }));
  assert.deepEqual(times(spool), [1_000]);
  assert.deepEqual(spool.queued(), { ticks: 1, samples: 10 });
});

test('whatever is put, removed, pruned and reopened, put = removed + dropped + queued', (_t) => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('put' as const),
      age: fc.nat(100),
      samples: fc.integer({ min: 1, max: 500 }),
      size: fc.nat(400),
    }),
    fc.record({ kind: fc.constantFrom('remove' as const, 'prune' as const, 'reopen' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const path = spoolPath();
      let dropped = 0;
      const open = () =>
        createSpool({
          path,
          maxBytes: 2_000,
          maxAgeMs: 50,
          onDropped: ({ samples }) => (dropped += samples),
          onDamaged: assert.fail,
        });
      let spool = open();
      let put = 0;
      let removed = 0;
      for (const one of steps) {
        if (one.kind === 'put') {
          spool.put({ timeMs: one.age, samples: one.samples, bytes: Buffer.alloc(one.size) });
          put += one.samples;
        } else if (one.kind === 'remove') {
          const gone = spool.newest({ samples: 600, bytes: 1_000 });
          spool.remove(gone);
          removed += gone.reduce((sum, tick) => sum + tick.samples, 0);
        } else if (one.kind === 'prune') spool.prune(100);
        else {
          spool.close();
          spool = open();
        }
        assert.equal(put, removed + dropped + spool.queued().samples);
      }
      spool.close();
    }),
    { numRuns: 15 },
  );
});

test('kill -9 in the middle of putting loses no tick that was put', async (t) => {
  const path = spoolPath();
  const child = spawn(process.execPath, [join(import.meta.dirname, 'spooling-child.ts'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const chunk of child.stdout) {
    said += chunk;
    if (said.split('\n').length > 25) child.kill('SIGKILL');
  }
  const last = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1));
  const { spool, damaged } = opened(t, path);
  const kept = times(spool);
  assert.ok(last >= 25);
  assert.deepEqual(
    kept.slice(-last),
    Array.from({ length: last }, (_, i) => (last - i) * 1_000),
  );
  assert.deepEqual(damaged, []);
});
