// Who is let in: each route and RPC with each scope, tokens that are none, the users of this machine, and who reports whom.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Connection, certificateOf, createGate, type TokenSource } from '../../src/api/gate.ts';
import type { KnownToken } from '../../src/api/tokens.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { isInUserNamespace, isLocal, uidOfPeer } from '../../src/runtime/local-peer.ts';
import { makeToken } from '../../src/runtime/token.ts';

const NOW = 1_775_000_000_000;

/** Tokens in a list, as manage would give them; `late` are known after a refresh. */
function tokensIn(list: readonly KnownToken[], late: readonly KnownToken[] = []) {
  let known = list;
  const asked = { refreshes: 0, used: [] as string[], down: false };
  const source: TokenSource = {
    find: (id) => known.find((token) => token.id === id),
    async refresh() {
      asked.refreshes++;
      if (asked.down) throw new ExpectedError('UNAVAILABLE', 'manage does not answer');
      known = [...known, ...late];
    },
    used: (id) => asked.used.push(id),
    onAsked: () => () => {},
  };
  return { source, asked };
}

function tokenOf(name: string, scopes: readonly string[], endsMs?: number) {
  const { id, hash, text } = makeToken();
  const known = { id, name, hash: hash.toString('hex'), scopes, ...(endsMs !== undefined && { endsMs }) };
  return { known, text, header: `Bearer ${text}` };
}

const FAR = {
  ...{ remoteAddress: '10.0.0.9', remotePort: 1, localAddress: '10.0.0.1', localPort: 2 },
  ...{ certificate: undefined, isForwarded: false, isOpen: () => true },
};
const from = (authorization?: string, connection: Connection = FAR) => ({
  ...{ authorization, key: undefined },
  connection: () => connection,
});
const gateOf = (source: TokenSource, insecure = false, localUsers?: ReadonlyMap<number, string>) =>
  createGate({ tokens: source, insecure, nowMs: () => NOW, ...(localUsers && { localUsers }) });

test('a token is its name and scopes, by whichever scheme a client can send it', () => {
  const { known, text, header } = tokenOf('grafana', ['read']);
  const { source, asked } = tokensIn([known]);
  const gate = gateOf(source);
  const basic = `Basic ${Buffer.from(`any:${text}`).toString('base64')}`;
  for (const shown of [header, `bearer  ${text}`, `Token ${text}`, basic]) {
    const caller = gate.admit('read', from(shown));
    assert.equal((caller as { name: string }).name, 'grafana', shown);
  }
  assert.deepEqual([...new Set(asked.used)], [known.id]);
  assert.equal(asked.refreshes, 0);
});

test('who is refused over a connection is asked for again with its next call, who is let in is not', async () => {
  const gate = gateOf(tokensIn([]).source);
  const key = {};
  let asked = 0;
  const askedOf = (connection: Connection) => {
    asked++;
    return connection;
  };
  const call = (connection: Connection) => async () =>
    gate.admit('report', { authorization: undefined, key, connection: () => askedOf(connection) });
  await assert.rejects(call(FAR), { code: 'UNAUTHENTICATED' });
  const certificate = { name: 'web-1', isServer: false, scopes: [] };
  assert.equal((await call({ ...FAR, certificate })()).name, 'web-1');
  assert.equal((await call(FAR)()).name, 'web-1');
  assert.equal(asked, 2);
});

test('what is no token, has another secret, has ended or was revoked is refused without a word of it', async () => {
  const good = tokenOf('a', ['admin']);
  const ended = tokenOf('b', ['admin'], NOW);
  const { source } = tokensIn([good.known, ended.known]);
  const gate = gateOf(source);
  const other = `Bearer mm_${good.known.id}_${'0'.repeat(64)}`;
  const revoked = tokenOf('c', ['admin']);
  const shown = [
    other,
    ended.header,
    revoked.header,
    'Bearer',
    `Bearer ${good.text}0`,
    'Digest x',
    'Basic ====',
    '',
  ];
  for (const authorization of shown) {
    const refused = async () => gate.admit('read', from(authorization));
    await assert.rejects(refused, (error: ExpectedError) => {
      assert.equal(error.code, 'UNAUTHENTICATED', authorization);
      assert.doesNotMatch(`${error.message}${error.hint}`, /[0-9a-f]{64}/);
      return true;
    });
  }
});

test('who shows the word before a token and none is one without a token', async () => {
  const shown = ['Token', 'bearer ', `Basic ${Buffer.from('minimon:').toString('base64')}`];
  for (const authorization of shown) {
    const asked = { message: 'the call has no token' };
    await assert.rejects(async () => gateOf(tokensIn([]).source).admit('read', from(authorization)), asked);
  }
});

test('a token made a moment ago counts at once; while manage is away an unknown one is not called wrong', async () => {
  const fresh = tokenOf('new', ['read']);
  const { source, asked } = tokensIn([], [fresh.known]);
  const gate = gateOf(source);
  asked.down = true;
  await assert.rejects(async () => gate.admit('read', from(fresh.header)), { code: 'UNAVAILABLE' });
  asked.down = false;
  assert.equal((await gate.admit('read', from(fresh.header))).name, 'new');
  await gate.admit('read', from(fresh.header));
  assert.equal(asked.refreshes, 2);
});

test('a certificate is its name, and reports the host of that name alone unless it is a daemon', async () => {
  const gate = gateOf(tokensIn([]).source);
  const shown = (isServer: boolean, scopes: readonly string[] = []) =>
    from(undefined, { ...FAR, certificate: { name: 'web-1', isServer, scopes } });
  const host = await gate.admit('report', shown(false));
  assert.deepEqual([host.name, host.mayReport?.('web-1'), host.mayReport?.('web-2')], ['web-1', true, false]);
  assert.equal((await gate.admit('report', shown(true))).mayReport, undefined);
  for (const access of ['read', 'write', 'service', 'admin'] as const) {
    await assert.rejects(async () => gate.admit(access, shown(false)), { code: 'NOT_ALLOWED' }, access);
    assert.equal((await gate.admit(access, shown(true))).name, 'web-1');
    assert.equal((await gate.admit(access, shown(false, ['admin']))).name, 'web-1');
  }
  const writer = shown(false, ['write']);
  assert.equal((await gate.admit('report', writer)).mayReport?.('web-2'), false);
  await gate.admit('write', writer);
  await assert.rejects(async () => gate.admit('admin', writer), { code: 'NOT_ALLOWED' });
  assert.equal((await gate.admit('report', shown(false, ['admin']))).mayReport, undefined);
});

test('a certificate has the scopes that its organizations name, and no others', () => {
  const subject = { CN: 'ann', O: ['Example', 'minimon:read', 'admin'] };
  const uses = ['1.3.6.1.5.5.7.3.2'];
  assert.deepEqual(certificateOf({ subject, ext_key_usage: uses })?.scopes, ['read']);
  assert.deepEqual(certificateOf({ subject: { CN: 'a', O: 'minimon:write' }, ext_key_usage: uses })?.scopes, [
    'write',
  ]);
  assert.deepEqual(certificateOf({ subject: { CN: 'a' }, ext_key_usage: uses })?.scopes, []);
  // Two names are none.
  assert.equal(certificateOf({ subject: { CN: ['a', 'b'] } }), undefined);
});

test("one that is for any use is a daemon's only where it names no scopes", () => {
  const isServer = (O?: string) => certificateOf({ subject: { CN: 'ann', ...(O && { O }) } })?.isServer;
  assert.deepEqual([isServer(), isServer('Example'), isServer('minimon:read')], [true, true, false]);
});

test('which hosts a token reports: its own, those of a glob, all; an admin any', async () => {
  const cases = [
    [['report:web-1'], [true, false, false]],
    [['report:web-*'], [true, true, false]],
    [
      ['read', 'report:db-1', 'report:web-1'],
      [true, false, true],
    ],
    [['report:*'], [true, true, true]],
    [['admin'], [true, true, true]],
  ] as const;
  for (const [scopes, expected] of cases) {
    const { known, header } = tokenOf('t', scopes);
    const { mayReport } = await gateOf(tokensIn([known]).source).admit('report', from(header));
    const given = ['web-1', 'web-2', 'db-1'].map((host) => mayReport?.(host) ?? true);
    assert.deepEqual(given, expected, scopes.join(' '));
  }
});

test('insecure lets everybody in, and names whoever shows a token', async () => {
  const { known, header } = tokenOf('ann', ['read']);
  const gate = gateOf(tokensIn([known]).source, true);
  assert.equal((await gate.admit('admin', from())).name, undefined);
  assert.equal((await gate.admit('admin', from('Bearer nonsense'))).name, undefined);
  assert.equal((await gate.admit('write', from(header))).name, 'ann');
  const host = tokenOf('web-1', ['report:web-1']);
  const certificate = { name: 'web-1', isServer: false, scopes: [] };
  for (const shown of [from(host.header), from(undefined, { ...FAR, certificate })]) {
    const caller = await gateOf(tokensIn([host.known]).source, true).admit('report', shown);
    assert.deepEqual([caller.name, caller.mayReport], ['web-1', undefined]);
  }
});

/** Two ends of a connection to this process; the other end is this process, or a child of another user. */
async function accepted(t: TestContext, host: string, port = (p: number) => p) {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  t.after(() => server.close());
  const incoming = new Promise<import('node:net').Socket>((resolve) => server.once('connection', resolve));
  const client = connect(port((server.address() as AddressInfo).port), host);
  t.after(() => client.destroy());
  const socket = await incoming;
  t.after(() => socket.destroy());
  return { socket, client };
}

const linux = { skip: process.platform !== 'linux' && 'only Linux shows whose a socket is' };

test('a connection over loopback is of the user whose process made it', linux, async (t) => {
  const { socket } = await accepted(t, '127.0.0.1');
  assert.equal(isLocal(socket), true);
  assert.equal(await uidOfPeer(socket), process.getuid?.());
  const gate = gateOf(tokensIn([]).source, false, new Map([[process.getuid!(), 'me']]));
  const local = { ...FAR, ...endsOf(socket) };
  assert.equal((await gate.admit('admin', from(undefined, local))).name, 'me');
  const refused = (connection: typeof local, users?: ReadonlyMap<number, string>) => async () =>
    gateOf(tokensIn([]).source, false, users ?? new Map([[process.getuid!(), 'me']])).admit(
      'read',
      from(undefined, connection),
    );
  await assert.rejects(refused(local, new Map([[process.getuid!() + 1, 'another']])), {
    code: 'UNAUTHENTICATED',
  });
  await assert.rejects(refused({ ...local, isForwarded: true }), { code: 'UNAUTHENTICATED' });
  // One that has ended, whose port the kernel may have given to another since.
  await assert.rejects(refused({ ...local, isOpen: () => false }), { code: 'UNAUTHENTICATED' });
  // Another connection than the one that is there.
  await assert.rejects(refused({ ...local, remotePort: 1 }), { code: 'UNAUTHENTICATED' });
});

const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: import('node:net').Socket) => ({
  ...{ remoteAddress: remoteAddress!, remotePort: remotePort! },
  ...{ localAddress: localAddress!, localPort: localPort! },
});

test('in a user namespace only loopback is local, and who has no id there is nobody', linux, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-uid-map-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const isIn = (map: string) => {
    writeFileSync(join(directory, 'uid_map'), map);
    return isInUserNamespace(join(directory, 'uid_map'));
  };
  assert.deepEqual(
    ['         0          0 4294967295\n', '0 1000 1\n1 100000 65536\n', '0 0 1\n'].map(isIn),
    [false, true, true],
  );
  assert.equal(isInUserNamespace(join(directory, 'none')), false);
  const own = { remoteAddress: '::ffff:10.0.2.100', localAddress: '10.0.2.100' };
  assert.deepEqual(
    [isLocal(own, false), isLocal(own, true), isLocal({ remoteAddress: '::1' }, true)],
    [...[true, false, true]],
  );
  const loopback = { remoteAddress: '127.0.0.1', localAddress: '127.0.0.1' };
  const row = (uid: number) => `   0: 0100007F:0001 0100007F:0002 01 0:0 00:0 0 ${uid} 0 77 1 0\n`;
  const uidIn = async (uid: number, inNamespace: boolean) => {
    writeFileSync(join(directory, 'tcp'), row(uid));
    const ends = { ...loopback, remotePort: 1, localPort: 2 };
    return uidOfPeer(ends, { inNamespace, root: directory });
  };
  assert.deepEqual(
    [await uidIn(65_534, false), await uidIn(65_534, true), await uidIn(1_000, true)],
    [65_534, undefined, 1_000],
  );
});

test("a socket that its process has closed is nobody's", linux, async (t) => {
  const { socket, client } = await accepted(t, '127.0.0.1');
  const ends = endsOf(socket);
  client.destroy();
  await new Promise((resolve) => socket.resume().once('close', resolve));
  assert.equal(await uidOfPeer(ends), undefined);
});
