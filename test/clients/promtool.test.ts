// A real promtool and a real Prometheus that scrapes /federate read what minimon has.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { tickOf } from '../analyze/ticks.ts';
import { openTwoDaemons, type TwoDaemons } from '../analyze/two-daemons.ts';
import { freePorts } from '../servers/ports.ts';
import { until } from '../until.ts';
import { ensurePrometheus } from './builds.ts';
import { directory, startClient } from './push-target.ts';
import { skipClient } from './wanted.ts';

const MINUTE = 60_000;

describe('promtool', { skip: skipClient('prometheus') }, () => {
  // Of now: Prometheus takes no scraped sample that is much older.
  const nowMs = Math.floor(Date.now() / MINUTE) * MINUTE;
  let system: TwoDaemons;
  let base: string;

  before(async () => {
    system = await openTwoDaemons(nowMs);
    base = `http://${system.daemons.analyze.addresses()['http']}`;
    await system.grpc.manage.insertHost({ hostId: 'web-1', location: '725' });
    await system.grpc.manage.insertHost({ hostId: 'web-2', location: '726' });
    for (let i = 9; i >= 0; i--) {
      for (const [host, more] of [
        ['web-1', { 'disk.usage{mount=/}': 50, node_cpu_seconds_total: 60 * (9 - i) }],
        ['web-2', { 'queue{path=C:\\a "b"}': 1 }],
      ] as const)
        await system.put([tickOf(host, nowMs - i * MINUTE, { 'cpu.usage': 10 + i, ...more })]);
    }
  });
  after(() => system.stop());

  async function promtool(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)((await ensurePrometheus()).promtool, args);
    return stdout.trim();
  }
  async function federated(accept: string): Promise<string> {
    const match = new URLSearchParams({ 'match[]': '{__name__=~"cpu_usage|disk_usage"}' });
    return (await fetch(`${base}/federate?${match}`, { headers: { accept } })).text();
  }
  const at = (ms: number) => new Date(ms).toISOString();

  it('asks for an instant', async () => {
    const one = await promtool('query', 'instant', `--time=${at(nowMs)}`, base, 'cpu_usage{host="web-1"}');
    assert.equal(one, `cpu_usage{host="web-1", location="725"} => 10 @[${nowMs / 1_000}]`);
    const scalar = await promtool('query', 'instant', base, '1+1');
    assert.match(scalar, /^scalar: 2 @\[/);
  });

  it('asks for a range', async () => {
    const args = [`--start=${at(nowMs - 2 * MINUTE)}`, `--end=${at(nowMs)}`, '--step=1m'];
    const text = await promtool('query', 'range', ...args, base, 'sum(rate(node_cpu_seconds_total[5m]))');
    assert.deepEqual(text.split('\n').slice(1), [
      ...[2, 1, 0].map((ago) => `1 @[${nowMs / 1_000 - 60 * ago}]`),
    ]);
  });

  it('asks for series and for values of a label', async () => {
    const series = await promtool('query', 'series', '--match=cpu_usage', base);
    assert.deepEqual(series.split('\n').sort(), [
      '{__name__="cpu_usage", host="web-1", location="725"}',
      '{__name__="cpu_usage", host="web-2", location="726"}',
    ]);
    assert.equal(await promtool('query', 'labels', base, 'location'), '725\n726');
  });

  it('is told where a query is wrong', async () => {
    await assert.rejects(promtool('query', 'instant', base, 'rate(up)'), /1:/);
  });

  it('finds no fault with /federate, and makes blocks of its OpenMetrics', async () => {
    const home = directory();
    const file = join(home, 'federated.txt');
    writeFileSync(file, await federated('text/plain;version=0.0.4'));
    const { promtool: program } = await ensurePrometheus();
    await promisify(execFile)('sh', ['-c', '"$0" check metrics < "$1"', program, file]);
    writeFileSync(file, await federated('application/openmetrics-text;version=1.0.0'));
    const blocks = join(home, 'blocks');
    await promtool('tsdb', 'create-blocks-from', 'openmetrics', file, blocks);
    // It reads what a whole Prometheus has left.
    mkdirSync(join(blocks, 'wal'));
    const dumped = await promtool('tsdb', 'dump', blocks);
    assert.match(dumped, /__name__="cpu_usage", host="web-1", location="725"\} 10 /);
  });

  it("a Prometheus that scrapes /federate has the samples, with minimon's labels", async () => {
    const { prometheus } = await ensurePrometheus();
    const [port] = await freePorts(1);
    const home = directory();
    const file = join(home, 'prometheus.yml');
    const target = base.slice('http://'.length);
    writeFileSync(
      file,
      JSON.stringify({
        global: { scrape_interval: '1s' },
        scrape_configs: [
          {
            ...{ job_name: 'minimon', honor_labels: true, metrics_path: '/federate' },
            params: { 'match[]': ['{__name__=~".+"}'] },
            static_configs: [{ targets: [target] }],
          },
        ],
      }),
    );
    const own = `http://127.0.0.1:${port}`;
    await startClient(
      'prometheus',
      [
        ...[prometheus, `--config.file=${file}`, `--storage.tsdb.path=${join(home, 'data')}`],
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      async () => (await fetch(`${own}/-/ready`)).ok,
    );
    const found = () => promtool('query', 'instant', `--time=${at(nowMs)}`, own, 'cpu_usage{host="web-1"}');
    await until('a scrape', async () => (await found()) !== '', {
      seen: async () => (await fetch(`${own}/api/v1/targets`)).text(),
    });
    assert.match(await found(), /^cpu_usage\{host="web-1".*location="725"\} => 10 @/);
  });
});
