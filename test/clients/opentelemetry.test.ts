// A real OpenTelemetry collector with the hostmetrics receiver that exports by OTLP over HTTP, as docs/interop.md says.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse, stringify } from 'yaml';
import { until } from '../until.ts';
import { ensureCollector } from './builds.ts';
import { snippet } from './doc-snippets.ts';
import { countersOf, directory, openPushTarget, startClient, valuesOf } from './push-target.ts';
import { skipClient } from './wanted.ts';

/** The snippet, measuring every second; `processors` in place of its own. */
async function startCollector(to: string, { withHost }: { readonly withHost: boolean }) {
  const pasted = parse(snippet('OpenTelemetry', to)) as {
    receivers: { hostmetrics: { collection_interval: string } };
    service: { telemetry?: object; pipelines: { metrics: { processors: string[] } } };
  };
  pasted.receivers.hostmetrics.collection_interval = '1s';
  if (!withHost) pasted.service.pipelines.metrics.processors = [];
  // Its own metrics would take a port.
  pasted.service.telemetry = { metrics: { level: 'none' } };
  const file = join(directory(), 'collector.yaml');
  writeFileSync(file, stringify(pasted));
  return startClient('otelcol', [await ensureCollector(), '--config', file], (log) =>
    /Everything is ready/.test(log()),
  );
}

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

    target.setBusAway(true);
    const isUnavailable = ({ status }: { status: number }) => status === 503;
    await until('it is answered 503', () => target.exchanges.some(isUnavailable));
    const kept = target.exchanges.find(isUnavailable)!;
    target.setBusAway(false);
    await until('it sends the same again', () =>
      target.exchanges.some(({ status, body }) => status === 200 && body.equals(kept.body)),
    );
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
