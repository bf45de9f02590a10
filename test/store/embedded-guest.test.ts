// A guest of the reader thread: its queries give what those of the main loop give, in pieces too, and end with their reader.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger as logger } from '../../src/runtime/logging.ts';
import { createCaller } from '../../src/runtime/worker-call.ts';
import { createEmbeddedStore } from '../../src/store/embedded/store.ts';
import type { EncodedQuery } from '../../src/store/store.ts';
import { temporaryFolder } from './opened.ts';
import { createRecorder } from './records.ts';

const T0 = Date.parse('2026-03-16T12:00:00Z');
const HOSTS = ['long-1', 'long-2', 'long-3', 'long-4', 'long-5', 'long-6'];
/** Some 50 kB of JSON a host: more than a piece holds of all of them. */
const POINTS = 3_000;
const STEP_MS = 700;

type Asked = { readonly query: EncodedQuery; readonly leave?: 'after a piece' | 'before' };

/** Answers with the bytes of a query, or leaves early and says how that ended. */
const GUEST = `
  import { serveCalls } from '${new URL('../../src/runtime/worker-call.ts', import.meta.url)}';
  export function openGuest({ port }, queries) {
    serveCalls(port, async ({ query, leave }) => {
      const gone = new AbortController();
      const asked = queries.encoded({ ...query, signal: gone.signal });
      if (leave === 'before') gone.abort(new Error('nobody waits'));
      const answer = await asked;
      if ('whole' in answer) return answer.whole;
      const pieces = [];
      for await (const piece of answer.pieces) {
        pieces.push(piece);
        if (leave === 'after a piece') return Buffer.from('left');
      }
      return Buffer.concat(pieces);
    });
  }`;

test('queries of a guest are those of the main loop, whole and in pieces, and end with their reader', async (t) => {
  const clock = createVirtualClock(T0 + POINTS * STEP_MS);
  const store = await createEmbeddedStore({ directory: await temporaryFolder(), clock, logger });
  t.after(() => store.stop());
  const { record } = createRecorder();
  for (const host of HOSTS) {
    const ticks = Array.from({ length: POINTS }, (_, i) => ({
      ...{ host, ms: T0 + i * STEP_MS, values: { 'cpu.usage': i / 4 } },
    }));
    await store.write([record(ticks)]);
  }
  const { port1, port2 } = new MessageChannel();
  const url = new URL(`data:text/javascript,${encodeURIComponent(GUEST)}`);
  await store.host({ url, data: { port: port2 }, transfer: [port2] });
  const guest = createCaller<Asked>(port1);
  t.after(() => port1.close());
  const ask = async (asked: Asked) => Buffer.from(await guest.call<Uint8Array>(asked)).toString();
  const own = async (query: EncodedQuery) => {
    const answer = await store.encoded(query);
    const pieces: Uint8Array[] = [];
    if ('pieces' in answer) for await (const piece of answer.pieces) pieces.push(piece);
    else pieces.push(answer.whole);
    return { text: Buffer.concat(pieces).toString(), pieces: pieces.length };
  };
  const query = (hosts: readonly string[]): EncodedQuery => ({
    ...{ kind: 'series', wire: 'json', check: { hosts: [], metrics: [] }, hosts, metric: 'cpu.usage' },
    ...{ startMs: T0, stopMs: T0 + POINTS * STEP_MS },
  });

  const [short, long] = [await own(query(['long-1'])), await own(query(HOSTS))];
  assert.equal(short.pieces, 1);
  assert.ok(long.pieces > 1);
  // More often than queries run at once, so that one which did not end would be missed.
  for (let round = 0; round < 3; round++) {
    assert.equal(await ask({ query: query(HOSTS), leave: 'after a piece' }), 'left');
    await assert.rejects(ask({ query: query(HOSTS), leave: 'before' }), /nobody waits/);
  }
  assert.equal(await ask({ query: query(['long-1']) }), short.text);
  assert.equal(await ask({ query: query(HOSTS) }), long.text);
  await assert.rejects(ask({ query: { ...query(HOSTS), maxPoints: 100 } }), { code: 'BAD_RANGE' });
});
