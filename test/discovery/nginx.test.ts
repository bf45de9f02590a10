// Reports behind nginx with the configuration that is shipped, and behind round robin: no report fails in a rolling restart.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { createReportClient, type ReportClient } from '../../src/api/grpc/report-client.ts';
import { initTls } from '../../src/assembly/tls-directory.ts';
import { createStaticDiscovery } from '../../src/discovery/discovery.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { balance } from '../cluster/balancer.ts';
import { skipReason } from '../servers/backends.ts';
import type { Nginx } from '../servers/nginx.ts';
import { freePorts } from '../servers/ports.ts';
import { until } from '../until.ts';
import { type CountingReport, request, startLoad, startReport } from './reports.ts';

const directory = mkdtempSync(join(tmpdir(), 'minimon-nginx-'));
const file = (name: string) => readFileSync(join(directory, name), 'utf8');
/** As the shipped configuration has it: with TLS, and who calls may have no certificate. */
const start = (address: string) =>
  startReport(address, { cert: file('server.crt'), key: file('server.key') });

/** Stops and starts one report after the other under load; the load goes on in between. Returns the failures. */
async function rollingRestart(client: ReportClient, reports: CountingReport[]): Promise<readonly string[]> {
  const load = startLoad(client);
  const served = async (more: number) => {
    const goal = load.done() + more;
    await until(`${more} more reports`, () => load.done() >= goal);
  };
  try {
    await served(200);
    for (let i = 0; i < reports.length; i++) {
      const { address } = reports[i]!;
      await reports[i]!.stop();
      await served(200);
      reports[i] = await start(address);
      await served(20);
    }
    // A balancer that keeps each out for a while after it was away has none left by now.
    await until('each restarted one is used', () => reports.every((report) => report.count() > 5));
  } finally {
    await load.end();
  }
  return load.end();
}

describe('a rolling restart of the reports', () => {
  let reports: CountingReport[] = [];
  let client: ReportClient | undefined;
  before(() => initTls({ directory, nowMs: Date.now(), days: 30, hosts: ['report'], machine: 'reports' }));
  after(() => rmSync(directory, { recursive: true }));
  beforeEach(async () => {
    const ports = await freePorts(3);
    reports = await Promise.all(ports.map((port) => start(`127.0.0.1:${port}`)));
  });
  afterEach(async () => {
    await client?.stop();
    for (const report of reports) await report.stop();
  });
  const connect = (...addresses: string[]) => {
    client = createReportClient({
      discovery: createStaticDiscovery(addresses),
      tls: { ca: file('ca.crt') },
    });
    return client;
  };

  test('fails no report behind round robin', async () => {
    const all = reports.map(({ address }) => address);
    assert.deepEqual(await rollingRestart(connect(...all), reports), []);
  });

  describe('behind nginx', { skip: skipReason('nginx') }, () => {
    let nginx: Nginx;
    beforeEach(async () => {
      nginx = await balance(
        reports.map(({ address }) => address),
        directory,
      );
    });
    afterEach(() => nginx?.stop());

    test('fails no report with the shipped configuration', async () => {
      assert.deepEqual(await rollingRestart(connect(nginx.addresses[0]!), reports), []);
    });

    test('when a report dies without a word nothing fails but a call that was cut in its answer', async () => {
      const load = startLoad(connect(nginx.addresses[0]!));
      try {
        await until('all are used', () => reports.every((report) => report.count() > 20));
        await reports[1]!.stop(0);
        const goal = load.done() + 300;
        await until('reports go on', () => load.done() >= goal);
      } finally {
        await load.end();
      }
      // nginx has passed on the head of the answer by then and can only reset the stream; the agent sends its tick again.
      const cut = /RST_STREAM with code 2/;
      assert.deepEqual(
        (await load.end()).filter((failure) => !cut.test(failure)),
        [],
      );
    });

    test('without any report the answer is UNAVAILABLE, and reports go through once one is back', async () => {
      const reporting = connect(nginx.addresses[0]!);
      const { address } = reports[0]!;
      for (const report of reports) await report.stop();
      await assert.rejects(
        reporting.report(request('a', 1)),
        (error) => error instanceof ExpectedError && ['unavailable', 'unreachable'].includes(error.kind),
      );
      reports[0] = await start(address);
      await until('a report goes through', () =>
        reporting.report(request('a', 2)).then(
          () => true,
          () => false,
        ),
      );
    });
  });
});
