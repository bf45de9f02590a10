// Two agents under one host id: an alert while they take turns, none of a machine that was replaced.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertState, Change } from '../../../src/domain/alerting/alert.ts';
import { createEvaluator } from '../../../src/domain/alerting/evaluator.ts';
import { START_MS } from './timeline.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function fleet(stored: readonly AlertState[] = []) {
  const changes: Change[] = [];
  const evaluator = createEvaluator((change) => changes.push(change));
  evaluator.setHost('web-1', '725', START_MS);
  evaluator.restore(stored, START_MS);
  let beatMs = START_MS;
  return {
    evaluator,
    /** A tick of web-1 from this machine, so long after the start. */
    tick(afterMs: number, machineId: string, timeMs = START_MS + afterMs, source = '', bootId = '') {
      for (; beatMs < START_MS + afterMs; beatMs += 10_000) evaluator.heartbeat(0, beatMs);
      const samples = [{ metric: 'cpu.usage', labels: {}, value: 1 }];
      const receivedMs = START_MS + afterMs;
      evaluator.tick({
        ...{ hostId: 'web-1', timeMs, intervalMs: MINUTE, receivedMs, samples },
        ...{ machineId, bootId, source },
      });
    },
    told: () =>
      changes
        .filter(({ alert }) => alert.rule === 'host-conflict')
        .map(({ kind, atMs }) => `${kind} ${(atMs - START_MS) / MINUTE}`),
    open: () => evaluator.open().filter(({ rule }) => rule === 'host-conflict'),
  };
}

test('two machines in turn: fires with the first that comes back, and is over an hour after one was heard last', () => {
  const at = fleet();
  for (const [minute, machine] of ['A', 'B', 'A', 'B', 'A'].entries()) at.tick(minute * MINUTE, machine);
  assert.deepEqual(at.told(), ['firing 2']);
  const [{ subject, severity }] = at.open() as [AlertState];
  assert.deepEqual(subject, {
    kind: 'host',
    host: 'web-1',
    location: '725',
    labels: { machines: 'A and B' },
  });
  assert.equal(severity, 'warning');
  // B was heard last in the third minute.
  at.tick(3 * MINUTE + HOUR - 1, 'A');
  assert.equal(at.open().length, 1);
  at.tick(3 * MINUTE + HOUR, 'A');
  assert.deepEqual(at.told(), ['firing 2', 'resolved 63']);
});

test('on one grid the ticks have the same times: told all the same', () => {
  const at = fleet();
  for (let minute = 0; minute < 2; minute++) {
    for (const [i, machine] of ['A', 'B'].entries()) {
      at.tick(minute * MINUTE + i * 100, machine, START_MS + minute * MINUTE);
    }
  }
  assert.deepEqual(at.told(), ['firing 1']);
});

test('a machine that is replaced, one without an id, one an hour later, and another source are no conflict', () => {
  const replaced = fleet();
  for (const [minute, machine] of ['A', 'A', 'B', 'B', '', 'B'].entries()) {
    replaced.tick(minute * MINUTE, machine);
  }
  // Back an hour after it was heard last.
  replaced.tick(MINUTE + HOUR, 'A');
  assert.deepEqual(replaced.told(), []);
  const sources = fleet();
  for (let minute = 0; minute < 4; minute++) {
    sources.tick(minute * MINUTE, 'A');
    sources.tick(minute * MINUTE, 'snmp-7', START_MS + minute * MINUTE, 'snmp');
  }
  assert.deepEqual(sources.told(), []);
});

test('over a restart it stays until one machine alone was heard for an hour', () => {
  const first = fleet();
  for (const [minute, machine] of ['A', 'B', 'A'].entries()) first.tick(minute * MINUTE, machine);
  const second = fleet(first.open());
  // Restarted in the third minute.
  for (let minute = 3; minute < 63; minute++) second.tick(minute * MINUTE, 'A');
  assert.deepEqual(second.told(), []);
  assert.equal(second.open().length, 1);
  // Which they were is known from before alone.
  const [{ subject }] = second.open() as [AlertState];
  assert.deepEqual(subject.kind === 'host' && subject.labels, { machines: 'A and B' });
  second.tick(63 * MINUTE, 'A');
  assert.deepEqual(second.told(), ['resolved 63']);
  second.tick(64 * MINUTE, 'A');
  assert.deepEqual(second.open(), []);
});

test('twenty machines under one id are one alert, with the fourth of them', () => {
  const at = fleet();
  for (let i = 0; i < 60; i++) at.tick(i * 1_000, `m-${i % 20}`, START_MS + i * 1_000);
  assert.deepEqual(at.told(), ['firing 0.05']);
  assert.equal(at.open().length, 1);
});

/** Ticks of copies of one machine: which boot, and when by its own clock where that is another time than that of its arrival. */
const copies = (at: ReturnType<typeof fleet>) => (afterMs: number, bootId: string, timeMs?: number) =>
  at.tick(afterMs, 'M', timeMs, '', bootId);

test('two running copies, alike to the machine id, are told within minutes, and over an hour after one is gone', () => {
  const at = fleet();
  const tick = copies(at);
  for (let minute = 0; minute < 6; minute++) {
    tick(minute * MINUTE, '11111111-a');
    tick(minute * MINUTE + 20_000, '22222222-b');
  }
  const [fired = ''] = at.told();
  assert.equal(fired, 'firing 3');
  const machines = 'M (boot 11111111) and M (boot 22222222)';
  assert.deepEqual(at.open()[0]!.subject, {
    ...{ kind: 'host', host: 'web-1', location: '725' },
    labels: { machines },
  });
  // The second was heard last at 5:20.
  for (let minute = 6; minute <= 65; minute++) tick(minute * MINUTE, '11111111-a');
  assert.equal(at.open().length, 1);
  for (let minute = 66; minute < 200; minute++) tick(minute * MINUTE, '11111111-a');
  assert.deepEqual(at.told(), [fired, 'resolved 66']);
  // It is one machine again, and another one is told with its id alone.
  at.tick(200 * MINUTE, 'N');
  tick(201 * MINUTE, '11111111-a');
  assert.deepEqual(at.told().slice(2), ['firing 201']);
  assert.deepEqual(at.open()[0]!.subject, {
    ...{ kind: 'host', host: 'web-1', location: '725' },
    labels: { machines: 'M and N' },
  });
});

test('copies whose clocks differ, or that send at the same times, are told too', () => {
  for (const aheadMs of [0, -90_000, 90_000, 20 * MINUTE]) {
    const at = fleet();
    const tick = copies(at);
    for (let minute = 0; minute < 30; minute++) {
      tick(minute * MINUTE, '11111111-a');
      tick(minute * MINUTE + 100, '22222222-b', START_MS + minute * MINUTE + aheadMs);
    }
    assert.equal(at.told().length, 1, `${aheadMs} ms ahead`);
  }
});

test('a host that reboots is one machine, whatever its agent kept and whatever its clock was at first', () => {
  const at = fleet();
  const tick = copies(at);
  let minute = 0;
  for (let boot = 0; boot < 8; boot++) {
    const kept: number[] = [];
    const before = `${boot - 1}`;
    // Of the boot before, what could not be sent: the newest first, between those of now, and some in their own order.
    for (let i = 1; i <= 4 && boot > 0; i++) kept.push(START_MS + minute * MINUTE - i * 10_000);
    minute += 2;
    // A clock without a battery begins a little before the last tick.
    tick(minute * MINUTE, `${boot}`, boot === 5 ? START_MS + (minute - 3) * MINUTE : undefined);
    for (const timeMs of boot % 2 === 0 ? kept : kept.toReversed()) {
      tick(minute * MINUTE + 50, before, timeMs);
      tick(++minute * MINUTE, `${boot}`);
    }
  }
  assert.deepEqual(at.told(), []);
});

test('a host that resets every few minutes, to the clock that it saved before, is one machine', () => {
  for (const every of [5, 8, 12, 15]) {
    const at = fleet();
    const tick = copies(at);
    let minute = 0;
    for (; minute < 40; minute++) tick(minute * MINUTE, '0');
    for (let boot = 1; boot <= 8; boot++, minute += every) {
      minute += 2;
      // Until NTP sets it.
      for (let i = 0; i < 2; i++) tick((minute + i) * MINUTE, `${boot}`, START_MS + (30 + i) * MINUTE);
      for (let i = 2; i < every; i++) tick((minute + i) * MINUTE, `${boot}`);
    }
    assert.deepEqual(at.told(), [], `every ${every} minutes`);
  }
});

test('two reboots within an hour, a clock that is ahead until it is set, and what was kept, are no conflict', () => {
  const at = fleet();
  const tick = copies(at);
  let minute = 0;
  for (let boot = 0; boot < 4; boot++) {
    for (let i = 0; i < 8; i++, minute++) {
      const aheadMs = i < 4 ? 20 * MINUTE : 0;
      tick(minute * MINUTE, `${boot}`, START_MS + minute * MINUTE + aheadMs);
      if (boot === 0 || i < 2) continue;
      // Of the boot before: newer than what came of it, and by its clock newer than this boot.
      for (let k = 0; k < 3; k++) {
        tick(minute * MINUTE + 100, `${boot - 1}`, START_MS + (minute + 3 * i + k) * MINUTE);
      }
    }
    minute += 2;
  }
  assert.deepEqual(at.told(), []);
});

test('a tick of a copy that comes late, and a reboot of the one that is left, do not make its hour longer', () => {
  const at = fleet();
  const tick = copies(at);
  for (let minute = 0; minute < 6; minute++) {
    tick(minute * MINUTE, '11111111-a');
    tick(minute * MINUTE + 20_000, '22222222-b');
  }
  for (let minute = 6; minute < 200; minute++) {
    tick(minute * MINUTE, minute < 40 ? '11111111-a' : '33333333-c');
    if (minute === 50) tick(minute * MINUTE + 5_000, '22222222-b', START_MS + 6 * MINUTE);
  }
  assert.match(at.told()[0]!, /^firing/);
  assert.deepEqual(at.told().slice(1), ['resolved 66']);
});
