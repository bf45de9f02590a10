// A data directory serves one process at a time, and a killed holder leaves it free.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ExpectedError } from '../../src/domain/errors.ts';
import { lockDirectory } from '../../src/runtime/directory-lock.ts';

const lockModule = new URL('../../src/runtime/directory-lock.ts', import.meta.url).href;
const isExpected = (code: string, text: RegExp) => (error: unknown) =>
  error instanceof ExpectedError && error.code === code && text.test(error.message);

test('a directory held by another process is refused with its pid, and free again after kill -9', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-lock-'));
  // Nobody keeps what it returns, and the garbage is collected: the lock stays.
  const script = `const { lockDirectory } = await import(${JSON.stringify(lockModule)});
    lockDirectory(${JSON.stringify(directory)});
    for (let i = 0; i < 3; i++) { gc(); await new Promise(setImmediate); }
    console.log('held');
    setInterval(() => {}, 1e6);`;
  const holder = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');

  assert.throws(() => lockDirectory(directory), isExpected('DATA_IN_USE', new RegExp(`pid ${holder.pid}`)));

  holder.kill('SIGKILL');
  await once(holder, 'exit');
  lockDirectory(directory)();
});

test('a released directory can be locked again', () => {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-lock-'));
  const release = lockDirectory(directory);
  release();
  lockDirectory(directory)();
});

test('a directory that cannot be made is refused by name', () => {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-lock-'));
  writeFileSync(join(directory, 'file'), '');
  assert.throws(
    () => lockDirectory(join(directory, 'file', 'data')),
    isExpected('DIR_NOT_WRITABLE', /file\/data/),
  );
});

test('a directory without write permission is refused by name', () => {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-lock-'));
  chmodSync(directory, 0o555);
  asOrdinaryUser(() =>
    assert.throws(() => lockDirectory(directory), isExpected('DIR_NOT_WRITABLE', /minimon-lock-/)),
  );
});

/** Root may write anywhere, so there the check runs as somebody else. */
function asOrdinaryUser(check: () => void): void {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    check();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}
