// minimon tls: what is made, what is never overwritten, what renewing keeps, and what is said of files and listeners.
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import TlsInit from '../../src/commands/tls/init.ts';
import TlsIssue from '../../src/commands/tls/issue.ts';
import TlsRenew from '../../src/commands/tls/renew.ts';
import TlsShow from '../../src/commands/tls/show.ts';
import { readCertificate } from '../../src/runtime/certificates.ts';
import { NOW } from '../terminal/screens.ts';
import { runCommand } from './run-in-process.ts';

const DAY_MS = 86_400_000;
const root = mkdtempSync(join(tmpdir(), 'minimon-tls-'));
const directory = join(root, 'tls');
after(() => rmSync(root, { recursive: true }));

const file = (name: string) => join(directory, name);
const read = (name: string) => readFileSync(file(name), 'utf8');
const mode = (name: string) => statSync(file(name)).mode & 0o777;
const inDirectory = (command: unknown, ...argv: readonly string[]) =>
  runCommand(command, [...argv, '--dir', directory]);
const rowsOf = async (command: unknown, ...argv: readonly string[]) =>
  JSON.parse((await inDirectory(command, ...argv, '--json')).stdout) as readonly {
    readonly name: string;
    readonly kind: string;
    readonly outcome: string;
    readonly hosts: readonly string[];
    readonly ends_at: string;
  }[];

let made: Awaited<ReturnType<typeof inDirectory>>;
before(async () => {
  made = await inDirectory(
    TlsInit,
    '--host',
    'Monitor.example',
    '--host',
    '10.0.0.7',
    '--host',
    'bücher.example',
  );
});

test('init makes an authority and two certificates, whose keys are for the user alone', async () => {
  assert.equal(made.error, undefined);
  assert.match(made.stderr, /tls\.ca_file.*ca\.crt, server\.crt and server\.key/);
  assert.deepEqual(
    ['ca.key', 'server.key', 'client.key'].map(mode).concat(statSync(directory).mode & 0o777),
    [0o600, 0o600, 0o600, 0o700],
  );
  const ca = new X509Certificate(read('ca.crt'));
  const [server, client] = ['server.crt', 'client.crt'].map((name) => new X509Certificate(read(name)));
  for (const leaf of [server!, client!]) {
    assert.ok(leaf.checkIssued(ca) && leaf.verify(ca.publicKey) && !leaf.ca);
    assert.ok(leaf.validToDate.getTime() - leaf.validFromDate.getTime() <= 398 * DAY_MS);
    assert.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  }
  assert.ok(ca.validToDate.getTime() - NOW > 3_000 * DAY_MS);
  for (const name of ['monitor.example', 'xn--bcher-kva.example', 'localhost'])
    assert.ok(server!.checkHost(name));
  for (const ip of ['10.0.0.7', '127.0.0.1', '::1']) assert.ok(server!.checkIP(ip));
  assert.deepEqual(server!.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  assert.deepEqual(client!.keyUsage, ['1.3.6.1.5.5.7.3.2']);
});

test('init a second time changes nothing, and says which names a certificate lacks', async () => {
  const names = ['ca', 'server', 'client'].flatMap((stem) => [`${stem}.crt`, `${stem}.key`]);
  const texts = names.map(read);
  const again = await rowsOf(TlsInit, '--host', 'other.example');
  assert.deepEqual(
    again.map(({ outcome }) => outcome.split(' ')[0]),
    ['kept', 'kept', 'kept'],
  );
  assert.match(again[1]!.outcome, /not for other\.example/);
  assert.deepEqual(names.map(read), texts);
});

test('init takes up what one that was cut off has left: a key without its certificate', async () => {
  const key = read('client.key');
  rmSync(file('client.crt'));
  assert.equal((await rowsOf(TlsInit))[2]!.outcome, 'created');
  assert.equal(read('client.key'), key);
  assert.ok(new X509Certificate(read('client.crt')).checkPrivateKey(createPrivateKey(key)));
});

test('a client has the scopes it was issued with, also renewed; the operator of init has all, a host none', async () => {
  const scopesOf = (stem: string) => readCertificate(read(`${stem}.crt`)).scopes;
  assert.deepEqual(scopesOf('client'), ['admin']);
  await rowsOf(TlsIssue, 'ann', '--client', '--scope', 'write', '--scope', 'service');
  await rowsOf(TlsIssue, 'db-7', '--client');
  await rowsOf(TlsRenew, 'ann');
  assert.deepEqual([scopesOf('ann'), scopesOf('db-7')], [['write', 'service'], []]);
  const [kept] = await rowsOf(TlsIssue, 'db-7', '--client', '--scope', 'read');
  assert.match(kept!.outcome, /^kept \(without the scope read: /);
});

test('issue: a server needs a name to be called by, a client none; no name leads out of the directory', async () => {
  const [server] = await rowsOf(TlsIssue, 'web-1', '--server', '--host', '10.0.0.8');
  assert.deepEqual(server!.hosts, ['10.0.0.8', 'localhost', '127.0.0.1', '::1']);
  const [odd] = await rowsOf(TlsIssue, '../北京, "7"', '--client');
  assert.deepEqual([odd!.name, odd!.hosts, odd!.kind], ['../北京, "7"', [], 'client']);
  assert.match(read('%2E.%2F%E5%8C%97%E4%BA%AC%2C%20%227%22.crt'), /BEGIN CERTIFICATE/);
  for (const [argv, exit] of [
    [['ca', '--client'], 2],
    [['a/../b', '--server'], 2],
    [['x', '--server', '--host', 'http://x'], 2],
    [['x', '--server', '--host', '10.0.0.300'], 2],
    [['x', '--server', '--scope', 'read'], 2],
    [['x', '--client', '--scope', 'root'], 2],
    [['x'], 2],
    [['x\u0007', '--client'], 2],
  ] as const) {
    assert.equal((await inDirectory(TlsIssue, ...argv)).exit, exit, argv.join(' '));
  }
  const elsewhere = await runCommand(TlsIssue, ['x', '--client', '--dir', join(root, 'none')]);
  assert.deepEqual([elsewhere.exit, elsewhere.error?.code], [3, 'FILE_MISSING']);
  assert.match(elsewhere.error?.hint ?? '', /minimon tls init/);
});

test('renew --if-due renews only what ends in time, and keeps key and names', async () => {
  await rowsOf(TlsIssue, 'short', '--server', '--host', 'short.example', '--days', '20');
  const [key, cert, others] = [read('short.key'), read('short.crt'), read('server.crt')];
  const warned = await inDirectory(TlsShow);
  assert.match(warned.stderr, /^Warning: the certificate of short .* expires in 19d\n$/);
  const outcomes = async (...argv: readonly string[]) =>
    Object.fromEntries((await rowsOf(TlsRenew, ...argv)).map(({ name, outcome }) => [name, outcome]));
  assert.equal((await outcomes('--if-due', '19d'))['short'], 'kept (not due)');
  assert.equal((await outcomes('--if-due', '30d', '--dry-run'))['short'], 'renewed (dry run)');
  assert.equal(read('short.crt'), cert);
  const done = await outcomes('--if-due', '30d');
  assert.deepEqual([done['short'], done['monitor.example']], ['renewed', 'kept (not due)']);
  assert.deepEqual([read('short.key'), read('server.crt')], [key, others]);
  const renewed = new X509Certificate(read('short.crt'));
  assert.ok(renewed.checkHost('short.example') && renewed.validToDate.getTime() - NOW > 390 * DAY_MS);
  const [more] = await rowsOf(TlsRenew, 'short', '--add-host', 'more.example', '--new-key');
  assert.ok(more!.hosts.includes('more.example') && more!.hosts.includes('short.example'));
  assert.notEqual(read('short.key'), key);
  assert.equal(mode('short.key'), 0o600);
});

test('renewing the authority by its name leaves valid what it signed', async () => {
  const before = read('ca.crt');
  await rowsOf(TlsRenew, 'ca');
  assert.notEqual(read('ca.crt'), before);
  const ca = new X509Certificate(read('ca.crt'));
  const server = new X509Certificate(read('server.crt'));
  assert.ok(server.checkIssued(ca) && server.verify(ca.publicKey));
});

test('renew does not touch what another authority signed: exit code 7, and the others are renewed', async () => {
  const other = join(root, 'other');
  await runCommand(TlsInit, ['--dir', other]);
  for (const part of ['crt', 'key'])
    writeFileSync(file(`foreign.${part}`), readFileSync(join(other, `server.${part}`)));
  const { exit, error, stdout } = await inDirectory(TlsRenew, '--json');
  assert.deepEqual([exit, error?.code], [7, 'PARTLY_DONE']);
  assert.match(error?.hint ?? '', /foreign\.crt: signed by another authority/);
  const outcomes = JSON.parse(stdout).map(({ outcome }: { outcome: string }) => outcome.split(' ')[0]);
  assert.deepEqual(new Set(outcomes), new Set(['renewed', 'failed']));
  for (const part of ['crt', 'key']) rmSync(file(`foreign.${part}`));
  const unknown = await inDirectory(TlsRenew, 'servr');
  assert.deepEqual([unknown.exit, unknown.error?.hint], [3, 'Did you mean server?']);
});

test('two that run at once make one authority, and a directory that cannot be written is named', async () => {
  const shared = join(root, 'shared');
  const runs = await Promise.all([1, 2, 3].map(() => runCommand(TlsInit, ['--dir', shared])));
  for (const { error } of runs) if (error) assert.equal(error.code, 'DATA_IN_USE');
  assert.equal((await runCommand(TlsInit, ['--dir', shared])).error, undefined);
  const [ca, server, key] = ['ca.crt', 'server.crt', 'server.key'].map((name) =>
    readFileSync(join(shared, name)),
  );
  const certificate = new X509Certificate(server!);
  assert.ok(certificate.verify(new X509Certificate(ca!).publicKey));
  assert.ok(certificate.checkPrivateKey(createPrivateKey(key!)));
  assert.deepEqual(
    readdirSync(shared).filter((name) => name.endsWith('.new')),
    [],
  );
  const { error } = await runCommand(TlsInit, ['--dir', join(file('server.crt'), 'below')]);
  assert.deepEqual([error?.code, /--dir/.test(error?.hint ?? '')], ['DIR_NOT_WRITABLE', true]);
});

test('show warns of keys that others can read, and names what is no certificate', async () => {
  chmodSync(file('server.key'), 0o644);
  assert.match((await inDirectory(TlsShow)).stderr, /server\.key can be read by every user.*chmod 600/);
  chmodSync(file('server.key'), 0o600);
  const wrong = await inDirectory(TlsShow, file('server.key'));
  assert.deepEqual([wrong.exit, wrong.error?.code], [2, 'BAD_CONFIG']);
  const [all, named] = [await inDirectory(TlsShow), await runCommand(TlsShow, [directory])];
  assert.equal(named.stdout, all.stdout);
});

async function listening(server: ReturnType<typeof createServer>, t: { after(end: () => void): void }) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

test('show asks a listener, which may want a client certificate, and names one that speaks plain text', async (t) => {
  const options: TlsOptions = { cert: read('server.crt'), key: read('server.key') };
  const mutual = { ...options, ca: read('ca.crt'), requestCert: true };
  const address = await listening(
    createTlsServer(mutual).on('tlsClientError', () => {}),
    t,
  );
  const [row] = await rowsOf(TlsShow, address);
  assert.equal(row!.name, 'monitor.example');
  const plain = await listening(
    createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    t,
  );
  const { error, exit } = await inDirectory(TlsShow, plain);
  assert.equal(exit, 6);
  assert.match(error?.message ?? '', /does not speak TLS/);
});
