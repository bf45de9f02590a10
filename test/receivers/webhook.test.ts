// Generic webhook: the signature of Standard Webhooks, the versioned body, what each answer means.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { signWebhook, webhookBody } from '../../src/receivers/webhook.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { AT_MS, alertOf, largeMessage, messageOf, NEVER, open, timedOut } from './sample-messages.ts';
import { type Answer, startHttpStub } from './servers/http-stub.ts';

test('the vector of the signature', () => {
  assert.equal(
    signWebhook('whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX', 'n-000725', 1_764_032_400, '{"a":1}'),
    'v1,2aUFj/Tr7mAqv3R7ZknG5sRcfz20cntozh7r4Oyahpg=',
  );
});

test('signs what is sent, with every secret while one is rotated, and anew for each try', async (t) => {
  const stub = await startHttpStub(t, () => ({ status: 204 }));
  const clock = createVirtualClock(AT_MS);
  const secrets = ['whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX', 'plain text secret'];
  const receiver = await open('webhook', { url: stub.url, secrets }, { clock });
  assert.deepEqual(await receiver.send(messageOf(), NEVER), { kind: 'sent' });
  await clock.advanceTo(AT_MS + 30_000);
  assert.deepEqual(await receiver.send(messageOf(), NEVER), { kind: 'sent' });

  const [first, second] = stub.received;
  assert.equal(first!.headers['webhook-id'], 'n-000725');
  assert.equal(second!.headers['webhook-id'], 'n-000725');
  assert.equal(first!.headers['webhook-timestamp'], String(AT_MS / 1_000));
  assert.equal(second!.headers['webhook-timestamp'], String(AT_MS / 1_000 + 30));
  // Checked as a reader of the specification would.
  const signed = `n-000725.${AT_MS / 1_000}.${first!.body}`;
  const keys = [Buffer.from('AAECAwQFBgcICQoLDA0ODxAREhMUFRYX', 'base64'), Buffer.from('plain text secret')];
  assert.equal(
    first!.headers['webhook-signature'],
    keys.map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`).join(' '),
  );
  assert.notEqual(first!.headers['webhook-signature'], second!.headers['webhook-signature']);
});

test('the body: version, key, doubles, RFC 3339 in UTC, null for what is not known', async (t) => {
  const stub = await startHttpStub(t, () => ({ status: 200 }));
  const receiver = await open('webhook', { url: `${stub.url}/in`, authorization: 'Bearer t' });
  const message = messageOf({ truncated: 2, alerts: [alertOf({ endedMs: AT_MS, state: 'resolved' })] });
  await receiver.send(message, NEVER);
  const { headers, body } = stub.received[0]!;
  assert.equal(headers['authorization'], 'Bearer t');
  assert.equal(headers['content-type'], 'application/json; charset=utf-8');
  assert.equal(headers['webhook-signature'], undefined);
  const { data, ...rest } = JSON.parse(body);
  assert.deepEqual(rest, {
    type: 'minimon.alerts',
    version: 1,
    id: 'n-000725',
    timestamp: '2026-11-28T02:03:00.000Z',
  });
  assert.deepEqual([data.status, data.location, data.truncated, data.repeat], ['resolved', '725', 2, 0]);
  assert.deepEqual(data.alerts, [
    {
      id: 'a1',
      rule: 'high-cpu',
      severity: 'critical',
      severity_before: null,
      state: 'resolved',
      host: 'web-17',
      location: '725',
      labels: {},
      rule_labels: {},
      since: '2026-11-28T02:00:00.000Z',
      ended: '2026-11-28T02:03:00.000Z',
      end_reason: null,
      no_data_since: null,
      new: true,
      came_back: 0,
      acknowledged: null,
      readings: [
        {
          kind: 'value',
          metric: 'cpu.usage',
          expression: 'cpu.usage',
          unit: 'percent',
          threshold: { op: '>', value: 90 },
          at_firing: 97.25,
          worst: 99,
          at_recovery: null,
          now: 98,
        },
      ],
      text: null,
      runbook: null,
    },
  ]);
});

test('a body over 1 MiB loses its last alerts and counts them', () => {
  const body = webhookBody({ ...largeMessage(3_000), truncated: 5 });
  assert.ok(Buffer.byteLength(body) <= 1024 * 1024 && Buffer.byteLength(body) > 1_000_000);
  const { data } = JSON.parse(body);
  assert.ok(data.alerts.length > 500);
  assert.equal(data.alerts.length + data.truncated, 3_005);
  assert.equal(data.alerts[0].host, 'web-0');
});

test('an alert that fits to the byte is kept', () => {
  const message = { ...largeMessage(3), firedAndOver: [] };
  const whole = Buffer.byteLength(webhookBody(message));
  const left = (maxBytes: number) => JSON.parse(webhookBody(message, maxBytes)).data.truncated;
  // A comma each, one more than there are, and room for the digits of what is left out.
  const fits = whole + 1 + 16;
  assert.deepEqual([left(fits), left(fits - 1)], [0, 1]);
});

const OUTCOMES: readonly (readonly [Answer, object])[] = [
  [{ status: 200, body: '<html>whatever</html>' }, { kind: 'sent' }],
  [{ status: 202 }, { kind: 'sent' }],
  [{ status: 299, body: 'fine' }, { kind: 'sent' }],
  [
    { status: 302, headers: { location: 'https://login.example.org/?next=secret' } },
    { kind: 'refused', reason: 'answers with a redirect (302) to https://login.example.org/' },
  ],
  [{ status: 304 }, { kind: 'refused', reason: 'answers with a redirect (304) to nowhere' }],
  [
    { status: 400, body: 'no\nthanks' },
    { kind: 'refused', reason: 'answered 400: no thanks' },
  ],
  [{ status: 404 }, { kind: 'refused', reason: 'answered 404: (empty)' }],
  [{ status: 408 }, { kind: 'retry', reason: 'answered 408: (empty)' }],
  [
    { status: 410, body: 'gone' },
    { kind: 'refused', reason: 'answered 410 (rejects all further messages): gone', disable: true },
  ],
  [{ status: 425 }, { kind: 'retry', reason: 'answered 425: (empty)' }],
  [
    { status: 429, headers: { 'retry-after': '20' } },
    { kind: 'retry', reason: 'answered 429: (empty)', afterMs: 20_000 },
  ],
  [
    { status: 429, headers: { 'retry-after': new Date(AT_MS + 90_000).toUTCString() } },
    { kind: 'retry', reason: 'answered 429: (empty)', afterMs: 90_000 },
  ],
  [
    { status: 503, headers: { 'retry-after': '86400' } },
    { kind: 'retry', reason: 'answered 503: (empty)', afterMs: 3_600_000 },
  ],
  [
    { status: 429, headers: { 'retry-after': new Date(AT_MS - 90_000).toUTCString() } },
    { kind: 'retry', reason: 'answered 429: (empty)', afterMs: 0 },
  ],
  [
    { status: 429, headers: { 'retry-after': 'soon' } },
    { kind: 'retry', reason: 'answered 429: (empty)' },
  ],
  [
    { status: 500, body: '\u001b[2J\u001b]52;c;AAAA\u0007' },
    { kind: 'retry', reason: 'answered 500: \\e[2J\\e]52;c;AAAA\\x07' },
  ],
  ['hang', { kind: 'unknown', reason: 'timeout: no answer within 10 s' }],
  ['drip', { kind: 'unknown', reason: 'timeout: no answer within 10 s' }],
  ['hang up', { kind: 'unknown', reason: 'socket hang up' }],
  ['half', { kind: 'unknown', reason: 'connection closed in the middle of the answer' }],
  ['half error', { kind: 'retry', reason: 'answered 500: half of it' }],
];

for (const [answer, expected] of OUTCOMES) {
  test(`${JSON.stringify(answer)} is ${Object.values(expected)[0]}`, async (t) => {
    const stub = await startHttpStub(t, () => answer);
    const clock = createVirtualClock(AT_MS);
    const receiver = await open('webhook', { url: stub.url }, { clock });
    const pending = receiver.send(messageOf(), NEVER);
    const late = answer === 'hang' || answer === 'drip';
    assert.deepEqual(await (late ? timedOut(pending, stub.reached, clock) : pending), expected);
    assert.equal(stub.received.length, 1);
  });
}

test('a link-local address is refused, a closed port tried again, and neither names the path', async () => {
  const send = async (url: string) => (await open('webhook', { url })).send(messageOf(), NEVER);
  assert.deepEqual(await send('http://169.254.169.254/secretsecret'), {
    kind: 'refused',
    reason:
      '169.254.169.254 is a link-local or metadata address, which is not allowed: warn.allow_addresses may name it',
  });
  const closed = await send('http://127.0.0.1:1/secretsecret');
  assert.deepEqual(closed, { kind: 'retry', reason: 'connect ECONNREFUSED 127.0.0.1:1' });
});

test('a secret that lies where the reason is cut is hidden whole', async (t) => {
  for (let shift = 0; shift < 30; shift++) {
    const stub = await startHttpStub(t, () => ({
      status: 400,
      body: `${'x'.repeat(370 + shift)}hunter2hunter2 and more`,
    }));
    const receiver = await open('webhook', { url: stub.url, secrets: ['hunter2hunter2'] });
    const outcome = await receiver.send(messageOf(), NEVER);
    assert.ok(outcome.kind === 'refused');
    assert.doesNotMatch(outcome.reason, /hun/);
  }
});

test('an answer that repeats the secret is redacted', async (t) => {
  const stub = await startHttpStub(t, ({ url }) => ({
    status: 302,
    headers: { location: `https://other.example${url}` },
  }));
  const receiver = await open('webhook', {
    url: `${stub.url}/hooks/T0KENT0KEN`,
    secrets: ['hunter2hunter2'],
  });
  const outcome = await receiver.send(messageOf(), NEVER);
  assert.deepEqual(outcome, {
    kind: 'refused',
    reason: 'answers with a redirect (302) to https://other.example***',
  });
});
