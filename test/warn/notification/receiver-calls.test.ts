// receivers test and route on the notifier: real servers that say no, labels, silences, names that do not exist.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from '../../receivers/sample-messages.ts';
import { startHttpStub } from '../../receivers/servers/http-stub.ts';
import { dingtalk } from '../../receivers/servers/vendors.ts';
import { at, receiver, ruleOf, stage } from './stage.ts';

test('case 14: a robot that wants a word, a redirect, an empty body, and one that takes it', async (t) => {
  const word = await startHttpStub(t, dingtalk({ nowMs: at('10:00'), keyword: '报警' }));
  const good = await startHttpStub(t, dingtalk({ nowMs: at('10:00') }));
  const login = await startHttpStub(t, () => ({
    status: 302,
    headers: { location: 'https://login.example.org/' },
  }));
  const empty = await startHttpStub(t, () => ({ status: 200, body: '' }));
  const robot = (name: string, { url }: { url: string }) =>
    receiver(name, { kind: 'dingtalk', options: { url: `${url}/robot/send` }, isDefault: name === 'good' });
  const s = await stage(t, {
    receivers: [robot('word', word), robot('good', good), robot('login', login), robot('empty', empty)],
    parts: { openReceiver: (setup) => open(setup.kind, setup.options) },
  });
  const { calls } = s.notifier();
  const outcome = async (name: string) => {
    const [result] = (await calls.testReceiver(name)).results;
    return `${result!.outcome} ${result!.text ?? ''}`.trim();
  };
  assert.equal(await outcome('good'), 'sent');
  assert.match(await outcome('word'), /^refused .*keywords not in content/);
  assert.match(await outcome('login'), /^refused .*redirect \(302\) to https:\/\/login\.example\.org/);
  assert.match(await outcome('empty'), /^(retry|refused) /);
  assert.equal(await outcome('good'), 'sent', 'twice in a second');
  assert.match(good.received[0]!.body, /TEST/);
  assert.ok(
    s.deliveries.every(({ reason }) => reason === 'test'),
    'in the history as a test',
  );
  assert.deepEqual(await s.catalog.notifications.list(), [], 'no state comes of it');
  await assert.rejects(calls.testReceiver('goood'), { code: 'RECEIVER_UNKNOWN', hint: 'Did you mean good?' });
});

test('a test keeps the rate limit and is not counted as told', async (t) => {
  const s = await stage(t, { pace: { ops: { rateLimits: [{ count: 1, perMs: 60_000 }] } } });
  const test = async () => (await s.notifier().calls.testReceiver('ops')).results[0]!;
  assert.equal((await test()).outcome, 'sent');
  assert.deepEqual(await test(), {
    recipient: 'ops',
    outcome: 'retry',
    text: 'not sent: rate limited for 60 s',
  });
});

test('route: named, by matchers, the default, not active, and silenced', async (t) => {
  const hours = { timeZone: 'UTC', days: [], from: '18:00', to: '06:00' };
  const s = await stage(t, {
    receivers: [
      receiver('chat', { isDefault: false, matchers: ['severity=critical', 'location~7*'] }),
      receiver('night', { isDefault: false, matchers: ['location~7*'], activeTimes: [hours] }),
      receiver('mail'),
    ],
    rules: [ruleOf('high', { notify: ['night'] })],
  });
  const route = (...words: string[]) =>
    s
      .notifier()
      .calls.routeOf(words)
      .receivers.map(({ name, told, why }) => `${name} ${told ? 'yes' : 'no'}: ${why}`);
  assert.deepEqual(route('location=725', 'severity=critical'), [
    'chat yes: its route matches: severity=critical, location~7*',
    'night no: its route is not active now',
    'mail no: it is the default, and a route matches',
  ]);
  assert.deepEqual(route('location=800', 'severity=critical'), [
    'mail yes: the default, because no route matches',
    'chat no: its route does not match: severity=critical, location~7*',
    'night no: its route does not match: location~7*',
  ]);
  assert.equal(route('rule=high', 'location=725')[0], 'night yes: the rule names it');
  assert.throws(() => route('rule=hihg'), { code: 'USAGE', hint: 'Did you mean high?' });
  assert.throws(() => route('location~7*'), { code: 'USAGE' });
  assert.throws(() => route('location'), { code: 'BAD_EXPRESSION' });
  assert.throws(() => route('locaton=725'), { code: 'BAD_EXPRESSION', message: /Did you mean location\?/ });
  assert.throws(() => route('severity=crit'), { code: 'BAD_EXPRESSION', message: /Did you mean critical\?/ });
  await s.configure({
    silences: [
      {
        id: 's',
        matchers: ['location=725'],
        reason: 'work',
        author: 'ada',
        startsMs: at('10:00'),
        endsMs: at('11:00'),
        createdMs: 0,
      },
    ],
  });
  assert.equal(
    s.notifier().calls.routeOf(['location=725']).silenced,
    'silenced by ada until 2026-11-28T11:00:00.000Z: work',
  );
});
