// A report whose own clock is wrong: right ticks are not refused for good, and wrong ones still are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bus } from '../../src/bus/bus.ts';
import { createClockWitnesses, newestReceivedMs } from '../../src/daemons/report/clock-witnesses.ts';
import { LIMITS } from '../../src/domain/tick.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { NOW, reportOnBus, request, tick } from './ticks.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;

const at = (hostId: string, timeMs: number) => request([tick({ hostId, timeMs })]);
const isUnavailable = {
  code: 'UNAVAILABLE',
  message: /this machine's clock .* (behind|ahead of) what most hosts/,
};

for (const [what, stepMs] of [
  ['-5 h', -5 * HOUR],
  ['-3 h', -3 * HOUR],
  ['+3 h', 3 * HOUR],
  ['+40 d', 40 * 24 * HOUR],
] as const) {
  test(`a step of ${what} while it runs refuses nothing that was right, with one host or with three`, async () => {
    for (const hosts of [['only'], ['one', 'two', 'three']]) {
      const { service, clock } = await reportOnBus();
      for (const host of hosts) await service.report(at(host, clock.nowMs()));
      await clock.stepBy(stepMs);
      for (let minute = 1; minute <= 3; minute++) {
        await clock.skip(MINUTE);
        for (const host of hosts) {
          const answer = await service.report(at(host, clock.nowMs() - stepMs)).catch((error) => error);
          if (answer instanceof Error)
            assert.throws(() => {
              throw answer;
            }, isUnavailable);
          else assert.deepEqual([answer.acceptedSamples, answer.refusedSamples], [2, 0]);
        }
      }
      await clock.stepBy(-stepMs);
      await clock.skip(MINUTE);
      const { acceptedSamples } = await service.report(at(hosts[0]!, clock.nowMs()));
      assert.deepEqual([acceptedSamples, service.wrongClock()], [2, undefined]);
    }
  });
}

test('a clock that is wrong from the start is seen by the hosts, and by what is on the bus', async () => {
  const first = await reportOnBus();
  await first.service.report(at('before', NOW));
  assert.equal(await newestReceivedMs(first.bus, 5_000), NOW);
  for (const wrongMs of [-5 * HOUR, 40 * 24 * HOUR]) {
    const { service, clock } = await reportOnBus();
    await clock.stepBy(wrongMs);
    await service.start();
    await assert.rejects(service.report(at('only', NOW)), isUnavailable);
    assert.match(service.wrongClock()!, wrongMs < 0 ? /is 5h behind/ : /is 40d ahead of/);
  }
});

test('one host whose clock is wrong among right ones is refused, as is one alone, and a backlog says nothing', async () => {
  const { service, clock } = await reportOnBus();
  assert.equal((await service.report(at('alone', NOW + HOUR))).refusedSamples, 2);
  for (const host of ['a', 'b', 'c']) await service.report(at(host, clock.nowMs()));
  assert.equal((await service.report(at('alone', NOW + HOUR))).refusedSamples, 2);
  for (const host of ['a', 'b', 'c']) {
    const backlog = request([tick({ hostId: host, timeMs: NOW - 26 * HOUR })]);
    assert.equal((await service.report(backlog)).refusedSamples, 2);
  }
  assert.equal(service.wrongClock(), undefined);
});

test('while it is wrong a tick with another fault is refused for that, as ever', async () => {
  const { service, clock } = await reportOnBus();
  await clock.stepBy(-5 * HOUR);
  await service.report(at('a', NOW)).catch(() => {});
  await assert.rejects(service.report(at('b', NOW)), isUnavailable);
  const answer = await service.report(request([tick({ hostId: 'c', timeMs: NOW, intervalMs: 0 })]));
  assert.match(answer.refusals[0]!.reason, /interval_ms is 0/);
});

test('what a host said is forgotten after a minute and a half', async () => {
  const clock = createVirtualClock(NOW);
  const witnesses = createClockWitnesses(clock);
  for (const host of ['a', 'b']) witnesses.heard(host, NOW + HOUR);
  assert.match(witnesses.contradiction()!, /1h behind/);
  await clock.skip(90_001);
  assert.equal(witnesses.contradiction(), undefined);
});

/** Witnesses with so many hosts that say this time. */
function heardFrom(hosts: number, timeMs: number) {
  const clock = createVirtualClock(NOW);
  const witnesses = createClockWitnesses(clock);
  for (let i = 0; i < hosts; i++) witnesses.heard(`host-${i}`, timeMs);
  return { clock, witnesses };
}

test('what a tick may be ahead and late contradicts nobody', () => {
  for (const [offMs, words] of [
    [LIMITS.aheadMs, undefined],
    [LIMITS.aheadMs + 1, /5m behind/],
    [-LIMITS.pastMs, undefined],
    [-LIMITS.pastMs - 1, /1d1h ahead of/],
  ] as const) {
    const verdict = heardFrom(2, NOW + offMs).witnesses.contradiction();
    if (words === undefined) assert.equal(verdict, undefined, `${offMs}`);
    else assert.match(verdict!, words);
  }
});

test('of many hosts the verdict is kept for a second, and not over a step of the clock', async () => {
  const { clock, witnesses } = heardFrom(101, NOW);
  assert.equal(witnesses.contradiction(), undefined);
  await clock.stepBy(-5 * HOUR);
  assert.match(witnesses.contradiction()!, /5h behind/);
  await clock.stepBy(5 * HOUR);
  assert.equal(witnesses.contradiction(), undefined);

  const wrong = heardFrom(101, NOW + HOUR);
  assert.match(wrong.witnesses.contradiction()!, /1h behind/);
  await wrong.clock.skip(90_001);
  assert.equal(wrong.witnesses.contradiction(), undefined, 'they are silent since');
});

test('half of the hosts do not vouch for the clock, more than half do, also when they are gone', async () => {
  for (const right of [1, 2]) {
    const clock = createVirtualClock(NOW);
    const witnesses = createClockWitnesses(clock);
    witnesses.heard('wrong', NOW + HOUR);
    for (let i = 0; i < right; i++) witnesses.heard(`right-${i}`, NOW);
    await clock.skip(90_001);
    await clock.stepBy(-5 * HOUR);
    witnesses.heard('one', clock.nowMs() + 5 * HOUR);
    assert.equal(witnesses.contradiction() !== undefined, right > 1, `${right} right ones`);
  }
});

test('as many against it as not are no majority', () => {
  const { witnesses } = heardFrom(2, NOW + HOUR);
  for (const host of ['a', 'b']) witnesses.heard(host, NOW);
  assert.equal(witnesses.contradiction(), undefined);
  witnesses.heard('c', NOW + HOUR);
  assert.match(witnesses.contradiction()!, /1h behind/);
});

test('how far off it is, is what the middle one of them says', () => {
  const { witnesses } = heardFrom(1, NOW + 3 * HOUR);
  for (const [host, hours] of Object.entries({ a: 1, b: 2, c: 9, d: 1 }))
    witnesses.heard(host, NOW + hours * HOUR);
  assert.match(witnesses.contradiction()!, /2h behind/);
});

test('a host whose clock was set back is believed again once its later time is a minute and a half old', async () => {
  const { clock, witnesses } = heardFrom(2, NOW + 2 * HOUR);
  const sayAgain = () => {
    for (const host of ['host-0', 'host-1']) witnesses.heard(host, clock.nowMs() + HOUR);
  };
  await clock.skip(90_000);
  sayAgain();
  assert.match(witnesses.contradiction()!, /2h behind/, 'it may be a backlog');
  await clock.skip(1);
  sayAgain();
  assert.match(witnesses.contradiction()!, /1h behind/);
});

test('what the bus says counts no more once hosts have vouched for the clock', async () => {
  for (const vouched of [true, false]) {
    const { clock, witnesses } = heardFrom(vouched ? 1 : 0, NOW);
    witnesses.newestOnBus(NOW - 30 * HOUR);
    await clock.skip(90_001);
    witnesses.heard('late', clock.nowMs() - 30 * HOUR);
    assert.equal(witnesses.contradiction() === undefined, vouched);
  }
});

test('20,000 hosts are asked, and no more are kept', async () => {
  const { clock, witnesses } = heardFrom(10_000, NOW + HOUR);
  for (let i = 0; i < 10_000; i++) witnesses.heard(`right-${i}`, NOW);
  for (let i = 0; i < 10; i++) witnesses.heard(`one-more-${i}`, NOW + HOUR);
  await clock.skip(1_000);
  assert.equal(witnesses.contradiction(), undefined);
});

test('the last record is asked for, also where it is the only one, and a bus that gives none holds nobody up', {
  timeout: 10_000,
}, async () => {
  for (const gives of [true, false]) {
    const asked: unknown[] = [];
    let stopped = 0;
    const bus = {
      lag: async () => [
        { partition: 0, end: 0 },
        { partition: 1, end: 1 },
        { partition: 2, end: 7 },
      ],
      read: async ({ offsets, onBatch }: Parameters<Bus['read']>[0]) => {
        asked.push(...offsets);
        if (gives) void onBatch([{ receivedMs: NOW - 1 }, { receivedMs: NOW }] as never, undefined as never);
        return { stop: async () => void stopped++ };
      },
    } as unknown as Bus;
    assert.equal(await newestReceivedMs(bus, 20), gives ? NOW : undefined);
    assert.deepEqual(asked, [
      [1, 0],
      [2, 6],
    ]);
    assert.equal(stopped, 1);
  }
});
