// TLS of our own listeners and clients: everything over it, and each way to get it wrong named with a way out.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { analyzeApi } from '../../src/api/analyze.ts';
import { createGrpcClient } from '../../src/api/grpc/client.ts';
import { createGrpcServer } from '../../src/api/grpc/server.ts';
import { createHttpClient } from '../../src/api/http/client.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import { manageApi } from '../../src/api/manage.ts';
import type { TlsMaterial } from '../../src/api/tls.ts';
import { openCliContext } from '../../src/assembly/cli-context.ts';
import { clientSettings } from '../../src/assembly/client-settings.ts';
import { loadConfig } from '../../src/assembly/config-load.ts';
import { daemonClients } from '../../src/assembly/daemon-clients.ts';
import { askDaemons } from '../../src/assembly/daemon-readiness.ts';
import { withListenRules } from '../../src/assembly/listen-rules.ts';
import { prepareUp } from '../../src/assembly/up.ts';
import { createHealth } from '../../src/runtime/health.ts';
import { createLifecycle } from '../../src/runtime/lifecycle.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { until } from '../until.ts';
import { makeCertificates } from './certificates.ts';

const made = makeCertificates();
const { ca, directory } = made;
const node = made.sign('node', 'DNS:localhost', 'IP:127.0.0.1', 'DNS:monitor.example');
const elsewhere = made.sign('elsewhere', 'DNS:elsewhere.example');

const environment = { HOME: '/nonexistent', XDG_CONFIG_HOME: '/nonexistent' };
const file = join(directory, 'config.yaml');
writeFileSync(file, 'tls:\n  ca_file: ca.crt\n  cert_file: node.crt\n  key_file: node.key\n');
const LISTENERS = [
  ...[
    'agent.admin',
    'report.grpc',
    'report.push',
    'report.admin',
    'persist.admin',
    'analyze.grpc',
    'analyze.http',
  ],
  ...['manage.grpc', 'manage.http', 'warn.grpc', 'warn.http'],
];
const set = (values: Readonly<Record<string, unknown>>) =>
  Object.entries(values).map(([key, value]) => ({ key, value, flag: '--set' }));

const running: { stop(): Promise<void> }[] = [];
after(async () => {
  for (const part of running.reverse()) await part.stop();
  rmSync(directory, { recursive: true });
});

let at: (daemon: string, protocol: string) => string;
let upAnalyze: () => ReturnType<Awaited<ReturnType<typeof prepareUp>>['up']['analyze']>;
before(async () => {
  const { up } = await prepareUp({
    environment,
    stderr: process.stderr,
    file,
    flags: set({
      ...Object.fromEntries(LISTENERS.map((key) => [key, '127.0.0.1:0'])),
      data: join(directory, 'data'),
      'agent.host_id': 'here',
      'log.level': 'error',
    }),
    simulate: undefined,
    drawn: false,
  });
  running.push(up);
  await up.start();
  upAnalyze = up.analyze;
  at = (daemon, protocol) =>
    up.listeners().find((one) => one.daemon === daemon && one.protocol === protocol)!.address;
});

const stopped = <T extends { stop(): Promise<void> }>(client: T): T => {
  running.push(client);
  return client;
};

test('an agent reports, commands list, and daemons call each other over TLS with client certificates', async () => {
  await until('the host of the agent', async () => {
    const { hosts } = await upAnalyze().listReportingHosts({ sinceMs: 0 });
    return hosts.some(({ hostId }) => hostId === 'here');
  });
  const settings = await clientSettings({ config: file }, environment);
  const manage = await openCliContext().openManage({ ...settings, manageHttp: at('manage', 'http') });
  assert.deepEqual(
    (await manage.listHosts({ all: true })).hosts.map(({ hostId }) => hostId),
    ['here'],
  );
  const tls = { ca, ...node };
  const overGrpc = stopped(createGrpcClient(analyzeApi, { address: at('analyze', 'grpc'), tls }));
  assert.equal((await overGrpc.listReportingHosts({ sinceMs: 0 })).hosts.length, 1);
  const assignments = stopped(createGrpcClient(manageApi, { address: at('manage', 'grpc'), tls }));
  assert.deepEqual((await assignments.listAssignments({})).assignments, []);
});

test('listeners answer for the names of their certificate, and for no others', async () => {
  const { cert, key } = node;
  for (const [daemon, protocol] of [
    ['manage', 'http'],
    ['analyze', 'http'],
    ['report', 'push'],
  ] as const) {
    const statusFor = (host: string) =>
      new Promise((resolve, reject) => {
        const url = `https://${at(daemon, protocol)}/readyz`;
        const asked = get(url, { ca, cert, key, servername: 'localhost', headers: { host } }, (response) => {
          resolve(response.statusCode);
          response.resume();
        });
        asked.on('error', reject);
      });
    assert.notEqual(await statusFor('monitor.example:8040'), 421, daemon);
    assert.equal(await statusFor('other.example'), 421, daemon);
  }
});

test('readiness of each daemon is asked over TLS', async () => {
  const answers = await askDaemons({
    environment,
    file,
    flags: set({
      'agent.admin': at('agent', 'http'),
      'report.admin': at('report', 'http'),
      'persist.admin': at('persist', 'http'),
      'analyze.http': at('analyze', 'http'),
      'manage.http': at('manage', 'http'),
      'warn.http': at('warn', 'http'),
    }),
    daemons: ['agent', 'report', 'persist', 'analyze', 'manage', 'warn'],
    timeoutMs: 5_000,
  });
  assert.deepEqual(new Set(answers.map(({ ready }) => ready)), new Set([true]));
});

test('a daemon calls each of the others with its own certificate', async () => {
  const { config } = await loadConfig({
    environment,
    file: '/dev/null',
    flags: set({
      'warn.tls.ca': ca,
      'warn.tls.cert': node.cert,
      'warn.tls.key': node.key,
      manage_address: at('manage', 'grpc'),
      analyze_address: at('analyze', 'grpc'),
      warn_address: at('warn', 'grpc'),
    }),
  });
  const clients = daemonClients('warn', { config, lifecycle: stopped(createLifecycle()) });
  const [manage, analyze, warn] = [await clients.manage(), await clients.analyze(), await clients.warn()];
  assert.deepEqual((await manage.listAssignments({})).assignments, []);
  assert.equal((await analyze.listReportingHosts({ sinceMs: 0 })).hosts.length, 1);
  assert.equal((await warn.listAlerts({})).alerts.length, 0);
});

/** A call of manage over each wire. */
const calls = (address: { http: string; grpc: string }, tls: TlsMaterial | undefined) => [
  stopped(
    createHttpClient(manageApi, {
      baseUrl: `${tls ? 'https' : 'http'}://${address.http}`,
      timeoutMs: 5_000,
      ...(tls && { tls }),
    }),
  ).listAssignments({}),
  stopped(
    createGrpcClient(manageApi, { address: address.grpc, timeoutMs: 5_000, ...(tls && { tls }) }),
  ).listAssignments({}),
];

for (const [what, tls, message, hint] of [
  ['a wrong authority', { ca: made.otherCa, ...node }, /signed by an unknown authority/, /Set tls\.ca/],
  ['no client certificate', { ca }, /requires a client certificate/, /Set tls\.cert and tls\.key/],
  ['plain text to a TLS port', undefined, /the connection was cut/, /speaks TLS: then set tls\.ca/],
] as const) {
  test(`${what} is named, over HTTP and gRPC`, async () => {
    const address = { http: at('manage', 'http'), grpc: at('manage', 'grpc') };
    for (const call of calls(address, tls)) {
      await assert.rejects(call, (error: Error & { code?: string; hint?: string }) => {
        assert.deepEqual([error.code, message.test(error.message)], ['UNREACHABLE', true], error.message);
        assert.match(error.hint ?? '', hint);
        return true;
      });
    }
  });
}

async function listeners(tls: TlsMaterial | undefined) {
  const parts = { address: '127.0.0.1:0', daemon: 'manage', health: createHealth(), ...(tls && { tls }) };
  const http = stopped(createHttpServer({ ...parts, metrics: createMetrics('manage') }));
  const grpc = stopped(createGrpcServer({ ...parts, services: [] }));
  return { http: await http.start(), grpc: await grpc.start() };
}

for (const [what, tls, message, hint] of [
  ['a certificate for another name', elsewhere, /certificate is not for 127\.0\.0\.1/, /subjectAltName/],
  ['TLS to a plain-text port', undefined, /uses plain text/, /leave out tls/],
] as const) {
  test(`${what} is named, over HTTP and gRPC`, async () => {
    for (const call of calls(await listeners(tls), { ca, ...node })) {
      await assert.rejects(call, (error: Error & { code?: string; hint?: string }) => {
        assert.deepEqual([error.code, message.test(error.message)], ['UNREACHABLE', true], error.message);
        assert.match(error.hint ?? '', hint);
        return true;
      });
    }
  });
}

async function rules(values: Readonly<Record<string, unknown>>, config = '/dev/null') {
  const loaded = await loadConfig({ environment, file: config, flags: set(values) });
  return withListenRules(loaded.config, { isSet: (key) => loaded.origins.has(key), daemons: ['report'] });
}

test('off loopback a listener needs TLS, or someone who says that it is insecure', async () => {
  const open = { 'report.grpc': '0.0.0.0:8000' };
  const code = 'INSECURE_BIND';
  await assert.rejects(rules(open), { code, message: /others can read the traffic/, hint: /tls\.cert/ });
  await rules({ ...open, 'report.tls.ca': '' }, file);
  await rules(open, file);
  await rules({ ...open, insecure: true });
});

test('a certificate without its key, with another key, or that is none is BAD_CONFIG', async () => {
  const code = 'BAD_CONFIG';
  await assert.rejects(rules({ 'tls.cert': node.cert }), {
    code,
    message: 'report has tls.cert and no tls.key',
  });
  await assert.rejects(rules({ 'report.tls.key': elsewhere.key }, file), {
    code,
    message: /report cannot be used/,
  });
  await assert.rejects(rules({ 'tls.ca': 'nonsense', 'tls.cert': 'x', 'tls.key': 'y' }), { code });
});

test('commands read no secret of a daemon, and their own TLS stands over that of the daemons', async () => {
  const own = join(directory, 'own.yaml');
  const daemons =
    'store:\n  kind: influxdb\n  token_file: /nowhere/token\ntls:\n  ca_file: ca.crt\n  key_file: /nowhere/key\n';
  writeFileSync(own, `${daemons}client:\n  tls:\n    cert_file: node.crt\n    key_file: node.key\n`);
  assert.deepEqual((await clientSettings({ config: own }, environment)).tls, {
    ...{ ca: ca.trimEnd(), caPath: join(directory, 'ca.crt') },
    ...{ cert: node.cert.trimEnd(), certPath: join(directory, 'node.crt') },
    ...{ key: node.key.trimEnd(), keyPath: join(directory, 'node.key') },
  });
});
