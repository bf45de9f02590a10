// Configuration: layers in order, origins, and errors that name file, line and the nearest key.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { leavesOf } from '../../src/assembly/config-leaves.ts';
import { loadConfig, loadWith } from '../../src/assembly/config-load.ts';
import { configSchema } from '../../src/assembly/config-schema.ts';
import { exposedSecrets } from '../../src/assembly/exposed-secrets.ts';
import { SETTINGS } from '../../src/assembly/generated/settings.ts';
import { ExpectedError } from '../../src/domain/errors.ts';

const schema = z.strictObject({
  data: z.string().default('/var/lib/minimon'),
  store: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('embedded'), maxBytes: z.number().int().default(5) }),
      z.strictObject({
        kind: z.literal('influxdb'),
        url: z.string(),
        token: z.string().meta({ secret: true }),
      }),
    ])
    .prefault({ kind: 'embedded' }),
  agent: z
    .strictObject({
      interval: z.string().default('60s'),
      exclude: z.array(z.string()).default([]),
      strict: z.boolean().default(false),
    })
    .prefault({}),
});

const leaves = leavesOf(schema);

function place(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-config-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

const load = (text: string, environment: Readonly<Record<string, string>> = {}) => {
  const file = join(place({ 'c.yaml': text }), 'c.yaml');
  return loadWith({ schema, leaves, environment, file, defaults: { 'store.kind': 'embedded' } });
};

const rejected = (text: string, message: RegExp, hint?: RegExp) =>
  assert.rejects(load(text), (error: unknown) => {
    assert.ok(error instanceof ExpectedError, String(error));
    assert.equal(error.code, 'BAD_CONFIG');
    assert.match(error.message, message);
    if (hint) assert.match(error.hint ?? '', hint);
    return true;
  });

test('flags win over the environment, the environment over the file, the file over defaults', async () => {
  const file = join(
    place({ 'c.yaml': 'data: /from-file\nagent:\n  interval: 10s\n  strict: true\n' }),
    'c.yaml',
  );
  const { config, origins } = await loadWith({
    schema,
    leaves,
    file,
    environment: { MINIMON_AGENT_INTERVAL: '20s', MINIMON_AGENT_EXCLUDE: 'veth*, lo' },
    flags: [{ key: 'agent.interval', value: '30s', flag: '--interval' }],
  });
  assert.deepEqual(config, {
    data: '/from-file',
    store: { kind: 'embedded', maxBytes: 5 },
    agent: { interval: '30s', exclude: ['veth*', 'lo'], strict: true },
  });
  assert.equal(origins.get('data'), `${file}:1`);
  assert.equal(origins.get('agent.interval'), '--interval');
  assert.equal(origins.get('agent.exclude'), 'environment MINIMON_AGENT_EXCLUDE');
  assert.equal(origins.get('store.max_bytes'), undefined);
});

test('keys are written in snake case and numbers of the environment are numbers', async () => {
  assert.deepEqual((await load('store:\n  kind: embedded\n  max_bytes: 7\n')).config.store, {
    kind: 'embedded',
    maxBytes: 7,
  });
  const env = (await load('', { MINIMON_STORE_MAX_BYTES: '9', MINIMON_STORE_KIND: 'embedded' })).config.store;
  assert.deepEqual(env, { kind: 'embedded', maxBytes: 9 });
});

test('an unknown key is an error with file, line and the nearest key', async () => {
  await rejected('data: /x\nagnet:\n  interval: 5s\n', /c\.yaml:2: unknown key agnet/, /agent/);
  await rejected('agent:\n  intervall: 5s\n', /c\.yaml:2: unknown key agent\.intervall/, /interval/);
  await rejected('store:\n  maxBytes: 5\n', /c\.yaml:2: unknown key/, /max_bytes/);
  assert.deepEqual((await load('store:\n  max_bytes: 6\n')).config.store, { kind: 'embedded', maxBytes: 6 });
});

test('a wrong value names the place it came from', async () => {
  await rejected('store:\n  kind: embedded\n  max_bytes: lots\n', /c\.yaml:3: store\.max_bytes/);
  await rejected('data: [1\n', /c\.yaml:/);
  await rejected('- a\n', /must be a map/);
});

test('a key of another kind of backend is refused', async () => {
  await rejected('store:\n  kind: embedded\n  url: http://x\n', /c\.yaml:3.*store\.url/);
});

test('an unknown environment variable is refused with the nearest name', async () => {
  await assert.rejects(
    load('', { MINIMON_AGENT_INTERVALL: '5s' }),
    (error: unknown) => error instanceof ExpectedError && /MINIMON_AGENT_INTERVAL\b/.test(error.hint ?? ''),
  );
});

test('a secret is read from its file, relative to the configuration, without the last newline', async () => {
  const directory = place({
    'c.yaml': 'store:\n  kind: influxdb\n  url: http://i\n  token_file: token\n',
    token: 's3cret\n',
  });
  const { config, origins } = await loadWith({
    schema,
    leaves,
    environment: {},
    file: join(directory, 'c.yaml'),
  });
  assert.equal(config.store.kind === 'influxdb' && config.store.token, 's3cret');
  assert.match(origins.get('store.token') ?? '', /token \(.*c\.yaml:4\)/);
});

test('a file that was named must exist; the standard places need not', async () => {
  await assert.rejects(loadWith({ schema, leaves, environment: {}, file: '/nowhere/c.yaml' }), {
    code: 'FILE_MISSING',
  });
  const { files, config } = await loadWith({
    schema,
    leaves,
    environment: { XDG_CONFIG_HOME: '/nowhere', HOME: '/nowhere' },
  });
  assert.deepEqual([files, config.data], [[], '/var/lib/minimon']);
});

test('an anchor stands for its value, be it one setting or a section', async () => {
  const { config } = await load('agent: &same\n  exclude: &list [a, b]\nstore:\n  kind: embedded\n');
  assert.deepEqual(config.agent.exclude, ['a', 'b']);
  const aliased = await load('data: &dir /srv/x\nagent:\n  interval: *dir\n');
  assert.equal(aliased.config.agent.interval, '/srv/x');
  const file = join(place({ 'c.yaml': 'a: &s\n  x: [1]\nb: *s\n' }), 'c.yaml');
  const both = z.strictObject({
    a: z.strictObject({ x: z.array(z.string()) }),
    b: z.strictObject({ x: z.array(z.string()) }),
  });
  assert.deepEqual(
    (await loadWith({ schema: both, leaves: leavesOf(both), environment: {}, file })).config.b,
    { x: ['1'] },
  );
});

test('a value may stand in a file that a nearer layer makes needless', async () => {
  const text = 'store:\n  kind: influxdb\n  url: http://i\n  token_file: /nowhere/token\n';
  await assert.rejects(load(text), {
    code: 'FILE_MISSING',
    message: /c\.yaml:4: cannot read \/nowhere\/token/,
  });
  const { config } = await load(text, { MINIMON_STORE_TOKEN: 'nearer' });
  assert.equal(config.store.kind === 'influxdb' && config.store.token, 'nearer');
});

test('the generated table of settings is that of the schema', () => {
  assert.deepEqual(SETTINGS, JSON.parse(JSON.stringify(leavesOf(configSchema))), 'run node bin/generate.js');
});

test('a section or a setting with nothing under it sets nothing', async () => {
  const { config, origins } = await load('agent:\nstore:\n  # kind: influxdb\ndata: ~\n');
  assert.deepEqual(config.agent, { interval: '60s', exclude: [], strict: false });
  assert.equal(config.data, '/var/lib/minimon');
  assert.equal(origins.size, 0);
  await rejected('agent: 60s\n', /c\.yaml:1: agent is a section of settings/, /agent\.interval/);
  await rejected('agents:\n', /unknown key agents/, /Did you mean agent\?/);
});

test('a number where a text is meant is the text as it was written', async () => {
  const { config } = await load('data: 0725\nagent:\n  interval: 1e3\n  exclude: [725, true, "0x1"]\n');
  assert.equal(config.data, '0725');
  assert.equal(config.agent.interval, '1e3');
  assert.deepEqual(config.agent.exclude, ['725', 'true', '0x1']);
});

test('empty variables are unset, and what Kubernetes puts beside services is none of ours', async () => {
  const { config, origins } = await load('agent:\n  strict: true\n', {
    MINIMON_AGENT_STRICT: '',
    MINIMON_AGENT_INTERVAL: '',
    MINIMON_STORE_MAX_BYTES: '',
    MINIMON_STORE_TOKEN_FILE: '',
    MINIMON_NOT_KNOWN: '',
    MINIMON_SERVICE_HOST: '10.0.0.1',
    MINIMON_SERVICE_PORT: '8020',
    MINIMON_SERVICE_PORT_GRPC: '8010',
    MINIMON_PORT: 'tcp://10.0.0.1:8020',
    MINIMON_PORT_8020_TCP: 'tcp://10.0.0.1:8020',
    MINIMON_REPORT_PORT_8010_TCP_ADDR: '10.0.0.1',
    MINIMON_REPORT_PORT_8010_UDP_PROTO: 'udp',
  });
  assert.deepEqual([config.agent.strict, config.agent.interval], [true, '60s']);
  assert.deepEqual([...origins.keys()], ['agent.strict']);
  await assert.rejects(load('', { MINIMON_REPORT_PORT: '8000' }), { code: 'BAD_CONFIG' });
  // A service of the name minimon-catalog makes a variable that is a setting too.
  const catalog = await loadConfig({
    environment: { MINIMON_CATALOG_PORT: 'tcp://10.0.0.1:3306', HOME: '/nowhere' },
  });
  assert.equal(catalog.origins.has('catalog.port'), false);
});

test('a byte order mark is no part of the first key; other encodings and second documents are named', async () => {
  assert.equal((await load('\ufeffdata: /srv\n')).config.data, '/srv');
  await rejected(
    'data: /srv\n---\ndata: /other\n',
    /c\.yaml:2: unexpected second YAML document/,
    /one YAML document/,
  );
  const file = join(place({}), 'c.yaml');
  writeFileSync(file, Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0x20, 0xb1, 0xb1]));
  await assert.rejects(loadWith({ schema, leaves, environment: {}, file }), {
    code: 'BAD_CONFIG',
    message: /not valid UTF-8 \(line 1\)/,
  });
});

test('a secret on the command line is refused, with both other ways', async () => {
  const flags = [{ key: 'store.token', value: 's3cret', flag: '--set store.token' }];
  await assert.rejects(loadWith({ schema, leaves, environment: {}, flags }), (error: unknown) => {
    assert.ok(error instanceof ExpectedError);
    assert.doesNotMatch(`${error.message} ${error.hint}`, /s3cret/);
    assert.match(error.hint ?? '', /MINIMON_STORE_TOKEN.*store\.token_file/);
    return error.code === 'USAGE';
  });
});

test('files with secrets that every user can read are named once each', async () => {
  const folder = place({ 'c.yaml': 'store:\n  kind: influxdb\n  url: u\n  token: t\n', token: 't\n' });
  const file = join(folder, 'c.yaml');
  const exposed = async (environment: Readonly<Record<string, string>> = {}) =>
    exposedSecrets(await loadWith({ schema, leaves, environment, file }));
  for (const [mode, count] of [
    [0o644, 1],
    [0o604, 1],
    [0o640, 0],
    [0o600, 0],
  ] as const) {
    chmodSync(file, mode);
    assert.equal((await exposed()).length, count, mode.toString(8));
  }
  chmodSync(join(folder, 'token'), 0o644);
  const [warning] = await exposed({ MINIMON_STORE_TOKEN_FILE: join(folder, 'token') });
  assert.match(warning!, /token holds store\.token .*chmod 600/);
});

test("systemd's credentials are settings, nearer than the file and further off than the environment", async () => {
  const files = { 'minimon_store.token': 'of systemd\n', 'another service': 'x', 'minimon_tls.ca': '' };
  const CREDENTIALS_DIRECTORY = place(files);
  const file = join(
    place({ 'c.yaml': 'store: {kind: influxdb, url: http://i, org: o, token: file}\n' }),
    'c.yaml',
  );
  const read = async (environment: Readonly<Record<string, string>>) => {
    const { config, origins } = await loadConfig({ environment, file, flags: [] });
    assert.equal(config.store.kind, 'influxdb');
    return [(config.store as { token?: string }).token, origins.get('store.token')];
  };
  assert.deepEqual(await read({ CREDENTIALS_DIRECTORY }), [
    'of systemd',
    `${join(CREDENTIALS_DIRECTORY, 'minimon_store.token')} (credential store.token)`,
  ]);
  assert.equal((await read({ CREDENTIALS_DIRECTORY, MINIMON_STORE_TOKEN: 'nearer' }))[0], 'nearer');
  writeFileSync(join(CREDENTIALS_DIRECTORY, 'minimon_store.tokne'), 'x');
  await assert.rejects(read({ CREDENTIALS_DIRECTORY }), { code: 'BAD_CONFIG', hint: /store\.token/ });
});
