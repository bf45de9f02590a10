// A backtest does what live evaluation did: one recording through warn and through the store, rule kind by rule kind.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { KINDS, recordFleet } from './recorded-fleet.ts';
import { liveChanges, openRecording } from './recordings.ts';

const START_MS = Date.UTC(2026, 10, 23, 22);
const recording = recordFleet(START_MS);
const recorded = await openRecording(recording);
after(() => recorded.store.stop());

/** Rules on values do not concern each other; silence and shares do, and are run alone. */
const ALONE = Object.values(KINDS).filter((expression) => /^s(ilent|hare)/.test(expression));
const live = new Map<string, readonly string[]>();
before(async () => {
  const values = Object.values(KINDS).filter((expression) => !ALONE.includes(expression));
  for (const expressions of [values, ...ALONE.map((expression) => [expression])]) {
    for (const [expression, changes] of await liveChanges(expressions, recording))
      live.set(expression, changes);
  }
});

for (const [kind, expression] of Object.entries(KINDS)) {
  test(`${kind}: ${expression}`, async () => {
    const wanted = live.get(expression)!;
    const { changes } = await recorded.run({ rules: [{ name: 'r', expression }] });
    assert.ok(
      wanted.some((line) => line.includes('| firing |')),
      'nothing fires: the recording shows nothing',
    );
    assert.deepEqual(changes, wanted);
  });
}
