// Reads a load back through analyze: each acknowledged sample once, with its value, and nothing beside.
import assert from 'node:assert/strict';
import { analyzeApi } from '../../src/api/analyze.ts';
import { createHttpClient, type HttpClientOptions } from '../../src/api/http/client.ts';
import { type Load, METRICS, sampleValue, tickTime } from './load.ts';

const DAY = 86_400_000;

/** `analyze`: how its HTTP listener is called; `startMs`: the load's. Resolves with how many samples there are. */
export async function foundOnce(
  load: Load,
  { analyze, startMs }: { readonly analyze: HttpClientOptions; readonly startMs: number },
): Promise<number> {
  const client = createHttpClient(analyzeApi, { ...analyze, timeoutMs: 60_000 });
  let samples = 0;
  for (const [metric, name] of METRICS.entries()) {
    const range = { hosts: load.hosts, metric: name, startMs, stopMs: startMs + DAY };
    const { series } = await client.queryRange(range);
    assert.equal(series.length, load.hosts.length);
    for (const { hostId, timesMs, values } of series) {
      const host = load.hosts.indexOf(hostId);
      const ticks = Array.from({ length: load.acknowledged().get(hostId)! }, (_, tick) => tick);
      assert.deepEqual(
        timesMs,
        ticks.map((tick) => tickTime(startMs, tick)),
        `${hostId} ${name}`,
      );
      assert.deepEqual(
        values,
        ticks.map((tick) => sampleValue({ host, tick, metric })),
      );
      samples += values.length;
    }
  }
  await client.stop();
  return samples;
}
