// Slack, DingTalk, WeCom and Feishu against servers with the vendors' rules: signatures, sizes, and failures inside of 200.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signDingtalk } from '../../src/receivers/dingtalk.ts';
import { signFeishu } from '../../src/receivers/feishu.ts';
import type { Message } from '../../src/receivers/message.ts';
import type { Outcome } from '../../src/receivers/receiver.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { AT_MS, alertOf, largeMessage, messageOf, NEVER, open, timedOut } from './sample-messages.ts';
import { type Answer, type Received, startHttpStub } from './servers/http-stub.ts';
import { dingtalk, feishu, slack, wecom } from './servers/vendors.ts';

const DING_SECRET = 'SEC00000000000000000000000000000000000000000000000000000000000725';
const TS_MS = 1_764_032_400_000;

test('the vectors of both signatures', () => {
  assert.equal(signDingtalk(DING_SECRET, TS_MS), 'STun5y/J4ce2QpZM3TPE+i7xQ10+I7Hr0/3U+2dQeWA=');
  assert.equal(signFeishu('feishu-725', TS_MS / 1_000), 'lNmrgUR8JDK0OVn379Z21MY+HqTT7kaslz5rVUKRERE=');
});

test('DingTalk: signed in milliseconds in the URL, encoded, anew for each try; rung in `at` and in the text', async (t) => {
  const clock = createVirtualClock(TS_MS);
  const stub = await startHttpStub(t, (request) =>
    dingtalk({ secret: DING_SECRET, keyword: '报警', nowMs: clock.nowMs() })(request),
  );
  const receiver = await open(
    'dingtalk',
    {
      url: `${stub.url}/robot/send?access_token=T`,
      secret: DING_SECRET,
      keyword: '报警',
      mobiles: ['13800000000'],
    },
    { clock },
  );
  assert.deepEqual(await receiver.send(messageOf(), NEVER), { kind: 'sent' });
  await clock.advanceTo(TS_MS + 7_200_000);
  assert.deepEqual(await receiver.send(messageOf({ reason: 'test' }), NEVER), { kind: 'sent' });
  assert.equal(
    stub.received[0]!.url,
    `/robot/send?access_token=T&timestamp=${TS_MS}&sign=STun5y%2FJ4ce2QpZM3TPE%2Bi7xQ10%2BI7Hr0%2F3U%2B2dQeWA%3D`,
  );
  const { at, text } = JSON.parse(stub.received[0]!.body);
  assert.deepEqual(at, { atMobiles: ['13800000000'], atUserIds: [], isAtAll: false });
  assert.match(text.content, /^\[FIRING 1\] 725 critical: high-cpu web-17\n.*\n报警\n@13800000000$/s);
});

test('Feishu: signed in seconds in the body; keyword, members and colour in the card', async (t) => {
  const clock = createVirtualClock(TS_MS);
  const rules = feishu({ secret: 'feishu-725', keyword: '报警', nowMs: TS_MS });
  const stub = await startHttpStub(t, (request) => rules(request));
  const receiver = await open(
    'feishu',
    { url: `${stub.url}/hook/T`, secret: 'feishu-725', keyword: '报警', users: ['ou_1', 'all'] },
    { clock },
  );
  assert.deepEqual(await receiver.send(messageOf(), NEVER), { kind: 'sent' });
  const { timestamp, sign, card } = JSON.parse(stub.received[0]!.body);
  assert.deepEqual([timestamp, sign], ['1764032400', 'lNmrgUR8JDK0OVn379Z21MY+HqTT7kaslz5rVUKRERE=']);
  assert.equal(card.header.template, 'red');
  assert.equal(card.elements.at(-1).text.content, '<at id=ou_1></at> <at id=all></at>');
  const colourOf = async (given: Partial<Message>) => {
    await receiver.send(messageOf(given), NEVER);
    return JSON.parse(stub.received.at(-1)!.body).card.header.template;
  };
  assert.equal(await colourOf({ alerts: [alertOf({ severity: 'warning' })] }), 'orange');
  assert.equal(await colourOf({ alerts: [alertOf({ severity: 'info' })] }), 'blue');
  assert.equal(await colourOf({ alerts: [alertOf({ state: 'resolved' })] }), 'green');
  assert.equal(await colourOf({ reason: 'test' }), 'grey');
});

test('WeCom: text, members to ring', async (t) => {
  const stub = await startHttpStub(t, wecom);
  const receiver = await open('wecom', { url: stub.url, users: ['li', '@all'], mobiles: ['13800000000'] });
  assert.deepEqual(await receiver.send(messageOf(), NEVER), { kind: 'sent' });
  const { text } = JSON.parse(stub.received[0]!.body);
  assert.deepEqual(text.mentioned_list, ['li', '@all']);
  assert.deepEqual(text.mentioned_mobile_list, ['13800000000']);
});

test('Slack: header and sections of plain text, a quiet fallback', async (t) => {
  const stub = await startHttpStub(t, slack);
  const receiver = await open('slack', { url: stub.url });
  assert.deepEqual(await receiver.send(messageOf(), NEVER), { kind: 'sent' });
  const body = JSON.parse(stub.received[0]!.body);
  assert.equal(body.text, '[FIRING 1] 725 critical: high-cpu web-17');
  assert.deepEqual(
    [body.mrkdwn, body.link_names, body.parse, body.unfurl_links],
    [false, false, 'none', false],
  );
  assert.equal(body.blocks[0].type, 'header');
  for (const block of body.blocks)
    assert.deepEqual([block.text.type, block.text.emoji], ['plain_text', false]);
});

test('large messages stay within every limit, in Latin, in Han, in what grows when it is encoded', async (t) => {
  for (const unit of ['x', '机', '🧯', '&', '"', '\\', '<', '\u0001', '\n', '机"&<']) {
    const message = largeMessage(200, unit.repeat(300));
    const servers = { slack, wecom, dingtalk: dingtalk({ nowMs: AT_MS }), feishu: feishu({ nowMs: AT_MS }) };
    for (const [kind, rules] of Object.entries(servers)) {
      const stub = await startHttpStub(t, rules);
      const receiver = await open(kind, { url: stub.url });
      assert.deepEqual(
        await receiver.send(message, NEVER),
        { kind: 'sent' },
        `${kind} ${JSON.stringify(unit)}`,
      );
      // At the first try: the limits were known before, not found out.
      assert.equal(stub.received.length, 1, `${kind} ${JSON.stringify(unit)}`);
      const { body } = stub.received[0]!;
      assert.ok(body.isWellFormed() && !body.includes('\ufffd'));
      assert.match(body, /\.\.\. and \d+ more alerts/);
    }
  }
});

test('DingTalk: many members to ring count into the size', async (t) => {
  const stub = await startHttpStub(t, dingtalk({ nowMs: AT_MS }));
  const mobiles = Array.from({ length: 50 }, (_, i) => `+8613800000000000${1_000 + i}`);
  const receiver = await open('dingtalk', { url: stub.url, mobiles });
  assert.deepEqual(await receiver.send(largeMessage(200), NEVER), { kind: 'sent' });
  assert.equal(stub.received.length, 1);
});

test('case 10: an entity that lies on the limit is not cut in two', async (t) => {
  const stub = await startHttpStub(t, slack);
  const receiver = await open('slack', { url: stub.url });
  for (let shift = 0; shift < 6; shift++) {
    const host = `${'x'.repeat(100 + shift)}${'&'.repeat(40)}`;
    await receiver.send(messageOf({ alerts: [alertOf({ subject: { host, labels: {} } })] }), NEVER);
    for (const { text } of JSON.parse(stub.received.at(-1)!.body).blocks) {
      assert.doesNotMatch(text.text, /&(?!amp;|gt;)|amp;amp;/);
    }
  }
});

type Row = readonly [kind: string, answer: Answer, expected: Outcome | Outcome['kind']];
const json = (body: object): Answer => ({ status: 200, body });
const HTML: Answer = { status: 200, body: '<html>login</html>', headers: { 'content-type': 'text/html' } };
const retried = (reason: string, given: object = {}): Outcome => ({ kind: 'retry', reason, ...given });

const ROWS: readonly Row[] = [
  ['slack', { status: 200, body: 'ok' }, 'sent'],
  [
    'slack',
    { status: 400, body: 'invalid_payload' },
    { kind: 'refused', reason: 'answered 400: invalid_payload' },
  ],
  ['slack', { status: 400, body: 'no_text' }, 'refused'],
  ['slack', { status: 400, body: 'user_not_found' }, 'refused'],
  ['slack', { status: 400, body: 'too_many_attachments' }, 'refused'],
  ['slack', { status: 403, body: 'action_prohibited' }, 'refused'],
  ['slack', { status: 403, body: 'invalid_token' }, 'refused'],
  ['slack', { status: 404, body: 'channel_not_found' }, 'refused'],
  ['slack', { status: 404, body: 'no_service' }, 'refused'],
  ['slack', { status: 410, body: 'channel_is_archived' }, 'refused'],
  [
    'slack',
    { status: 429, body: 'rate_limited', headers: { 'retry-after': '7' } },
    retried('answered 429: rate_limited', { afterMs: 7_000 }),
  ],
  ['slack', { status: 500, body: 'rollup_error' }, retried('answered 500: rollup_error')],
  ['slack', HTML, retried('answered 200 (not the `ok` of Slack): <html>login</html>', { maxTries: 3 })],
  ['slack', { status: 200 }, retried('answered 200 (not the `ok` of Slack): (empty)', { maxTries: 3 })],

  ['dingtalk', json({ errcode: 0, errmsg: 'ok' }), 'sent'],
  [
    'dingtalk',
    json({ errcode: 310000, errmsg: 'keywords not in content' }),
    { kind: 'refused', reason: 'answered 200: {"errcode":310000,"errmsg":"keywords not in content"}' },
  ],
  [
    'dingtalk',
    json({ errcode: 130101, errmsg: 'send too fast' }),
    retried('answered 200: {"errcode":130101,"errmsg":"send too fast"}', { afterMs: 600_000 }),
  ],
  [
    'dingtalk',
    json({ status: 1111, wait: 5 }),
    retried('answered 200: {"status":1111,"wait":5}', { afterMs: 600_000 }),
  ],
  ['dingtalk', json({ errcode: -1 }), retried('answered 200: {"errcode":-1}', { maxTries: 3 })],
  ...[300001, 88, 40035, 400013, 400101, 43004].map(
    (errcode): Row => ['dingtalk', json({ errcode, errmsg: 'no' }), 'refused'],
  ),

  ['wecom', json({ errcode: 0, errmsg: 'ok' }), 'sent'],
  ['wecom', json({ errcode: 45009 }), retried('answered 200: {"errcode":45009}', { afterMs: 60_000 })],
  ['wecom', json({ errcode: 93000, errmsg: 'invalid webhook url' }), 'refused'],
  ['wecom', json({ errcode: -1 }), retried('answered 200: {"errcode":-1}', { maxTries: 3 })],

  ['feishu', json({ code: 0, msg: 'success' }), 'sent'],
  ['feishu', json({ StatusCode: 0, StatusMessage: 'success' }), 'sent'],
  [
    'feishu',
    json({ code: 11232, msg: 'frequency limited' }),
    retried('answered 200: {"code":11232,"msg":"frequency limited"}', { afterMs: 60_000 }),
  ],
  ...[9499, 19021, 19022, 19024, 19036].map((code): Row => ['feishu', json({ code, msg: 'no' }), 'refused']),
  ['feishu', { status: 400, body: { code: 9499, msg: 'Bad Request' } }, 'refused'],

  // The same for the three that answer with JSON.
  ...['dingtalk', 'wecom', 'feishu'].flatMap((kind): Row[] => [
    [
      kind,
      HTML,
      retried('answered 200 (not the JSON object that this kind answers with): <html>login</html>', {
        maxTries: 3,
      }),
    ],
    [
      kind,
      { status: 200 },
      retried('answered 200 (not the JSON object that this kind answers with): (empty)', { maxTries: 3 }),
    ],
    [kind, { status: 200, body: '[]' }, 'retry'],
    [kind, { status: 200, body: '0' }, 'retry'],
    [kind, json({}), 'refused'],
    [kind, json({ errcode: '0', code: '0' }), 'refused'],
    [kind, json({ kind: 'sent' }), 'refused'],
    [kind, { status: 404, body: 'nothing here' }, 'refused'],
    [
      kind,
      { status: 302, headers: { location: '/login' } },
      { kind: 'refused', reason: 'answers with a redirect (302) to /login' },
    ],
    [
      kind,
      { status: 429, headers: { 'retry-after': '9' } },
      retried('answered 429: (empty)', { afterMs: 9_000 }),
    ],
    [kind, { status: 503 }, 'retry'],
    [kind, 'hang up', 'unknown'],
    [kind, 'hang', 'unknown'],
    [kind, 'half', 'unknown'],
    [kind, 'endless', 'retry'],
  ]),
];

for (const [kind, answer, expected] of ROWS) {
  test(`${kind}: ${JSON.stringify(answer)} is ${typeof expected === 'string' ? expected : expected.kind}`, async (t) => {
    const stub = await startHttpStub(t, () => answer);
    const clock = createVirtualClock(AT_MS);
    const receiver = await open(kind, { url: stub.url }, { clock });
    const pending = receiver.send(messageOf(), NEVER);
    const outcome = await (answer === 'hang' ? timedOut(pending, stub.reached, clock) : pending);
    if (typeof expected === 'string') assert.equal(outcome.kind, expected);
    else assert.deepEqual(outcome, expected);
    assert.equal(stub.received.length, 1);
  });
}

test('a rejected time stamp says that this clock is off', async (t) => {
  const date = new Date(AT_MS - 7_200_000).toUTCString();
  const rows: readonly (readonly [string, object])[] = [
    ['dingtalk', { errcode: 310000, errmsg: 'invalid timestamp' }],
    ['feishu', { code: 19021, msg: 'timestamp is not within one hour' }],
  ];
  for (const [kind, body] of rows) {
    const stub = await startHttpStub(t, () => ({ status: 200, body, headers: { date } }));
    const receiver = await open(kind, { url: stub.url, secret: 'hunter2hunter2' });
    const outcome = await receiver.send(messageOf(), NEVER);
    assert.ok(outcome.kind === 'refused');
    assert.match(
      outcome.reason,
      /^answered 200 \(this machine's clock is off: 2h ahead of the receiver's\): \{/,
    );
  }
});

test('a minute is what a clock is off at least: with less the words are those of the receiver', async (t) => {
  const body = { errcode: 310000, errmsg: 'invalid timestamp' };
  for (const offMs of [-60_000, -59_000, 59_000, 60_000]) {
    const date = new Date(AT_MS - offMs).toUTCString();
    const stub = await startHttpStub(t, () => ({ status: 200, body, headers: { date } }));
    const receiver = await open('dingtalk', { url: stub.url, secret: 'hunter2hunter2' });
    const outcome = await receiver.send(messageOf(), NEVER);
    assert.ok(outcome.kind === 'refused');
    assert.equal(outcome.reason.includes('clock is off'), Math.abs(offMs) === 60_000, `${offMs} ms`);
  }
});

test('what is too long after all is sent once more, short', async (t) => {
  const rows: readonly (readonly [string, Answer, Answer])[] = [
    ['dingtalk', json({ errcode: 460101 }), json({ errcode: 0 })],
    ['dingtalk', json({ errcode: 101002 }), json({ errcode: 0 })],
    ['wecom', json({ errcode: 40058 }), json({ errcode: 0 })],
    ['slack', { status: 400, body: 'invalid_blocks' }, { status: 200, body: 'ok' }],
  ];
  for (const [kind, first, second] of rows) {
    const stub = await startHttpStub(t, (_, count) => (count === 1 ? first : second));
    const receiver = await open(kind, { url: stub.url });
    assert.deepEqual(await receiver.send(largeMessage(20), NEVER), { kind: 'sent' });
    assert.equal(stub.received.length, 2);
    assert.ok(kind === 'slack' || stub.received[1]!.body.length < stub.received[0]!.body.length);
    assert.match(stub.received[1]!.body, /FIRING 20/);
    assert.ok(kind !== 'slack' || !('blocks' in JSON.parse(stub.received[1]!.body)));
    const stubborn = await startHttpStub(t, () => first);
    const outcome = await (await open(kind, { url: stubborn.url })).send(messageOf(), NEVER);
    assert.equal(outcome.kind, 'refused');
    assert.equal(stubborn.received.length, 2);
  }
});

test('a test message that a robot refuses: the word is missing, the secret is wrong', async (t) => {
  const test = messageOf({
    reason: 'test',
    alerts: [alertOf({ subject: { host: `a"b\n机🧯`, location: '725', labels: {} } })],
  });
  const rows: readonly (readonly [string, (request: Received) => Answer, RegExp])[] = [
    ['dingtalk', dingtalk({ keyword: '报警', nowMs: AT_MS }), /keywords not in content/],
    ['dingtalk', dingtalk({ secret: 'another', nowMs: AT_MS }), /sign not match/],
    ['dingtalk', dingtalk({ secret: 'hunter2hunter2', nowMs: AT_MS + 7_200_000 }), /invalid timestamp/],
    ['feishu', feishu({ keyword: '报警', nowMs: AT_MS }), /Key Words Not Found/],
    ['feishu', feishu({ secret: 'another', nowMs: AT_MS }), /sign match fail/],
    ['feishu', feishu({ secret: 'hunter2hunter2', nowMs: AT_MS + 7_200_000 }), /timestamp/],
  ];
  for (const [kind, rules, expected] of rows) {
    const stub = await startHttpStub(t, rules);
    const receiver = await open(kind, { url: stub.url, secret: 'hunter2hunter2' });
    const outcome = await receiver.send(test, NEVER);
    assert.ok(outcome.kind === 'refused');
    assert.match(outcome.reason, expected);
    assert.match(stub.received[0]!.body, /\[TEST\]/);
  }
});

test('neither token nor secret is in any reason', async (t) => {
  for (const kind of ['slack', 'dingtalk', 'wecom', 'feishu']) {
    const stub = await startHttpStub(t, ({ url, body }) => ({
      status: 400,
      body: `cannot do ${url} ${body}`,
    }));
    const secret = kind === 'dingtalk' || kind === 'feishu' ? { secret: 'hunter2hunter2' } : {};
    const receiver = await open(kind, { url: `${stub.url}/T0KENT0KEN/send?key=K3YK3YK3Y`, ...secret });
    const outcome = await receiver.send(
      messageOf('secret' in secret ? { command: 'hunter2hunter2' } : {}),
      NEVER,
    );
    assert.ok(outcome.kind === 'refused');
    assert.doesNotMatch(outcome.reason, /T0KENT0KEN|K3YK3YK3Y|hunter2hunter2/);
    assert.doesNotMatch(receiver.address, /T0KENT0KEN|K3YK3YK3Y/);
  }
});
