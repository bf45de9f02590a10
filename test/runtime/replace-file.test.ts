// Files written whole or not at all.
import assert from 'node:assert/strict';
import fs, {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createFile, replaceFile } from '../../src/runtime/replace-file.ts';

function directory(t: { after(end: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'minimon-replace-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}
const modeOf = (path: string) => statSync(path).mode & 0o777;

test('a file is replaced with the mode that was asked for, whatever the umask and the mode before', (t) => {
  const path = join(directory(t), 'file');
  replaceFile(path, 'first');
  assert.deepEqual([readFileSync(path, 'utf8'), modeOf(path)], ['first', 0o600]);
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  chmodSync(path, 0o640);
  replaceFile(path, 'second', { mode: 0o644, isDurable: false });
  assert.deepEqual([readFileSync(path, 'utf8'), modeOf(path)], ['second', 0o644]);
});

test('a durable file is flushed before it has its name, and the name after; another one is not flushed', (t) => {
  const at = directory(t);
  const steps: string[] = [];
  const nameOf = (path: string) => basename(path).replace(/\.[0-9a-f]{8}\.new$/, '.new');
  // The real calls, in their order.
  const { fsyncSync, renameSync, linkSync } = fs;
  Object.assign(fs, {
    fsyncSync(file: number) {
      steps.push(`flush ${nameOf(fs.readlinkSync(`/proc/self/fd/${file}`))}`);
      fsyncSync(file);
    },
    renameSync(from: string, to: string) {
      steps.push(`rename ${nameOf(from)}`);
      renameSync(from, to);
    },
    linkSync(from: string, to: string) {
      steps.push(`link ${nameOf(from)}`);
      linkSync(from, to);
    },
  });
  syncBuiltinESMExports();
  try {
    replaceFile(join(at, 'a'), 'x');
    createFile(join(at, 'b'), 'x');
    replaceFile(join(at, 'c'), 'x', { isDurable: false });
  } finally {
    Object.assign(fs, { fsyncSync, renameSync, linkSync });
    syncBuiltinESMExports();
  }
  const folder = `flush ${basename(at)}`;
  assert.deepEqual(steps, [
    ...['flush a.new', 'rename a.new', folder],
    ...['flush b.new', 'link b.new', folder],
    'rename c.new',
  ]);
});

test('whoever has the file open reads it as it was', (t) => {
  const path = join(directory(t), 'file');
  writeFileSync(path, 'old');
  const { ino } = statSync(path);
  replaceFile(path, 'new');
  assert.notEqual(statSync(path).ino, ino);
});

test('a file that is there is not created, and nothing is left beside it', (t) => {
  const at = directory(t);
  createFile(join(at, 'file'), 'mine');
  assert.throws(() => createFile(join(at, 'file'), 'theirs'), { code: 'EEXIST' });
  mkdirSync(join(at, 'folder'));
  assert.throws(() => replaceFile(join(at, 'folder'), 'x'), { code: 'EISDIR' });
  assert.throws(() => replaceFile(join(at, 'none', 'file'), 'x'), { code: 'ENOENT' });
  assert.deepEqual(readdirSync(at).sort(), ['file', 'folder']);
  assert.equal(readFileSync(join(at, 'file'), 'utf8'), 'mine');
});

test('threads that begin in one directory at once have one id', async (t) => {
  const at = directory(t);
  const rounds = 100;
  for (let round = 0; round < rounds; round++) mkdirSync(join(at, String(round)));
  // Spinning, so that both begin within microseconds: in some rounds both find none and make one.
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { at, rounds, module, gate } = workerData;
    import(module).then(({ directoryId }) => {
      const [ids, said] = [[], []];
      for (let round = 0; round < rounds; round++) {
        Atomics.add(gate, 0, 1);
        while (Atomics.load(gate, 0) < 2 * (round + 1)) {}
        ids.push(directoryId(at + '/' + round, (message) => said.push(message)).id);
      }
      parentPort.postMessage({ ids, said });
    });`;
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const module = new URL('../../src/runtime/directory-id.ts', import.meta.url).href;
  const [one, other] = await Promise.all(
    Array.from({ length: 2 }, async () => {
      const worker = new Worker(code, { eval: true, workerData: { at, rounds, module, gate } });
      return new Promise<{ ids: string[]; said: string[] }>((resolve, reject) => {
        worker.once('message', resolve).once('error', reject);
      });
    }),
  );
  assert.deepEqual([one!.said, other!.said], [[], []]);
  assert.deepEqual(one!.ids, other!.ids);
  for (const [round, id] of one!.ids.entries())
    assert.match(readFileSync(join(at, String(round), 'directory-id'), 'utf8'), new RegExp(`^${id} `));
});
