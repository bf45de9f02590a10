// A renewed certificate is served without a restart, by every listener and client, while connections that are open go on.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import { createGrpcClient } from '../../src/api/grpc/client.ts';
import { apiGrpcService } from '../../src/api/grpc/service.ts';
import { peerCertificates } from '../../src/api/peer-certificates.ts';
import { warnApi } from '../../src/api/warn.ts';
import { initTls, renewTls } from '../../src/assembly/tls-directory.ts';
import { createDaemonBase } from '../../src/daemons/daemon.ts';
import { parseAddress } from '../../src/domain/address.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { memoryWarn } from '../api/memory-warn.ts';
import { until } from '../until.ts';

const DAY_MS = 86_400_000;
const directory = mkdtempSync(join(tmpdir(), 'minimon-tls-reload-'));
after(() => rmSync(directory, { recursive: true }));
const path = (name: string) => join(directory, name);
const read = (name: string) => readFileSync(path(name), 'utf8');
const place = { directory, days: 398 };
const files = (stem: string) => ({
  ...{ ca: read('ca.crt'), cert: read(`${stem}.crt`), key: read(`${stem}.key`) },
  ...{ caPath: path('ca.crt'), certPath: path(`${stem}.crt`), keyPath: path(`${stem}.key`) },
});
const renew = (nowMs: number, more: { newKey?: boolean; names?: string[]; days?: number } = {}) =>
  renewTls({
    ...{ ...place, nowMs, names: [], ifDueMs: undefined, addedHosts: [], newKey: false, dryRun: false },
    ...more,
  });

before(() => initTls({ ...place, nowMs: Date.now(), hosts: [], machine: 'here' }));

async function started(t: TestContext) {
  const clock = createVirtualClock(Date.now());
  const base = createDaemonBase('test', { clock, logger: silentLogger, tls: files('server') });
  const address = { http: '', grpc: '' };
  const daemon = base.daemon(async () => {
    address.http = await base.listenHttp('127.0.0.1:0');
    address.grpc = await base.listenGrpc('127.0.0.1:0', [apiGrpcService(warnApi, memoryWarn())]);
  });
  await daemon.start();
  t.after(() => daemon.stop());
  return { clock, base, address };
}

const shown = async (address: string) =>
  new X509Certificate((await peerCertificates(parseAddress(address), 5_000))[0]!).fingerprint256;
const fingerprint = () => new X509Certificate(read('server.crt')).fingerprint256;

test('new connections get the renewed certificate, those that are open go on, over HTTP and gRPC', async (t) => {
  const { clock, address } = await started(t);
  const tls = files('client');
  const socket = connect({ ...parseAddress(address.http), ...tls });
  const session = connectHttp2(`https://${address.grpc}`, { ...tls, ALPNProtocols: ['h2'] });
  t.after(() => [socket.destroy(), session.destroy()]);
  await Promise.all([once(socket, 'secureConnect'), once(session, 'connect')]);
  const old = fingerprint();
  for (const newKey of [false, true]) {
    await renew(Date.now(), { newKey });
    assert.notEqual(fingerprint(), old);
    const before = await shown(address.http);
    assert.notEqual(before, fingerprint());
    await clock.advanceTo(clock.nowMs() + 10_000);
    assert.deepEqual([await shown(address.http), await shown(address.grpc)], [fingerprint(), fingerprint()]);
  }
  socket.write('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n');
  assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 200/);
  assert.equal(socket.getPeerX509Certificate()?.fingerprint256, old);
  const error = await new Promise((resolve) => session.ping(resolve));
  assert.equal(error, null);
});

test('a key that does not fit, or a file that is gone, leaves the former certificate in use and is said', async (t) => {
  const { clock, base, address } = await started(t);
  const old = fingerprint();
  const [cert, key] = [read('server.crt'), read('server.key')];
  writeFileSync(path('server.key'), read('client.key'));
  await clock.advanceTo(clock.nowMs() + 10_000);
  assert.equal(await shown(address.http), old);
  assert.match(base.health.report().notes.join(), /server\.key changed and cannot be used: .*mismatch/);
  rmSync(path('server.crt'));
  await clock.advanceTo(clock.nowMs() + 10_000);
  assert.equal(await shown(address.grpc), old);
  writeFileSync(path('server.crt'), cert);
  writeFileSync(path('server.key'), key);
  await clock.advanceTo(clock.nowMs() + 10_000);
  assert.deepEqual(base.health.report().notes, []);
});

test('an end in under 30 days is a note and a metric, and only one that is past makes the daemon unready', async (t) => {
  const { clock, base } = await started(t);
  const { endMs } = (await renew(Date.now(), { names: ['server'], days: 60 }))[0]!;
  await clock.advanceTo(clock.nowMs() + 10_000);
  assert.match(
    await base.metrics.text(),
    new RegExp(
      `tls_certificate_end_timestamp_seconds\\{certificate="server",daemon="test"\\} ${endMs / 1_000}\\n`,
    ),
  );
  const at = async (timeMs: number) => {
    await clock.skip(timeMs - clock.nowMs());
    const { ready, notes, checks } = base.health.report();
    return [ready, notes.join(), checks.flatMap(({ reason }) => reason ?? []).join()] as const;
  };
  assert.deepEqual(await at(endMs - 30 * DAY_MS), [true, '', '']);
  const [ready, note] = await at(endMs - 30 * DAY_MS + 1);
  assert.ok(ready);
  assert.match(note, /the server certificate \(here\) ends at .*minimon tls renew/);
  assert.equal((await at(endMs - 1))[0], true);
  const [over, , reason] = await at(endMs);
  assert.equal(over, false);
  assert.match(reason, /the server certificate \(here\) ended at/);
});

test('a client connects with what its files hold then', async (t) => {
  const { address } = await started(t);
  const trusted = read('ca.crt');
  const own = mkdtempSync(join(directory, 'own-'));
  await initTls({ ...place, directory: own, nowMs: Date.now(), hosts: [], machine: 'other' });
  const caPath = join(own, 'ca.crt');
  const client = createGrpcClient(warnApi, {
    address: address.grpc,
    tls: { ...files('client'), ca: readFileSync(caPath, 'utf8'), caPath },
  });
  t.after(() => client.stop());
  await assert.rejects(client.status(), /signed by an unknown authority/);
  writeFileSync(caPath, trusted);
  await until('the authority to be read', () =>
    client.status().then(
      () => true,
      () => false,
    ),
  );
});
