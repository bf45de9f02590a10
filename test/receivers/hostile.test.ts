// Strings that are commands somewhere, through every kind: bodies parse back to the same text, nobody is rung, nothing
// links, no header and no entity breaks.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { alertmanagerAlert } from '../../src/receivers/alertmanager.ts';
import { alertmanagerBody } from '../../src/receivers/alertmanager-webhook.ts';
import { dingtalkText } from '../../src/receivers/dingtalk.ts';
import { feishuCard } from '../../src/receivers/feishu.ts';
import { writeJson } from '../../src/receivers/http-options.ts';
import { KIND_NAMES } from '../../src/receivers/kinds.ts';
import type { Message } from '../../src/receivers/message.ts';
import { pagerdutyEvent } from '../../src/receivers/pagerduty.ts';
import { slackBody } from '../../src/receivers/slack.ts';
import { fitForm, longForm, utf8Bytes } from '../../src/receivers/text.ts';
import { webhookBody } from '../../src/receivers/webhook.ts';
import { wecomText } from '../../src/receivers/wecom.ts';
import { AT_MS, HOSTILE, hostileMessage, messageOf, NEVER, open } from './sample-messages.ts';
import { type Answer, type HttpStub, startHttpStub } from './servers/http-stub.ts';
import { startSmtpStub } from './servers/smtp-stub.ts';
import { createAlertmanager, dingtalk, feishu, pagerduty, slack, wecom } from './servers/vendors.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const plainOf = (message: Message): string => fitForm(longForm(message), 1_000_000, utf8Bytes);
const lines = (text: string): string => text.replace(/[ \t]+$/gm, '').trim();

/** Every JSON kind against a server with its vendor's rules. */
async function openAll(t: TestContext) {
  const alertmanager = createAlertmanager(() => AT_MS);
  const rules: Record<string, (request: HttpStub['received'][0]) => Answer> = {
    webhook: ({ body }) => (JSON.parse(body) ? { status: 200 } : { status: 400 }),
    'alertmanager-webhook': ({ body }) => (JSON.parse(body) ? { status: 200 } : { status: 400 }),
    alertmanager: (request) => alertmanager.answer(request),
    slack,
    dingtalk: dingtalk({ nowMs: AT_MS }),
    wecom,
    feishu: feishu({ nowMs: AT_MS }),
    pagerduty,
  };
  const all = [];
  for (const kind of KIND_NAMES.filter((name) => name !== 'email')) {
    const stub = await startHttpStub(t, rules[kind]!);
    const options = kind === 'pagerduty' ? { url: stub.url, routing_key: KEY } : { url: stub.url };
    all.push({ kind, stub, receiver: await open(kind, options) });
  }
  return all;
}

test('case 9: each hostile string is taken by every kind, firing and resolved', async (t) => {
  for (const { kind, receiver } of await openAll(t)) {
    for (const text of HOSTILE) {
      const firing = hostileMessage(text);
      const alerts = firing.alerts.map((alert) => ({ ...alert, state: 'resolved' as const, endedMs: AT_MS }));
      for (const message of [firing, { ...firing, reason: 'all_resolved' as const, alerts }]) {
        assert.deepEqual(
          await receiver.send(message, NEVER),
          { kind: 'sent' },
          `${kind} ${JSON.stringify(text)}`,
        );
      }
    }
  }
});

test('case 9: e-mail parses back to the same text', async (t) => {
  const stub = await startSmtpStub(t);
  const receiver = await open('email', {
    host: '127.0.0.1',
    port: stub.port,
    security: 'none',
    from: 'minimon@example.org',
    to: ['ops@example.org'],
  });
  for (const text of HOSTILE) {
    const message = hostileMessage(text);
    assert.deepEqual(await receiver.send(message, NEVER), { kind: 'sent' });
    const { mail } = stub.taken.at(-1)!;
    assert.equal(lines(mail.text ?? ''), lines(plainOf(message)), JSON.stringify(text));
    assert.equal(mail.headers.has('bcc'), false);
    assert.equal(mail.attachments.length, 0);
  }
});

type SlackBody = { text: string; blocks: { text: { type: string; text: string; emoji: boolean } }[] };
type Card = {
  header: { title: { tag: string; content: string } };
  elements: { text: { tag: string; content: string } }[];
};

const decoded = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** What has to hold for any string at all. */
function check(text: string): void {
  const message = hostileMessage(text);
  const plain = plainOf(message);

  const slackMessage = slackBody(message) as SlackBody;
  assert.doesNotMatch(JSON.stringify(slackMessage), /[<>]|&(?!(?:amp|lt|gt);)/);
  for (const { text: object } of slackMessage.blocks) {
    assert.deepEqual([object.type, object.emoji], ['plain_text', false]);
    assert.ok(object.text.isWellFormed());
  }
  const shown = slackMessage.blocks
    .slice(1)
    .map(({ text: object }) => decoded(object.text))
    .join('\n');
  const withoutTitle = fitForm(longForm(message), 1_000_000, utf8Bytes, false);
  assert.equal(lines(shown).replace(/\n+/g, '\n'), lines(withoutTitle).replace(/\n+/g, '\n'));

  // Rung is who stands in the options; the text is text.
  assert.equal(dingtalkText(longForm(message), { mobiles: [] }), plain);
  assert.ok(dingtalkText(longForm(message), { mobiles: ['13900000000'] }).endsWith('\n@13900000000'));

  const robot = wecomText(longForm(message));
  assert.doesNotMatch(robot, /</);
  assert.ok(utf8Bytes(robot) <= 2_048);
  assert.ok(robot.isWellFormed());

  const card = feishuCard(message, { users: [] }) as Card;
  assert.deepEqual(
    [card.header.title.tag, ...card.elements.map((element) => element.text.tag)],
    ['plain_text', 'plain_text'],
  );
  assert.equal(card.elements[0]!.text.content, withoutTitle);

  // Data kinds keep the string itself.
  const webhook = JSON.parse(webhookBody(message));
  assert.equal(webhook.data.alerts[0].host, text.toWellFormed());
  assert.equal(webhook.data.alerts[0].labels.mount, text.toWellFormed());
  assert.equal(webhook.data.alerts[0].text, `say ${text}`.toWellFormed());
  assert.equal(webhook.data.text, plain);
  const [alert] = message.alerts;
  for (const labels of [
    JSON.parse(alertmanagerBody(message)).alerts[0].labels,
    JSON.parse(writeJson(alertmanagerAlert(alert!, message, AT_MS))).labels,
  ]) {
    assert.equal(labels.mount ?? '', text.toWellFormed());
    assert.equal(labels.alertname ?? '', text.toWellFormed());
  }
  const event = JSON.parse(writeJson(pagerdutyEvent(alert!, 'trigger', message, KEY)));
  assert.equal(event.payload.custom_details.labels.mount, text.toWellFormed());
  assert.ok(event.payload.summary.length <= 1_024 && event.payload.summary.isWellFormed());

  // No control, no reversal, in what people read; line ends are ours alone.
  assert.doesNotMatch(plain, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
}

test('case 10: each hostile string is shown as typed by the kinds that people read, and is itself in those for programs', () => {
  for (const text of HOSTILE) check(text);
});

test('and so is any other', () => {
  const pieces = fc.oneof(
    fc.constantFrom(...HOSTILE),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    // Any UTF-16 units, also halves of a pair.
    fc.array(fc.nat(0xffff), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
  );
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1, maxLength: 4 }), (parts) => check(parts.join(''))),
    { numRuns: 300 },
  );
});

test('a label named as a property of every object is a label', () => {
  const labels = JSON.parse('{"__proto__":"x","constructor":"y","toString":"z"}') as Record<string, string>;
  const [alert] = hostileMessage('h').alerts;
  const message = messageOf({ alerts: [{ ...alert!, subject: { host: 'h', labels } }] });
  for (const text of [webhookBody(message), alertmanagerBody(message)]) {
    assert.match(text, /"__proto__":"x","constructor":"y","toString":"z"/);
  }
});
