// Against real servers: what robots say in a 200, web pages, tries under one id, recipients of mail.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from '../../receivers/servers/http-stub.ts';
import { startHttpStub } from '../../receivers/servers/http-stub.ts';
import { startSmtpStub } from '../../receivers/servers/smtp-stub.ts';
import { dingtalk } from '../../receivers/servers/vendors.ts';
import { until } from '../../until.ts';
import { realStage } from './real-receivers.ts';
import { at, receiver, ruleOf } from './stage.ts';

test('case 21 a: a robot that takes all but "resolved": refused, in history, not repeated; the other is not delayed', async (t) => {
  const robot = await startHttpStub(t, (request) =>
    /RESOLVED/.test(request.body)
      ? { status: 200, body: { errcode: 310000, errmsg: 'keywords not in content' } }
      : dingtalk({ nowMs: at('10:00') })(request),
  );
  const hook = await startHttpStub(t, () => ({ status: 200 }));
  const s = await realStage(t, {
    receivers: [
      receiver('robot', { kind: 'dingtalk', options: { url: `${robot.url}/robot` }, isDefault: false }),
      receiver('hook', { options: { url: hook.url }, isDefault: false }),
    ],
    rules: [ruleOf('high', { notify: ['robot', 'hook'] })],
  });
  await s.fire('10:00', 'web-1');
  await until('both told', () => s.deliveries.length === 2);
  await s.end('10:10', 'web-1');
  await until('both tried', () => s.deliveries.length === 4);
  assert.equal(hook.received.length, 2);
  await s.until('11:00');
  assert.equal(robot.received.length, 2);
  const refused = s.deliveries.find(({ kind }) => kind === 'refused')!;
  assert.equal(refused.receiver, 'robot');
  assert.match(refused.text, /keywords not in content/);
  assert.match(s.notifier().notes()[0]!, /^receiver robot: 1 message refused since .*keywords/);
});

test('case 21 c: a web page with 200 is not "sent": three tries, then refused', async (t) => {
  const robot = await startHttpStub(t, () => ({
    status: 200,
    body: '<html>login',
    headers: { 'content-type': 'text/html' },
  }));
  const s = await realStage(t, {
    receivers: [receiver('robot', { kind: 'dingtalk', options: { url: `${robot.url}/robot` } })],
  });
  await s.fire('10:00', 'web-1');
  await s.passUntil('three tries', () => s.deliveries.some(({ kind }) => kind === 'refused'));
  await s.until('11:00');
  assert.equal(robot.received.length, 3);
  assert.ok(!s.deliveries.some(({ kind }) => kind === 'sent'));
});

test('tries have one webhook-id, another message another one', async (t) => {
  const answers: Answer[] = [{ status: 500 }, 'hang up', { status: 200 }];
  const hook = await startHttpStub(t, () => answers.shift() ?? { status: 200 });
  const s = await realStage(t, { receivers: [receiver('hook', { options: { url: hook.url } })] });
  await s.fire('10:00', 'web-1');
  await s.passUntil('sent', () => s.deliveries.some(({ kind }) => kind === 'sent'));
  assert.deepEqual(
    s.deliveries.map(({ kind }) => kind),
    ['retry', 'unknown', 'sent'],
  );
  await s.end('10:30', 'web-1');
  await until('sent again', () => s.deliveries.length === 4);
  const ids = hook.received.map(({ headers }) => headers['webhook-id']);
  assert.equal(new Set(ids.slice(0, 3)).size, 1);
  assert.notEqual(ids[3], ids[0]);
});

test('e-mail: who was greylisted gets it later, who was refused does not, nobody gets it twice', async (t) => {
  const recipients: Record<string, { code: number; text: string }> = {
    'b@example.org': { code: 451, text: 'greylisted' },
    'c@example.org': { code: 550, text: 'no such user' },
  };
  const mail = await startSmtpStub(t, { recipients });
  const options = {
    host: '127.0.0.1',
    port: mail.port,
    from: 'minimon@example.org',
    to: ['a@example.org', 'b@example.org', 'c@example.org'],
    security: 'none',
  };
  const s = await realStage(t, { receivers: [receiver('mail', { kind: 'email', options })] });
  await s.fire('10:00', 'web-1');
  await until('each was tried', () => s.deliveries.length === 3);
  delete recipients['b@example.org'];
  await s.passUntil('b is told', () =>
    s.deliveries.some(({ kind, recipient }) => kind === 'sent' && recipient === 'b@example.org'),
  );
  await s.until('10:30');
  assert.deepEqual(mail.taken.map(({ to }) => to[0]).sort(), ['a@example.org', 'b@example.org']);
});
