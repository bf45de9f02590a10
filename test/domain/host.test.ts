// When a host counts as late, silent, refused, in conflict or unknown: to the millisecond.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockFault, type HostSigns, hostState, PIPELINE_STALE_MS } from '../../src/domain/host.ts';
import { CONFLICT_CLEARS_MS } from '../../src/domain/machine-copies.ts';

const NOW = Date.UTC(2026, 2, 18, 12);
const ago = (ms: number) => NOW - ms;
const state = (signs: HostSigns, streamMs: number | undefined = NOW) =>
  hostState(signs, { nowMs: NOW, streamMs });
const seen = (ageMs: number, intervalMs = 60_000) => state({ lastReceivedMs: ago(ageMs), intervalMs });

test('late begins after one interval and 10 s, silent after two intervals and 10 s', () => {
  assert.equal(seen(70_000), 'reporting');
  assert.equal(seen(70_001), 'late');
  assert.equal(seen(130_000), 'late');
  assert.equal(seen(130_001), 'silent');
});

test('the limits go by the interval of the host, which is a minute where it is not known', () => {
  assert.deepEqual(
    [20_000, 20_001, 30_000, 30_001].map((age) => seen(age, 10_000)),
    ['reporting', 'late', 'late', 'silent'],
  );
  assert.equal(state({ lastReceivedMs: ago(130_000) }), 'late');
  assert.equal(state({ lastReceivedMs: ago(130_001) }), 'silent');
});

test('a stream over 30 s behind makes late and silent hosts unknown, never those that reported', () => {
  const behind = ago(PIPELINE_STALE_MS);
  assert.equal(state({ lastReceivedMs: ago(71_000) }, behind), 'late');
  for (const streamMs of [behind - 1, undefined]) {
    const at = { nowMs: NOW, streamMs };
    assert.equal(hostState({ lastReceivedMs: ago(70_000) }, at), 'reporting');
    assert.equal(hostState({ lastReceivedMs: ago(70_001) }, at), 'unknown');
    assert.equal(hostState({ lastReceivedMs: ago(500_000) }, at), 'unknown');
    assert.equal(hostState({}, at), 'unknown');
  }
  assert.equal(state({}), 'never');
});

test('a refusal newer than the last accepted tick shows until it is as old as silence', () => {
  const refusal = (ageMs: number) => ({ receivedMs: ago(ageMs), reason: 'clock ahead' });
  assert.equal(state({ refusal: refusal(130_000) }), 'refused');
  assert.equal(state({ refusal: refusal(130_001) }), 'never');
  assert.equal(state({ lastReceivedMs: ago(5_001), refusal: refusal(5_000) }), 'refused');
  assert.equal(state({ lastReceivedMs: ago(5_000), refusal: refusal(5_000) }), 'reporting');
});

test('a tick that is over a limit in part was accepted with the rest of it: it shows as refused all the same', () => {
  const limit = { receivedMs: ago(5_000), reason: 'over 100 series (report.max_series)' };
  assert.equal(state({ lastReceivedMs: ago(5_000), refusal: limit }), 'refused');
  assert.equal(state({ lastReceivedMs: ago(4_999), refusal: limit }), 'reporting');
});

test('a refusal from before report and reader were set back says nothing of now', () => {
  const refusal = (aheadMs: number) => ({ receivedMs: NOW + aheadMs, reason: 'clock ahead' });
  assert.equal(state({ refusal: refusal(30_000) }), 'refused');
  assert.equal(state({ refusal: refusal(30_001) }), 'never');
});

test('a clock is ahead from over 30 s on, and behind from over 5 min beside what counts as silent', () => {
  const fault = (offMs: number) => clockFault({ timeMs: NOW + offMs, receivedMs: NOW }, 60_000);
  assert.deepEqual([fault(30_000), fault(30_001)], [undefined, 'ahead']);
  assert.deepEqual([fault(-430_000), fault(-430_001)], [undefined, 'behind']);
});

test('two machines under one id are a conflict until one alone was seen for an hour', () => {
  const machines = (ageMs: number, machineId = 'b') => [
    { machineId: 'a', lastReceivedMs: NOW },
    { machineId, lastReceivedMs: ago(ageMs) },
  ];
  const with2 = (ageMs: number, id?: string) => state({ lastReceivedMs: NOW, machines: machines(ageMs, id) });
  assert.equal(with2(CONFLICT_CLEARS_MS - 1), 'conflict');
  assert.equal(with2(CONFLICT_CLEARS_MS), 'reporting');
  assert.equal(with2(0, ''), 'reporting', 'an empty machine id says nothing');
  assert.equal(with2(0, 'a'), 'reporting');
});

const HOUR = 3_600_000;

test('a reader whose clock is hours behind report goes by the stream, for silence, refusals and conflicts', () => {
  for (const behindMs of [3 * HOUR, 5 * HOUR]) {
    const at = { nowMs: ago(behindMs), streamMs: NOW };
    const stateAt = (signs: HostSigns) => hostState(signs, at);
    assert.equal(stateAt({ lastReceivedMs: ago(70_000) }), 'reporting');
    assert.equal(stateAt({ lastReceivedMs: ago(70_001) }), 'late');
    assert.equal(stateAt({ lastReceivedMs: ago(130_001) }), 'silent');
    assert.equal(stateAt({ lastReceivedMs: ago(behindMs + 130_001) }), 'silent');
    const refusal = { receivedMs: ago(130_001), reason: 'clock ahead' };
    assert.equal(stateAt({ lastReceivedMs: ago(HOUR), refusal }), 'silent');
    // Half a minute ahead of the reader is its own clock still.
    assert.equal(hostState({ lastReceivedMs: at.nowMs + 30_000 }, at), 'reporting');
    const machines = ['a', 'b'].map((machineId, i) => ({ machineId, lastReceivedMs: ago(2 * i * HOUR) }));
    assert.equal(stateAt({ lastReceivedMs: NOW, machines }), 'reporting');
  }
});

test('a reader whose clock is ahead calls nobody silent', () => {
  for (const aheadMs of [3 * HOUR, 40 * 24 * HOUR]) {
    const at = { nowMs: NOW + aheadMs, streamMs: NOW };
    assert.equal(hostState({ lastReceivedMs: NOW }, at), 'unknown');
    assert.equal(hostState({ lastReceivedMs: ago(HOUR) }, at), 'unknown');
  }
});

test('where the clock of report and reader was set back, a host that was heard only before is unknown', () => {
  assert.equal(state({ lastReceivedMs: NOW + 30_000 }), 'reporting');
  assert.equal(state({ lastReceivedMs: NOW + 30_001 }), 'unknown');
  assert.equal(state({ lastReceivedMs: NOW + 5 * HOUR }, undefined), 'unknown');
  assert.equal(seen(10_000), 'reporting');
});
