// E-mail against a real SMTP server: an outcome a recipient, ids and threads, headers that nothing can be slipped into.
import assert from 'node:assert/strict';
import type { lookup as systemLookup } from 'node:dns';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createAddressGuard } from '../../src/receivers/address-guard.ts';
import { openReceiver } from '../../src/receivers/kinds.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import {
  AT_MS,
  alertOf,
  hostileMessage,
  messageOf,
  NEVER,
  open,
  partsOf,
  timedOut,
} from './sample-messages.ts';
import { type SmtpRules, startSmtpStub } from './servers/smtp-stub.ts';

const CERT = readFileSync('test/api/fixtures/tls-cert.pem', 'utf8');
const KEY = readFileSync('test/api/fixtures/tls-key.pem', 'utf8');
const OPTIONS = { host: '127.0.0.1', security: 'none', from: 'minimon@example.org', to: ['ops@example.org'] };

async function mailer(t: TestContext, rules: SmtpRules = {}, given: object = {}) {
  const stub = await startSmtpStub(t, rules);
  const clock = createVirtualClock(AT_MS);
  const receiver = await open('email', { ...OPTIONS, port: stub.port, ...given }, { clock });
  return { stub, receiver, clock };
}

test('a message: headers, subject, text', async (t) => {
  const { stub, receiver } = await mailer(t);
  assert.deepEqual(await receiver.send(messageOf(), NEVER), { kind: 'sent' });
  const { mail, raw, to } = stub.taken[0]!;
  assert.deepEqual(to, ['ops@example.org']);
  assert.equal(mail.subject, '[FIRING 1] 725 critical: high-cpu web-17');
  assert.equal(mail.from?.text, '"minimon" <minimon@example.org>');
  assert.equal(mail.messageId, '<n-000725@example.org>');
  assert.equal(mail.date?.getTime(), AT_MS);
  assert.match(raw, /^Auto-Submitted: auto-generated\r$/m);
  assert.match(raw, /^X-Auto-Response-Suppress: All\r$/m);
  assert.match(raw, /^List-ID: minimon alerts <alerts\.example\.org>\r$/im);
  assert.match(mail.text ?? '', /cpu\.usage 97\.3 % \(> 90 %\)/);
  assert.equal(mail.html, false);
});

test('a message each, so that each recipient has its own outcome', async (t) => {
  const rules = {
    recipients: {
      'gone@example.org': { code: 550, text: 'no such user' },
      'grey@example.org': { code: 451, text: 'greylisted, try later' },
    },
  };
  const to = ['ops@example.org', 'gone@example.org', 'grey@example.org', 'ops@example.org'];
  const { stub, receiver } = await mailer(t, rules, { to });
  assert.deepEqual(receiver.recipients, ['ops@example.org', 'gone@example.org', 'grey@example.org']);
  const outcomes = [];
  for (const recipient of receiver.recipients)
    outcomes.push(await receiver.send(messageOf(), NEVER, recipient));
  assert.deepEqual(outcomes[0], { kind: 'sent' });
  assert.ok(outcomes[1]!.kind === 'refused' && /550.*no such user/.test(outcomes[1]!.reason));
  assert.ok(outcomes[2]!.kind === 'retry' && /451.*greylisted/.test(outcomes[2]!.reason));
  assert.deepEqual(
    stub.taken.map((taken) => taken.to),
    [['ops@example.org']],
  );
  // Nobody learns who else was told.
  assert.doesNotMatch(stub.taken[0]!.raw, /grey@|gone@/);
});

const REPLIES: readonly (readonly [number, string])[] = [
  [421, 'retry'],
  [452, 'retry'],
  [552, 'refused'],
  [554, 'refused'],
];

for (const [code, kind] of REPLIES) {
  test(`${code} after the text is ${kind}`, async (t) => {
    const { receiver } = await mailer(t, { afterData: { code, text: 'not now' } });
    const outcome = await receiver.send(messageOf(), NEVER);
    assert.ok(outcome.kind === kind && outcome.kind !== 'sent');
    assert.match(outcome.reason, new RegExp(`${code}`));
  });
}

for (const afterData of ['hang up', 'hang'] as const) {
  test(`a server that does ${afterData} after the final dot: unknown, and the next try has the same Message-ID`, async (t) => {
    const { stub, receiver, clock } = await mailer(t, { afterData });
    for (let tries = 0; tries < 2; tries++) {
      const reached = stub.next();
      const pending = receiver.send(messageOf(), NEVER);
      const outcome = await (afterData === 'hang' ? timedOut(pending, reached, clock) : pending);
      assert.equal(outcome.kind, 'unknown');
    }
    assert.deepEqual(
      stub.taken.map(({ mail }) => mail.messageId),
      ['<n-000725@example.org>', '<n-000725@example.org>'],
    );
  });
}

async function startRawServer(t: TestContext, onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    t.after(() => socket.destroy());
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => void server.close());
  return (server.address() as { port: number }).port;
}

test('a server that is silent: retry once the limit has passed', async (t) => {
  let onReached = () => {};
  const reached = new Promise<void>((resolve) => {
    onReached = resolve;
  });
  const port = await startRawServer(t, () => onReached());
  const clock = createVirtualClock(AT_MS);
  const receiver = await open('email', { ...OPTIONS, port }, { clock });
  assert.deepEqual(await timedOut(receiver.send(messageOf(), NEVER), reached, clock), {
    kind: 'retry',
    reason: 'timeout: not done within 10 s',
  });
});

test('a server that hangs up, refuses or is not there: retry, refused, retry', async (t) => {
  const gone = await open('email', {
    ...OPTIONS,
    port: await startRawServer(t, (socket) => socket.destroy()),
  });
  assert.equal((await gone.send(messageOf(), NEVER)).kind, 'retry');
  const closing = await startRawServer(t, (socket) => void socket.write('554 no service\r\n'));
  const refused = await (await open('email', { ...OPTIONS, port: closing })).send(messageOf(), NEVER);
  assert.ok(refused.kind === 'refused');
  assert.match(refused.reason, /554/);
  const closed = await open('email', { ...OPTIONS, port: 1 });
  assert.deepEqual(await closed.send(messageOf(), NEVER), {
    kind: 'retry',
    reason: 'connect ECONNREFUSED 127.0.0.1:1',
  });
});

test('login: right, wrong, and not now', async (t) => {
  const user = { name: 'minimon', password: 'hunter2hunter2' };
  const login = { user: user.name, password: user.password };
  const good = await mailer(t, { user }, login);
  assert.deepEqual(await good.receiver.send(messageOf(), NEVER), { kind: 'sent' });

  const wrong = await mailer(t, { user: { ...user, password: 'another' } }, login);
  const refused = await wrong.receiver.send(messageOf(), NEVER);
  assert.ok(refused.kind === 'refused');
  assert.match(refused.reason, /^login failed: .*535/);
  assert.doesNotMatch(refused.reason, /hunter2/);

  const later = await mailer(t, { user: { ...user, password: 'another' }, loginCode: 454 }, login);
  assert.equal((await later.receiver.send(messageOf(), NEVER)).kind, 'retry');

  // A server that offers no login at all must not get the mail without one.
  const none = await mailer(t, {}, login);
  assert.equal((await none.receiver.send(messageOf(), NEVER)).kind, 'refused');
  assert.equal(none.stub.taken.length, 0);
});

test('STARTTLS: used, trusted by its CA, and required where it is not offered', async (t) => {
  const starttls = { cert: CERT, key: KEY };
  const good = await mailer(t, { starttls }, { security: 'starttls', tls: { ca: CERT } });
  assert.deepEqual(await good.receiver.send(messageOf(), NEVER), { kind: 'sent' });

  const strange = await mailer(t, { starttls }, { security: 'starttls' });
  const untrusted = await strange.receiver.send(messageOf(), NEVER);
  assert.ok(untrusted.kind === 'retry');
  assert.match(untrusted.reason, /self-signed certificate/);

  const plain = await mailer(t, {}, { security: 'starttls' });
  const outcome = await plain.receiver.send(messageOf(), NEVER);
  assert.equal(outcome.kind, 'refused');
  assert.equal(strange.stub.taken.length + plain.stub.taken.length, 0);
});

test('TLS from the first byte, to a server known by name', async (t) => {
  const stub = await startSmtpStub(t, { tls: { cert: CERT, key: KEY } });
  const resolve = ((_n: string, _o: object, callback: (error: null, found: object[]) => void) =>
    callback(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as typeof systemLookup;
  const parts = { ...partsOf(), guard: createAddressGuard({ resolve }) };
  const options = { ...OPTIONS, port: stub.port, security: 'tls', tls: { ca: CERT } };
  const known = await openReceiver('email', { ...options, host: 'localhost' }, parts);
  assert.deepEqual(await known.send(messageOf(), NEVER), { kind: 'sent' });
  const other = await openReceiver('email', { ...options, host: 'mail.example.org' }, parts);
  const outcome = await other.send(messageOf(), NEVER);
  assert.ok(outcome.kind === 'retry');
  assert.match(outcome.reason, /does not match certificate's altnames/);
  assert.equal(stub.taken.length, 1);
});

test('firing, repeat and resolved stand in one thread; the next outage in another', async (t) => {
  const { stub, receiver } = await mailer(t);
  const resolved = [alertOf({ state: 'resolved', endedMs: AT_MS })];
  for (const message of [
    messageOf({ id: 'n1' }),
    messageOf({ id: 'n2', reason: 'repeat' }),
    messageOf({ id: 'n3', reason: 'all_resolved', alerts: resolved }),
    messageOf({ id: 'n4', groupSinceMs: AT_MS + 3_600_000 }),
    messageOf({ id: 'n5', group: '726' }),
  ]) {
    assert.deepEqual(await receiver.send(message, NEVER), { kind: 'sent' });
  }
  const threads = stub.taken.map(({ mail }) => mail.inReplyTo);
  assert.equal(new Set(threads.slice(0, 3)).size, 1);
  assert.equal(new Set(threads).size, 3);
  assert.match(threads[0]!, /^<thread-[0-9a-f]{40}@example\.org>$/);
  assert.deepEqual(
    stub.taken.map(({ mail }) => mail.references),
    threads,
  );
  assert.equal(new Set(stub.taken.map(({ mail }) => mail.messageId)).size, 5);
});

test('case 22: a line end in a label makes no header, Han is one encoded subject of at most 60 characters', async (t) => {
  const { stub, receiver } = await mailer(t);
  const message = messageOf({
    group: '机房一',
    alerts: [
      alertOf({
        rule: '磁盘'.repeat(21),
        subject: { host: 'web-17', location: '机房一', labels: { mount: '/mnt/a\nBcc: x@example.org' } },
      }),
    ],
  });
  assert.deepEqual(await receiver.send(message, NEVER), { kind: 'sent' });
  await receiver.send(hostileMessage('\r\nBcc: x@example.org\r\n\r\n.\r\nQUIT\r\n'), NEVER);
  const [han, hostile] = stub.taken;
  assert.match(han!.mail.subject ?? '', /^\[FIRING 1\] 机房一 critical: 磁盘/);
  assert.ok([...han!.mail.subject!].length <= 60);
  assert.match(hostile!.mail.subject ?? '', /^\[FIRING 1\] \\r\\nBcc: x@example\.org/);
  for (const { mail, raw } of stub.taken) {
    assert.equal(mail.bcc, undefined);
    assert.deepEqual(
      mail.headerLines.map(({ key }) => key).filter((key) => key === 'subject'),
      ['subject'],
    );
    assert.equal(raw.match(/^bcc:/gim), null);
  }
  assert.match(hostile!.mail.text ?? '', /\n {2}\.\n {2}QUIT/);
});

test('a link-local server is refused, as written and as resolved', async () => {
  const literal = await open('email', { ...OPTIONS, host: '169.254.169.254' });
  assert.equal((await literal.send(messageOf(), NEVER)).kind, 'refused');
  const resolve = ((_n: string, _o: object, callback: (error: null, found: object[]) => void) =>
    callback(null, [{ address: '169.254.1.1', family: 4 }])) as unknown as typeof systemLookup;
  const parts = { ...partsOf(), guard: createAddressGuard({ resolve }) };
  const resolved = await openReceiver('email', { ...OPTIONS, host: 'mail.example.org' }, parts);
  assert.deepEqual(await resolved.send(messageOf(), NEVER), {
    kind: 'refused',
    reason:
      'mail.example.org: 169.254.1.1 is a link-local or metadata address, which is not allowed: warn.allow_addresses may name it',
  });
});

test('the signal ends a try', async (t) => {
  const stop = new AbortController();
  const { receiver } = await mailer(t, { afterData: 'hang', onTaken: () => stop.abort() });
  assert.deepEqual(await receiver.send(messageOf(), stop.signal), {
    kind: 'unknown',
    reason: 'stopped while sending',
  });
});
