// Of different values under one key the first stays: random ticks against a model, through seals, early merges and restarts.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as fc from 'fast-check';
import type { StoreBatch } from '../../src/store/store.ts';
import { openStore, temporaryFolder } from './opened.ts';
import { createRecorder, pointsOf } from './records.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const T0 = Date.parse('2026-03-18T08:00:00Z');
const METRICS = ['cpu.usage', 'mem.usage', 'load.1'] as const;

type Step =
  | { readonly kind: 'tick'; readonly minute: number; readonly metrics: readonly string[] }
  | { readonly kind: 'later'; readonly minutes: number }
  | { readonly kind: 'restart' };

/** Few times and few series: nearly every tick meets one that is there, with another set of series. */
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constant('tick' as const),
      minute: fc.constantFrom(0, 1, 2, 119, 120),
      metrics: fc.subarray([...METRICS], { minLength: 1 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('later' as const), minutes: fc.constantFrom(1, 130) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

async function run(t: TestContext, steps: readonly Step[], maxHeadBytes: number): Promise<void> {
  const directory = await temporaryFolder();
  const { record } = createRecorder();
  const log: StoreBatch[] = [];
  const model = new Map<string, Map<number, number>>();
  let nowMs = T0 + 3 * HOUR;
  let opened = await openStore(t, { directory, nowMs, maxHeadBytes });
  let value = 0;

  async function check() {
    for (const metric of METRICS) {
      const answer = await opened.store.range({ metric, startMs: T0, stopMs: T0 + 12 * HOUR });
      const points = [...(model.get(metric) ?? [])].sort(([a], [b]) => a - b);
      assert.deepEqual(pointsOf(answer), points.length > 0 ? { [`web-1 ${metric}`]: points } : {});
    }
    const newest = await opened.store.latest({ sinceMs: T0 });
    assert.deepEqual(
      Object.fromEntries(newest.map((one) => [one.metric, [one.timeMs, one.value]])),
      Object.fromEntries(
        [...model].map(([metric, points]) => [metric, [...points].sort(([a], [b]) => b - a)[0]]),
      ),
    );
  }

  for (const one of steps) {
    if (one.kind === 'later') {
      nowMs += one.minutes * MINUTE;
      await opened.clock.advanceTo(nowMs);
    } else if (one.kind === 'restart') {
      const durable = opened.store.durable().get(0) ?? 0;
      await opened.store.stop();
      opened = await openStore(t, { directory, nowMs, maxHeadBytes });
      await opened.store.write(log.filter(({ next }) => next > durable));
    } else {
      const ms = T0 + one.minute * MINUTE;
      const values = Object.fromEntries(one.metrics.map((metric) => [metric, ++value]));
      const batch = record([{ host: 'web-1', ms, values }], { receivedMs: nowMs });
      log.push(batch);
      await opened.store.write([batch]);
      for (const [metric, sample] of Object.entries(values)) {
        const points = model.get(metric) ?? new Map<number, number>();
        if (!points.has(ms)) points.set(ms, sample);
        model.set(metric, points);
      }
    }
    if (one.kind !== 'tick') await check();
  }
  await check();
  await opened.store.stop();
}

for (const [name, maxHeadBytes] of [
  ['with room', 512 * 1024 * 1024],
  ['with a head that is full at once', 1],
] as const) {
  test(`the first value stays, whatever set of series comes with it: ${name}`, async (t) => {
    const numRuns = Number(process.env['MINIMON_TEST_RUNS'] ?? 4);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 40 }), (steps) =>
        run(t, steps, maxHeadBytes),
      ),
      { numRuns, endOnFailure: true },
    );
  });
}

test('the case that was found: a tick with more series does not change the value of one before it', (t) =>
  run(
    t,
    [
      { kind: 'tick', minute: 1, metrics: ['cpu.usage', 'mem.usage'] },
      { kind: 'tick', minute: 2, metrics: ['cpu.usage'] },
      { kind: 'tick', minute: 3, metrics: ['cpu.usage'] },
      { kind: 'tick', minute: 3, metrics: ['cpu.usage', 'mem.usage'] },
      { kind: 'later', minutes: 130 },
      { kind: 'restart' },
    ],
    512 * 1024 * 1024,
  ));
