// TLS through a real nginx: what passes it on with certificates works, and each way to weaken it on the way is refused and named.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createReportClient } from '../../src/api/grpc/report-client.ts';
import type { TlsMaterial } from '../../src/api/tls.ts';
import { initTls } from '../../src/assembly/tls-directory.ts';
import { createStaticDiscovery } from '../../src/discovery/discovery.ts';
import { skipReason } from '../servers/backends.ts';
import { type Nginx, startNginx } from '../servers/nginx.ts';
import { type CountingReport, request, startReport } from './reports.ts';

const CASES = [
  'passed on',
  'only TLS 1.1',
  'plain text',
  'another authority',
  'without its certificate',
] as const;

describe('TLS behind nginx', { skip: skipReason('nginx') }, () => {
  const root = mkdtempSync(join(tmpdir(), 'minimon-nginx-tls-'));
  const [ours, theirs] = [join(root, 'ours'), join(root, 'theirs')];
  const tls = (stem: string): Required<Pick<TlsMaterial, 'ca' | 'cert' | 'key'>> => {
    const read = (name: string) => readFileSync(join(ours, name), 'utf8');
    return { ca: read('ca.crt'), cert: read(`${stem}.crt`), key: read(`${stem}.key`) };
  };
  let nginx: Nginx;
  let report: CountingReport;
  before(async () => {
    for (const directory of [ours, theirs])
      await initTls({ directory, nowMs: Date.now(), days: 30, hosts: [], machine: 'proxy' });
    report = await startReport('127.0.0.1:0', tls('server'));
    nginx = await startNginx({ ports: CASES.length, config });
  });
  after(async () => {
    await nginx?.stop();
    await report?.stop(0);
    rmSync(root, { recursive: true });
  });

  function config(ports: readonly number[]): string {
    const pair = (directory: string, kind = 'ssl', stem = 'server') =>
      `${kind}_certificate ${directory}/${stem}.crt; ${kind}_certificate_key ${directory}/${stem}.key;`;
    const shown = `${pair(ours, 'grpc_ssl', 'client')} grpc_ssl_trusted_certificate ${ours}/ca.crt; grpc_ssl_verify on; grpc_ssl_name localhost;`;
    const old = 'ssl_protocols TLSv1.1; ssl_ciphers "ALL:@SECLEVEL=0";';
    const server = (port: number | undefined, ssl: string, upstream = shown) =>
      `server { listen 127.0.0.1:${port}${ssl ? ' ssl' : ''} http2; ${ssl} location / { grpc_pass grpcs://${report.address}; ${upstream} } }`;
    const [good, weak, plain, foreign, bare] = ports;
    return `events {} http {
      ${server(good, pair(ours))}
      ${server(weak, pair(ours) + old)}
      ${server(plain, '')}
      ${server(foreign, pair(theirs))}
      ${server(bare, pair(ours), 'grpc_ssl_name localhost; grpc_ssl_session_reuse off;')}
    }`;
  }

  const send = async (name: (typeof CASES)[number]) => {
    const discovery = createStaticDiscovery([nginx.addresses[CASES.indexOf(name)]!]);
    const client = createReportClient({ discovery, tls: tls('client'), timeoutMs: 5_000 });
    return client.report(request('a', 1)).finally(client.stop);
  };

  test('a report passes where each hop has its certificates', async () => {
    assert.equal((await send('passed on')).acceptedSamples, 1);
  });

  for (const [name, message] of [
    ['only TLS 1.1', /does not support TLS 1\.2 or later/],
    ['plain text', /uses plain text, not TLS/],
    ['another authority', /signed by an unknown authority/],
  ] as const) {
    test(`${name} is refused by the client before it has sent anything`, async () => {
      const before = report.count();
      await assert.rejects(send(name), { code: 'UNREACHABLE', message });
      assert.equal(report.count(), before);
    });
  }

  test('a proxy without a client certificate is refused by report', async () => {
    const before = report.count();
    await assert.rejects(send('without its certificate'), (error: Error & { code?: string }) => {
      assert.ok(
        ['UNREACHABLE', 'UNAVAILABLE', 'INTERNAL', 'BAD_REQUEST'].includes(error.code ?? ''),
        error.message,
      );
      return true;
    });
    assert.equal(report.count(), before);
  });
});
