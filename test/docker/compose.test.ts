// Holds the compose files to the original topology and to the settings that minimon has, without an engine.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { loadConfig } from '../../src/assembly/config-load.ts';
import { DAEMONS, type DaemonName } from '../../src/assembly/config-schema.ts';
import { withListenRules } from '../../src/assembly/listen-rules.ts';
import { makeToken } from '../../src/runtime/token.ts';
import { temporary } from '../assembly/installed-program.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'docker');

type Service = {
  readonly image: string;
  readonly hostname?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test?: readonly string[] };
  readonly restart?: string;
  readonly mem_limit?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly extends?: { readonly service: string };
  readonly networks?: { readonly monitor: { readonly ipv4_address: string } };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
};
type ComposeFile = { readonly services: Readonly<Record<string, Service>> };

const read = (file: string): ComposeFile =>
  parse(readFileSync(join(FOLDER, file), 'utf8'), { merge: true }) as ComposeFile;

/** What a service is once the one that it extends is put under it. */
function servicesOf(file: string): ReadonlyMap<string, Service> {
  const parts = read('services.yaml').services;
  return new Map(
    Object.entries(read(file).services).map(([name, service]) => [
      name,
      { ...(service.extends ? parts[service.extends.service] : undefined), ...service },
    ]),
  );
}

const FILES = ['compose.yaml', 'compose.cluster.yaml', 'compose.kraft.yaml'];
const every = FILES.flatMap((file) =>
  [...servicesOf(file)].map(([name, service]) => ({ where: `${file}: ${name}`, service })),
);
/** Runs once and ends, before what needs it. */
const isSetup = (service: Service): boolean => service.restart === 'no';
const lasting = every.filter(({ service }) => !isSetup(service));
const ours = lasting.filter(({ service }) => service.image.startsWith('minimon:'));

const ADDRESSES = {
  agent01: 2,
  agent02: 3,
  mysql: 4,
  data_analyze_service: 5,
  report_service01: 6,
  report_service02: 7,
  report_service03: 8,
  persistent_service: 9,
  warning_service: 10,
  manage_service: 11,
  zoo1: 12,
  zoo2: 13,
  zoo3: 14,
  kafka1: 15,
  kafka2: 16,
  kafka3: 17,
  influxdb: 18,
  nginx: 19,
  etcd: 20,
};

test('the cluster has the original names and addresses, all 19', () => {
  const found = [...servicesOf('compose.cluster.yaml')]
    .filter(([, service]) => !isSetup(service))
    .map(([name, { networks }]) => [name, networks?.monitor.ipv4_address]);
  const expected = Object.entries(ADDRESSES).map(([name, last]) => [name, `172.19.0.${last}`]);
  assert.deepEqual(Object.fromEntries(found), Object.fromEntries(expected));
});

test('the variant without ZooKeeper is the same but for the three of it', () => {
  const names = Object.keys(ADDRESSES).filter((name) => !name.startsWith('zoo'));
  const found = [...servicesOf('compose.kraft.yaml')].filter(([, service]) => !isSetup(service));
  assert.deepEqual(found.map(([name]) => name).sort(), names.sort());
});

test('every container has a pinned image, a health check, a memory limit and starts again', () => {
  for (const { where, service } of every) {
    assert.match(service.image, /:v?\d+\.\d+\.\d+$/, where);
    assert.ok(service.mem_limit, where);
    if (isSetup(service)) continue;
    assert.ok((service.healthcheck?.test?.length ?? 0) > 1, where);
    assert.equal(service.restart, 'unless-stopped', where);
  }
});

test('the image has this version, on a Node that is new enough', () => {
  const { version, engines } = JSON.parse(readFileSync(join(FOLDER, '..', 'package.json'), 'utf8')) as {
    version: string;
    engines: { node: string };
  };
  for (const { where, service } of ours) assert.equal(service.image, `minimon:${version}`, where);
  const [floorMajor = 0, floorMinor = 0] = engines.node.replace('>=', '').split('.').map(Number);
  const stages = [
    ...readFileSync(join(FOLDER, 'Dockerfile'), 'utf8').matchAll(/^FROM node:(\d+)\.(\d+)\./gm),
  ];
  assert.equal(stages.length, 2);
  for (const [, major, minor] of stages)
    assert.ok(Number(major) > floorMajor || (Number(major) === floorMajor && Number(minor) >= floorMinor));
});

test('what is published is published on loopback alone', () => {
  for (const { where, service } of every)
    for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:/, where);
});

test('certificates and the join token are written by what makes them alone', () => {
  const WRITTEN_BY: Readonly<Record<string, string>> = { tls: 'setup', agents: 'setup_agents' };
  const writable = every.flatMap(({ where, service }) =>
    (service.volumes ?? []).flatMap((volume) => {
      const [name = '', path, mode] = volume.split(':');
      assert.ok(path, where);
      return WRITTEN_BY[name] !== undefined && mode !== 'ro' ? [`${where.split(': ')[1]} ${name}`] : [];
    }),
  );
  const expected = Object.entries(WRITTEN_BY).map(([name, by]) => `${by} ${name}`);
  assert.deepEqual([...new Set(writable)].sort(), expected.sort());
});

test('nothing starts before what it needs is healthy', () => {
  for (const { where, service } of every)
    for (const [name, need] of Object.entries(service.depends_on ?? {})) {
      const ends = name.startsWith('setup');
      assert.equal(need.condition, ends ? 'service_completed_successfully' : 'service_healthy', where);
    }
});

/** Where the containers have their certificates and the agents' join token. */
const TLS = /\/(?:var\/lib\/minimon|etc\/minimon)\/(?:tls|agents)\b/;

/** The names in the certificate that the first container makes. */
const certified = (setup: Service | undefined): readonly string[] =>
  [...(setup?.command?.join(' ') ?? '').matchAll(/--host[ ,](\S+)/g)].map(([, name]) => name!);

test('every variable of a minimon container is a setting with a good value, and none is insecure', async () => {
  const files = temporary('compose');
  const fixture = (name: string) => join(import.meta.dirname, '../api/fixtures', name);
  for (const name of ['ca.crt', 'server.crt']) copyFileSync(fixture('tls-cert.pem'), join(files, name));
  copyFileSync(fixture('tls-key.pem'), join(files, 'server.key'));
  writeFileSync(join(files, 'join.token'), makeToken().text);
  assert.equal(ours.length, 1 + 9 + 9);
  for (const { where, service } of ours) {
    const environment = Object.fromEntries(
      Object.entries(service.environment ?? {}).map(([name, value]) => [
        name,
        value.replace(/\$\{\w+:-([^}]*)\}/g, '$1').replace(TLS, files),
      ]),
    );
    // An empty file, so that this machine's own configuration has no say.
    const { config, origins } = await loadConfig({ environment, file: '/dev/null' });
    assert.equal(origins.size, Object.keys(environment).length, where);
    const [word, name] = service.command ?? [];
    withListenRules(config, {
      isSet: (key) => origins.has(key),
      daemons: word === 'up' ? DAEMONS : [name as DaemonName],
    });
    assert.equal(config.insecure, false, where);
    assert.ok(config.tls?.ca, where);
    // Who has a certificate of the daemons may do all there is: a host has none.
    assert.equal(config.tls?.key === undefined, name === 'agent', where);
  }
});

test('a certificate names whoever is called by another container', () => {
  const one = read('compose.yaml').services;
  assert.ok(certified(one['setup']).includes(one['minimon']!.hostname!));
  const names = certified(read('services.yaml').services['setup']);
  const called = ours.flatMap(({ service }) =>
    Object.entries(service.environment ?? {})
      .filter(([name]) => /_(ADDRESS|ADVERTISE|MANAGE|REPORTS)$/.test(name))
      .map(([, address]) => address.replace(/:\d+$/, '')),
  );
  assert.ok(called.length > 10);
  for (const name of called) assert.ok(names.includes(name), name);
  const nginx = readFileSync(join(FOLDER, 'nginx.conf'), 'utf8');
  assert.ok(names.includes(/grpc_ssl_name (\S+);/.exec(nginx)![1]!));
});

test('an agent sees neither the authority nor the certificate of the daemons', () => {
  for (const file of ['compose.cluster.yaml', 'compose.kraft.yaml'])
    for (const [name, { volumes = [], command = [] }] of servicesOf(file)) {
      const has = (volume: string) => volumes.some((each) => each.startsWith(`${volume}:`));
      assert.equal(has('authority'), name === 'setup', `${file}: ${name}`);
      if (command.includes('agent')) assert.deepEqual([has('agents'), has('tls')], [true, false], name);
    }
});

test('a minimon container is asked about the daemons that it runs', () => {
  for (const { where, service } of ours) {
    const [word, name] = service.command ?? [];
    const runs: readonly DaemonName[] = word === 'up' ? DAEMONS : [name as DaemonName];
    assert.deepEqual(service.healthcheck?.test, ['CMD', 'minimon', 'daemon', 'ready', ...runs], where);
  }
});

test('nginx passes on to where the reports listen and say that they are', () => {
  const config = readFileSync(join(FOLDER, 'nginx.conf'), 'utf8');
  const passed = [...config.matchAll(/^\s*server (\S+:\d+)/gm)].map((match) => match[1]);
  const services = servicesOf('compose.cluster.yaml');
  const reports = [1, 2, 3].map((n) => {
    const { environment = {} } = services.get(`report_service0${n}`)!;
    assert.equal(environment['MINIMON_REPORT_GRPC'], `0.0.0.0:${8_000 + n - 1}`);
    return environment['MINIMON_REPORT_ADVERTISE'];
  });
  assert.deepEqual(passed, reports);
});

test('every daemon of a cluster that is shown tokens knows where manage is', () => {
  const listening = ours.filter(
    ({ where, service }) => !where.startsWith('compose.yaml') && service.command?.at(-1) !== 'agent',
  );
  assert.equal(listening.length, 7 + 7);
  for (const { where, service } of listening)
    assert.equal(service.environment?.['MINIMON_MANAGE_ADDRESS'], 'manage_service:8030', where);
});

test('manage and warn share one catalog, and each daemon knows where those are that it asks', () => {
  for (const file of ['compose.cluster.yaml', 'compose.kraft.yaml']) {
    const services = servicesOf(file);
    const of = (name: string) => services.get(name)?.environment ?? {};
    const catalog = (name: string) =>
      Object.entries(of(name)).filter(([variable]) => variable.startsWith('MINIMON_CATALOG_'));
    assert.ok(catalog('manage_service').length >= 6, file);
    assert.deepEqual(catalog('warning_service').sort(), catalog('manage_service').sort(), file);
    assert.equal(of('warning_service')['MINIMON_MANAGE_ADDRESS'], 'manage_service:8030', file);
    assert.equal(of('data_analyze_service')['MINIMON_WARN_ADDRESS'], 'warning_service:8050', file);
  }
});
