// Cases from the field about what people read, from a rule saved in manage to the bodies that each kind of receiver gets.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { safeText } from '../../src/domain/safe-text.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { startHttpStub } from '../receivers/servers/http-stub.ts';
import { startSmtpStub } from '../receivers/servers/smtp-stub.ts';
import {
  createAlertmanager,
  dingtalk,
  feishu,
  pagerduty,
  slack,
  wecom,
} from '../receivers/servers/vendors.ts';
import { owned, tick } from '../report/ticks.ts';
import { MINUTE, type Setup, START, settle, setup, startWarn } from './alert-line.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const MOBILE = '13800000000';
const GIB = 2 ** 30;

/** Each kind as its vendor's server takes it, and what somebody would read there: of firing, and of its end. */
async function everyKind(t: TestContext, at: Setup) {
  const alertmanager = createAlertmanager(at.clock.nowMs);
  const fine = () => ({ status: 200 });
  const servers = {
    webhook: await startHttpStub(t, fine),
    'alertmanager-webhook': await startHttpStub(t, fine),
    alertmanager: await startHttpStub(t, (request) => alertmanager.answer(request)),
    slack: await startHttpStub(t, slack),
    dingtalk: await startHttpStub(t, dingtalk({ nowMs: START })),
    wecom: await startHttpStub(t, wecom),
    feishu: await startHttpStub(t, feishu({ nowMs: START })),
    pagerduty: await startHttpStub(t, pagerduty),
  };
  const smtp = await startSmtpStub(t);
  const options = (kind: string, url: string): object => {
    if (kind === 'pagerduty') return { url, routing_key: KEY };
    return kind === 'dingtalk' ? { url, mobiles: [MOBILE] } : { url };
  };
  const setups = Object.entries(servers).map(([kind, { url }]) => ({ kind, options: options(kind, url) }));
  const email = {
    host: '127.0.0.1',
    port: smtp.port,
    security: 'none',
    from: 'm@a.example',
    to: ['o@a.example'],
  };
  const bodies = (kind: keyof typeof servers) =>
    servers[kind].received.map(({ body }) => JSON.parse(body) as Json);
  return {
    setups: [...setups, { kind: 'email', options: email }],
    /** Texts of the kinds that people read. */
    read: {
      slack: () =>
        bodies('slack').map((body) =>
          (body['blocks'] as { text: { text: string } }[])
            .map(({ text }) =>
              text.text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
            )
            .join('\n'),
        ),
      dingtalk: () => bodies('dingtalk').map((body) => (body['text'] as { content: string }).content),
      wecom: () =>
        bodies('wecom').map((body) => (body['text'] as { content: string }).content.replaceAll('＜', '<')),
      feishu: () =>
        bodies('feishu').map((body) =>
          (body['card'] as { elements: { text: { content: string } }[] }).elements
            .map(({ text }) => text.content)
            .join('\n'),
        ),
      email: () => smtp.taken.map(({ mail }) => mail.text ?? ''),
      webhook: () => bodies('webhook').map((body) => (body['data'] as { text: string }).text),
    },
    bodies,
    smtp,
  };
}
type Json = Record<string, unknown>;

async function line(t: TestContext, assignments: readonly { hostId: string; location: string }[]) {
  const at = await setup({ stepMs: 2_000 });
  const parts = await startWarn(at);
  owned(parts.warn);
  const kinds = await everyKind(t, at);
  for (const { kind, options } of kinds.setups)
    await parts.manage.putReceiver({
      name: kind,
      kind,
      options: JSON.stringify(options),
      timeZone: 'Asia/Shanghai',
    });
  await parts.manage.assignHosts({ new: true, assignments });
  const notify = kinds.setups.map(({ kind }) => kind);
  const reach = (minutes: number) =>
    settle(at, () => at.clock.nowMs() >= START + minutes * MINUTE, `minute ${minutes}`);
  /** A tick of every host with the same sample. */
  async function minute(
    number: number,
    value: number,
    { metric = 'disk.usage', labels = {} as Readonly<Record<string, string>> } = {},
  ) {
    await reach(number);
    const timeMs = START + number * MINUTE;
    const ticks = assignments.map(({ hostId }) =>
      encodeTick(tick({ hostId, timeMs, samples: [{ metric, labels, value }] })),
    );
    await at.bus.publish([{ partition: 0, receivedMs: timeMs + 50, bytes: encodeBatch(ticks) }]);
    await at.inFlight.idle();
  }
  return { at, ...parts, ...kinds, notify, reach, minute };
}

test('case 8: values with their units, the worst, the threshold and times with their zone, at firing and at recovery', async (t) => {
  const s = await line(t, [{ hostId: 'web-1', location: '725' }]);
  await s.manage.putRule({ name: 'space', expression: 'disk.free < 5GiB', notify: s.notify });
  await s.reach(0.05);
  const free = { metric: 'disk.free', labels: { mount: '/' } };
  for (const [i, value] of [4.2e9, 1.0e9, 8.1e10].entries()) await s.minute(i + 1, value, free);
  await s.reach(7);
  for (const [kind, texts] of Object.entries(s.read)) {
    const [firing = '', over = ''] = texts();
    assert.match(firing, /3\.9 GiB \(< 5 GiB\)/, kind);
    assert.match(
      over,
      /disk\.free 75\.4 GiB at recovery \(fired at 3\.9 GiB, < 5 GiB\), worst 954 MiB/,
      kind,
    );
    assert.match(firing, /2025-11-25 09:01:00 \+08:00/, `${kind}: a time with its zone`);
    assert.match(over, /2025-11-25 09:01:00 \+08:00 to 09:03:00 \+08:00, 2m/, kind);
  }
  const [, over] = s.bodies('webhook').map(({ data }) => (data as { alerts: Json[] }).alerts[0]!);
  assert.equal(over!['since'], '2025-11-25T01:01:00.000Z');
  const [reading] = over!['readings'] as Json[];
  const { at_firing, worst, at_recovery, threshold } = reading!;
  assert.deepEqual([at_firing, worst, at_recovery], [4.2e9, 1.0e9, 8.1e10]);
  assert.deepEqual(threshold, { op: '<', value: 5 * GIB });
});

/** What a rule says that somebody wrote who knows other tools. */
const TEXT = ['say "hi" \\ {value} {label.mount} {{x}} %s ', '$', '{HOME} $(id)\n\ttab\u2028line 🧯'].join(
  '',
);
const MOUNT = '/a"b\\c d';

test('case 9: a text with quotes, backslashes, braces and line ends arrives as it is by every kind, firing and over', async (t) => {
  const s = await line(t, [
    { hostId: 'web-1', location: '725' },
    { hostId: 'web-2', location: '725' },
    { hostId: 'web-3', location: '725' },
  ]);
  const wrong = s.manage.putRule({ name: 'x', expression: 'disk.usage > 90', text: `${TEXT} {lable.mount}` });
  await assert.rejects(wrong, /unknown placeholder \{lable\.mount\}[\s\S]*label\.mount/);
  await s.manage.putRule({
    name: 'full',
    expression: 'disk.usage > 90',
    text: TEXT,
    notify: s.notify,
    hosts: ['web-1'],
  });
  // Of a location: it has no mount.
  const share = { name: 'many', expression: 'share(disk.usage > 90) > 50%', locations: ['725'] };
  await s.manage.putRule({ ...share, text: 'on {label.mount} of {host}', notify: ['webhook'] });
  await s.reach(0.05);
  await s.minute(1, 95, { labels: { mount: MOUNT } });
  await s.minute(2, 20, { labels: { mount: MOUNT } });
  await s.reach(7);
  const said = `say "hi" \\ 95 % ${MOUNT} {{x}} %s ${'$'}{HOME} $(id)`;
  for (const [kind, texts] of Object.entries(s.read)) {
    const all = texts().join('\n');
    assert.ok(all.includes(said), `${kind}: ${all}`);
    assert.ok(all.includes('tab') && all.includes('line 🧯'), kind);
    assert.match(all, /\[FIRING|Reason: first message/, kind);
    assert.match(all, /resolved full|RESOLVED/, `${kind}: its end arrives too`);
  }
  assert.match(s.read.webhook().join('\n'), /on - of -/);
  for (const kind of ['alertmanager', 'alertmanager-webhook', 'pagerduty'] as const)
    assert.ok(JSON.stringify(s.bodies(kind)).includes(JSON.stringify(MOUNT).slice(1, -1)), kind);
  const { receivers } = await s.notifier.calls.listReceiverHealth();
  assert.deepEqual(
    receivers.filter(({ state }) => state !== 'ok'),
    [],
    'no kind is behind',
  );
});

test('case 10: hosts and mounts that are commands in a chat ring nobody; the member who is to be rung is', async (t) => {
  const strings = [
    '<!channel>',
    'a&b<c>',
    '<@U024BE7LH>',
    '*b* _i_ ~s~',
    '`x`',
    '[x](http://a.example)',
    '@all',
  ];
  const s = await line(
    t,
    strings.map((hostId) => ({ hostId, location: '<at user_id="all">x</at>' })),
  );
  await s.manage.putRule({ name: '# head', expression: 'disk.usage > 90', notify: s.notify });
  await s.reach(0.05);
  await s.minute(1, 95, { labels: { mount: '![](http://a.example/x.png)' } });
  await s.reach(1.2);
  for (const [kind, texts] of Object.entries(s.read)) {
    const all = texts().join('\n');
    for (const host of strings)
      assert.ok(all.includes(safeText(host)), `${kind} shows ${host} as typed: ${all}`);
    assert.doesNotMatch(all, /&amp;/, kind);
  }
  assert.doesNotMatch(JSON.stringify(s.bodies('slack')), /[<>]|"type":"mrkdwn"/);
  assert.doesNotMatch(JSON.stringify(s.bodies('wecom')), /</);
  assert.doesNotMatch(JSON.stringify(s.bodies('feishu')), /lark_md/);
  for (const body of s.bodies('dingtalk')) {
    assert.deepEqual(body['at'], { atMobiles: [MOBILE], atUserIds: [], isAtAll: false });
    assert.ok((body['text'] as { content: string }).content.includes(`@${MOBILE}`), 'in the text, too');
  }
});

test('case 12: Alertmanager at the other end sees one alert from its start to its end, over a rise, growth and a restart', async (t) => {
  const hosts = ['a', 'b'];
  const s = await line(
    t,
    hosts.map((hostId) => ({ hostId, location: '725' })),
  );
  const expression = 'disk.usage > 80 warning, > 95 critical';
  await s.manage.putRule({ name: 'full', expression, labels: { team: '一' }, notify: s.notify });
  await s.reach(0.05);
  for (const [i, value] of [85, 97, 50].entries()) await s.minute(i + 1, value, { labels: { mount: '/' } });
  await s.reach(7);
  const posted = s.bodies('alertmanager') as unknown as {
    labels: Json;
    startsAt: string;
    endsAt: string;
  }[][];
  const ofA = posted.flat().filter(({ labels }) => labels['host'] === 'a');
  assert.equal(
    new Set(ofA.map(({ labels }) => JSON.stringify(labels))).size,
    1,
    'the same labels to the byte',
  );
  assert.equal(new Set(ofA.map(({ startsAt }) => startsAt)).size, 1);
  assert.ok(ofA.every(({ labels }) => Object.keys(labels).every((name) => /^[a-zA-Z_]\w*$/.test(name))));
  assert.equal(Date.parse(ofA.at(-1)!.endsAt), START + 3 * MINUTE);
  const bodies = s.bodies('alertmanager-webhook') as unknown as {
    version: string;
    groupKey: string;
    status: string;
    alerts: { fingerprint: string; endsAt: string; status: string }[];
  }[];
  assert.equal(bodies.at(-1)!.status, 'resolved');
  assert.deepEqual(
    [...new Set(bodies.map(({ version, groupKey }) => `${version} ${groupKey}`))],
    ['4 {}:{location="725"}'],
  );
  assert.equal(new Set(bodies.flatMap(({ alerts }) => alerts.map(({ fingerprint }) => fingerprint))).size, 2);
  for (const { alerts } of bodies)
    for (const { endsAt, status } of alerts) assert.equal(endsAt.startsWith('0001'), status === 'firing');
});
