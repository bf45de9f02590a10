// What the head counts is what is in it: after every tick, and after units have left it in any order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPositions } from '../../src/store/embedded/durable-positions.ts';
import { createHead } from '../../src/store/embedded/head.ts';
import { createHeadVersions, headVersion } from '../../src/store/embedded/head-versions.ts';
import { phaseOf, sealsAt, WINDOW_MS, windowOf } from '../../src/store/embedded/windows.ts';
import { createTickReader } from '../../src/wire/tick-reader.ts';
import { createRecorder, type TickSpec } from './records.ts';

const NOW = Date.parse('2026-03-18T15:20:00Z');

function opened() {
  const shared = createHeadVersions();
  const head = createHead(new Int32Array(shared));
  const positions = createPositions();
  const { record } = createRecorder();
  const reader = createTickReader();
  function add(ticks: readonly TickSpec[], wallMs = NOW) {
    const batch = record(ticks);
    const ref = positions.begin({ ...batch, bytes: batch.bytes.length });
    const times = { wallMs, monotonicMs: 0 };
    reader.readBatch(batch.bytes, (tick) => head.add(tick, { record: ref, times }));
    return ref;
  }
  const version = (host: string) => headVersion(new Int32Array(shared), host);
  return { head, add, version };
}

const tick = (host: string, ms: number, values: Record<string, number> = { a: 1, b: 2 }): TickSpec => ({
  ...{ host, ms, values },
});

test('what a unit added to the counts it takes with it, late ones as well', () => {
  const { head, add } = opened();
  const empty = head.counts();
  assert.deepEqual(empty, { samples: 0, late: 0, units: 0, bytes: 0, series: 0 });
  add([tick('web-1', NOW), tick('web-1', NOW + 1_000), tick('web-2', NOW, { a: 1, b: 2, c: 3 })]);
  // Enough sets of series for an index, in a window that is over.
  for (let i = 0; i < 40; i++) add([tick('web-1', NOW - 2 * WINDOW_MS + i, { [`m${i}`]: 1, a: 1 })]);
  const { samples, late, units, series, bytes } = head.counts();
  assert.deepEqual({ samples, late, units, series }, { samples: 87, late: 80, units: 3, series: 85 });
  assert.equal(
    bytes,
    [...head.units()].reduce((sum, unit) => sum + unit.bytes, 0),
  );
  for (const unit of [...head.units()]) head.drop(unit);
  assert.deepEqual(head.counts(), empty);
  assert.equal(head.hosts.size, 0);
});

test('the oldest window is that of the units that are there', () => {
  const { head, add } = opened();
  assert.equal(head.oldestWindow(), Number.POSITIVE_INFINITY);
  const phaseMs = phaseOf('web-1');
  const windows = [0, -2, -1].map((back) => windowOf(NOW + back * WINDOW_MS, phaseMs));
  for (const back of [0, -2, -1]) add([tick('web-1', NOW + back * WINDOW_MS)]);
  assert.equal(head.oldestWindow(), windows[1]);
  const unitAt = (window: number) => [...head.units()].find((unit) => unit.window === window)!;
  head.drop(unitAt(windows[0]!));
  assert.equal(head.oldestWindow(), windows[1]);
  head.drop(unitAt(windows[1]!));
  assert.equal(head.oldestWindow(), windows[2]);
  add([tick('web-1', NOW - 5 * WINDOW_MS)]);
  assert.equal(head.oldestWindow(), windowOf(NOW - 5 * WINDOW_MS, phaseMs));
  for (const unit of [...head.units()]) head.drop(unit);
  assert.equal(head.oldestWindow(), Number.POSITIVE_INFINITY);
});

test('a window is late from the moment it is to be sealed', () => {
  const { head, add } = opened();
  const sealed = sealsAt(windowOf(NOW, phaseOf('web-1')), phaseOf('web-1'));
  add([tick('web-1', NOW)], sealed - 1);
  assert.equal([...head.units()][0]!.late, false);
  for (const unit of [...head.units()]) head.drop(unit);
  add([tick('web-1', NOW)], sealed);
  assert.equal([...head.units()][0]!.late, true);
});

test('a record waits for each unit that has samples of it, and for none where all were there', () => {
  const { head, add } = opened();
  const both = add([tick('web-1', NOW), tick('web-1', NOW + 1_000), tick('web-2', NOW)]);
  assert.equal(both.pending, 3);
  assert.equal(add([tick('web-1', NOW)]).pending, 1);
  assert.equal(head.counts().samples, 6);
});

test("a host's number changes with what is added of it, and with what leaves", () => {
  const { head, add, version } = opened();
  const before = version('web-1');
  add([tick('web-1', NOW)]);
  const added = version('web-1');
  assert.notEqual(added, before);
  add([tick('web-1', NOW), tick('web-2', NOW)]);
  assert.equal(version('web-1'), added);
  for (const unit of [...head.units()]) head.drop(unit);
  assert.notEqual(version('web-1'), added);
});
