// The store's rules that both backends share, to the number: what is known of a host, which times are stored, portions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPositions } from '../../src/store/embedded/durable-positions.ts';
import {
  addArrival,
  addFacts,
  addSeen,
  addState,
  createCopyWatch,
  newerRefusal,
  newHostRecord,
  storedHost,
} from '../../src/store/host-record.ts';
import { checkRange, rawSpanMs } from '../../src/store/range-check.ts';
import { MAX_POINTS_PER_SERIES } from '../../src/store/store.ts';
import { splitWrites, storeTimeError } from '../../src/store/writes.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.parse('2026-03-18T15:20:00Z');

test('a machine is listed for 24 h after its last tick, newest first, and 16 of them at most', () => {
  const record = newHostRecord();
  addArrival(record, 'old', { receivedMs: NOW + 1 - 24 * HOUR });
  addArrival(record, 'older', { receivedMs: NOW - 24 * HOUR });
  addArrival(record, 'new', { receivedMs: NOW });
  addArrival(record, '', { receivedMs: NOW + 1 });
  const { machines, lastReceivedMs } = storedHost('web-1', record, NOW);
  assert.deepEqual(
    machines.map(({ machineId }) => machineId),
    ['new', 'old'],
  );
  assert.equal(lastReceivedMs, NOW + 1);
  for (let i = 1; i <= 20; i++) addArrival(record, `m${i}`, { receivedMs: NOW + i });
  const many = storedHost('web-1', record, NOW).machines;
  assert.equal(many.length, 16);
  assert.deepEqual([many[0]!.machineId, many[15]!.machineId], ['m20', 'm5']);
});

test("an arrival follows report's clock back where it was set, unless it is read again", () => {
  const record = newHostRecord();
  const heard = (receivedMs: number, isNew = true) => {
    addArrival(record, 'm1', { receivedMs, isNew });
    const { lastReceivedMs, machines } = storedHost('web-1', record, NOW);
    assert.equal(machines[0]!.lastReceivedMs, lastReceivedMs);
    return lastReceivedMs;
  };
  assert.equal(heard(NOW + 3 * HOUR), NOW + 3 * HOUR);
  assert.equal(heard(NOW, false), NOW + 3 * HOUR);
  assert.equal(heard(NOW + 3 * HOUR - 5 * MINUTE), NOW + 3 * HOUR);
  assert.equal(heard(NOW), NOW);
  assert.equal(heard(NOW - MINUTE), NOW);
});

test('a refusal is listed until the next tick, and 10 min in any case', () => {
  const record = newHostRecord();
  const refusalAt = (nowMs: number) => storedHost('web-1', record, nowMs).refusal;
  record.refusal = newerRefusal(undefined, { reason: 'clock ahead', samples: 2 }, NOW);
  assert.ok(refusalAt(NOW + HOUR));
  addArrival(record, 'm1', { receivedMs: NOW });
  assert.ok(refusalAt(NOW + 10 * MINUTE));
  assert.equal(refusalAt(NOW + 10 * MINUTE + 1), undefined);
});

test('refusals of one record for one reason are summed; an older one changes nothing', () => {
  const first = newerRefusal(undefined, { reason: 'a', samples: 2 }, NOW);
  assert.equal(newerRefusal(first, { reason: 'a', samples: 3 }, NOW).samples, 5);
  assert.equal(newerRefusal(first, { reason: 'b', samples: 3 }, NOW).samples, 3);
  assert.equal(newerRefusal(first, { reason: 'a', samples: 3 }, NOW + 1).samples, 3);
  assert.equal(newerRefusal(first, { reason: 'b', samples: 3 }, NOW - 1), first);
});

test('state and facts are those of the newest tick, whatever the order of arrival', () => {
  const record = newHostRecord();
  const state = (bootId: string) => ({ intervalMs: MINUTE, bootId, agentVersion: '1' });
  for (const [ms, boot] of [
    [NOW, 'second'],
    [NOW - 1, 'first'],
  ] as const) {
    addSeen(record, ms);
    addState(record, ms, state(boot));
    addFacts(record, ms, { boot });
  }
  const host = storedHost('web-1', record, NOW);
  assert.deepEqual([host.firstSeenMs, host.lastSeenMs], [NOW - 1, NOW]);
  assert.deepEqual([host.bootId, host.facts], ['second', { boot: 'second' }]);
  // Of two of one time the one that came last.
  addState(record, NOW, state('third'));
  addFacts(record, NOW, { boot: 'third' });
  const { bootId, facts } = storedHost('web-1', record, NOW);
  assert.deepEqual([bootId, facts], ['third', { boot: 'third' }]);
});

test('a source has the interval that it had last, and the host that of the source that was heard last', () => {
  const record = newHostRecord();
  for (const [sender, receivedMs] of [
    ['source:10000:prometheus', NOW - 2],
    ['source:30000:prometheus', NOW - 1],
    ['source:60000:telegraf', NOW - 3],
  ] as const)
    addArrival(record, sender, { receivedMs });
  const host = storedHost('web-1', record, NOW);
  assert.deepEqual(
    host.sources?.map(({ source, intervalMs }) => [source, intervalMs]),
    [
      ['prometheus', 30_000],
      ['telegraf', 60_000],
    ],
  );
  assert.equal(host.intervalMs, 30_000);
  assert.deepEqual(host.machines, []);
});

test('what is known of the newest ticks of hosts is forgotten beyond 200,000 of them', () => {
  const senderOf = createCopyWatch();
  const arrive = (hostId: string) =>
    senderOf({ hostId, bootId: 'b', timeMs: NOW }, { sender: 'm', receivedMs: NOW });
  assert.equal(arrive('web-1'), 'm');
  assert.equal(arrive('web-1'), undefined, 'the newest once more');
  for (let i = 0; i < 199_999; i++) arrive(`other-${i}`);
  assert.equal(arrive('web-1'), undefined);
  arrive('one more');
  assert.equal(arrive('web-1'), 'm');
});

test('a range has 11,000 windows at most, and the step that is said instead is enough', () => {
  const range = (startMs: number, stopMs: number, stepMs: number) => () =>
    checkRange({ startMs, stopMs, stepMs });
  assert.doesNotThrow(range(0, MAX_POINTS_PER_SERIES * 1_000, 1_000));
  assert.throws(range(0, MAX_POINTS_PER_SERIES * 1_000 + 1, 1_000), { code: 'BAD_RANGE' });
  for (const [startMs, stopMs] of [
    [1, MAX_POINTS_PER_SERIES * 1_000 + 1],
    [999, NOW],
    [NOW - 1, NOW + MAX_POINTS_PER_SERIES],
  ] as const) {
    let hint = '';
    try {
      range(startMs, stopMs, 1)();
    } catch (error) {
      hint = String((error as { hint?: string }).hint);
    }
    const leastMs = Number(/at least (\d+) ms/.exec(hint)![1]);
    assert.doesNotThrow(range(startMs, stopMs, leastMs), `${leastMs} ms`);
  }
});

test('a time is one that a date can have', () => {
  const at = (startMs: number, stopMs: number) => () => checkRange({ startMs, stopMs });
  assert.doesNotThrow(at(-8.64e15, 8.64e15));
  for (const wrong of [at(-8.64e15 - 1, 0), at(0, 8.64e15 + 1), at(0.5, 1), at(Number.NaN, 1)])
    assert.throws(wrong, { code: 'BAD_TIME' });
});

test('so much is asked for at once that raw points stay a tenth below their limit', () => {
  assert.equal(rawSpanMs(MINUTE), 9_900 * MINUTE);
  assert.equal(rawSpanMs(1), MINUTE);
  assert.equal(rawSpanMs(MINUTE, HOUR), HOUR);
});

test('a time is stored from retention back to 24 h ahead', () => {
  const error = (timeMs: number) => storeTimeError(timeMs, NOW, 10 * 24 * HOUR);
  assert.equal(error(NOW + 24 * HOUR), undefined);
  assert.match(error(NOW + 24 * HOUR + 1)!, /limit of 24 h ahead/);
  assert.equal(error(NOW - 240 * HOUR), undefined);
  assert.match(error(NOW - 240 * HOUR - 1)!, /retention limit of 10 d/);
  assert.match(error(Number.MAX_SAFE_INTEGER)!, /not a time/);
});

test('a portion holds 512 KiB at most; a larger record is one by itself', () => {
  const batch = (bytes: number, next: number) => ({
    ...{ partition: 0, next, receivedMs: NOW },
    bytes: new Uint8Array(bytes),
  });
  const KIB = 1024;
  const batches = [256, 256, 1, 600, 511, 2].map((kib, i) => batch(kib * KIB, i + 1));
  assert.deepEqual(
    [...splitWrites(batches)].map((portion) => portion.map(({ next }) => next)),
    [[1, 2], [3], [4], [5], [6]],
  );
  assert.deepEqual([...splitWrites([])], []);
});

test('the durable position waits for the oldest record, and not for one that cannot be decoded', () => {
  const positions = createPositions();
  const begin = (next: number) => positions.begin({ partition: 0, next, receivedMs: NOW, bytes: 1 });
  const first = begin(1);
  // Held by a unit in the head.
  first.pending++;
  positions.finish(first);
  positions.finish(begin(2));
  positions.reject(begin(3));
  positions.hostsFlushed();
  assert.equal(positions.durable().get(0), undefined);
  positions.release(first);
  assert.equal(positions.durable().get(0), 2);
  positions.finish(begin(4));
  assert.equal(positions.durable().get(0), 2);
  positions.hostsFlushed();
  assert.equal(positions.durable().get(0), 4);
});

test('a record that comes again holds nothing up that is behind it', () => {
  const positions = createPositions();
  const begin = (next: number) => positions.begin({ partition: 0, next, receivedMs: NOW, bytes: 1 });
  positions.finish(begin(1));
  // Its samples are in a unit once more.
  begin(1);
  positions.finish(begin(2));
  positions.hostsFlushed();
  assert.equal(positions.durable().get(0), 2);
});

test('a replay may skip what is in files whole, and nothing that has to be rejected once more', () => {
  const positions = createPositions();
  const refs = [1, 2, 3].map((next) => positions.begin({ partition: 0, next, receivedMs: NOW, bytes: 1 }));
  refs[0]!.samples = 1;
  Object.assign(refs[1]!, { samples: 1, mustReplay: true });
  for (const ref of refs) positions.finish(ref);
  assert.deepEqual(
    positions.hostsFlushed().map(({ next }) => next),
    [1],
  );
  assert.deepEqual(positions.hostsFlushed(), []);
});

test('thousands of records are durable one after the other', () => {
  const positions = createPositions();
  for (let next = 1; next <= 5_000; next++) {
    positions.finish(positions.begin({ partition: 0, next, receivedMs: NOW, bytes: 1 }));
    if (next % 700 > 0) continue;
    positions.hostsFlushed();
    assert.equal(positions.durable().get(0), next);
  }
});
