// From report's port to the store on the embedded backends: over gRPC, through kill -9, with numbers that close.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createReportClient } from '../../src/api/grpc/report-client.ts';
import { createStaticDiscovery } from '../../src/discovery/discovery.ts';
import type { Tick } from '../../src/domain/tick.ts';
import { fetchText } from '../report/fetch-text.ts';
import { directory, metricValue, owned, request, tick } from '../report/ticks.ts';
import { until } from '../until.ts';
import { startPipeline } from './pipeline-process.ts';

const HOUR = 3_600_000;
const METRICS = ['cpu.usage', 'mem.usage', 'load.1'];
const hosts = ['web-1', 'web-2', '机房-网关'];
// What a sample's value must be follows from where it stands, so that nothing can be taken for another.
const valueAt = (host: number, metric: number, timeMs: number) =>
  (timeMs % 86_400_000) / 1_000 + host / 10 + metric / 100;
const ticksAt = (timeMs: number): Tick[] =>
  hosts.map((hostId, host) =>
    tick({
      hostId,
      timeMs,
      intervalMs: 10_000,
      samples: METRICS.map((metric, i) => ({ metric, labels: {}, value: valueAt(host, i, timeMs) })),
    }),
  );

const clientOf = (address: string) =>
  owned(createReportClient({ discovery: createStaticDiscovery([address]), timeoutMs: 5_000 }));

const text = (address: string, path: string) => fetchText(`http://${address}${path}`);

const allRead = (pipeline: Awaited<ReturnType<typeof startPipeline>>) =>
  until('all is stored', async () =>
    (await pipeline.bus.lag('minimon.persist')).every(({ unread }) => unread === 0),
  );

test("a report over gRPC is in the store, refusals come back, and both daemons' numbers close", async () => {
  const data = directory();
  const pipeline = owned(await startPipeline(data));
  const now = Math.floor(Date.now() / 10_000) * 10_000;
  const client = clientOf(pipeline.report.addresses()['grpc']!);
  const answer = await client.report(
    request([...ticksAt(now), tick({ hostId: 'wrong-unit', timeMs: Math.floor(now / 1_000) })]),
  );
  assert.deepEqual([answer.acceptedSamples, answer.refusedSamples], [9, 2]);
  assert.match(answer.refusals[0]!.reason, /1970-01-2\d/);
  await allRead(pipeline);
  const [series] = await pipeline.store.range({
    hosts: ['机房-网关'],
    metric: 'mem.usage',
    startMs: now,
    stopMs: now + 1,
  });
  assert.deepEqual(series?.values, [valueAt(2, 1, now)]);

  const report = (await text(pipeline.report.addresses()['http']!, '/metrics')).body;
  const persist = (await text(pipeline.persist.addresses()['http']!, '/metrics')).body;
  const of = (body: string, name: string) => metricValue(body, `samples_${name}`);
  assert.equal(of(report, 'received_total'), of(report, 'published_total') + of(report, 'refused_total'));
  assert.equal(of(persist, 'received_total'), of(report, 'published_total'));
  assert.equal(of(persist, 'stored_total'), 9);
  const ready = await text(pipeline.persist.addresses()['http']!, '/readyz?verbose');
  assert.equal(ready.status, 200);
  assert.match(ready.body, /partition 0: \d+ records unread, \d+ uncommitted/);

  // The refused tick left no sample and no file for a week of 1970, only that its host is refused, and why.
  const wrong = { hosts: ['wrong-unit'], metric: 'cpu.usage', startMs: 0, stopMs: now + HOUR };
  assert.deepEqual(await pipeline.store.range(wrong), []);
  assert.deepEqual(
    readdirSync(data, { recursive: true }).filter((name) => String(name).includes('1970')),
    [],
  );
  const [host] = await pipeline.store.hosts({ sinceMs: now - HOUR, hosts: ['wrong-unit'] });
  assert.match(host?.refusal?.reason ?? '', /1970-01-2\d.*limit of 25 h/);
  assert.equal(host?.refusal?.samples, 2);
});

test('a request of 2 MiB over gRPC gets an answer that names the limit, and the daemon goes on', async () => {
  const pipeline = owned(await startPipeline(directory()));
  const client = clientOf(pipeline.report.addresses()['grpc']!);
  await assert.rejects(client.report(new Uint8Array(2 * 1024 * 1024)), {
    code: 'TOO_LARGE',
    message: /1 MiB/,
  });
  await assert.rejects(client.report(Buffer.from('no protobuf')), { code: 'BAD_REQUEST' });
  const now = Math.floor(Date.now() / 10_000) * 10_000;
  assert.equal((await client.report(request(ticksAt(now)))).acceptedSamples, 9);
});

test('stopping lets reports in flight end: every one is either answered or refused, none hangs', async () => {
  const pipeline = owned(await startPipeline(directory()));
  const client = clientOf(pipeline.report.addresses()['grpc']!);
  const now = Math.floor(Date.now() / 10_000) * 10_000;
  const calls = Array.from({ length: 50 }, (_, i) => client.report(request(ticksAt(now - i * 10_000))));
  await Promise.any(calls);
  await pipeline.report.stop();
  await pipeline.report.stop();
  const outcomes = await Promise.allSettled(calls);
  const answered = outcomes.filter(({ status }) => status === 'fulfilled').length;
  assert.ok(answered > 0);
  await allRead(pipeline);
  const series = await pipeline.store.range({
    hosts: ['web-1'],
    metric: 'cpu.usage',
    startMs: now - HOUR,
    stopMs: now + 1,
  });
  assert.ok(series[0]!.timesMs.length >= answered, 'what was answered is stored');
});

test('kill -9 at any moment: all that was acknowledged is stored, once, with its value', {
  timeout: 180_000,
}, async () => {
  const data = directory();
  const begin = Math.floor(Date.now() / 10_000) * 10_000 - 20 * HOUR;
  const acknowledged = new Set<number>();
  let next = begin;
  for (let round = 0; round < 4; round++) {
    const child = fork(join(import.meta.dirname, 'pipeline-process.ts'), [data], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const client = clientOf(await addressOf(child));
    const goal = acknowledged.size + 150 + round * 37;
    let killed = false;
    const lane = async () => {
      while (!killed) {
        // The agents' way: the same ticks again until they are acknowledged.
        const timeMs = next;
        next += 10_000;
        await client.report(request(ticksAt(timeMs))).then(
          () => acknowledged.add(timeMs),
          () => {},
        );
        if (acknowledged.size >= goal && !killed) {
          killed = true;
          child.kill('SIGKILL');
        }
      }
    };
    await Promise.all([lane(), lane(), lane()]);
    await new Promise((resolve) =>
      (child.exitCode ?? child.signalCode) ? resolve(0) : child.once('exit', resolve),
    );
    await client.stop();
  }
  const pipeline = owned(await startPipeline(data));
  await allRead(pipeline);
  for (const [host, hostId] of hosts.entries()) {
    for (const [i, metric] of METRICS.entries()) {
      const [series] = await pipeline.store.range({ hosts: [hostId], metric, startMs: begin, stopMs: next });
      const { timesMs, values } = series!;
      assert.equal(new Set(timesMs).size, timesMs.length, 'nothing is stored twice');
      const there = new Set(timesMs);
      assert.deepEqual(
        [...acknowledged].filter((timeMs) => !there.has(timeMs)),
        [],
        `${hostId} ${metric}: acknowledged and not stored`,
      );
      assert.ok(timesMs.every((timeMs, k) => values[k] === valueAt(host, i, timeMs)));
    }
  }
});

const addressOf = (child: ChildProcess) =>
  new Promise<string>((resolve, reject) => {
    child.once('message', (address) => resolve(String(address)));
    child.once('exit', (code) => reject(new Error(`the pipeline ended with ${code} before it listened`)));
  });
