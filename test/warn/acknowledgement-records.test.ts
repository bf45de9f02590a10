// Acknowledgements as they are kept between reads of the catalog: of which firing they are, and what a read may not undo.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AcknowledgementRecord, Acknowledgements } from '../../src/catalog/acknowledgements.ts';
import { createAcknowledgementRecords } from '../../src/daemons/warn/acknowledgement-records.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { stateOf } from './notification/stage.ts';

const START = Date.UTC(2026, 10, 28, 10);
const ALERT = stateOf('web-1', { firedMs: START });
const record = (firedMs: number): AcknowledgementRecord => ({
  ...{ alertId: ALERT.id, firedMs, by: 'eve', atMs: START, note: '' },
});

function recordsOf(store: Partial<Acknowledgements>) {
  const clock = createVirtualClock(0);
  let reads = 0;
  const records = createAcknowledgementRecords({
    records: {
      list: async () => [],
      save: async () => {},
      ...store,
      ...(store.list && {
        list: () => {
          reads++;
          return store.list!();
        },
      }),
    },
    stateOf: (id) => (id === ALERT.id ? ALERT : undefined),
    clock,
  });
  return { clock, records, reads: () => reads };
}

test('it is of the firing that was seen, which two warns may see up to a minute apart', async () => {
  for (const [earlierMs, isOfIt] of [
    [60_000, true],
    [60_001, false],
  ] as const) {
    const { records } = recordsOf({ list: async () => [record(START - earlierMs)] });
    await records.read();
    assert.equal(records.of(ALERT) !== undefined, isOfIt, `${earlierMs} ms`);
  }
});

test('they are read again after five seconds', async () => {
  const { clock, records, reads } = recordsOf({ list: async () => [] });
  for (const ms of [0, 0, 4_999, 5_000, 9_999, 10_000]) {
    await clock.advanceTo(ms);
    await records.refresh();
  }
  assert.equal(reads(), 3);
});

test('one that is saved while they are read stays, whichever of the two ends first', async () => {
  const stored: AcknowledgementRecord[] = [];
  const lists: (() => void)[] = [];
  const saved = Promise.withResolvers<void>();
  const { records } = recordsOf({
    list: () => {
      const seen = [...stored];
      return new Promise((resolve) => lists.push(() => resolve(seen)));
    },
    save: async ({ put }) => {
      await saved.promise;
      stored.push(...put);
    },
  });
  const saving = records.save({ put: [record(START)], removedIds: [] });
  const reading = records.read();
  saved.resolve();
  await saving;
  lists[0]!();
  for (let i = 0; i < 10 && lists.length < 2; i++) await new Promise(setImmediate);
  lists[1]?.();
  await reading;
  assert.notEqual(records.of(ALERT), undefined);
});
