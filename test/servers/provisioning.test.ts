// The ground under the server suites: built once, never half, and no server outlives its test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { delay } from '../../src/runtime/clock.ts';
import { backends, skipReason } from './backends.ts';
import { cacheDirectory, provisionOnce } from './cache.ts';
import { run } from './command.ts';
import { createServerProcess } from './server-process.ts';

const saved = { cache: process.env['XDG_CACHE_HOME'], backends: process.env['MINIMON_TEST_BACKENDS'] };
before(() => {
  process.env['XDG_CACHE_HOME'] = mkdtempSync(join(tmpdir(), 'minimon-cache-'));
});
after(() => {
  restore('XDG_CACHE_HOME', saved.cache);
  restore('MINIMON_TEST_BACKENDS', saved.backends);
});

test('what two callers want at once is built once', async () => {
  let builds = 0;
  const build = async (draft: string) => {
    builds++;
    await delay(20);
    writeFileSync(join(draft, 'program'), 'whole');
  };
  const [first, second] = await Promise.all([
    provisionOnce({ name: 'once', build }),
    provisionOnce({ name: 'once', build }),
  ]);
  assert.equal(builds, 1);
  assert.equal(first, second);
  assert.equal(readFileSync(join(first, 'program'), 'utf8'), 'whole');
});

test('a build that fails leaves nothing that could pass for a whole one, and the next call builds', async () => {
  const failing = provisionOnce({
    name: 'broken',
    async build(draft) {
      writeFileSync(join(draft, 'program'), 'ha');
      throw new Error('the compiler is missing');
    },
  });
  await assert.rejects(failing, /the compiler is missing/);
  const kept = readdirSync(cacheDirectory()).filter(
    (name) => name.includes('broken') && !name.endsWith('.lock'),
  );
  assert.deepEqual(kept, []);
  const directory = await provisionOnce({ name: 'broken', build: async () => {} });
  assert.ok(existsSync(directory));
});

test('a command that is not there or fails says which and why', async () => {
  await assert.rejects(run(['no-such-program-at-all']), /no-such-program-at-all is not on the PATH/);
  await assert.rejects(run(['sh', '-c', 'echo broken >&2; exit 3']), /code 3:\nbroken/);
});

test('a server ends with the process that started it, however that ends', async () => {
  const module = new URL('./server-process.ts', import.meta.url).href;
  const directory = mkdtempSync(join(tmpdir(), 'minimon-server-'));
  const script = `
    const { createServerProcess } = await import(${JSON.stringify(module)});
    const { readFileSync } = await import('node:fs');
    // Before that it is not tied to this process yet.
    const isItself = () => readFileSync('/proc/' + server.pid() + '/cmdline', 'utf8').startsWith('sleep');
    const server = createServerProcess({ name: 'sleeper', command: ['sleep', '600'],
      directory: ${JSON.stringify(directory)}, ready: isItself });
    await server.start();
    console.log(server.pid());`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [text] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(text.toString());
  assert.ok(isAlive(pid));
  parent.kill('SIGKILL');
  for (let tries = 0; isAlive(pid); tries++) {
    assert.ok(tries < 500, `the server ${pid} outlived its test`);
    await delay(10);
  }
});

test('a server that ends while it starts is reported with its log', async () => {
  const server = createServerProcess({
    name: 'quitter',
    command: ['sh', '-c', 'echo cannot bind; exit 1'],
    directory: mkdtempSync(join(tmpdir(), 'minimon-server-')),
    ready: () => false,
  });
  await assert.rejects(server.start(), /quitter ended while it started; its log:\ncannot bind/);
});

test('a run asks for servers by name, and a name that is none is not taken for a skip', () => {
  delete process.env['MINIMON_TEST_BACKENDS'];
  assert.deepEqual(backends('bus'), ['embedded']);
  assert.match(String(skipReason('kafka')), /MINIMON_TEST_BACKENDS=kafka/);
  process.env['MINIMON_TEST_BACKENDS'] = 'kafka, influxdb';
  assert.deepEqual(backends('bus'), ['embedded', 'kafka']);
  assert.equal(skipReason('influxdb'), false);
  process.env['MINIMON_TEST_BACKENDS'] = 'all';
  assert.deepEqual(backends('bus'), ['embedded', 'kafka', 'kafka-zookeeper']);
  process.env['MINIMON_TEST_BACKENDS'] = 'kafak';
  assert.throws(() => skipReason('kafka'), /names kafak/);
});

/** A zombie that nobody has waited for yet does not count. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
