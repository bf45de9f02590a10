// Own metrics from files: names, counters as rates between two versions of a file, stale files, and what is refused.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { createRootTree, type Ending } from '../root-tree.ts';

const NOW_S = Math.floor(Date.now() / 1_000);

/** A host with a directory of files; a file's time is in seconds before now. */
async function openHost(t: Ending, options: object = {}) {
  const root = createRootTree(t);
  const directory = root.path('textfiles');
  mkdirSync(directory);
  const host = await root.read({ textfileDir: directory, ...options });
  let version = 0;
  return {
    host,
    directory,
    put(name: string, text: string | Uint8Array, ageS = 0) {
      const draft = root.path('textfiles', `${name}.${version++}`);
      writeFileSync(draft, text);
      utimesSync(draft, NOW_S - ageS, NOW_S - ageS);
      renameSync(draft, root.path('textfiles', name));
    },
    remove: (name: string) => rmSync(root.path('textfiles', name)),
  };
}

test('gauges as they are, with their labels; the age of each file beside them', async (t) => {
  const { host, put } = await openHost(t);
  put('backup.prom', '# TYPE backup_size gauge\nbackup_size{db="shop",empty=""} 12\nBackup:Last 3\n', 90);
  put('notes.txt', 'ignored 1\n');
  const seen = await host.take();
  assert.equal(seen.value('backup_size', 'shop'), 12);
  assert.equal(seen.value('backup.last'), 3);
  assert.ok(seen.value('textfile.age', 'backup.prom')! >= 90);
  assert.deepEqual(seen.labels('textfile.age'), ['backup.prom']);
  assert.ok(seen.value('mem.usage') !== undefined);
  assert.deepEqual(seen.failed, []);
});

test('a counter is a rate between two versions of its file, and that until the next one', async (t) => {
  const { host, put } = await openHost(t);
  const file = (count: number) => `# TYPE jobs_total counter\njobs_total ${count}\n`;
  put('jobs.prom', file(100), 600);
  assert.equal((await host.take()).value('jobs_total'), undefined);
  assert.equal((await host.take()).value('jobs_total'), undefined);
  put('jobs.prom', file(400), 480);
  assert.equal((await host.take()).value('jobs_total'), 2.5);
  assert.equal((await host.take()).value('jobs_total'), 2.5, 'read again, it has not grown less');
  put('jobs.prom', file(10), 360);
  assert.equal((await host.take()).value('jobs_total'), undefined, 'it fell');
  put('jobs.prom', file(16), 300);
  assert.equal((await host.take()).value('jobs_total'), 0.1);
});

test('a file whose time jumped with the clock gives no rate', async (t) => {
  const { host, put } = await openHost(t);
  put('jobs.prom', '# TYPE a_total counter\na_total 100\n', 40_000);
  await host.take();
  put('jobs.prom', '# TYPE a_total counter\na_total 400\n', 0);
  assert.equal((await host.take()).value('a_total'), undefined);
});

test('a file that is stale says so and gives its age alone; written again it is back', async (t) => {
  const { host, put } = await openHost(t, { textfileMaxAge: '1h' });
  put('old.prom', 'a 1\n', 3_700);
  put('new.prom', 'b 1\n', 3_500);
  const stale = await host.take();
  assert.equal(stale.value('a'), undefined);
  assert.equal(stale.value('b'), 1);
  assert.ok(stale.value('textfile.age', 'old.prom')! >= 3_700);
  assert.ok(stale.isLeftOut(/textfile old\.prom: it is stale: last written .*Z, over 1h ago/));
  put('old.prom', 'a 2\n');
  assert.equal((await host.take()).value('a'), 2);
});

test('bad lines are named by file and line and cost nothing else', async (t) => {
  const { host, put } = await openHost(t);
  put(
    'mixed.prom',
    [
      'good 1',
      '?',
      'cpu:usage 2',
      'uptime 3',
      'time 4',
      'a{host_id="x"} 5',
      'n NaN',
      '# TYPE h histogram',
      'h_bucket{le="1"} 6',
      `${'x'.repeat(65)} 7`,
      'good 8',
      'other_good 9',
      '',
    ].join('\n'),
  );
  const seen = await host.take();
  assert.equal(seen.value('good'), 1);
  assert.equal(seen.value('other_good'), 9);
  for (const [line, why] of [
    [2, /metric name/],
    [3, /cpu\.usage is a metric that minimon measures/],
    [4, /uptime is a metric that minimon measures/],
    [5, /reserved part/],
    [6, /label name "host_id" is not allowed/],
    [7, /its value is NaN/],
    [9, /part of a histogram/],
    [10, /limit of 64 bytes/],
    [11, /good with these labels is in this file already/],
  ] as const) {
    assert.ok(seen.isLeftOut(new RegExp(`^textfile mixed\\.prom:${line}: .*${why.source}`)), `${line}`);
  }
  assert.equal(seen.omitted.filter(({ what }) => what.startsWith('textfile')).length, 9);
});

test('a thousand bad lines are ten and a count', async (t) => {
  const { host, put } = await openHost(t);
  put('junk.prom', '{\n'.repeat(1_000));
  const seen = await host.take();
  assert.ok(seen.isLeftOut(/textfile junk\.prom: 990 more lines/));
  assert.equal(seen.omitted.filter(({ what }) => what.startsWith('textfile')).length, 11);
});

test('of one series in two files the first counts, and the other is named', async (t) => {
  const { host, put } = await openHost(t);
  put('a.prom', 'x{k="1",_hidden="a"} 1\n');
  put('b.prom', 'ok 5\nx{K="1"} 2\n');
  const seen = await host.take();
  assert.equal(seen.value('x', '1'), 1);
  assert.equal(seen.value('ok'), 5);
  assert.ok(seen.isLeftOut(/textfile b\.prom:2: x with these labels is in a\.prom:1/));
});

test('what is no file, too large or gone costs no other file; a missing directory fails this collector alone', async (t) => {
  const { host, directory, put, remove } = await openHost(t);
  put('ok.prom', 'ok 1\n');
  mkdirSync(`${directory}/dir.prom`);
  symlinkSync('/nowhere/at-all', `${directory}/dangling.prom`);
  execFileSync('mkfifo', [`${directory}/fifo.prom`]);
  put('large.prom', Buffer.alloc(1_048_577, '#'));
  const seen = await host.take();
  assert.equal(seen.value('ok'), 1);
  assert.ok(seen.isLeftOut(/dir\.prom: (it is not a regular file|.*EISDIR)/));
  assert.ok(seen.isLeftOut(/fifo\.prom: it is not a regular file/));
  assert.ok(seen.isLeftOut(/large\.prom: it has 1048577 bytes; the limit is 1048576/));
  remove('ok.prom');
  assert.equal((await host.take()).value('ok'), undefined);
  rmSync(directory, { recursive: true });
  const gone = await host.take();
  assert.match(
    gone.failed.map(({ what, why }) => `${what}: ${why}`).join(),
    /^textfile: .*textfiles \(agent\.textfile_dir\) does not exist$/,
  );
  assert.ok(gone.value('mem.usage') !== undefined);
});
