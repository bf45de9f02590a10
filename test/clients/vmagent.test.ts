// A real vmagent that scrapes a real node_exporter and sends on by remote write, as docs/interop.md says.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '../until.ts';
import { startNodeExporter } from './node-exporter.ts';
import { countersOf, keepsWhatIsNotTaken, openPushTarget, valuesOf } from './push-target.ts';
import { namesOfEnded } from './sent-series.ts';
import { startVmagent } from './start.ts';
import { skipClient } from './wanted.ts';

describe('vmagent with node_exporter', { skip: skipClient('vmagent') }, () => {
  it("its host has minimon's metrics; what waits while the bus is away comes later, whole", async () => {
    const target = await openPushTarget();
    const exporter = await startNodeExporter();
    await startVmagent(target.address, exporter.address, { host: 'scraped-1' });
    const values = () => valuesOf(target.ticks, 'scraped-1');
    await until('the first scrape', () => values().has('disk.usage{mount=/}'));
    for (const metric of ['load.1', 'mem.available', 'mem.usage', 'uptime'])
      assert.ok(values().has(metric), metric);
    assert.ok(countersOf(target.ticks, 'scraped-1').has('cpu'));
    assert.ok(target.ticks.every(({ source }) => source === 'prometheus/node'));
    assert.ok(target.exchanges.every(({ status }) => status === 204));
    await until('it is answered', () => target.exchanges.length > 0);
    // Its own form, which 8 KiB of 13 are worth.
    assert.equal(target.exchanges[0]!.headers['content-encoding'], 'zstd');

    await keepsWhatIsNotTaken(target, 204);
  });

  it('a target that is gone is a stale marker of each series, and no refusal', async () => {
    const target = await openPushTarget();
    const exporter = await startNodeExporter();
    await startVmagent(target.address, exporter.address, { host: 'scraped-1' });
    await until('the first scrape', () => valuesOf(target.ticks, 'scraped-1').has('load.1'));
    await exporter.process.kill('SIGKILL');
    const ended = () => namesOfEnded(target.exchanges);
    await until('its series end', () => ended().includes('node_load1'));
    assert.ok(target.exchanges.every(({ status }) => status === 204));
  });
});
