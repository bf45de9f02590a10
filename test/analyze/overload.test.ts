// The analyze daemon with more questions than it takes at once, and with clients that leave: over HTTP and gRPC.
import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { Client, credentials } from '@grpc/grpc-js';
import { analyzeApi } from '../../src/api/analyze.ts';
import { openChannel } from '../../src/api/grpc/channel.ts';
import { loadApi } from '../../src/api/grpc/proto.ts';
import type { Store } from '../../src/store/store.ts';
import { until } from '../until.ts';
import { tickOf } from './ticks.ts';
import { openTwoDaemons, type TwoDaemons } from './two-daemons.ts';
import { openWatchedStore } from './watched-store.ts';

const NOW_MS = Date.parse('2026-11-25T10:00:00.000Z');
const RANGE = 'start_at=2026-11-25T09:00:00Z&stop_at=2026-11-25T10:00:01Z';
const RECORDS = `/api/v1/records?metric=cpu.usage&${RANGE}`;

describe('analyze', () => {
  let daemons: TwoDaemons;
  let base: string;
  /** While set, queries of the store wait for it; those that run, and how many ended by their signal. */
  let gate: PromiseWithResolvers<void> | undefined;
  let running = 0;
  let aborted = 0;

  before(async () => {
    const store = await openWatchedStore(NOW_MS);
    const encoded: Store['encoded'] = async (query) => {
      if (gate) {
        running++;
        const left = new Promise<void>((resolve) => query.signal!.addEventListener('abort', () => resolve()));
        await Promise.race([gate.promise, left]);
        running--;
        if (query.signal!.aborted) aborted++;
      }
      return store.encoded(query);
    };
    daemons = await openTwoDaemons(NOW_MS, { store: { ...store, encoded } });
    base = `http://${daemons.daemons.analyze.addresses()['http']}`;
    await daemons.put(
      Array.from({ length: 300 }, (_, i) => tickOf(`host-${i}`, NOW_MS - i * 10, { 'cpu.usage': i / 3 })),
    );
  });
  after(() => daemons.stop());

  const hold = () => {
    gate = Promise.withResolvers();
    aborted = 0;
    return () => {
      gate!.resolve();
      gate = undefined;
    };
  };

  it('runs four queries, lets 64 wait, and tells the next when to come again', async () => {
    const release = hold();
    const admitted = Array.from({ length: 68 }, () => fetch(base + RECORDS));
    await until('four run', () => running === 4);
    const waiting = async () =>
      /state="waiting",daemon="analyze"\} 64/.test(await (await fetch(`${base}/metrics`)).text());
    for (let is = false; !is; ) is = await waiting();
    for (const path of [RECORDS, '/api/v1/latest']) {
      const refused = await fetch(base + path);
      assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1']);
      assert.match(await refused.text(), /4 queries are running and 64 are waiting/);
    }
    const method = loadApi(analyzeApi)['QueryLatest']!;
    const at = daemons.daemons.analyze.addresses()['grpc']!;
    const channel = openChannel({ daemon: 'analyze', to: at, timeoutMs: 500 });
    await assert.rejects(channel.call(method, { since_ms: 0 }), (error: Error & { code?: string }) =>
      ['UNAVAILABLE', 'TIMEOUT'].includes(error.code ?? ''),
    );
    channel.stop();
    assert.equal(running, 4);
    release();
    for (const answer of await Promise.all(admitted)) assert.equal(answer.status, 200);
  });

  it('ends what its client does not wait for any more', async () => {
    const release = hold();
    const requests = Array.from({ length: 3 }, () => get(base + RECORDS).on('error', () => {}));
    const { path, requestSerialize, responseDeserialize } = loadApi(analyzeApi)['QueryRange']!;
    const client = new Client(daemons.daemons.analyze.addresses()['grpc']!, credentials.createInsecure());
    const question = { metric: 'cpu.usage', start_ms: NOW_MS - 60_000, stop_ms: NOW_MS };
    const call = client.makeUnaryRequest(path, requestSerialize, responseDeserialize, question, () => {});
    await until('four run', () => running === 4);
    for (const request of requests) request.destroy();
    call.cancel();
    await until('all are ended', () => aborted === 4 && running === 0);
    client.close();
    release();
    assert.equal((await fetch(base + RECORDS)).status, 200);
  });

  it('sends a long answer in pieces that make up one document', async () => {
    const path = `${RECORDS}&step_ms=3000`;
    const response = await new Promise<IncomingMessage>((resolve) => get(base + path, resolve));
    assert.equal(response.headers['transfer-encoding'], 'chunked');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const answer = JSON.parse(String(Buffer.concat(chunks))) as { series: { values: unknown[] }[] };
    assert.equal(answer.series.length, 300);
    assert.ok(answer.series.every(({ values }) => values.length === 1_201));
    const { series } = await daemons.grpc.analyze.queryRange({
      ...{ metric: 'cpu.usage', startMs: NOW_MS - 3_600_000, stopMs: NOW_MS + 1_000, stepMs: 3_000 },
    });
    assert.deepEqual(
      series.map((one) => one.values),
      answer.series.map((one) => one.values),
    );
  });

  it('names an unknown host before it sends anything, also in front of a long answer', async () => {
    const known = Array.from({ length: 300 }, (_, i) => `host=host-${i}`).join('&');
    const answer = await fetch(`${base}${RECORDS}&step_ms=3000&host=hots-1&${known}`);
    assert.equal(answer.status, 404);
    assert.match(await answer.text(), /HOST_UNKNOWN/);
    assert.match(await (await fetch(`${base}/metrics`)).text(), /state="running",daemon="analyze"\} 0/);
  });
});
