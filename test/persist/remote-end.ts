// The other end of remote write in tests: what it was sent, as text, and what it answers; the bus is real.
import assert from 'node:assert/strict';
import type { Bus, BusRecord } from '../../src/bus/bus.ts';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { persistOptions } from '../../src/daemons/persist/options.ts';
import { createRemoteWrite } from '../../src/daemons/persist/remote-write.ts';
import type { Tick } from '../../src/domain/tick.ts';
import type { HttpRequest, HttpResult } from '../../src/receivers/http-transport.ts';
import { createVirtualClock, systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { readRemoteWrite1 } from '../../src/wire/remote-write.ts';
import { createUnsnappy } from '../../src/wire/snappy.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { directory, metricValue, NOW, owned, tick } from '../report/ticks.ts';
import { until } from '../until.ts';

/** `{labels} value time` of each sample. */
export async function samplesIn(body: Uint8Array): Promise<string[]> {
  const found: string[] = [];
  readRemoteWrite1(createUnsnappy()(body, 1e7), ({ labels, samples, error }) => {
    assert.equal(error, undefined);
    const names = [...labels.keys()];
    assert.deepEqual(names, names.toSorted(), 'labels are by name');
    const text = [...labels].map(([name, value]) => `${name}=${value}`).join(',');
    for (const { value, timeMs, stale } of samples)
      found.push(`${text} ${stale ? 'ended' : value} ${timeMs}`);
  });
  return found;
}

export const ticksOf = (hostId: string) =>
  tick({
    hostId,
    samples: [
      { metric: 'cpu.usage', labels: {}, value: 12.5 },
      { metric: 'disk.usage', labels: { mount: '/', host: 'inner' }, value: -0.1 },
    ],
  });
export const recordOf = (...hosts: string[]) => ({
  receivedMs: NOW,
  bytes: encodeBatch(hosts.map((host) => encodeTick(ticksOf(host)))),
});
export const writtenOf = (host: string) => [
  `__name__=cpu_usage,host=${host} 12.5 ${ticksOf(host).timeMs}`,
  `__name__=disk_usage,exported_host=inner,host=${host},mount=/ -0.1 ${ticksOf(host).timeMs}`,
];

export const answer = (status: number, headers: Readonly<Record<string, string>> = {}): HttpResult => ({
  ...{ kind: 'answer', status, headers, body: `status ${status}`, truncated: false },
});

type Given = {
  readonly locations?: Parameters<typeof createRemoteWrite>[1]['locations'];
  /** Of another before it. */
  readonly bus?: Bus;
  readonly directory?: string;
  readonly url?: string;
  /** In place of the answers. */
  readonly answering?: (samples: readonly string[]) => HttpResult;
};

/** One that answers as `answers` say, and then always as its last. */
export async function remoteWriteTo(answers: HttpResult[], given: Given = {}) {
  const clock = createVirtualClock(NOW);
  const logger = silentLogger;
  const bus =
    given.bus ?? owned(await createEmbeddedBus({ directory: directory(), clock: systemClock, logger }));
  const metrics = createMetrics('persist');
  const tried: string[][] = [];
  const requests: HttpRequest[] = [];
  const { remoteWrite } = persistOptions.parse({
    remoteWrite: { url: given.url ?? 'http://remote/write', token: 'secret', tenant: 'team' },
  });
  const writing = createRemoteWrite(
    { ...remoteWrite, url: remoteWrite.url! },
    {
      ...{ bus, clock, logger, metrics, locations: given.locations, directory: given.directory },
      async http(request) {
        requests.push(request);
        const samples = await samplesIn(request.body as Uint8Array);
        tried.push(samples);
        if (given.answering) return given.answering(samples);
        return answers.length > 1 ? answers.shift()! : answers[0]!;
      },
    },
  );
  await writing.start();
  const numbers = async () => {
    const text = await metrics.text();
    const value = (name: string, label?: string) => metricValue(text, `remote_write_samples_${name}`, label);
    const [received, sent, queued] = [value('received_total'), value('sent_total'), value('queued')];
    const [refused, returned] = [value('dropped_total', 'reason="refused"'), value('returned_total')];
    assert.equal(received, sent + refused + returned + queued, 'the numbers close');
    return { received, sent, refused, returned };
  };
  /** Lets it wait out what it waits for. */
  async function pass(ms: number) {
    await until('it waits', () => clock.sleepers() > 0);
    await clock.advanceTo(clock.nowMs() + ms);
  }
  const put = (...records: readonly Pick<BusRecord, 'bytes' | 'receivedMs'>[]) =>
    bus.publish(records.map(({ bytes, receivedMs }) => ({ partition: 0, receivedMs, bytes })));
  return { writing, bus, metrics, tried, requests, numbers, pass, clock, put };
}

/** A tick of another agent so many seconds later. */
export const ofOther = (second: number, more: Partial<Tick>) => {
  const timeMs = ticksOf('a').timeMs + second * 1_000;
  const read = tick({ hostId: 'a', timeMs, source: 'prometheus', samples: [], ...more });
  return { receivedMs: timeMs, bytes: encodeBatch([encodeTick(read)]) };
};
export const timeAt = (second: number) => ticksOf('a').timeMs + second * 1_000;
