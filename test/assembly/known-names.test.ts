// Names for completion: asked for, kept for some seconds, and kept longer while no service answers.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ManageClient } from '../../src/api/manage.ts';
import type { ClientSettings } from '../../src/assembly/client-settings.ts';
import { createKnownNames } from '../../src/assembly/known-names.ts';

test('hosts come from manage, are asked for once in ten seconds, and outlive a server that is down for a day', async (t) => {
  const cache = mkdtempSync(join(tmpdir(), 'minimon-cache-'));
  t.after(() => rmSync(cache, { recursive: true, force: true }));
  let [nowMs, calls, down] = [1_000_000_000_000, 0, false];
  const asked: ClientSettings[] = [];
  const manage = {
    listAssignments: async () => {
      calls++;
      if (down) throw new Error('connection refused');
      return { assignments: [{ hostId: 'web-1', location: '725' }], locations: ['725', '726'] };
    },
    listUnmanaged: async () => {
      throw new Error('analyze does not answer');
    },
  } as unknown as ManageClient;
  const known = createKnownNames({
    words: ['hosts', 'show', '--server', 'monitor', '--port-offset=100', 'w'],
    environment: { XDG_CACHE_HOME: cache, HOME: cache },
    nowMs: () => nowMs,
    openAnalyze: async () => {
      throw new Error('analyze does not answer');
    },
    openManage: async (settings) => {
      asked.push(settings);
      return manage;
    },
  });
  const hosts = [{ value: 'web-1', about: '725' }];

  assert.deepEqual(await known('hosts'), hosts);
  assert.equal(asked[0]!.manageHttp, 'monitor:8140');
  assert.equal(statSync(join(cache, 'minimon')).mode & 0o777, 0o700);
  nowMs += 9_999;
  assert.deepEqual(await known('hosts'), hosts);
  assert.equal(calls, 1, 'within ten seconds nobody is asked');
  nowMs += 1;
  assert.deepEqual(await known('hosts'), hosts);
  assert.equal(calls, 2);
  assert.deepEqual(await known('locations'), [{ value: '725' }, { value: '726' }], 'kept by kind');

  down = true;
  nowMs += 86_399_000;
  assert.deepEqual(await known('hosts'), hosts, 'what was known a day ago is better than nothing');
  nowMs += 2_000;
  assert.deepEqual(await known('hosts'), []);
  assert.ok(
    (await known('metrics')).some(({ value }) => value === 'cpu.usage'),
    "minimon's own need no server",
  );
  assert.deepEqual(await known('rules'), [], 'never asked with success: nothing, and no error');
});

test('profiles are read where they are, without any service', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'minimon-known-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const profiles = join(home, 'minimon', 'profiles');
  mkdirSync(profiles, { recursive: true });
  for (const name of ['staging.yaml', 'prod.yaml', 'prod.token']) writeFileSync(join(profiles, name), '');
  const unasked = async () => {
    throw new Error('no service is needed');
  };
  const known = createKnownNames({
    words: ['config', 'use', ''],
    environment: { XDG_CONFIG_HOME: home, HOME: home },
    nowMs: () => 0,
    openAnalyze: unasked,
    openManage: unasked,
  });
  assert.deepEqual(
    (await known('profiles')).map(({ value }) => value),
    ['prod', 'staging'],
  );
});
