// Analyze runs in the thread of the store that reads: when that dies, `minimon up` ends with 70 and says of what.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { PORTS } from '../../src/domain/address.ts';
import { until } from '../until.ts';
import { temporary } from './installed-program.ts';

/** In every thread of the program: a signal to the process makes the reader fail while it serves. */
const PRELOAD = `
  import { BroadcastChannel, isMainThread, workerData } from 'node:worker_threads';
  const channel = new BroadcastChannel('fail');
  channel.unref();
  if (isMainThread) process.on('SIGUSR2', () => channel.postMessage('now'));
  else if (workerData?.role === 'reader')
    channel.onmessage = () => setImmediate(() => { throw new Error('no memory for an answer'); });`;

test('the death of the thread that answers queries ends the process with 70', async (t) => {
  // No other test's: installed-program.ts takes those below 22,000.
  const offset = 23_400;
  const preload = `data:text/javascript,${encodeURIComponent(PRELOAD)}`;
  const flags = ['--data', temporary('analyze-death'), '--port-offset', String(offset), '--host-id', 'here'];
  const child = spawn(process.execPath, ['--import', preload, resolve('bin/minimon.js'), 'up', ...flags], {
    env: { PATH: process.env['PATH'] ?? '', MINIMON_FROM_SOURCE: '1', XDG_CONFIG_HOME: '/nonexistent' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    log += chunk;
  });
  await until('the agent', () => {
    assert.equal(child.exitCode, null, log);
    return log.includes('agent started');
  });
  const base = `http://127.0.0.1:${PORTS.analyzeHttp + offset}`;
  assert.equal((await fetch(`${base}/api/v1/latest`)).status, 200);
  // What it asks of manage and warn goes through the other threads.
  assert.equal((await fetch(`${base}/api/v1/rules`)).status, 200);
  assert.equal((await fetch(`${base}/api/v1/alerts`)).status, 200);
  child.kill('SIGUSR2');
  const [code] = await once(child, 'exit');
  assert.equal(code, 70, log);
  assert.match(log, /the reader thread of the store failed: no memory for an answer/);
});
