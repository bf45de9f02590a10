// Case 14: `receivers test` proves that alerts would arrive, and says why where they would not. Real servers throughout.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { ReceiverSetup } from '../../../src/domain/alerting/configuration.ts';
import { type Answer, type Received, startHttpStub } from '../../receivers/servers/http-stub.ts';
import { startSmtpStub } from '../../receivers/servers/smtp-stub.ts';
import { dingtalk, feishu, wecom } from '../../receivers/servers/vendors.ts';
import { realStage } from './real-receivers.ts';
import { at, receiver, stateOf } from './stage.ts';

const CERT = readFileSync('test/api/fixtures/tls-cert.pem', 'utf8');
const KEY = readFileSync('test/api/fixtures/tls-key.pem', 'utf8');
const NOW = at('10:00');
const SECRET = 'SEC00000000000000000000000000000000000000000000000000000000000725';

type Case = {
  readonly name: string;
  readonly kind: ReceiverSetup['kind'];
  readonly answer?: (request: Received) => Answer;
  readonly options?: object;
  readonly tls?: boolean;
  readonly url?: string;
  /** Outcome and text. */
  readonly says: RegExp;
};

const redirect = { status: 302, headers: { location: 'https://login.example.org/in?next=%2F' } };
const CASES: readonly Case[] = [
  {
    name: 'a: a robot that wants a word which real messages lack',
    kind: 'dingtalk',
    answer: dingtalk({ nowMs: NOW, keyword: '报警' }),
    says: /^refused .*keywords not in content/,
  },
  {
    name: 'a: the same robot once the word is set',
    kind: 'dingtalk',
    answer: dingtalk({ nowMs: NOW, keyword: '报警' }),
    options: { keyword: '报警' },
    says: /^sent$/,
  },
  {
    name: 'b: a redirect to a login page, which would answer 200',
    kind: 'webhook',
    answer: () => redirect,
    says: /^refused answers with a redirect \(302\) to https:\/\/login\.example\.org\/in$/,
  },
  {
    name: 'c: 200 and nothing',
    kind: 'dingtalk',
    answer: () => ({ status: 200, body: '' }),
    says: /^retry answered 200 \(not the JSON object.*\(empty\)/,
  },
  {
    name: 'd: a wrong secret, DingTalk',
    kind: 'dingtalk',
    answer: dingtalk({ nowMs: NOW, secret: SECRET }),
    options: { secret: `${SECRET}9` },
    says: /^refused .*sign not match/,
  },
  {
    name: 'd: a wrong secret, Feishu',
    kind: 'feishu',
    answer: feishu({ nowMs: NOW, secret: 'feishu-725' }),
    options: { secret: 'feishu-726' },
    says: /^refused .*sign match fail/,
  },
  {
    name: "e: this machine's clock two hours ahead, DingTalk",
    kind: 'dingtalk',
    answer: (request) => ({
      ...(dingtalk({ nowMs: NOW - 7_200_000, secret: SECRET })(request) as { status: number; body: object }),
      headers: { date: new Date(NOW - 7_200_000).toUTCString() },
    }),
    options: { secret: SECRET },
    says: /^refused .*this machine's clock is off: 2h ahead of the receiver's.*invalid timestamp/,
  },
  {
    name: "e: this machine's clock two hours behind, Feishu",
    kind: 'feishu',
    answer: (request) => ({
      ...(feishu({ nowMs: NOW + 7_200_000, secret: 'feishu-725' })(request) as {
        status: number;
        body: object;
      }),
      headers: { date: new Date(NOW + 7_200_000).toUTCString() },
    }),
    options: { secret: 'feishu-725' },
    says: /^refused .*this machine's clock is off: 2h behind the receiver's/,
  },
  {
    name: 'f: an unknown certificate',
    kind: 'webhook',
    tls: true,
    says: /^retry .*self-signed certificate.*set tls\.ca to its certificate/,
  },
  {
    name: 'f: the same one, known',
    kind: 'webhook',
    tls: true,
    options: { tls: { ca: CERT } },
    says: /^sent$/,
  },
  {
    name: 'g: an invalid key, WeCom',
    kind: 'wecom',
    answer: () => ({ status: 200, body: { errcode: 93000, errmsg: 'invalid webhook url' } }),
    says: /^refused .*93000.*invalid webhook url/,
  },
  {
    name: 'h: a name that nobody knows where warn runs',
    kind: 'webhook',
    url: 'http://receiver.invalid/hook',
    says: /^retry .*receiver\.invalid.*(cannot be resolved on the machine where warn runs|DNS server does not answer)/,
  },
  { name: 'i: WeCom, all good', kind: 'wecom', answer: wecom, says: /^sent$/ },
  {
    name: 'an answer that is orders for a terminal',
    kind: 'webhook',
    answer: () => ({ status: 500, body: '\u001b]52;c;AAAA\u0007\u001b[2J' }),
    says: /^retry answered 500: \\e\]52;c;AAAA\\x07\\e\[2J$/,
  },
];

async function setup(t: TestContext, { kind, answer = () => ({ status: 200 }), options, tls, url }: Case) {
  const server = await startHttpStub(t, answer, tls ? { tls: { cert: CERT, key: KEY } } : {});
  const address = url ?? `${server.url.replace('127.0.0.1', tls ? 'localhost' : '127.0.0.1')}/hook`;
  const s = await realStage(t, {
    receivers: [receiver('it', { kind, options: { url: address, ...options } })],
  });
  return { s, server };
}

for (const one of CASES) {
  test(`receivers test, ${one.name}`, async (t) => {
    const { s, server } = await setup(t, one);
    const { results } = await s.notifier().calls.testReceiver('it');
    assert.equal(results.length, 1);
    const { outcome, text } = results[0]!;
    assert.match([outcome, text].filter((part) => part !== undefined).join(' '), one.says);
    assert.doesNotMatch(text ?? '', /\p{Cc}/u);
    assert.deepEqual(
      s.deliveries.map(({ reason, kind }) => [reason, kind]),
      [['test', outcome]],
      'in the history as a test',
    );
    assert.deepEqual(await s.catalog.notifications.list(), [], 'no state, no group, no repeat');
    const [health] = (await s.notifier().calls.listReceiverHealth()).receivers;
    assert.deepEqual([health!.state, health!.owed, health!.lastError], ['ok', 0, text], 'and in the list');
    const before = server.received.length;
    await s.until('15:00');
    assert.equal(server.received.length, before, 'a test that fails is not tried again by itself');
    if (outcome === 'sent') assert.match(server.received[0]!.body, /TEST/);
  });
}

test('receivers test: e-mail says who got it and who did not', async (t) => {
  const mail = await startSmtpStub(t, {
    recipients: { 'b@example.org': { code: 550, text: 'no such user' } },
  });
  const options = {
    host: '127.0.0.1',
    port: mail.port,
    security: 'none',
    from: 'minimon@example.org',
    to: ['a@example.org', 'b@example.org'],
  };
  const s = await realStage(t, { receivers: [receiver('mail', { kind: 'email', options })] });
  const { results } = await s.notifier().calls.testReceiver('mail');
  assert.deepEqual(
    results.map(({ recipient, outcome }) => [recipient, outcome]),
    [
      ['a@example.org', 'sent'],
      ['b@example.org', 'refused'],
    ],
  );
  assert.match(mail.taken[0]!.mail.subject!, /^\[TEST\]/);
});

test('a test is made by the formatter of alerts: the same shape, and another message each time', async (t) => {
  const server = await startHttpStub(t, () => ({ status: 200 }));
  const s = await realStage(t, { receivers: [receiver('it', { options: { url: server.url } })] });
  await s.notifier().calls.testReceiver('it');
  await s.notifier().calls.testReceiver('it');
  s.tell({ kind: 'firing', atMs: NOW, alert: stateOf('web-1') });
  await s.passUntil('the alert', () => server.received.length === 3);
  const [first, second, alert] = server.received.map(({ body }) => JSON.parse(body));
  assert.notEqual(first.id, second.id);
  assert.deepEqual(Object.keys(first.data), Object.keys(alert.data));
  assert.deepEqual(Object.keys(first.data.alerts[0]).sort(), Object.keys(alert.data.alerts[0]).sort());
  assert.match(first.data.alerts[0].host, /".*\n.*\p{Script=Han}.*\p{Emoji_Presentation}/su);
});
