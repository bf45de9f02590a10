// Configuration: layers in order, origins, and errors that name file, line and the nearest key.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { leavesOf } from '../../src/assembly/config-leaves.ts';
import { loadWith } from '../../src/assembly/config-load.ts';
import { configSchema } from '../../src/assembly/config-schema.ts';
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
    a: z.strictObject({ x: z.array(z.number()) }),
    b: z.strictObject({ x: z.array(z.number()) }),
  });
  assert.deepEqual(
    (await loadWith({ schema: both, leaves: leavesOf(both), environment: {}, file })).config.b,
    { x: [1] },
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
