// Whether packed requests are what the tick codec would have written, and stay under a request's limits.
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  bootedAt,
  bootIdOf,
  bootNumber,
  createFleet,
  FAULTS,
  isUp,
} from '../../src/daemons/simulate/fleet.ts';
import { hostValues } from '../../src/daemons/simulate/host-values.ts';
import {
  createRequestPacker,
  fillPattern,
  type PackedRequest,
  tickPattern,
} from '../../src/daemons/simulate/request-packer.ts';
import { LIMITS, type Tick } from '../../src/domain/tick.ts';
import { createTickReader, tickOf } from '../../src/wire/tick-reader.ts';
import { encodeRequest, encodeTick } from '../../src/wire/tick-writer.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 2, 18, 12);
const fleet = createFleet({
  seed: 3,
  hosts: 40,
  locations: 4,
  faults: FAULTS,
  silentFromMs: NOW - 37 * MINUTE,
});

/** A day of the fleet, or its last hours, host by host. */
function pack(options: { backfill: boolean; hours?: number }): PackedRequest[] {
  const { backfill, hours = 24 } = options;
  const packer = createRequestPacker({ intervalMs: MINUTE, agentVersion: '1.2.3' });
  const requests: PackedRequest[] = [];
  for (const host of fleet.hosts) {
    for (let timeMs = NOW - hours * HOUR; timeMs <= NOW; timeMs += MINUTE) {
      if (packer.add(host, timeMs) !== 'full') continue;
      requests.push(packer.take(backfill)!);
      assert.notEqual(packer.add(host, timeMs), 'full');
    }
  }
  const last = packer.take(backfill);
  return last ? [...requests, last] : requests;
}

function ticksOf(request: PackedRequest): { ticks: Tick[]; backfill: boolean } {
  const ticks: Tick[] = [];
  const { backfill } = createTickReader().readRequest(request.bytes, (view) => ticks.push(tickOf(view)));
  return { ticks, backfill };
}

test('the bytes are exactly those of the tick codec, with and without the backfill mark', () => {
  for (const backfill of [true, false]) {
    for (const request of pack({ backfill, hours: backfill ? 8 : 1 })) {
      const read = ticksOf(request);
      assert.equal(read.backfill, backfill);
      assert.deepEqual(Buffer.from(encodeRequest(read.ticks.map(encodeTick), backfill)), request.bytes);
      assert.equal(read.ticks.length, request.ticks);
      assert.equal(
        read.ticks.reduce((sum, tick) => sum + tick.samples.length, 0),
        request.samples,
      );
    }
  }
});

test('packing the same twice gives the same bytes', () => {
  assert.deepEqual(pack({ backfill: true, hours: 4 }), pack({ backfill: true, hours: 4 }));
});

test('each tick carries its own host, boot, time and values', () => {
  let seen = 0;
  for (const tick of pack({ backfill: true, hours: 4 }).flatMap((request) => ticksOf(request).ticks)) {
    const host = fleet.hosts.find(({ hostId }) => hostId === tick.hostId)!;
    const values = new Float64Array(host.series.length);
    hostValues(host, { timeMs: tick.timeMs, intervalMs: MINUTE }, values);
    assert.equal(tick.bootId, bootIdOf(host, bootNumber(host.life, tick.timeMs)));
    assert.equal(tick.machineId, host.machineId);
    assert.equal(tick.agentVersion, '1.2.3');
    assert.ok(isUp(host.life, tick.timeMs));
    if (tick.samples.length < host.series.length) continue;
    seen += 1;
    assert.deepEqual(
      tick.samples,
      host.series.map(({ metric, labels }, i) => ({ metric, labels, value: values[i]! })),
    );
  }
  assert.ok(seen > 40 * 200);
});

test('every request is under the limits, and most are nearly as large as they may be', () => {
  const requests = pack({ backfill: true });
  for (const request of requests) {
    assert.ok(request.samples <= LIMITS.samplesPerRequest);
    assert.ok(request.bytes.length <= LIMITS.requestBytes);
  }
  assert.ok(requests.slice(0, -1).every((request) => request.samples > LIMITS.samplesPerRequest - 30));
});

test('facts go with the first tick, hourly, and after a boot', () => {
  const byHost = Map.groupBy(
    pack({ backfill: true }).flatMap((request) => ticksOf(request).ticks),
    (tick) => tick.hostId,
  );
  for (const host of fleet.hosts) {
    const ticks = byHost.get(host.hostId)!;
    assert.deepEqual(ticks[0]!.facts, host.facts, host.hostId);
    const told = ticks.filter((tick) => tick.facts);
    assert.ok(told.length >= 23 && told.length <= 29, `${host.hostId}: ${told.length}`);
    for (const [i, tick] of ticks.entries()) {
      if (i > 0 && tick.bootId !== ticks[i - 1]!.bootId) assert.deepEqual(tick.facts, host.facts);
    }
  }
});

test('the first tick after a boot has no rates, for a first reading has nothing to be compared with', () => {
  const host = fleet.hosts.find((each) => each.fault === 'reboot')!;
  const bootMs = bootedAt(host.life, bootNumber(host.life, NOW));
  const ticks = pack({ backfill: true })
    .flatMap((request) => ticksOf(request).ticks)
    .filter((tick) => tick.hostId === host.hostId && tick.timeMs >= bootMs);
  const names = (tick: Tick) => tick.samples.map((sample) => sample.metric);
  assert.ok(!names(ticks[0]!).some((name) => /^(cpu|net)\.|disk\.(read|written|busy)/.test(name)));
  assert.ok(names(ticks[0]!).includes('uptime') && names(ticks[0]!).includes('mem.usage'));
  assert.equal(ticks[1]!.samples.length, host.series.length);
});

test('nothing added, nothing to take', () => {
  const packer = createRequestPacker({ intervalMs: MINUTE, agentVersion: 'x' });
  assert.equal(packer.take(true), undefined);
  const silent = fleet.hosts.find((each) => each.fault === 'silent')!;
  assert.equal(packer.add(silent, NOW), 'down');
  assert.equal(packer.take(true), undefined);
});

test('a time that needs more bytes than the pattern has is left to the codec', () => {
  const tick: Tick = {
    hostId: 'a',
    timeMs: 2 ** 35 - 1,
    intervalMs: MINUTE,
    machineId: '',
    bootId: '',
    agentVersion: '',
    samples: [{ metric: 'uptime', labels: {}, value: 1 }],
  };
  const pattern = tickPattern(encodeTick(tick));
  const buffer = Buffer.alloc(pattern.bytes.length);
  const values = Float64Array.of(2.5);
  assert.equal(fillPattern(pattern, { timeMs: 2 ** 35, values }, { buffer, start: 0 }), false);
  assert.equal(fillPattern(pattern, { timeMs: 2 ** 30, values }, { buffer, start: 0 }), true);
  const refilled = { ...tick, timeMs: 2 ** 30, samples: [{ metric: 'uptime', labels: {}, value: 2.5 }] };
  assert.deepEqual(buffer, Buffer.from(encodeTick(refilled)));
});
