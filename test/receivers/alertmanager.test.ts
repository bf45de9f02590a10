// Alertmanager both ways: the body of version 4, and a client that keeps one alert one alert.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertsUrl } from '../../src/receivers/alertmanager.ts';
import { labelName } from '../../src/receivers/alertmanager-labels.ts';
import { alertmanagerBody } from '../../src/receivers/alertmanager-webhook.ts';
import type { Alert } from '../../src/receivers/message.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { AT_MS, alertOf, largeMessage, messageOf, NEVER, open, usage } from './sample-messages.ts';
import { type Answer, startHttpStub } from './servers/http-stub.ts';
import { createAlertmanager } from './servers/vendors.ts';

const MINUTE_MS = 60_000;
const a = alertOf({ id: 'a', labels: { team: 'web', empty: '', severity: 'mine', 机房: '一' } });
const b = alertOf({ id: 'b', subject: { host: 'web-18', location: '725', labels: { mount: '/' } } });
const over = (alert: Alert): Alert => ({ ...alert, state: 'resolved', endedMs: AT_MS });

type Body = {
  version: string;
  groupKey: string;
  truncatedAlerts: number;
  status: string;
  receiver: string;
  groupLabels: object;
  commonLabels: Record<string, string>;
  commonAnnotations: Record<string, string>;
  alerts: Record<string, unknown>[];
};

test('case 12: webhook: first, growth, part resolved, resolved', async (t) => {
  const stub = await startHttpStub(t, () => ({ status: 200 }));
  const receiver = await open('alertmanager-webhook', { url: stub.url });
  const messages = [
    messageOf({ id: 'n1', alerts: [a] }),
    messageOf({ id: 'n2', reason: 'new', alerts: [{ ...a, severity: 'warning' }, b] }),
    messageOf({ id: 'n3', reason: 'some_resolved', alerts: [b, over(a)] }),
    messageOf({ id: 'n4', reason: 'all_resolved', alerts: [over(a), over(b)], truncated: 7 }),
  ];
  for (const message of messages) assert.deepEqual(await receiver.send(message, NEVER), { kind: 'sent' });
  const bodies = stub.received.map(({ body }) => JSON.parse(body) as Body);
  assert.deepEqual(
    stub.received.map(({ headers }) => headers['idempotency-key']),
    ['n1', 'n2', 'n3', 'n4'],
  );
  assert.deepEqual(
    bodies.map(({ status }) => status),
    ['firing', 'firing', 'firing', 'resolved'],
  );
  assert.deepEqual(
    bodies.map(({ truncatedAlerts }) => truncatedAlerts),
    [0, 0, 0, 7],
  );
  assert.deepEqual(new Set(bodies.map(({ groupKey }) => groupKey)), new Set(['{}:{location="725"}']));
  for (const body of bodies) {
    assert.equal(body.version, '4');
    assert.equal(body.receiver, 'ops');
    for (const alert of body.alerts) {
      assert.match(String(alert['fingerprint']), /^[0-9a-f]{16}$/);
      assert.equal(
        alert['endsAt'],
        alert['status'] === 'firing' ? '0001-01-01T00:00:00Z' : '2026-11-28T02:03:00.000Z',
      );
      const { labels, annotations } = alert as { labels: object; annotations: object };
      for (const value of [...Object.values(labels), ...Object.values(annotations)])
        assert.equal(typeof value, 'string');
    }
  }
  const fingerprints = bodies.map(({ alerts }) => alerts.map(({ fingerprint }) => fingerprint));
  const [ofA, ofB] = fingerprints[1]!;
  assert.deepEqual(fingerprints, [[ofA], [ofA, ofB], [ofB, ofA], [ofA, ofB]]);
  assert.notEqual(ofA, ofB);
  assert.deepEqual(bodies[1]!.commonLabels, { alertname: 'high-cpu', location: '725' });
  assert.deepEqual(bodies[0]!.alerts[0]!['labels'], {
    team: 'web',
    [labelName('机房')]: '一',
    alertname: 'high-cpu',
    host: 'web-17',
    location: '725',
    severity: 'critical',
  });
});

test('webhook: 1 MiB, the rest is counted', () => {
  const body = alertmanagerBody(largeMessage(3_000));
  assert.ok(Buffer.byteLength(body) <= 1024 * 1024);
  const { alerts, truncatedAlerts } = JSON.parse(body) as Body;
  assert.ok(alerts.length > 500);
  assert.equal(alerts.length + truncatedAlerts, 3_000);
});

test('webhook: a group with a quote in its name', () => {
  const { groupKey } = JSON.parse(alertmanagerBody(messageOf({ group: 'a"b\\' }))) as Body;
  assert.equal(groupKey, '{}:{location="a\\"b\\\\"}');
});

test('label names for old versions: mapped, and never two to one', () => {
  assert.equal(labelName('mount_point'), 'mount_point');
  const mapped = ['机房', '机柜', 'a-b', 'a.b', 'a_b', '9lives', '', 'a b'].map(labelName);
  assert.equal(new Set(mapped).size, mapped.length);
  for (const name of mapped) assert.match(name, /^[a-zA-Z_][a-zA-Z0-9_]*$/);
});

test('case 12: API: one alert for half an hour with one start, over a restart and a rise; b ends; the odd name hurts nobody', async (t) => {
  const clock = createVirtualClock(AT_MS);
  const server = createAlertmanager(clock.nowMs);
  const stub = await startHttpStub(t, (request) => server.answer(request));
  const receiver = await open('alertmanager', { url: stub.url }, { clock });
  const resendMs = receiver.pace.resendEveryMs!;
  for (let minute = 0; minute <= 30; minute++) {
    if (minute === 10) server.restart();
    const nowA: Alert = {
      ...a,
      severity: minute < 15 ? 'warning' : 'critical',
      readings: [{ ...usage, values: { atFiring: 91, now: 91 + minute / 10 } } as typeof usage],
    };
    const nowB: Alert = minute < 5 ? b : { ...b, state: 'resolved', endedMs: AT_MS + 4 * MINUTE_MS };
    const message = messageOf({ reason: 'repeat', alerts: [nowA, nowB], atMs: clock.nowMs() });
    assert.deepEqual(await receiver.send(message, NEVER), { kind: 'sent' });
    const active = server.active();
    assert.deepEqual(
      active.map(({ labels }) => labels['host']),
      minute < 5 ? ['web-17', 'web-18'] : ['web-17'],
    );
    assert.equal(active[0]!.startsAt, '2026-11-28T02:00:00.000Z');
    assert.equal(active[0]!.annotations['severity'], minute < 15 ? 'warning' : 'critical');
    assert.equal(active[0]!.labels['severity'], undefined);
    await clock.advanceTo(clock.nowMs() + resendMs);
  }
  // Three resends may be lost, the fourth is too late.
  await clock.advanceTo(clock.nowMs() + 2 * resendMs + 59_000);
  assert.equal(server.active().length, 1);
  await clock.advanceTo(clock.nowMs() + 1_000);
  assert.equal(server.active().length, 0);
});

test('API: an end is in the past and not before the start', async (t) => {
  const stub = await startHttpStub(t, () => ({ status: 200 }));
  const receiver = await open('alertmanager', { url: stub.url });
  const later: Alert = { ...a, state: 'ended', endReason: 'host removed', endedMs: AT_MS + MINUTE_MS };
  await receiver.send(messageOf({ alerts: [over(a), later] }), NEVER);
  const list = JSON.parse(stub.received[0]!.body) as {
    startsAt: string;
    endsAt: string;
    annotations: Record<string, string>;
  }[];
  for (const { startsAt, endsAt } of list) {
    assert.equal(endsAt, '2026-11-28T02:03:00.000Z');
    assert.ok(startsAt < endsAt);
  }
  assert.equal(list[1]!.annotations['ended'], 'host removed');
});

test('API: an alert that ended before its start by a clock set back has one instant', async (t) => {
  const stub = await startHttpStub(t, () => ({ status: 200 }));
  const receiver = await open('alertmanager', { url: stub.url });
  await receiver.send(messageOf({ alerts: [{ ...over(a), sinceMs: AT_MS + MINUTE_MS }] }), NEVER);
  const [{ startsAt, endsAt }] = JSON.parse(stub.received[0]!.body);
  assert.deepEqual([startsAt, endsAt], ['2026-11-28T02:04:00.000Z', '2026-11-28T02:04:00.000Z']);
});

test('API: the address, also behind a prefix', () => {
  assert.equal(alertsUrl('http://am:9093'), 'http://am:9093/api/v2/alerts');
  assert.equal(alertsUrl('http://am:9093/'), 'http://am:9093/api/v2/alerts');
  assert.equal(alertsUrl('https://h/am/?tenant=a'), 'https://h/am/api/v2/alerts?tenant=a');
  assert.equal(alertsUrl('https://h/api/v2/alerts/'), 'https://h/api/v2/alerts');
});

const OUTCOMES: readonly (readonly [string, Answer, string])[] = [
  ['alertmanager', { status: 200 }, 'sent'],
  ['alertmanager', { status: 400, body: '"invalid label set"' }, 'refused'],
  ['alertmanager', { status: 202 }, 'sent'],
  ['alertmanager', { status: 302, headers: { location: '/login' } }, 'refused'],
  ['alertmanager', { status: 429 }, 'retry'],
  ['alertmanager', { status: 500 }, 'retry'],
  [
    'alertmanager',
    { status: 200, body: '<html>', headers: { 'content-type': 'text/html; charset=utf-8' } },
    'retry',
  ],
  ['alertmanager', 'hang up', 'unknown'],
  ['alertmanager-webhook', { status: 204 }, 'sent'],
  ['alertmanager-webhook', { status: 404 }, 'refused'],
  ['alertmanager-webhook', { status: 429 }, 'retry'],
  ['alertmanager-webhook', { status: 502 }, 'retry'],
  ['alertmanager-webhook', { status: 301, headers: { location: '/login' } }, 'refused'],
];

for (const [kind, answer, expected] of OUTCOMES) {
  test(`${kind}: ${JSON.stringify(answer)} is ${expected}`, async (t) => {
    const stub = await startHttpStub(t, () => answer);
    const receiver = await open(kind, { url: stub.url });
    const outcome = await receiver.send(messageOf(), NEVER);
    assert.equal(outcome.kind, expected);
    if (outcome.kind === 'retry' && typeof answer !== 'string' && answer.status === 200)
      assert.equal(outcome.maxTries, 3);
  });
}
