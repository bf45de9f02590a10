// The committed types are what the proto files give, with the options that they are loaded with.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { protoDirectory } from '../../src/api/grpc/proto.ts';

const root = join(import.meta.dirname, '../..');

async function treeOf(folder: string): Promise<Record<string, string>> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts')).sort();
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(join(folder, file), 'utf8')])),
  );
}

test('npm run generate would change nothing', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'minimon-generated-'));
  t.after(() => rm(folder, { recursive: true }));
  await promisify(execFile)(process.execPath, [join(root, 'bin/generate.js'), join(folder, 'types')]);
  const [made, committed] = await Promise.all([
    treeOf(join(folder, 'types')),
    treeOf(join(root, 'src/api/generated')),
  ]);
  assert.ok(Object.keys(made).length > 50);
  assert.deepEqual(committed, made);
});

test('the proto folder is found from the sources and from a bundle beside it', async (t) => {
  assert.equal(protoDirectory(), join(root, 'proto'));
  const folder = await mkdtemp(join(tmpdir(), 'minimon-package-'));
  t.after(() => rm(folder, { recursive: true }));
  await cp(join(root, 'proto'), join(folder, 'proto'), { recursive: true });
  await mkdir(join(folder, 'dist/chunks'), { recursive: true });
  for (const from of ['dist', 'dist/chunks'])
    assert.equal(protoDirectory(join(folder, from)), join(folder, 'proto'));
  assert.throws(() => protoDirectory(tmpdir()), /no proto folder/);
});
