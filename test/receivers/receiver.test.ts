// What every kind has in common: its options, its address as shown, no secret in any reason, no rejection.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { isKindName, KIND_NAMES, loadKind, openReceiver, optionsError } from '../../src/receivers/kinds.ts';
import { defineKind, type Outcome, sealReceiver } from '../../src/receivers/receiver.ts';
import { createRedactor, secretsOfUrl, shownUrl } from '../../src/receivers/secret-addresses.ts';
import { messageOf, NEVER, open, partsOf } from './sample-messages.ts';

const URL_OPTIONS = { url: 'https://hooks.example.org/services/T0001/B0002/XyZ81aQ7' };
const EMAIL = { host: 'mail.example.org', from: 'minimon@example.org', to: ['ops@example.org'] };
const KEY = { routing_key: '0123456789abcdef0123456789abcdef' };

const optionsOf = (kind: string): object =>
  kind === 'email' ? EMAIL : kind === 'pagerduty' ? KEY : URL_OPTIONS;

test('all nine kinds open from their smallest options', async () => {
  assert.equal(KIND_NAMES.length, 9);
  for (const kind of KIND_NAMES) {
    const receiver = await open(kind, optionsOf(kind));
    assert.equal(receiver.kind, kind);
    assert.equal(receiver.recipients.length, 1);
    assert.ok(receiver.size.max > 0);
  }
});

test('an unknown kind is refused with the nearest', async () => {
  assert.equal(isKindName('toString'), false);
  await assert.rejects(loadKind('dingtlk'), { code: 'USAGE', hint: 'Did you mean dingtalk?' });
  await assert.rejects(loadKind('constructor'), { code: 'USAGE' });
});

test('wrong options are named without their values', async () => {
  const errors: readonly (readonly [string, object, RegExp])[] = [
    ['slack', { url: 'ftp://hooks.example.org/SECRETTOKEN' }, /^url: is not an http/],
    ['slack', { url: 'hooks.example.org/SECRETTOKEN' }, /^url: is not an http/],
    ['webhook', { url: '127.0.0.1:9931/SECRETTOKEN' }, /^url: is not an http/],
    ['slack', { url: 'https://user:SECRETTOKEN@hooks.example.org/' }, /^url: has a user name/],
    ['slack', { url: 'https://hooks.example.org/x#SECRETTOKEN' }, /^url: has a fragment/],
    ['slack', { ulr: 'https://hooks.example.org/SECRETTOKEN' }, /^url: |Did you mean url\?/],
    ['slack', { ...URL_OPTIONS, chanel: 'SECRETTOKEN' }, /unknown option "chanel"/],
    ['dingtalk', { ...URL_OPTIONS, secret: 'SECRETTOKEN\n' }, /^secret: has a character/],
    ['dingtalk', { ...URL_OPTIONS, mobiles: ['<SECRETTOKEN>'] }, /^mobiles\.0: is not a phone number/],
    ['feishu', { ...URL_OPTIONS, users: ['x></at>SECRETTOKEN'] }, /^users\.0: is not a user id/],
    [
      'webhook',
      { ...URL_OPTIONS, authorization: 'Bearer SECRETTOKEN\r\nx: y' },
      /^authorization: has a char/,
    ],
    ['email', { ...EMAIL, from: 'a@b.c\r\nBcc: SECRETTOKEN@x.y' }, /^from: is not an e-mail address/],
    ['email', { ...EMAIL, to: ['a@b.c, SECRETTOKEN@x.y'] }, /^to\.0: is not an e-mail address/],
    ['email', { ...EMAIL, to: [] }, /^to: /],
    ['email', { ...EMAIL, host: 'mail.example.org\r\n' }, /^host: is not a host name/],
    ['pagerduty', {}, /^routing_key: /],
  ];
  for (const [kind, options, expected] of errors) {
    const error = optionsError(await loadKind(kind), options);
    assert.match(error ?? '', expected);
    assert.doesNotMatch(error ?? '', /SECRETTOKEN/);
    await assert.rejects(openReceiver(kind, options, partsOf()), { code: 'BAD_CONFIG' });
  }
});

test('how long and how many options may be', async () => {
  const most = {
    webhook: { ...URL_OPTIONS, authorization: 'x'.repeat(1_024) },
    email: { ...EMAIL, to: addresses(100) },
  };
  const over = {
    webhook: { ...URL_OPTIONS, authorization: 'x'.repeat(1_025) },
    email: { ...EMAIL, to: addresses(101) },
  };
  for (const kind of ['webhook', 'email'] as const) {
    assert.equal(optionsError(await loadKind(kind), most[kind]), undefined);
    assert.match(optionsError(await loadKind(kind), over[kind]) ?? '', /^(authorization|to): /);
  }
});

const addresses = (count: number) => Array.from({ length: count }, (_, i) => `ops-${i}@example.org`);

test('secrets are marked in the schemas', async () => {
  for (const kind of KIND_NAMES) {
    const { schema } = await loadKind(kind);
    const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    const properties = json.properties as Record<string, { secret?: boolean; items?: { secret?: boolean } }>;
    for (const name of ['url', 'secret', 'authorization', 'password', 'routing_key']) {
      if (properties[name]) assert.equal(properties[name].secret, true, `${kind}.${name}`);
    }
    if (properties['secrets']) assert.equal(properties['secrets'].items?.secret, true, kind);
  }
});

test('an address shows scheme, host and the last four characters', async () => {
  assert.equal(
    shownUrl('https://hooks.slack.com/services/T0/B0/XyZ81aQ7'),
    'https://hooks.slack.com/...1aQ7',
  );
  assert.equal(
    shownUrl('https://oapi.dingtalk.com/robot/send?access_token=abcdef'),
    'https://oapi.dingtalk.com/...cdef',
  );
  assert.equal(shownUrl('http://am.example.org:9093'), 'http://am.example.org:9093/');
  // Four of a short one would be most of it.
  assert.equal(shownUrl('https://h.example/hook/abcd'), 'https://h.example/...');
  assert.equal((await open('pagerduty', KEY)).address, 'https://events.pagerduty.com/...cdef');
  assert.equal((await open('email', EMAIL)).address, 'smtp://mail.example.org:587');
  assert.equal((await open('email', { ...EMAIL, security: 'tls' })).address, 'smtps://mail.example.org:465');
});

test('a redactor hides a secret as it is and as URLs, JSON and Base64 write it, and makes the rest safe', () => {
  const redact = createRedactor([
    'to/ken+"1',
    ...secretsOfUrl('https://h.example/hook/T0KEN%2F8888?key=K3Y00000'),
  ]);
  for (const text of [
    'to/ken+"1',
    'to%2Fken%2B%221',
    'to/ken+\\"1',
    Buffer.from('to/ken+"1').toString('base64'),
    'https://h.example/hook/T0KEN%2F8888?key=K3Y00000',
    '/hook/T0KEN%2F8888?key=K3Y00000',
    'T0KEN%2F8888',
    'T0KEN/8888',
    'K3Y00000',
  ]) {
    assert.equal(redact(`a ${text} b`), 'a *** b', text);
  }
  assert.equal(redact('\u001b]52;c;AAAA\u0007\u001b[2J\nx\u202e'), '\\e]52;c;AAAA\\x07\\e[2J\\nx\\u202e');
  assert.equal([...redact('🧯'.repeat(1_000))].length, 401);
  assert.equal(createRedactor(['token', 'token-and-more'])('a token-and-more b'), 'a *** b');
  // An empty secret or a root path must not turn every text into stars.
  assert.equal(createRedactor(['', '/', ...secretsOfUrl('http://am:9093/')])('a/b'), 'a/b');
});

const kindThat = (send: () => Promise<Outcome>) => {
  const kind = defineKind({
    name: 'stub',
    summary: 'stub',
    schema: z.strictObject({}),
    pace: { rateLimits: [] },
    size: { max: 1, of: 'bytes of text' },
    create: () => ({ address: 'stub://', secrets: ['hunter2hunter2'], recipients: ['a', 'b'], send }),
  });
  return sealReceiver(kind, kind.create({}, partsOf()), partsOf());
};

test('send never rejects, and its reasons are redacted', async () => {
  const failing = kindThat(() => Promise.reject(new Error('fetch failed: hunter2hunter2')));
  assert.deepEqual(await failing.send(messageOf(), NEVER), {
    kind: 'unknown',
    reason: 'internal error: fetch failed: ***',
  });
  const refusing = kindThat(async () => ({ kind: 'refused', reason: 'hunter2hunter2', disable: true }));
  assert.deepEqual(await refusing.send(messageOf(), NEVER), {
    kind: 'refused',
    reason: '***',
    disable: true,
  });
});

test('an aborted signal sends nothing, and a stranger gets nothing', async () => {
  let sent = 0;
  const receiver = kindThat(async () => {
    sent += 1;
    return { kind: 'sent' };
  });
  assert.equal((await receiver.send(messageOf(), AbortSignal.abort())).kind, 'retry');
  assert.equal((await receiver.send(messageOf(), NEVER, 'c')).kind, 'refused');
  assert.equal(sent, 0);
  assert.equal((await receiver.send(messageOf(), NEVER, 'b')).kind, 'sent');
  assert.equal(sent, 1);
});

test('pace and size are data', async () => {
  const paceOf = async (kind: string) => (await open(kind, optionsOf(kind))).pace;
  assert.deepEqual(await paceOf('slack'), { rateLimits: [{ count: 1, perMs: 1_000 }] });
  assert.deepEqual(await paceOf('dingtalk'), { rateLimits: [{ count: 20, perMs: 60_000 }] });
  assert.deepEqual(await paceOf('wecom'), { rateLimits: [{ count: 20, perMs: 60_000 }] });
  assert.deepEqual(await paceOf('feishu'), {
    rateLimits: [
      { count: 5, perMs: 1_000 },
      { count: 100, perMs: 60_000 },
    ],
    avoidsRoundTimes: true,
  });
  assert.deepEqual(await paceOf('alertmanager'), {
    rateLimits: [],
    resendEveryMs: 60_000,
    needsAllAlerts: true,
  });
});
