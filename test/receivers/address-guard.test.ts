// Where no receiver may connect, however it is written, whatever a name resolves to, and wherever an answer points.
import assert from 'node:assert/strict';
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { test } from 'node:test';
import { createAddressGuard } from '../../src/receivers/address-guard.ts';
import { createHttpTransport } from '../../src/receivers/http-transport.ts';
import { loadKind, openReceiver, optionsError } from '../../src/receivers/kinds.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { messageOf, NEVER } from './sample-messages.ts';
import { startHttpStub } from './servers/http-stub.ts';

const METADATA = '169.254.169.254';

/** Forms of it that the URL parser, or the system's lookup, turns into the address. */
const IPV4_FORMS = [
  METADATA,
  `${METADATA}.`,
  '2852039166',
  '0xa9fea9fe',
  '0XA9.0xFE.0xa9.0xfe',
  '0251.0376.0251.0376',
  '025177524776',
  '169.0xfe.0251.254',
  '169.254.43518',
  '169.16689662',
];
const URL_FORMS = [
  ...IPV4_FORMS,
  '１６９.２５４.１６９.２５４',
  '169。254。169。254',
  '%31%36%39.254.169.254',
  'good.example@169.254.169.254',
  '169.254.169.254:80',
];
const IPV6_FORMS = [
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '0:0:0:0:0:FFFF:A9FE:A9FE',
  '::169.254.169.254',
  '::ffff:0:169.254.169.254',
  '64:ff9b::169.254.169.254',
  '64:ff9b:1::a9fe:a9fe',
  '2002:a9fe:102::1',
  '2001:0:a9fe:102::1',
  '2001:0:4136:e378:8000:63bf:5601:5601',
  'fd12:3456::5efe:169.254.169.254',
  'fe80::1',
  'febf::1',
  'fd00:ec2::254',
  'fd20:ce::254',
  'fd00:42::42',
  '::ffff:100.100.100.200',
  '64:ff9b::168.63.129.16',
];
const OTHERS = ['169.254.0.1', '169.254.255.255', '100.100.100.200', '192.0.0.192', '168.63.129.16'];
const NAMES = ['metadata.google.internal', 'METADATA.google.internal.', 'metadata.goog', 'instance-data'];
/** Neighbours of what is blocked, and the private addresses of a machine room. */
const ALLOWED = [
  ...['169.253.255.255', '169.255.0.0', '100.100.100.201', '10.0.0.1', '192.168.1.1', '127.0.0.1'],
  ...['::1', '::', 'fd12::1', 'fec0::1', '2001:db8::a9fe:a9fe', '2001:1:a9fe:a9fe::1'],
  ...['::ffff:10.0.0.1', '64:ff9b::10.0.0.1', '2002:a00:1::a9fe', 'fd12::5efe:10.0.0.1'],
];

const resolving = (answers: (call: number) => readonly string[]) => {
  let calls = 0;
  const resolve = ((_name: string, _given: object, callback: (e: null, found: LookupAddress[]) => void) =>
    callback(
      null,
      answers(calls++).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )) as unknown as typeof systemLookup;
  return { resolve, calls: () => calls };
};

function post(url: string, resolve: typeof systemLookup = systemLookup) {
  const guard = createAddressGuard({ resolve });
  const send = createHttpTransport({ clock: createVirtualClock(0), guard });
  return send({ url, body: '{}', headers: {} }, NEVER);
}

const isBlocked = { kind: 'not_sent', blocked: true };
const outcome = (result: Awaited<ReturnType<typeof post>>) =>
  result.kind === 'not_sent' ? { kind: result.kind, blocked: result.blocked } : { kind: result.kind };

test('every form of an address in a URL is blocked before anything is sent', async () => {
  const hosts = [...URL_FORMS, ...IPV6_FORMS.map((address) => `[${address}]`), ...OTHERS, ...NAMES];
  for (const scheme of ['http', 'https'])
    for (const host of hosts) assert.deepEqual(outcome(await post(`${scheme}://${host}/x`)), isBlocked, host);
});

test('a zone makes no other address of it, and is no host of a URL', async () => {
  const guard = createAddressGuard();
  for (const host of ['fe80::1%eth0', '[fe80::1%25eth0]', 'FE80::1%1', '::ffff:169.254.169.254%lo'])
    assert.match(guard.errorOf(host) ?? '', /link-local/, host);
  const webhook = await loadKind('webhook');
  assert.match(optionsError(webhook, { url: 'http://[fe80::1%25eth0]/' })!, /is not an http/);
});

test('private and neighbouring addresses are allowed', () => {
  const guard = createAddressGuard();
  for (const host of ALLOWED) assert.equal(guard.errorOf(host), undefined, host);
});

test('a name that resolves to any of them is blocked at connect, wherever it stands among the answers', async () => {
  for (const address of [METADATA, ...IPV6_FORMS, ...OTHERS, 'fe80::1%eth0']) {
    for (const answers of [[address], ['127.0.0.1', address], [address, '::1']]) {
      const result = await post('http://hooks.example/', resolving(() => answers).resolve);
      assert.deepEqual(outcome(result), isBlocked, answers.join());
    }
  }
});

test('a name that changes after it was checked: what was checked is what is connected to', async (t) => {
  const stub = await startHttpStub(t, () => ({ status: 200 }));
  const changing = resolving((call) => [call === 0 ? '127.0.0.1' : METADATA]);
  const url = `http://hooks.example:${stub.port}/`;
  assert.equal((await post(url, changing.resolve)).kind, 'answer');
  assert.equal(changing.calls(), 1, 'it is looked up once a try');
  assert.deepEqual(outcome(await post(url, changing.resolve)), isBlocked);
  assert.equal(stub.received.length, 1);
});

test('a name without addresses is not sent, and not blocked', async () => {
  const result = await post('http://hooks.example/', resolving(() => []).resolve);
  assert.deepEqual(outcome(result), { kind: 'not_sent', blocked: undefined });
});

test('no redirect is followed, to where it may point', async (t) => {
  for (const status of [301, 302, 303, 307, 308]) {
    for (const location of [
      `http://${METADATA}/`,
      'http://2852039166/',
      '//metadata.google.internal/',
      '/',
    ]) {
      const stub = await startHttpStub(t, () => ({ status, headers: { location } }));
      const result = await post(`${stub.url}/hook`);
      assert.ok(result.kind === 'answer' && result.status === status);
      assert.equal(stub.received.length, 1);
    }
  }
});

test('a mail server is guarded alike, also where the system reads its name as a number', async () => {
  const clock = createVirtualClock(0);
  const guard = createAddressGuard();
  const http = createHttpTransport({ clock, guard });
  for (const host of [...IPV4_FORMS, ...IPV6_FORMS, ...OTHERS, ...NAMES]) {
    const options = { host, from: 'minimon@example.org', to: ['ops@example.org'], security: 'none' };
    const parts = { clock, logger: silentLogger, guard, http, timeoutMs: 10_000 };
    const receiver = await openReceiver('email', options, parts);
    const result = await receiver.send(messageOf(), NEVER, 'ops@example.org');
    assert.equal(result.kind, 'refused', `${host}: ${JSON.stringify(result)}`);
  }
});
