// The part of the store contract that is about answers as bytes: the same as the objects, whole or in pieces.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { EncodedAnswer, EncodedQuery, Series, Store } from '../../src/store/store.ts';
import type { Recorder } from './records.ts';

type Given = { readonly store: Store; readonly t0: number; readonly recorder: Recorder };

const HOSTS = ['long-1', 'long-2', 'long-3', 'long-4', 'long-5', 'long-6'];
/** Some 50 kB of JSON a host: more than a piece holds of all of them. */
const POINTS = 3_000;
const STEP_MS = 700;
const NO_CHECK = { hosts: [], metrics: [] };

const bytesOf = async (answer: EncodedAnswer): Promise<string> => {
  if ('whole' in answer) return Buffer.from(answer.whole).toString();
  const pieces: Uint8Array[] = [];
  for await (const piece of answer.pieces) pieces.push(piece);
  assert.ok(pieces.length > 1);
  return Buffer.concat(pieces).toString();
};

const jsonOf = (series: readonly Series[]): string =>
  JSON.stringify(
    series.map(({ hostId, metric, labels, timesMs, values }) => ({
      ...{ host_id: hostId, metric, labels, times_ms: timesMs, values },
    })),
  ).slice(1, -1);

export function encodedContract(given: () => Given): void {
  describe('answers as bytes', () => {
    const query = (hosts: readonly string[], more: Partial<EncodedQuery> = {}) =>
      ({
        ...{ kind: 'series', wire: 'json', check: NO_CHECK, hosts, metric: 'cpu.usage' },
        ...{ startMs: given().t0, stopMs: given().t0 + POINTS * STEP_MS },
        ...more,
      }) as EncodedQuery & { readonly kind: 'series' };

    before(async () => {
      const { store, t0, recorder } = given();
      for (const host of HOSTS) {
        const ticks = Array.from({ length: POINTS }, (_, i) => ({
          host,
          ms: t0 + i * STEP_MS,
          values: { 'cpu.usage': i / 4, 'mem.usage': 50 },
        }));
        await store.write([recorder.record(ticks)]);
      }
    });

    test('a short one is whole, and says which names it has no series of', async () => {
      const { store, t0 } = given();
      const check = { hosts: ['long-1', 'nobody'], metrics: ['cpu.usage', 'load.1'] };
      const short = query(['long-1', 'nobody'], { check, stopMs: t0 + 10 * STEP_MS });
      const answer = await store.encoded(short);
      assert.ok('whole' in answer);
      assert.deepEqual(answer.absent, { hosts: ['nobody'], metrics: ['load.1'] });
      assert.equal(await bytesOf(answer), jsonOf(await store.range(short)));
    });

    test('a long one comes in pieces that make up the same, raw and in windows', async () => {
      const { store } = given();
      for (const more of [{}, { stepMs: 500, aggregate: 'max' } as const]) {
        const long = query(HOSTS, more);
        const answer = await store.encoded(long);
        assert.ok('pieces' in answer);
        assert.equal(await bytesOf(answer), jsonOf(await store.range(long)));
        assert.ok(
          answer.points >= (await store.range(long)).reduce((sum, one) => sum + one.values.length, 0),
        );
      }
    });

    test('the newest samples are those of latest', async () => {
      const { store, t0 } = given();
      const latest = { kind: 'latest', wire: 'json', hosts: HOSTS, sinceMs: t0 } as const;
      const answer = await store.encoded({ ...latest, check: NO_CHECK });
      const objects = (await store.latest(latest)).map(({ hostId, metric, labels, timeMs, value }) => ({
        ...{ host_id: hostId, metric, labels, time_at: new Date(timeMs).toISOString(), value },
      }));
      assert.equal(objects.length, 12);
      assert.equal(await bytesOf(answer), JSON.stringify(objects).slice(1, -1));
    });

    test('one with more points than it may have is refused, and one with as many is not', async () => {
      const { store } = given();
      const windows = { stepMs: 1_000, maxPoints: 2_100 * HOSTS.length };
      assert.equal((await store.range(query(HOSTS, windows))).length, HOSTS.length);
      const refused = { code: 'BAD_RANGE' };
      for (const more of [
        { ...windows, maxPoints: windows.maxPoints - 1 },
        { maxPoints: POINTS * HOSTS.length - 1 },
      ]) {
        await assert.rejects(store.encoded(query(HOSTS, more)), refused);
      }
      const latest = { kind: 'latest', wire: 'json', check: NO_CHECK, hosts: HOSTS, sinceMs: 0 } as const;
      await assert.rejects(store.encoded({ ...latest, maxPoints: 11 }), refused);
    });

    test('one whose reader leaves, or whose signal aborts, ends', async () => {
      const { store } = given();
      const left = await store.encoded(query(HOSTS));
      assert.ok('pieces' in left);
      await left.pieces.next();
      await left.pieces.return();
      const gone = new AbortController();
      const cut = await store.encoded(query(HOSTS, { signal: gone.signal }));
      gone.abort(new Error('gone'));
      await assert.rejects(bytesOf(cut), /gone/);
      await assert.rejects(store.encoded(query(HOSTS, { signal: gone.signal })), /gone/);
    });
  });
}
