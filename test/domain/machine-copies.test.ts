// Copies of one machine by their boots: never of one that reboots, whatever its clock says and whatever its agent kept.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isRepeated, machineOf, newBoots } from '../../src/domain/machine-copies.ts';

const START = Date.UTC(2026, 10, 25, 12);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const M = 'M';

type Sent = { readonly bootId: string; readonly timeMs: number; readonly receivedMs: number };

const boot = fc.record({
  downSeconds: fc.integer({ min: 6, max: 600 }),
  ticks: fc.integer({ min: 0, max: 15 }),
  /** Of its clock at the start, as fake-hwclock leaves it, or ahead; and after which tick it is set right. */
  offMinutes: fc.oneof(fc.constant(0), fc.integer({ min: -90, max: 40 })),
  wrongTicks: fc.integer({ min: 1, max: 5 }),
  /** From which tick on and for how many the network is away. */
  awayFrom: fc.integer({ min: 0, max: 15 }),
  awayTicks: fc.integer({ min: 0, max: 15 }),
  wayMs: fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 9 }),
});
const schedule = fc.record({
  boots: fc.array(boot, { minLength: 2, maxLength: 12 }),
  intervalMs: fc.constantFrom(10 * SECOND, MINUTE),
  newestFirst: fc.boolean(),
  keptInARequest: fc.integer({ min: 1, max: 30 }),
  /** From one request of what is kept to the next. */
  requestMs: fc.integer({ min: 20, max: 300 }),
  savedClock: fc.boolean(),
});
type Schedule = typeof schedule extends fc.Arbitrary<infer T> ? T : never;

/** What report receives of one machine: a tick as it is taken, between those that are kept. */
function ofOneMachine({ boots, intervalMs, newestFirst, keptInARequest, requestMs, savedClock }: Schedule) {
  const sent: Sent[] = [];
  const kept: Omit<Sent, 'receivedMs'>[] = [];
  let nowMs = START;
  for (const [
    i,
    { downSeconds, ticks, offMinutes, wrongTicks, awayFrom, awayTicks, wayMs },
  ] of boots.entries()) {
    nowMs += downSeconds * SECOND;
    const bootMs = nowMs;
    for (let tick = 0; tick < ticks; tick++, nowMs += intervalMs) {
      const wrongMs = savedClock ? START + nowMs - bootMs : nowMs + offMinutes * MINUTE;
      const taken = { bootId: `boot-${i}`, timeMs: tick < wrongTicks ? wrongMs : nowMs };
      if (tick >= awayFrom && tick < awayFrom + awayTicks) {
        kept.push(taken);
        continue;
      }
      let receivedMs = nowMs + wayMs[tick % wayMs.length]!;
      sent.push({ ...taken, receivedMs });
      kept.sort((a, b) => (newestFirst ? b.timeMs - a.timeMs : a.timeMs - b.timeMs));
      while (kept.length > 0 && (receivedMs += requestMs) < nowMs + intervalMs) {
        for (const one of kept.splice(0, keptInARequest)) sent.push({ ...one, receivedMs });
      }
    }
  }
  return sent;
}

test('one machine that reboots is one, whatever its clock, with what its agent had kept', () => {
  fc.assert(
    fc.property(schedule, (plan) => {
      const boots = newBoots();
      for (const tick of ofOneMachine(plan)) {
        if (!isRepeated(boots, { machineId: M, ...tick }))
          assert.equal(machineOf(boots, { machineId: M, ...tick }), M);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('two machines that are alive side by side are two within three intervals and a half, whatever their clocks', () => {
  const way = fc.integer({ min: 0, max: 900 });
  const machine = fc.record({
    offMs: fc.integer({ min: -3_600_000, max: 3_600_000 }),
    phaseMs: fc.integer({ min: 0, max: 9_000 }),
    kept: fc.integer({ min: 0, max: 3 }),
  });
  fc.assert(
    fc.property(machine, machine, fc.infiniteStream(way), (a, b, ways) => {
      const sent: Sent[] = [];
      for (let i = 0; i < 5; i++) {
        for (const [bootId, { offMs, phaseMs, kept }] of Object.entries({
          '11111111-a': a,
          '22222222-b': b,
        })) {
          const takenMs = START + i * 10 * SECOND + phaseMs;
          const receivedMs = takenMs + ways.next().value;
          sent.push({ bootId, timeMs: takenMs + offMs, receivedMs });
          // The network had been away.
          for (let k = 0; k < kept; k++) {
            const timeMs = START + offMs - (i * kept + k + 1) * 10 * SECOND;
            sent.push({ bootId, timeMs, receivedMs: receivedMs + 1 });
          }
        }
      }
      sent.sort((one, other) => one.receivedMs - other.receivedMs);
      const boots = newBoots();
      const names = sent.map((tick) => ({ name: machineOf(boots, { machineId: M, ...tick }), ...tick }));
      const untilMs = sent[0]!.receivedMs + 45 * SECOND;
      const told = new Set(names.filter(({ receivedMs }) => receivedMs <= untilMs).map(({ name }) => name));
      assert.deepEqual([...told].sort(), [M, `${M} (boot 11111111)`, `${M} (boot 22222222)`]);
    }),
    { numRuns: 500 },
  );
});

test('a copy whose clock was set back by an hour is told within minutes', () => {
  const boots = newBoots();
  const told = new Map<string, number>();
  for (let minute = 0; minute < 30; minute++) {
    for (const bootId of ['11111111-a', '22222222-b']) {
      const receivedMs = START + minute * MINUTE;
      const isBack = bootId.startsWith('1') && minute >= 1;
      const timeMs = receivedMs - (isBack ? 60 * MINUTE : 0);
      const name = machineOf(boots, { machineId: M, bootId, timeMs, receivedMs });
      if (!told.has(name)) told.set(name, minute);
    }
  }
  assert.deepEqual([...told.keys()], [M, `${M} (boot 11111111)`, `${M} (boot 22222222)`].toSorted());
  assert.ok(
    [...told.values()].every((minute) => minute <= 16),
    JSON.stringify([...told]),
  );
});

test('of boots without end, with old times or new ones, some are kept; a fleet of copies is told all the same', () => {
  const boots = newBoots();
  for (let i = 0; i < 2_000; i++) {
    const timeMs = START - (i % 2) * 40 * 24 * 60 * MINUTE + i;
    machineOf(boots, { machineId: M, bootId: `boot-${i}`, timeMs, receivedMs: START + i });
    assert.ok((boots.others?.length ?? 0) <= 32);
  }
  const fleet = newBoots();
  const told = new Set<string>();
  for (let i = 0; i < 400; i++) {
    const receivedMs = START + i * 600;
    const bootId = `${100 + (i % 100)}`;
    told.add(machineOf(fleet, { machineId: M, bootId, timeMs: receivedMs, receivedMs }));
  }
  assert.ok(told.size > 2, [...told].join());
});

test('a boot that was heard last over an hour ago, or before the clock of report was set back, is forgotten', () => {
  for (const laterMs of [60 * MINUTE, -60 * MINUTE]) {
    const boots = newBoots();
    const tick = (bootId: string, receivedMs: number) =>
      machineOf(boots, { machineId: M, bootId, timeMs: START, receivedMs });
    tick('a', START);
    tick('b', START + 1);
    assert.equal(boots.others?.length, 1);
    tick('b', START + laterMs);
    assert.equal(boots.others, undefined);
  }
});

test('a tick whose way took over 5 s longer than that of the one before may have been kept over a reboot', () => {
  for (const [lateMs, told] of [
    [5_000, 3],
    [5_001, 1],
  ] as const) {
    const boots = newBoots();
    const names = new Set<string>();
    for (let minute = 0; minute < 20; minute++) {
      for (const bootId of ['11111111-a', '22222222-b']) {
        const timeMs = START + minute * MINUTE;
        const receivedMs = timeMs + (minute % 2) * lateMs;
        names.add(machineOf(boots, { machineId: M, bootId, timeMs, receivedMs }));
      }
    }
    assert.equal(names.size, told, `${lateMs} ms`);
  }
});

test('turns that were taken over an hour apart do not add up', () => {
  const boots = newBoots();
  const names = new Set<string>();
  for (const hour of [0, 2, 4, 6]) {
    for (let minute = 0; minute < 3; minute++) {
      for (const bootId of minute < 2 ? ['a', `b-${hour}`] : ['a']) {
        const timeMs = START + (hour * 60 + minute) * MINUTE;
        names.add(machineOf(boots, { machineId: M, bootId, timeMs, receivedMs: timeMs }));
      }
    }
  }
  assert.equal(boots.turns, 2);
  assert.deepEqual([...names], [M]);
});
