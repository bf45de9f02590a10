// A report whose own clock is wrong: right ticks are not refused for good, and wrong ones still are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClockWitnesses, newestReceivedMs } from '../../src/daemons/report/clock-witnesses.ts';
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

test('what a host said is forgotten after a minute and a half', async () => {
  const clock = createVirtualClock(NOW);
  const witnesses = createClockWitnesses(clock);
  for (const host of ['a', 'b']) witnesses.heard(host, NOW + HOUR);
  assert.match(witnesses.contradiction()!, /1h behind/);
  await clock.skip(90_001);
  assert.equal(witnesses.contradiction(), undefined);
});
