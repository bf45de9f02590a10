// Files written whole or not at all.
import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { at, module, gate } = workerData;
    import(module).then(({ directoryId }) => {
      Atomics.add(gate, 0, 1);
      Atomics.notify(gate, 0);
      for (let at; (at = Atomics.load(gate, 0)) < 4; ) Atomics.wait(gate, 0, at);
      const said = [];
      parentPort.postMessage({ ...directoryId(at, (message) => said.push(message)), said });
    });`;
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const module = new URL('../../src/runtime/directory-id.ts', import.meta.url).href;
  const found = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const worker = new Worker(code, { eval: true, workerData: { at, module, gate } });
      return new Promise<{ id: string; isNew: boolean; said: string[] }>((resolve, reject) => {
        worker.once('message', resolve).once('error', reject);
      });
    }),
  );
  assert.deepEqual([...new Set(found.map(({ id }) => id))].length, 1);
  assert.deepEqual(
    found.flatMap(({ said }) => said),
    [],
  );
  assert.match(readFileSync(join(at, 'directory-id'), 'utf8'), new RegExp(`^${found[0]!.id} `));
});
