// The plain text that every readable kind is made from: state and count first, what changed, and what is cut.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Alert, Reading } from '../../src/receivers/message.ts';
import { compareAlerts, notificationId } from '../../src/receivers/message.ts';
import {
  cutText,
  fitForm,
  jsonBytes,
  longForm,
  type Size,
  shortForm,
  titleOf,
  utf8Bytes,
} from '../../src/receivers/text.ts';
import { AT_MS, alertOf, largeMessage, messageOf } from './sample-messages.ts';

const HOUR_MS = 3_600_000;
const known = alertOf({ isNew: false });
const resolved = alertOf({ state: 'resolved', isNew: false, endedMs: AT_MS });
const textOf = (...given: Parameters<typeof messageOf>) =>
  fitForm(longForm(messageOf(...given)), 100_000, utf8Bytes);

test('the title begins with state and count, then the location', () => {
  const titles: readonly (readonly [Parameters<typeof messageOf>[0], string])[] = [
    [{}, '[FIRING 1] 725 critical: high-cpu web-17'],
    [
      { reason: 'new', alerts: [alertOf(), known, known] },
      '[FIRING 3, 1 new] 725 critical: high-cpu web-17 and 2 more',
    ],
    [
      { reason: 'some_resolved', alerts: [known, resolved] },
      '[FIRING 1, 1 resolved] 725 critical: high-cpu web-17 and 1 more',
    ],
    [{ reason: 'all_resolved', alerts: [resolved] }, '[RESOLVED 1] 725: high-cpu web-17'],
    [{ reason: 'repeat', alerts: [known] }, '[STILL FIRING 1] 725 critical: high-cpu web-17'],
    [
      { reason: 'ended', alerts: [alertOf({ state: 'ended', endReason: 'host removed' })] },
      '[ENDED 1: host removed] 725: high-cpu web-17',
    ],
    [
      { reason: 'recap', alerts: [known, resolved] },
      '[RECAP: FIRING 1, 1 resolved] 725 critical: high-cpu web-17 and 1 more',
    ],
    [{ reason: 'test' }, '[TEST] 725 critical: high-cpu web-17'],
    [
      {
        reason: 'digest',
        group: '',
        alerts: [],
        counts: { firing: 40, new: 40, resolved: 0, ended: 0 },
        digest: [
          { location: '725', severity: 'warning', firing: 30, resolved: 0 },
          { location: '726', severity: 'info', firing: 10, resolved: 2 },
        ],
      },
      '[DIGEST: FIRING 40] 2 locations warning',
    ],
    [
      { group: '', alerts: [alertOf({ rule: 'pipeline', subject: { labels: {} } })] },
      '[FIRING 1] fleet critical: pipeline fleet',
    ],
  ];
  for (const [given, title] of titles) assert.equal(titleOf(messageOf(given)), title);
});

test('a full message', () => {
  const disk: Reading = {
    kind: 'value',
    metric: 'disk.free',
    unit: 'bytes',
    threshold: { op: '<', value: 5 * 2 ** 30 },
    values: { atFiring: 4.2e9, worst: 1e9, atRecovery: 8.1e10 },
  };
  const text = textOf({
    reason: 'some_resolved',
    alerts: [
      alertOf({
        cameBack: 1,
        text: 'see\tthis\nand that',
        runbook: 'https://wiki.example.org/cpu',
        acknowledged: { by: 'li', atMs: AT_MS, note: 'on it' },
      }),
      alertOf({
        severityBefore: 'critical',
        severity: 'warning',
        isNew: false,
        noDataSinceMs: AT_MS - 60_000,
        cameBack: 3,
      }),
      alertOf({
        rule: 'disk',
        state: 'resolved',
        readings: [disk],
        isNew: false,
        sinceMs: AT_MS - 26 * HOUR_MS,
        endedMs: AT_MS,
        subject: { host: 'web-1', location: '725', labels: { mount: '/var' } },
      }),
      alertOf({ state: 'ended', endReason: 'host removed', endedMs: AT_MS, isNew: false, readings: [] }),
      alertOf({ subject: { location: '725', labels: {} }, readings: [], isNew: false }),
    ],
    truncated: 3,
    mayComeTwice: true,
    firedAndOver: [
      {
        rule: 'swap',
        subject: { host: 'web-2', location: '726', labels: {} },
        fromMs: AT_MS - 120_000,
        toMs: AT_MS - 90_000,
      },
    ],
    wideRules: [{ rule: 'load', severity: 'info', firing: 2_310, hosts: 2_400 }],
  });
  assert.equal(
    text,
    `[FIRING 3, 1 new, 1 resolved, 1 ended] 725 critical: high-cpu web-17 and 4 more
Reason: some resolved
INFO load fires on 2,310 of 2,400 hosts
CRITICAL high-cpu: web-17 (new, acknowledged by li)
  cpu.usage 97.3 % (> 90 %), worst 99 %, now 98 %
  since 2026-11-28 10:00:00 +08:00, for 3m, came back once
  acknowledged 2026-11-28 10:03:00 +08:00: on it
  see	this
  and that
  Runbook: https://wiki.example.org/cpu
WARNING high-cpu: web-17 (lowered from critical, no data)
  cpu.usage 97.3 % (> 90 %), worst 99 %, now 98 %
  since 2026-11-28 10:00:00 +08:00, for 3m, came back 3 times
  no data since 2026-11-28 10:02:00 +08:00
resolved disk: web-1 mount=/var
  disk.free 75.4 GiB at recovery (fired at 3.9 GiB, < 5 GiB), worst 954 MiB
  2026-11-27 08:03:00 +08:00 to 2026-11-28 10:03:00 +08:00, 26h
ended high-cpu: web-17 (host removed)
  2026-11-28 10:00:00 +08:00 to 10:03:00 +08:00, 3m
CRITICAL high-cpu: location 725
  since 2026-11-28 10:00:00 +08:00, for 3m
... and 3 more alerts, not shown here
Fired and over: swap: web-2 (726), 2026-11-28 10:01:00 +08:00 to 10:01:30 +08:00
This message may be a duplicate: sent notifications could not be looked up.
More: minimon alerts why high-cpu --host web-17`,
  );
});

test('a rise in severity is said, an unchanged one is not', () => {
  assert.match(textOf({ alerts: [alertOf({ severityBefore: 'warning' })] }), /\(new, raised from warning\)/);
  assert.match(textOf({ alerts: [alertOf({ severityBefore: 'critical' })] }), /web-17 \(new\)/);
});

test('a severity that changed, by its values or an edit of the rule, is told as no new alert', () => {
  const lowered = alertOf({ severity: 'warning', severityBefore: 'critical', isNew: false });
  const text = textOf({ reason: 'new', alerts: [lowered] });
  assert.match(text, /\nReason: severity changed\nWARNING high-cpu: web-17 \(lowered from critical\)/);
  assert.match(textOf({ reason: 'new', alerts: [lowered, alertOf()] }), /\nReason: new alerts\n/);
});

test('a test says so, a repeat its number, a digest its locations', () => {
  assert.match(textOf({ reason: 'test' }), /TEST of this receiver; nothing is wrong/);
  assert.match(textOf({ reason: 'repeat', repeat: 2 }), /Reason: reminder 2/);
  const digest = Array.from({ length: 32 }, (_, i) => ({
    location: `${700 + i}`,
    severity: 'warning' as const,
    firing: 3,
    resolved: 1,
  }));
  const text = textOf({ reason: 'digest', digest });
  assert.match(text, /729: 3 firing \(warning\), 1 resolved\n\.\.\. and 2 more locations/);
  assert.doesNotMatch(text, /730: /);
});

test('a host that looks like lines or orders is one visible line; text keeps its lines', () => {
  const text = textOf({
    alerts: [
      alertOf({
        subject: { host: 'a\nFIRING 99\u202e', location: '725', labels: { mount: '/mnt\u001b[2J' } },
        text: 'one\r\ntwo\tthree\u2028four\u001b[2J',
      }),
    ],
  });
  assert.match(text, /CRITICAL high-cpu: a\\nFIRING 99\\u202e mount=\/mnt\\e\[2J \(new\)/);
  assert.match(text, /\n {2}one\n {2}two\tthree\u2028four\\e\[2J\n/);
});

test('what does not fit is counted, and the command stays', () => {
  const message = largeMessage(30);
  const text = fitForm(longForm(message), 2_048, utf8Bytes);
  assert.ok(utf8Bytes(text) <= 2_048);
  assert.match(text, /web-2 \(new\)/);
  assert.match(text, /\.\.\. and 27 more alerts, not shown here\nMore: minimon alerts why/);
  // No whole alert fits: one line each.
  const small = fitForm(longForm(message), 400, utf8Bytes);
  assert.match(small, /CRITICAL high-cpu: web-0 \(new\)\n/);
  assert.doesNotMatch(small, /xxx/);
  assert.match(small, /More: minimon/);
  // Not even one line: the beginning.
  assert.equal(fitForm(longForm(message), 20, utf8Bytes), '[FIRING 30] 725 c…');
});

test('alerts that the sender left out are counted with those that do not fit', () => {
  const text = fitForm(longForm({ ...largeMessage(30), truncated: 100 }), 2_048, utf8Bytes);
  assert.match(text, /\.\.\. and 127 more alerts/);
});

test('the short form is a line an alert', () => {
  const text = fitForm(shortForm(messageOf({ alerts: [alertOf(), known] })), 1_000, utf8Bytes);
  assert.equal(text.split('\n').length, 4);
  assert.match(text, /web-17 \(new\): cpu\.usage 97\.3 %/);
});

test('exactly the size fits whole, one less does not', () => {
  const form = longForm(messageOf());
  const whole = fitForm(form, 100_000, utf8Bytes);
  assert.equal(fitForm(form, utf8Bytes(whole), utf8Bytes), whole);
  assert.notEqual(fitForm(form, utf8Bytes(whole) - 1, utf8Bytes), whole);
});

const entitySize: Size = (text) => text.replaceAll('&', '&amp;').length;

test('a cut text keeps the limit and whole code points, whatever is in it', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.nat(80),
      fc.constantFrom<Size>(utf8Bytes, jsonBytes, entitySize),
      (text, max, size) => {
        const cut = cutText(text, max, size);
        assert.ok(size(cut) <= max);
        assert.ok(
          size(text) <= max ? cut === text : cut === '' || text.toWellFormed().startsWith(cut.slice(0, -1)),
        );
        assert.ok(cut === text || cut.isWellFormed());
      },
    ),
  );
  assert.equal(cutText('🧯🧯', 7, utf8Bytes), '🧯…');
  assert.equal(cutText('a&b', 4, entitySize), 'a…');
});

test('a fitted form never exceeds its size', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.nat(3_000),
      fc.nat(8),
      (text, max, count) => {
        const form = longForm(largeMessage(count, text));
        for (const size of [utf8Bytes, jsonBytes, entitySize])
          assert.ok(size(fitForm(form, max, size)) <= max);
      },
    ),
    { numRuns: 50 },
  );
});

test('the order of alerts: firing, severe, new, then by name', () => {
  const order: readonly Alert[] = [
    alertOf({ rule: 'b' }),
    alertOf({ rule: 'a', isNew: false }),
    alertOf({ rule: 'a', isNew: false, subject: { host: 'web-18', location: '725', labels: {} } }),
    alertOf({ severity: 'warning' }),
    alertOf({ severity: 'info' }),
    alertOf({ state: 'resolved' }),
  ];
  assert.deepEqual(order.toReversed().sort(compareAlerts), order);
});

test('the idempotency key is of what is told: not of the order, but of state, severity, since, reason and repeat', () => {
  const a = { id: 'a', state: 'firing', severity: 'warning', sinceMs: 1 } as const;
  const b = { id: 'b', state: 'firing', severity: 'warning', sinceMs: 1 } as const;
  const key = notificationId('725', 'new', [a, b], 0);
  assert.match(key, /^[0-9a-f]{64}$/);
  assert.equal(notificationId('725', 'new', [b, a], 0), key);
  const others = [
    notificationId('726', 'new', [a, b], 0),
    notificationId('725', 'first', [a, b], 0),
    notificationId('725', 'new', [a], 0),
    notificationId('725', 'new', [{ ...a, state: 'resolved' }, b], 0),
    notificationId('725', 'new', [{ ...a, severity: 'critical' }, b], 0),
    notificationId('725', 'new', [{ ...a, sinceMs: 2 }, b], 0),
    notificationId('725', 'new', [a, b], 1),
  ];
  assert.equal(new Set([key, ...others]).size, 8);
});
