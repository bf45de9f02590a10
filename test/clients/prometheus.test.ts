// A real Prometheus that scrapes a real node_exporter and sends on by remote write, as docs/interop.md says.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '../until.ts';
import { startNodeExporter } from './node-exporter.ts';
import { countersOf, keepsWhatIsNotTaken, openPushTarget, valuesOf } from './push-target.ts';
import { namesOfEnded } from './sent-series.ts';
import { startPrometheus } from './start.ts';
import { skipClient } from './wanted.ts';

describe('Prometheus with node_exporter', { skip: skipClient('prometheus') }, () => {
  it("its host has minimon's metrics; what waits while the bus is away comes later, whole", async () => {
    const target = await openPushTarget();
    const exporter = await startNodeExporter();
    await startPrometheus(target.address, exporter.address, { host: 'scraped-1' });
    const values = () => valuesOf(target.ticks, 'scraped-1');
    await until('the first scrape', () => values().has('disk.usage{mount=/}'));
    for (const metric of ['load.1', 'load.15', 'mem.available', 'mem.usage', 'disk.free{mount=/}', 'uptime'])
      assert.ok(values().has(metric), metric);
    assert.ok(values().get('mem.usage')! > 0 && values().get('mem.usage')! < 100);
    const counters = countersOf(target.ticks, 'scraped-1');
    for (const metric of ['cpu', 'net.errors']) assert.ok(counters.has(metric), metric);
    assert.ok(target.ticks.every(({ source }) => source === 'prometheus/node'));
    assert.ok(target.exchanges.every(({ status }) => status === 204));

    await keepsWhatIsNotTaken(target, 204);
  });

  it('a target that is gone is a stale marker of each series, and no refusal', async () => {
    const target = await openPushTarget();
    const exporter = await startNodeExporter();
    await startPrometheus(target.address, exporter.address, { host: 'scraped-1' });
    await until('the first scrape', () => valuesOf(target.ticks, 'scraped-1').has('load.1'));
    await exporter.process.kill('SIGKILL');
    const ended = () => namesOfEnded(target.exchanges);
    await until('its series end', () => ended().includes('node_load1'));
    assert.ok(ended().includes('node_memory_MemAvailable_bytes'));
    assert.ok(target.exchanges.every(({ status }) => status === 204));
  });

  it('samples of no host are refused once, with what to do, and not sent again', async () => {
    const target = await openPushTarget();
    const exporter = await startNodeExporter();
    const client = await startPrometheus(target.address, exporter.address, {});
    await until('it is refused twice', () => target.exchanges.length >= 2);
    const [first, second] = target.exchanges;
    assert.deepEqual([first!.status, second!.status], [400, 400]);
    assert.match(first!.answer, /set the external label host/);
    assert.ok(!first!.body.equals(second!.body));
    await until('it says so', () => /set the external label host/.test(client.log()));
    assert.deepEqual(target.ticks, []);
  });
});
