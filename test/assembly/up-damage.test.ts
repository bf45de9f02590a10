// `minimon up` on a data directory with damaged files of every kind: each is moved aside with a message, the start goes on.
import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../until.ts';
import { installProgram, temporary } from './installed-program.ts';

const program = installProgram();
const data = join(temporary('damage'), 'data');
/** Locks hold nothing and are begun anew without a word. */
const isLock = (file: string) => /lock\.sqlite$|\.lock$/.test(file);
const databases = () =>
  globSync('**/*.{sqlite,lock}', { cwd: data }).filter((file) => !file.includes('.damaged-'));
const movedAside = (file: string) =>
  globSync(`${file}.damaged-*`, { cwd: data }).filter((name) => !/-(wal|shm)$/.test(name)).length;

test('the data directory has every kind of database', async () => {
  // A past of five hours gives sealed chunks in a week's file.
  const up = await program.startUp(data, ['--simulate', '2', '--since', '5h', '--host-id', 'here']);
  await until('the first sealed chunks', () => globSync('store/week-*.sqlite', { cwd: data }).length > 0);
  assert.equal((await up.end('SIGINT')).code, 0);
  const kinds = new Set(databases().map((file) => file.replace(/\d[\d-]*\d/g, 'DAY')));
  const expected = ['agent/spool', 'bus/bus', 'bus/bus-offsets', 'manage/catalog', 'persist/deadletter'];
  for (const kind of [...expected, 'store/hosts', 'store/week-DAY'])
    assert.ok(kinds.has(`${kind}.sqlite`), `${kind} in ${[...kinds]}`);
});

type Damage = { readonly kind: string; readonly leastBytes: number; readonly of: (path: string) => void };
const DAMAGES: readonly Damage[] = [
  {
    kind: 'filled with garbage',
    leastBytes: 0,
    of: (path) => writeFileSync(path, Buffer.alloc(20_000, 'garbage ')),
  },
  {
    kind: 'cut in the middle',
    // What is cut from a file of two pages is an empty table, and reads as one.
    leastBytes: 12_288,
    of: (path) => truncateSync(path, Math.floor(statSync(path).size / 2) + 100),
  },
];

for (const { kind, leastBytes, of: damage } of DAMAGES) {
  test(`files that are ${kind} are moved aside, each with a message`, async () => {
    const chosen = databases().filter(
      (file) => isLock(file) || statSync(join(data, file)).size >= leastBytes,
    );
    const before = new Map(chosen.map((file) => [file, movedAside(file)]));
    assert.ok(chosen.filter((file) => !isLock(file)).length >= 4);
    for (const file of chosen) damage(join(data, file));

    const up = await program.startUp(data, ['--host-id', 'here']);
    await up.wait(/\nhere +reporting/);
    const { code, stderr } = await up.end('SIGINT');
    assert.equal(code, 0, stderr);
    for (const file of chosen.filter((name) => !isLock(name))) {
      assert.equal(movedAside(file), before.get(file)! + 1, `${file} was not moved aside: ${stderr}`);
      assert.ok(stderr.includes(`${join(data, file)} is damaged`), `${file} is not named: ${stderr}`);
      // A week without samples has no file.
      const again = globSync(file, { cwd: data }).map((name) => readFileSync(join(data, name), 'latin1'));
      for (const text of again) assert.equal(text.slice(0, 15), 'SQLite format 3', file);
    }
  });
}
