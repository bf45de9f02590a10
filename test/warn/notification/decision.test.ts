// The table "tell now?" of what was told last against what is so now.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  nextSlotMs,
  repeatAfterMs,
  type Situation,
  tellNow,
} from '../../../src/daemons/warn/notification/decision.ts';

const alerts = (text: string) => new Map(text.split('').map((id) => [id, 'warning' as const]));
const over = (text: string, kind: 'resolved' | 'ended' = 'resolved') =>
  new Map(text.split('').map((id) => [id, kind]));
const situation = (told: string, firing: string, more: Partial<Situation> = {}): Situation => ({
  told: alerts(told),
  firing: alerts(firing),
  over: new Map(),
  inside: new Set(),
  repeatDue: false,
  recap: false,
  ...more,
});

// What is resolved and not wanted, or was told already, is not in `over`: accounts drop it (account.ts).
const TABLE: readonly (readonly [string, Situation, ReturnType<typeof tellNow>])[] = [
  ['nothing told, some fire', situation('', 'ab'), 'first'],
  ['nothing told, only resolved', situation('', ''), undefined],
  ['told, one more', situation('ab', 'abc'), 'new'],
  ['told, the same', situation('ab', 'ab'), undefined],
  ['told, the same, repeat due', situation('ab', 'ab', { repeatDue: true }), 'repeat'],
  ['told, part resolved', situation('ab', 'a', { over: over('b') }), 'some_resolved'],
  ['told, part resolved, told already or not wanted', situation('a', 'a'), undefined],
  ['told, all resolved', situation('ab', '', { over: over('ab') }), 'all_resolved'],
  ['told, all ended', situation('ab', '', { over: over('ab', 'ended') }), 'ended'],
  ['told, the rest silenced, one resolved', situation('ab', '', { over: over('b') }), 'some_resolved'],
  ['told, one silenced', situation('ab', 'a'), undefined],
  ['told, one more that another one tells', situation('a', 'ab', { inside: new Set('b') }), undefined],
  ['one more beside one that another one tells', situation('a', 'abc', { inside: new Set('b') }), 'new'],
  ['record gone', situation('', 'ab'), 'first'],
  ['one fires and one is resolved', situation('a', 'b', { over: over('a') }), 'new'],
  ['nothing fires, repeat due', situation('', '', { repeatDue: true }), undefined],
  ['all silenced, repeat due', situation('a', '', { repeatDue: true }), undefined],
  ['silence over, still firing', situation('a', 'a', { recap: true }), 'recap'],
  ['silence over, nothing left', situation('', '', { recap: true }), undefined],
  ['severity moved', situation('a', '', { firing: new Map([['a', 'critical']]) }), 'new'],
];

for (const [name, given, reason] of TABLE) {
  test(`tell now? ${name}: ${reason ?? 'no'}`, () => assert.equal(tellNow(given), reason));
}

const PACE = { rateLimits: [] };

test('the first at once, what follows in 30 s together, then one in 5 min', () => {
  assert.equal(nextSlotMs({ lastMs: undefined, gatherUntilMs: undefined }, 1_000, PACE), 1_000);
  assert.equal(nextSlotMs({ lastMs: 0, gatherUntilMs: 30_000 }, 5_000, PACE), 30_000);
  assert.equal(nextSlotMs({ lastMs: 0, gatherUntilMs: 30_000 }, 30_000, PACE), 30_000);
  assert.equal(nextSlotMs({ lastMs: 0, gatherUntilMs: 30_000 }, 30_001, PACE), 300_000);
  assert.equal(nextSlotMs({ lastMs: 30_000, gatherUntilMs: undefined }, 40_000, PACE), 330_000);
});

test('repeats come after 4 h, spread over 10 min by key, and off full and half hours where a kind asks', () => {
  const hours = 4 * 3_600_000;
  const keys = Array.from({ length: 500 }, (_, i) => `key ${i}`);
  const after = keys.map((key) => repeatAfterMs(key, PACE, 0));
  assert.ok(after.every((ms) => ms >= hours && ms < hours + 600_000));
  assert.ok(new Set(after).size > 400);
  assert.deepEqual(
    after,
    keys.map((key) => repeatAfterMs(key, PACE, 0)),
  );
  for (const key of keys) {
    const ms = repeatAfterMs(key, { rateLimits: [], avoidsRoundTimes: true }, 0);
    const past = ms % 1_800_000;
    assert.ok(past >= 60_000 && past < 1_740_000, `${key} at ${past}`);
  }
  assert.equal(repeatAfterMs('a', { rateLimits: [], resendEveryMs: 60_000 }, 0), 60_000);
});
