// Secrets of receivers: each kind fails in each way, also by a server that says back all it was sent, and the secret is in
// nothing that anybody can see: log, history, notes, health, metrics, errors, lists, messages to others, stored accounts.
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { createManageService } from '../../../src/daemons/manage/service.ts';
import { KIND_NAMES } from '../../../src/receivers/kinds.ts';
import { createLogger } from '../../../src/runtime/logging.ts';
import { type Answer, type Received, startHttpStub } from '../../receivers/servers/http-stub.ts';
import { startSmtpStub } from '../../receivers/servers/smtp-stub.ts';
import { realStage } from './real-receivers.ts';
import { at, receiver, ruleOf } from './stage.ts';

const MARK = 'S3CR3T0725marked';
/** As it is, and as URLs, JSON, Base64 and headers may write it. */
const FORMS = [
  MARK,
  encodeURIComponent(MARK),
  Buffer.from(MARK).toString('base64').replace(/=+$/, ''),
  Buffer.from(`ops:${MARK}`).toString('base64'),
];

/** All that it was sent, said back. */
const echo = ({ url, headers, body }: Received) => `${url} ${JSON.stringify(headers)} ${body}`;

const WAYS: Readonly<Record<string, (request: Received) => Answer>> = {
  '500 echo': (request) => ({ status: 500, body: echo(request) }),
  '400 echo': (request) => ({ status: 400, body: echo(request) }),
  '200 echo': (request) => ({ status: 200, body: echo(request) }),
  '200 says no': (request) => ({
    status: 200,
    body: { errcode: 1, code: 1, errmsg: echo(request), msg: echo(request) },
  }),
  '429 echo': (request) => ({ status: 429, body: echo(request), headers: { 'retry-after': '1' } }),
  '410 echo': (request) => ({ status: 410, body: echo(request) }),
  redirect: ({ url }) => ({
    status: 302,
    headers: { location: `https://login.example.org${url}&back=${url}` },
  }),
  'hung up': () => 'hang up',
  half: () => 'half error',
};

const optionsOf = (kind: string, base: string): Record<string, unknown> => {
  const url = `${base}/hook/${MARK}?access_token=${MARK}&key=${MARK}`;
  switch (kind) {
    case 'pagerduty':
      return { url, routing_key: MARK.padEnd(32, 'x') };
    case 'dingtalk':
    case 'feishu':
      return { url, secret: MARK };
    case 'webhook':
      return { url, secrets: [MARK], authorization: `Bearer ${MARK}` };
    case 'alertmanager':
    case 'alertmanager-webhook':
      return {
        url: `${base}/${MARK}`,
        authorization: `Basic ${Buffer.from(`ops:${MARK}`).toString('base64')}`,
      };
    default:
      return { url };
  }
};

test('no secret in anything that anybody can see, however a receiver fails', async (t) => {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const logger = await createLogger({ level: 'trace', format: 'json' }, sink);
  const http = await startHttpStub(t, (request) =>
    WAYS[decodeURIComponent(request.url.split('/')[1]!)]!(request),
  );
  const mail = await startSmtpStub(t, { user: { name: 'ops', password: 'another' } });
  const told = await startHttpStub(t, () => ({ status: 200 }));

  const receivers = [receiver('default', { options: { url: told.url } })];
  for (const kind of KIND_NAMES.filter((name) => name !== 'email')) {
    const bases: Record<string, string> = Object.fromEntries(
      Object.keys(WAYS).map((way) => [way, `${http.url}/${encodeURIComponent(way)}`]),
    );
    bases['closed'] = 'http://127.0.0.1:1';
    bases['unknown name'] = 'http://receiver.invalid';
    bases['blocked'] = 'http://169.254.169.254';
    bases['plain text at TLS'] = http.url.replace('http:', 'https:');
    for (const [way, base] of Object.entries(bases)) {
      receivers.push(receiver(`${kind} ${way}`, { kind, options: optionsOf(kind, base), isDefault: false }));
    }
  }
  const smtp = { host: '127.0.0.1', security: 'none', from: 'a@example.org', to: ['b@example.org'] };
  const login = { user: 'ops', password: MARK };
  receivers.push(
    receiver('email login', {
      kind: 'email',
      options: { ...smtp, ...login, port: mail.port },
      isDefault: false,
    }),
    receiver('email closed', { kind: 'email', options: { ...smtp, ...login, port: 1 }, isDefault: false }),
    receiver('broken', { options: { url: `ftp://${MARK}/` }, isDefault: false }),
  );
  const s = await realStage(t, {
    receivers,
    rules: [ruleOf('high', { notify: receivers.map(({ name }) => name) })],
    parts: { logger },
  });

  await s.fire('10:00', 'web-1');
  await s.passUntil('each was tried', () => {
    const tried = new Set(s.deliveries.map((one) => one.receiver));
    return receivers.every(({ name }) => name === 'broken' || tried.has(name));
  });
  // Those that fail for an hour, or cannot be used at all, are told to the default receiver with what they say.
  const few = ['default', 'broken', 'webhook 500 echo', 'webhook 410 echo', 'slack redirect', 'email closed'];
  await s.configure({ receivers: receivers.filter(({ name }) => few.includes(name)) });
  await s.passUntil('an hour', () => s.clock.nowMs() >= at('11:02'));
  await s.passUntil('told of them', () =>
    told.received.some(({ body }) => body.includes('webhook 500 echo')),
  );
  await s.configure({ receivers });

  const { calls } = s.notifier();
  const tests: unknown[] = [];
  for (const { name } of receivers) {
    tests.push(
      await calls.testReceiver(name).catch((error: Error & { hint?: string }) => [error.message, error.hint]),
    );
  }
  const manage = createManageService({
    catalog: s.catalog,
    analyze: {
      listReportingHosts: async () => ({ nowMs: 0, hosts: [], watermarks: [] }),
      queryLatest: () => Promise.reject(new Error('nobody asks')),
    },
    clock: s.clock,
    logger,
  });
  for (const { name, kind, options } of receivers) {
    await manage
      .putReceiver({ name, kind, options: JSON.stringify(options) })
      .catch((error: Error & { hint?: string }) => tests.push([error.message, error.hint]));
  }
  const seen: Readonly<Record<string, unknown>> = {
    log: lines,
    history: s.deliveries,
    notes: s.notifier().notes(),
    unhealthy: s.notifier().unhealthy(),
    health: await calls.listReceiverHealth(),
    metrics: await s.metrics().text(),
    tests,
    list: await manage.listReceivers(),
    route: calls.routeOf(['rule=high']),
    'told to others': told.received.map(({ body }) => body),
    accounts: await s.catalog.notifications.list(),
    'process list': process.argv,
  };
  for (const [where, what] of Object.entries(seen)) {
    const text = JSON.stringify(what) ?? '';
    for (const form of FORMS) assert.ok(!text.includes(form), `${form} in ${where}: ${around(text, form)}`);
  }
  assert.ok(lines.length > receivers.length, 'what was searched is not empty');
  assert.ok(s.deliveries.some(({ text }) => text.includes('***')));
  const sent = s.deliveries.filter(({ kind, receiver: name }) => kind === 'sent' && name !== 'default');
  assert.deepEqual([...new Set(sent.map((one) => one.receiver))].sort(), [
    'alertmanager 200 echo',
    'alertmanager 200 says no',
    'alertmanager-webhook 200 echo',
    'alertmanager-webhook 200 says no',
    'webhook 200 echo',
    'webhook 200 says no',
  ]);
});

const around = (text: string, form: string): string => {
  const i = text.indexOf(form);
  return text.slice(Math.max(0, i - 200), i + 100);
};
