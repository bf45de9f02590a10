// Layouts of ticks that are remembered: how many, and what becomes of the rest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeError } from '../../src/wire/protobuf.ts';
import { createLayoutReader, SAMPLES_TAG } from '../../src/wire/tick-layout.ts';
import { isBackfill } from '../../src/wire/tick-reader.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';

const tickOfHost = (host: number, value: number) =>
  Buffer.from(
    encodeTick({
      hostId: `host-${host}`,
      timeMs: 1_764_032_400_000,
      intervalMs: 60_000,
      machineId: '',
      bootId: '',
      agentVersion: '',
      // A layout of its own for each host: none can be had from another one's.
      samples: [{ metric: 'disk.usage', labels: { mount: `/data-${host}` }, value }],
    }),
  );

/** How many hosts' layouts are the same objects as in the round before, with a reader that keeps `limits`. */
function remembered(limits: { maxHosts?: number; maxTemplateBytes?: number }, hosts: number): number {
  const reader = createLayoutReader(limits);
  const round = (value: number) =>
    Array.from({ length: hosts }, (_, host) => {
      const buffer = tickOfHost(host, value);
      const at = buffer.indexOf(SAMPLES_TAG);
      const { layout, values } = reader.read(`host-${host}`, { buffer, at, end: buffer.length });
      assert.deepEqual([layout.series[0]!.labels, [...values]], [{ mount: `/data-${host}` }, [value]]);
      return layout;
    });
  const before = round(1);
  return round(2).filter((layout, host) => layout === before[host]).length;
}

test('a few hosts more than are remembered cost a few of them, not all', () => {
  assert.equal(remembered({ maxHosts: 1_000 }, 1_000), 1_000);
  const some = remembered({ maxHosts: 1_000 }, 1_100);
  assert.ok(some > 700 && some < 1_000, `${some} of 1,100 hosts`);
  const half = remembered({ maxHosts: 1_000 }, 2_000);
  assert.ok(half > 200 && half < 1_000, `${half} of 2,000 hosts`);
});

test('the pieces of a round are each known again, of more hosts than have anything in common', () => {
  const reader = createLayoutReader();
  const read = (host: number, piece: number) => {
    const buffer = tickOfHost(100 * host + piece, 1);
    const at = buffer.indexOf(SAMPLES_TAG);
    return reader.read(`host-${host}`, { buffer, at, end: buffer.length }).layout;
  };
  const round = () =>
    Array.from({ length: 50 }, (_, host) => [1, 2, 3].map((piece) => read(host, piece))).flat();
  const before = round();
  assert.ok(round().every((layout, i) => layout === before[i]));
});

test('layouts are remembered up to their size in bytes, and those that no host has are let go', () => {
  const bytes = 330 * 1_000;
  const some = remembered({ maxTemplateBytes: bytes }, 1_100);
  assert.ok(some > 300 && some < 1_000, `${some} of 1,100 hosts`);
  const reader = createLayoutReader({ maxHosts: 10 });
  const layouts = new Set();
  for (let i = 0; i < 1_000; i++) {
    const buffer = tickOfHost(7, i);
    const at = buffer.indexOf(SAMPLES_TAG);
    layouts.add(reader.read(`made-up-${i}`, { buffer, at, end: buffer.length }).layout);
  }
  assert.equal(layouts.size, 1, 'one layout for all that have the same series, however many ids come');
});

test('a backfilled message is known before its ticks are read, wherever the flag stands', () => {
  const ticks = [tickOfHost(1, 1), tickOfHost(2, 2)];
  assert.equal(isBackfill(encodeBatch(ticks, { backfill: true })), true);
  assert.equal(isBackfill(encodeBatch(ticks)), false);
  const flag = Buffer.from(encodeBatch([], { backfill: true }));
  assert.equal(isBackfill(Buffer.concat([flag, encodeBatch(ticks)])), true);
  assert.equal(isBackfill(new Uint8Array()), false);
  const cut = encodeBatch(ticks, { backfill: true });
  assert.throws(() => isBackfill(cut.subarray(0, cut.length - 4)), DecodeError);
});
