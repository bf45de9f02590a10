// A real Prometheus 3 that sends on by remote write 2.0, as docs/interop.md says: what it counts as written, failed and kept.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { until } from '../until.ts';
import { startNodeExporter } from './node-exporter.ts';
import { countersOf, openPushTarget, type PushTarget, valuesOf } from './push-target.ts';
import { namesOfEnded, writtenBytes } from './sent-series.ts';
import { startPrometheus3 } from './start.ts';
import { skipClient } from './wanted.ts';

describe('Prometheus with remote write 2.0', { skip: skipClient('prometheus3') }, () => {
  async function start() {
    const target = await openPushTarget();
    const exporter = await startNodeExporter();
    const { own } = await startPrometheus3(target.address, exporter.address, { host: 'scraped-3' });
    await until('the first scrape', () => valuesOf(target.ticks, 'scraped-3').has('disk.usage{mount=/}'));
    return { target, exporter, own };
  }

  /** Its own counter, of all queues and reasons. */
  async function counted(own: string, name: string): Promise<number> {
    const text = await (await fetch(`${own}/metrics`)).text();
    const values = [
      ...text.matchAll(new RegExp(`^prometheus_remote_storage_${name}(?:\\{.*\\})? (\\S+)$`, 'gm')),
    ];
    assert.ok(values.length > 0, `it has no ${name}`);
    return values.reduce((sum, [, value]) => sum + Number(value), 0);
  }

  /** When it scraped, as it has stored it. */
  async function scrapedMs(own: string): Promise<number[]> {
    const query = new URLSearchParams({ query: 'node_load1[1h]' });
    const { data } = (await (await fetch(`${own}/api/v1/query?${query}`)).json()) as {
      data: { result: { values: [number, string][] }[] };
    };
    return data.result.flatMap(({ values }) => values.map(([seconds]) => Math.round(seconds * 1_000)));
  }
  const storedMs = ({ ticks }: PushTarget) =>
    new Set(
      ticks.flatMap(({ timeMs, samples }) =>
        samples.some(({ metric }) => metric === 'load.1') ? [timeMs] : [],
      ),
    );

  it("its host has minimon's metrics, and it counts all as written", async () => {
    const { target, own } = await start();
    const values = valuesOf(target.ticks, 'scraped-3');
    for (const metric of ['load.1', 'load.15', 'mem.available', 'mem.usage', 'disk.free{mount=/}', 'uptime'])
      assert.ok(values.has(metric), metric);
    const counters = countersOf(target.ticks, 'scraped-3');
    for (const metric of ['cpu', 'net.errors']) assert.ok(counters.has(metric), metric);
    assert.ok(target.ticks.every(({ source }) => source === 'prometheus/node'));
    for (const { status, headers } of target.exchanges) {
      assert.equal(status, 204);
      assert.match(headers['content-type']!, /proto=io\.prometheus\.write\.v2\.Request/);
      assert.equal(headers['x-prometheus-remote-write-version'], '2.0.0');
    }
    await until('it has metadata to send', () =>
      target.exchanges.some((one) => writtenBytes(one).includes('Seconds the CPUs spent in each mode')),
    );
    await until('more is sent', async () => (await counted(own, 'samples_total')) > 1_000);
    for (const name of ['samples_failed_total', 'histograms_failed_total', 'exemplars_failed_total'])
      assert.equal(await counted(own, name), 0, name);
  });

  it('keeps what is not taken, over an outage of the bus and a restart of report: each scrape arrives', async () => {
    const { target, own } = await start();
    target.setBusAway(true);
    await until('it is answered 503', () => target.exchanges.some(({ status }) => status === 503));
    target.setBusAway(false);
    await target.restart(async () => {
      const before = (await scrapedMs(own)).length;
      await until('it scrapes on', async () => (await scrapedMs(own)).length > before + 2);
    });
    const scraped = await scrapedMs(own);
    await until('all is there', () => scraped.every((ms) => storedMs(target).has(ms)));
    assert.ok(scraped.length > 3);
    assert.equal(await counted(own, 'samples_failed_total'), 0);
    assert.ok((await counted(own, 'samples_retried_total')) > 0);
  });

  it('writes queries as minimon does', async () => {
    const { own } = await start();
    const file = join(import.meta.dirname, '../domain/promql/prometheus-formatted.json');
    const ask = async (path: string, query: string) => {
      const response = await fetch(`${own}/api/v1/${path}`, {
        method: 'POST',
        body: new URLSearchParams({ query }),
      });
      return ((await response.json()) as { data: unknown }).data;
    };
    for (const { query, ...recorded } of JSON.parse(readFileSync(file, 'utf8')) as {
      query: string;
      formatted: string;
      tree?: unknown;
    }[]) {
      assert.equal(await ask('format_query', query), recorded.formatted);
      if (recorded.tree) assert.deepEqual(await ask('parse_query', query), recorded.tree);
    }
  });

  it('a target that is gone ends its series, which counts as written', async () => {
    const { target, exporter, own } = await start();
    await exporter.process.kill('SIGKILL');
    await until('its series end', () => namesOfEnded(target.exchanges).includes('node_load1'));
    await until('they end on the bus', () =>
      ['load.1', 'cpu.usage', 'node_memory_MemAvailable_bytes'].every((name) =>
        target.ticks.some(({ ended = [] }) => ended.some(({ metric }) => metric === name)),
      ),
    );
    assert.ok(target.exchanges.every(({ status }) => status === 204));
    assert.equal(await counted(own, 'samples_failed_total'), 0);
  });
});
