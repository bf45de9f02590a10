// A real OpenTelemetry collector with the hostmetrics receiver that exports by OTLP over HTTP, as docs/interop.md says.
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import { until } from '../until.ts';
import { countersOf, keepsWhatIsNotTaken, openPushTarget, valuesOf } from './push-target.ts';
import { startCollector } from './start.ts';
import { skipClient } from './wanted.ts';

const OF_A_HOST = [
  ...['load.1', 'load.5', 'load.15', 'mem.available', 'mem.usage', 'uptime', 'procs.total'],
  ...['disk.usage{mount=/}', 'disk.free{mount=/}', 'disk.inodes{mount=/}'],
];

describe('an OpenTelemetry collector', { skip: skipClient('opentelemetry') }, () => {
  it("its host has minimon's metrics; what waits while the bus is away comes later, whole", async () => {
    const target = await openPushTarget();
    await startCollector(target.address, { withHost: true });
    const values = () => valuesOf(target.ticks, hostname());
    await until('all of the first rounds', () => OF_A_HOST.every((metric) => values().has(metric)), {
      seen: () => OF_A_HOST.filter((metric) => !values().has(metric)).join(),
    });
    await until('counters', () => countersOf(target.ticks, hostname()).has('net.received'));
    assert.ok(countersOf(target.ticks, hostname()).has('cpu'));
    assert.ok(target.ticks.every(({ source }) => source === 'otel'));
    assert.ok(target.exchanges.every(({ status }) => status === 200));

    await keepsWhatIsNotTaken(target, 200);
  });

  it('points of no host are refused once, with what to do, and not sent again', async () => {
    const target = await openPushTarget();
    const client = await startCollector(target.address, { withHost: false });
    await until('it is refused twice', () => target.exchanges.length >= 2);
    const [first, second] = target.exchanges;
    assert.deepEqual([first!.status, second!.status], [200, 200]);
    assert.ok(!first!.body.equals(second!.body));
    await until('it says so', () => /resourcedetection/.test(client.log()));
    assert.deepEqual(target.ticks, []);
  });
});
