// PagerDuty: an event an alert, keys that stay the same, and what the answers mean.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert, Message } from '../../src/receivers/message.ts';
import { dedupKey } from '../../src/receivers/pagerduty.ts';
import { AT_MS, alertOf, messageOf, NEVER, open } from './sample-messages.ts';
import { type Answer, startHttpStub } from './servers/http-stub.ts';
import { pagerduty } from './servers/vendors.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const a = alertOf({ id: 'a', runbook: 'https://wiki.example.org/cpu', text: 'look' });
const b = alertOf({ id: 'b', severity: 'warning', subject: { location: '725', labels: {} } });

async function sent(t: Parameters<typeof startHttpStub>[0], message: Message, answer?: Answer) {
  const stub = await startHttpStub(
    t,
    (request, count) => answer ?? (count > 100 ? 'hang up' : pagerduty(request)),
  );
  const receiver = await open('pagerduty', { url: `${stub.url}/v2/enqueue`, routing_key: KEY });
  const outcome = await receiver.send(message, NEVER);
  return { outcome, receiver, events: stub.received.map(({ body }) => JSON.parse(body)) };
}

test('an event an alert: trigger, acknowledge, resolve', async (t) => {
  const alerts: Alert[] = [
    a,
    { ...b, acknowledged: { by: 'li', atMs: AT_MS } },
    { ...a, id: 'c', state: 'resolved', endedMs: AT_MS },
    { ...a, id: 'd', state: 'ended', endReason: 'no data' },
  ];
  const message = messageOf({ alerts });
  const { outcome, receiver, events } = await sent(t, message);
  assert.deepEqual(outcome, { kind: 'sent' });
  assert.equal(receiver.requests(message), 4);
  assert.deepEqual(
    events.map(({ event_action }) => event_action),
    ['trigger', 'acknowledge', 'resolve', 'resolve'],
  );
  const { payload, ...event } = events[0];
  assert.deepEqual(event, {
    routing_key: KEY,
    event_action: 'trigger',
    dedup_key: dedupKey(a),
    links: [{ href: 'https://wiki.example.org/cpu', text: 'Runbook' }],
    client: 'minimon',
  });
  const { custom_details, ...rest } = payload;
  assert.deepEqual(rest, {
    summary: 'high-cpu: web-17: cpu.usage 97.3 % (> 90 %), worst 99 %, now 98 %',
    source: 'web-17',
    severity: 'critical',
    timestamp: '2026-11-28T02:00:00.000Z',
    component: 'cpu.usage',
    group: '725',
    class: 'high-cpu',
  });
  assert.equal(custom_details.text, 'look');
  assert.equal(custom_details.notification_id, 'n-000725');
  assert.equal(events[1].payload.source, '725');
  assert.equal(events[3].payload.custom_details.ended, 'no data');
});

test('the key is of the alert alone: not of value, severity or message', () => {
  assert.equal(dedupKey(a), dedupKey({ ...a, severity: 'info', readings: [], state: 'resolved' }));
  assert.notEqual(dedupKey(a), dedupKey({ ...a, id: 'b' }));
  // An empty one would be everybody's.
  assert.match(dedupKey({ ...a, id: '' }), /^minimon-[0-9a-f]{40}$/);
});

test('a test opens and closes its incident', async (t) => {
  const { outcome, events } = await sent(t, messageOf({ reason: 'test', alerts: [a] }));
  assert.deepEqual(outcome, { kind: 'sent' });
  assert.deepEqual(
    events.map(({ event_action, dedup_key }) => [event_action, dedup_key]),
    [
      ['trigger', dedupKey(a)],
      ['resolve', dedupKey(a)],
    ],
  );
});

test('long names and texts stay within the limits', async (t) => {
  const long = alertOf({
    rule: '🧯'.repeat(600),
    text: '机"'.repeat(400_000),
    subject: { host: '机'.repeat(2_000), labels: {} },
  });
  const { outcome, events } = await sent(t, messageOf({ alerts: [long] }));
  assert.deepEqual(outcome, { kind: 'sent' });
  assert.ok(events[0].payload.summary.isWellFormed());
});

test('a runbook that is no web address is no link', async (t) => {
  const { events } = await sent(t, messageOf({ alerts: [{ ...a, runbook: 'javascript:alert(1)' }] }));
  assert.deepEqual(events[0].links, []);
});

const ROWS: readonly (readonly [Answer, object])[] = [
  [
    { status: 400, body: { status: 'invalid event', errors: ['x'] } },
    { kind: 'refused', reason: '2 of 2 events: answered 400: {"status":"invalid event","errors":["x"]}' },
  ],
  [
    { status: 429, headers: { 'retry-after': '5' } },
    { kind: 'retry', reason: 'answered 429: (empty)', afterMs: 5_000 },
  ],
  [{ status: 500 }, { kind: 'retry', reason: 'answered 500: (empty)' }],
  [
    { status: 200, body: 'ok' },
    { kind: 'refused', reason: '2 of 2 events: answered 200: ok' },
  ],
  [
    { status: 202, body: '<html>' },
    {
      kind: 'retry',
      reason: 'answered 202 (not the JSON object that this kind answers with): <html>',
      maxTries: 3,
    },
  ],
  [
    { status: 202, body: { status: 'queued' } },
    { kind: 'refused', reason: '2 of 2 events: answered 202: {"status":"queued"}' },
  ],
  ['hang up', { kind: 'unknown', reason: 'socket hang up' }],
];

for (const [answer, expected] of ROWS) {
  test(`${JSON.stringify(answer)} is ${Object.values(expected)[0]}`, async (t) => {
    const { outcome } = await sent(t, messageOf({ alerts: [a, b] }), answer);
    assert.deepEqual(outcome, expected);
  });
}

test('one refused event does not hold the others back, a busy server holds the rest', async (t) => {
  const stub = await startHttpStub(t, (request, count) =>
    count === 1 ? { status: 400, body: 'no' } : pagerduty(request),
  );
  const receiver = await open('pagerduty', { url: stub.url, routing_key: KEY });
  assert.deepEqual(await receiver.send(messageOf({ alerts: [a, b] }), NEVER), {
    kind: 'refused',
    reason: '1 of 2 events: answered 400: no',
  });
  assert.equal(stub.received.length, 2);
  const busy = await startHttpStub(t, () => ({ status: 429 }));
  await (await open('pagerduty', { url: busy.url, routing_key: KEY })).send(
    messageOf({ alerts: [a, b] }),
    NEVER,
  );
  assert.equal(busy.received.length, 1);
});

test('the routing key is in no reason', async (t) => {
  const { outcome } = await sent(t, messageOf({ alerts: [a] }), { status: 400, body: `bad key ${KEY}` });
  assert.deepEqual(outcome, { kind: 'refused', reason: '1 of 1 events: answered 400: bad key ***' });
});
