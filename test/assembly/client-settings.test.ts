// Where a client command looks for the services: flag, environment, file, default.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { clientSettings } from '../../src/assembly/client-settings.ts';

const nowhere = { HOME: '/nowhere', XDG_CONFIG_HOME: '/nowhere' };

test('without any setting the services are on loopback at their own ports', async () => {
  assert.deepEqual(await clientSettings({}, nowhere), {
    analyzeHttp: '127.0.0.1:8020',
    analyzeGrpc: '127.0.0.1:8010',
    manageHttp: '127.0.0.1:8040',
    persistHttp: '127.0.0.1:8110',
    warnHttp: '127.0.0.1:8060',
    reports: ['127.0.0.1:8000'],
    timeoutMs: 10_000,
    tls: undefined,
    token: undefined,
    insecure: false,
  });
});

test('--server stands for every port and wins over the environment', async () => {
  const settings = await clientSettings(
    { server: 'mon.example', portOffset: 1000 },
    { ...nowhere, MINIMON_SERVER: 'other' },
  );
  assert.equal(settings.analyzeHttp, 'mon.example:9020');
  assert.equal(settings.manageHttp, 'mon.example:9040');
  assert.equal((await clientSettings({}, { ...nowhere, MINIMON_SERVER: 'other' })).manageHttp, 'other:8040');
  assert.equal((await clientSettings({ server: '[::1]' }, nowhere)).manageHttp, '[::1]:8040');
});

test('a file names single services', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'minimon-client-')), 'config.yaml');
  writeFileSync(file, 'server: a\nclient:\n  manage_http: b:1\n  timeout: 3s\n');
  const settings = await clientSettings({ config: file }, nowhere);
  assert.deepEqual([settings.analyzeHttp, settings.manageHttp, settings.timeoutMs], ['a:8020', 'b:1', 3_000]);
});

test('an address with a port, a wrong offset and an unknown key are refused with the way out', async () => {
  await assert.rejects(clientSettings({ server: 'http://a' }, nowhere), { code: 'USAGE' });
  await assert.rejects(clientSettings({ server: 'a:8020' }, nowhere), {
    code: 'USAGE',
    hint: /--port-offset/,
  });
  await assert.rejects(clientSettings({ portOffset: -1 }, nowhere), { code: 'USAGE' });
  const file = join(mkdtempSync(join(tmpdir(), 'minimon-client-')), 'config.yaml');
  writeFileSync(file, 'client:\n  mange_http: b:1\n');
  await assert.rejects(clientSettings({ config: file }, nowhere), {
    code: 'BAD_CONFIG',
    hint: /manage_http/,
  });
  await assert.rejects(clientSettings({ config: '/nowhere/x' }, nowhere), { code: 'FILE_MISSING' });
});

test('reports that etcd knows are left to it, unless something nearer names one', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'minimon-client-')), 'config.yaml');
  writeFileSync(file, 'discovery:\n  kind: etcd\n');
  const reports = async (flags: object, environment = {}) =>
    (await clientSettings({ config: file, ...flags }, environment)).reports;
  assert.equal(await reports({}), undefined);
  assert.deepEqual(await reports({ server: 'mon' }), ['mon:8000']);
  assert.deepEqual(await reports({}, { MINIMON_CLIENT_REPORTS: 'a:1, b:2' }), ['a:1', 'b:2']);
});

test('a port offset that is no offset is shown as it was given', async () => {
  for (const given of ['abc', '-1', '1.5', '99999', ' ']) {
    await assert.rejects(clientSettings({}, { HOME: '/nonexistent', MINIMON_PORT_OFFSET: given }), {
      code: 'USAGE',
      message: `a port offset is a whole number from 0 to 57000, not ${given}`,
    });
  }
});
