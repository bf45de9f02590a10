// The program as one file: unpacked once into the user's cache, also by two starts at once, and what it says when it cannot be.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { oneFile } from '../../packaging/one-file.ts';
import { temporary } from '../assembly/installed-program.ts';

const folder = temporary('one file');
const PROGRAM = `#!/bin/sh
echo "${'$'}# arguments: ${'$'}*"
`;

function made(name: string): string {
  mkdirSync(join(folder, name, 'bin'), { recursive: true });
  writeFileSync(join(folder, name, 'bin/minimon'), PROGRAM);
  chmodSync(join(folder, name, 'bin/minimon'), 0o755);
  const tarball = execFileSync('tar', ['-C', folder, '-czf', '-', name]);
  const file = join(folder, `${name}.run`);
  writeFileSync(file, oneFile({ name, tarball }));
  chmodSync(file, 0o755);
  return file;
}

const environment = (cache: string) => ({ PATH: process.env['PATH'], XDG_CACHE_HOME: cache });

test('it runs with its arguments, and is unpacked once, for its user alone', () => {
  const file = made('minimon-1');
  const cache = temporary('cache');
  const run = () =>
    execFileSync(file, ['hosts', 'a b'], { encoding: 'utf8', env: environment(cache) as NodeJS.ProcessEnv });
  assert.equal(run(), '2 arguments: hosts a b\n');
  const unpacked = join(cache, 'minimon/unpacked');
  const [kept, ...more] = readdirSync(unpacked);
  assert.deepEqual(more, []);
  assert.match(kept!, /^minimon-1-[0-9a-f]{16}$/);
  assert.equal(statSync(unpacked).mode & 0o777, 0o700);
  const before = statSync(join(unpacked, kept!)).ino;
  assert.equal(run(), '2 arguments: hosts a b\n');
  assert.equal(statSync(join(unpacked, kept!)).ino, before);
});

test('starts at the same time', async () => {
  const file = made('minimon-2');
  const cache = temporary('cache');
  const codes = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const child = spawn(file, [], { env: environment(cache) as NodeJS.ProcessEnv, stdio: 'ignore' });
      return (await once(child, 'exit'))[0];
    }),
  );
  assert.deepEqual(codes, [0, 0, 0, 0, 0, 0]);
  assert.equal(readdirSync(join(cache, 'minimon/unpacked')).length, 1);
});

test('a cache that cannot be written, and a file that was cut off, are said', () => {
  const file = made('minimon-3');
  const run = (path: string, cache: string) =>
    spawnSync(path, [], { encoding: 'utf8', env: environment(cache) as NodeJS.ProcessEnv });
  const closed = run(file, '/dev/null');
  assert.equal(closed.status, 1);
  assert.match(
    closed.stderr,
    /Error: minimon cannot unpack itself into \/dev\/null.*\nName a folder.*XDG_CACHE_HOME=/,
  );
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.subarray(0, bytes.length - 40));
  const cache = temporary('cache');
  const cut = run(file, cache);
  assert.equal(cut.status, 1);
  assert.match(cut.stderr, /could not unpack itself: is .*minimon-3\.run whole/);
  assert.deepEqual(readdirSync(join(cache, 'minimon/unpacked')), []);
});
