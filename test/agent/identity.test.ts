// Who a host is: names that any host may have, machine ids that images carry, clones, and facts.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { createFacts, parseLocalAddresses } from '../../src/daemons/agent/facts.ts';
import { parseMachineId, readIdentity } from '../../src/daemons/agent/identity.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { createRootTree, type Ending, type Files } from './root-tree.ts';

function identityOf(t: Ending, files: Files, remove: readonly string[] = []) {
  const root = createRootTree(t, files);
  root.remove(...remove);
  return { root, identity: readIdentity({ root: root.dir, stateDir: root.path('state') }) };
}

test('the whole hostname is the id, with its case, dots and underscores, without outer white space', (t) => {
  for (const name of ['elm-1', 'Elm-1', 'elm_1', 'elm-1.north.example.com', 'e'.repeat(64)]) {
    const { identity } = identityOf(t, { 'etc/hostname': ` ${name} \n` });
    assert.equal(identity.hostId, name);
  }
  assert.equal(identityOf(t, { 'etc/hostname': '# comment\n\nelm-2\n' }).identity.hostId, 'elm-2');
});

test('without a hostname file the kernel of the root is asked', (t) => {
  const files = { 'proc/sys/kernel/hostname': 'elm-3\n' };
  assert.equal(identityOf(t, files, ['etc/hostname']).identity.hostId, 'elm-3');
});

test('a name that any host may have is refused with the way out', (t) => {
  for (const name of [
    'localhost',
    'LOCALHOST',
    'localhost.localdomain',
    'localhost4.localdomain4',
    '(none)',
    '',
    '  ',
  ]) {
    assert.throws(
      () => identityOf(t, { 'etc/hostname': `${name}\n`, 'proc/sys/kernel/hostname': `${name}\n` }),
      (error) =>
        error instanceof ExpectedError && error.code === 'BAD_ID' && /--host-id/.test(error.hint ?? ''),
      JSON.stringify(name),
    );
  }
});

test('a hostname that is no id is refused, and a configured id stands for any hostname', (t) => {
  assert.throws(() => identityOf(t, { 'etc/hostname': 'elm\u200b1\n' }), /cannot be printed/);
  const root = createRootTree(t, { 'etc/hostname': 'localhost\n' });
  assert.equal(
    readIdentity({ root: root.dir, hostId: 'elm-9', stateDir: root.path('state') }).hostId,
    'elm-9',
  );
});

test("the machine's own hostname counts without a prefix", () => {
  const named = (name: string) => readIdentity({ root: '/', readHostname: () => name }).hostId;
  assert.equal(named('birch-1.example.com'), 'birch-1.example.com');
  assert.throws(() => named('(none)'), /any host may have/);
});

test('machine ids are compared trimmed and in lower case', (t) => {
  const id = '0123456789abcdef0123456789abcdef';
  assert.equal(identityOf(t, { 'etc/machine-id': `${id.toUpperCase()}\r\n` }).identity.machineId, id);
  assert.equal(parseMachineId('01234567-89ab-cdef-0123-456789abcdef\n'), id);
});

test('what an image carries instead of a machine id makes each host one of its own, kept over restarts', (t) => {
  const made = new Set<string>();
  const contents = ['', '\n', 'uninitialized\n', '0'.repeat(32), 'f'.repeat(32), '0123', undefined];
  for (const content of contents) {
    const files: Files = content === undefined ? {} : { 'etc/machine-id': content };
    const { root, identity } = identityOf(t, files, content === undefined ? ['etc/machine-id'] : []);
    assert.match(identity.machineId, /^[0-9a-f]{32}$/);
    assert.equal(
      readIdentity({ root: root.dir, stateDir: root.path('state') }).machineId,
      identity.machineId,
    );
    made.add(identity.machineId);
  }
  assert.equal(made.size, contents.length);
});

test('a kept machine id that is damaged is taken from its copy, and said; without either it is made again', (t) => {
  const { root, identity } = identityOf(t, { 'etc/machine-id': '' });
  const said: string[] = [];
  const read = () =>
    readIdentity({ root: root.dir, stateDir: root.path('state'), onDamaged: (message) => said.push(message) })
      .machineId;
  const [file, copy] = ['state/machine-id', 'state/machine-id.copy'].map((name) => root.path(name));
  const whole = readFileSync(file!, 'utf8');
  for (const damaged of [copy!, file!]) {
    // Another digit: a machine id as good as any, but for its checksum.
    writeFileSync(damaged, whole.replace(/^./, whole.startsWith('a') ? 'b' : 'a'));
    assert.equal(read(), identity.machineId);
    assert.equal(readFileSync(damaged, 'utf8'), whole);
  }
  assert.equal(said.length, 2);
  assert.match(said[1]!, /state\/machine-id is damaged .*the other copy has the machine id/);
  // Whole, but another one: nothing tells which is this host's.
  const other = identityOf(t, { 'etc/machine-id': '' });
  writeFileSync(copy!, readFileSync(other.root.path('state/machine-id')));
  assert.equal(read(), identity.machineId);
  assert.match(said.at(-1)!, /have different machine ids/);
  assert.equal(readFileSync(copy!, 'utf8'), whole);
  for (const damaged of [copy!, file!]) writeFileSync(damaged, 'garbage');
  assert.notEqual(read(), identity.machineId);
  assert.match(said.at(-1)!, /a new machine id was made/);
  assert.equal(readIdentity({ root: root.dir }).machineId, '');
});

test('a machine id that an earlier version kept, without a checksum, stays', (t) => {
  const { root } = identityOf(t, { 'etc/machine-id': '' });
  const old = '0123456789abcdef0123456789abcdef';
  writeFileSync(root.path('state/machine-id'), `${old}\n`);
  root.remove('state/machine-id.copy');
  for (let i = 0; i < 2; i++) {
    assert.equal(readIdentity({ root: root.dir, stateDir: root.path('state') }).machineId, old);
  }
  assert.match(readFileSync(root.path('state/machine-id.copy'), 'utf8'), /^0123.*\ncrc32 [0-9a-f]{8}\n$/);
});

test('a machine id or hostname that is a directory, as a container runtime makes one, is as none', (t) => {
  const files = { 'proc/sys/kernel/hostname': 'elm-4\n', 'etc/machine-id/x': '', 'etc/hostname/x': '' };
  const root = createRootTree(t);
  root.remove('etc/machine-id', 'etc/hostname');
  root.write(files);
  const { hostId, machineId } = readIdentity({ root: root.dir, stateDir: root.path('state') });
  assert.equal(hostId, 'elm-4');
  assert.match(machineId, /^[0-9a-f]{32}$/);
});

test('a state directory that cannot be written is an error that names it', (t) => {
  const root = createRootTree(t, { 'etc/machine-id': '', state: 'a file, not a folder' });
  chmodSync(root.path('state'), 0o444);
  assert.throws(
    () => readIdentity({ root: root.dir, stateDir: root.path('state') }),
    (error) =>
      error instanceof ExpectedError &&
      error.code === 'DIR_NOT_WRITABLE' &&
      error.message.includes('state/machine-id'),
  );
});

test('facts say what the host is, and ride on the first tick, after a change, and hourly', (t) => {
  const root = createRootTree(t, {
    'etc/os-release': 'NAME="Larch"\nPRETTY_NAME="Larch Linux 7"\n',
    'proc/sys/kernel/osrelease': '6.1.0-7-amd64\n',
    'proc/cpuinfo': 'processor : 0\nmodel name : Fast CPU @ 3 GHz\nflags : fpu hypervisor sse\n',
    'sys/class/dmi/id/sys_vendor': 'QEMU\n',
    'proc/1/net/fib_trie':
      'Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 127.0.0.1\n        /32 host LOCAL\n     |-- 192.0.2.7\n        /32 host LOCAL\n     |-- 192.0.2.255\n        /32 link BROADCAST\n',
  });
  const facts = createFacts({
    root: root.dir,
    hostView: { view: 'host', reason: '' },
    locationHint: 'room 7',
  });
  assert.deepEqual(facts(0), {
    arch: process.arch,
    cpu_model: 'Fast CPU @ 3 GHz',
    virtualization: 'kvm',
    view: 'host',
    location_hint: 'room 7',
    os: 'Larch Linux 7',
    kernel: '6.1.0-7-amd64',
    cpus: '2',
    memory_bytes: '1024000000',
    address: '192.0.2.7',
    addresses: '192.0.2.7',
  });
  assert.equal(facts(60_000), undefined);
  root.write({ 'proc/meminfo': 'MemTotal: 2000000 kB\nMemFree: 1 kB\n' });
  assert.equal(facts(120_000)?.['memory_bytes'], '2048000000');
  assert.equal(facts(180_000), undefined);
  assert.ok(facts(120_000 + 3_600_000));
});

test('a fact that cannot be read, or is longer than the limit, stops no other', (t) => {
  const root = createRootTree(t, {
    'etc/os-release': `PRETTY_NAME=${'é\u0007'.repeat(2_000)}\n`,
    'proc/stat': '',
  });
  const facts = createFacts({
    root: root.dir,
    hostView: { view: 'container', container: 'podman', reason: '/run/.containerenv' },
  })(0)!;
  assert.ok(Buffer.byteLength(facts['os']!) <= 1_024 && !/[\u0007\ufffd]/.test(facts['os']!));
  assert.equal(facts['container'], 'podman');
  assert.ok(Number(facts['cpus']) >= 1);
  assert.deepEqual(parseLocalAddresses(''), []);
});
