// Who is at the other end of many connections that come together: one reading of the kernel's table for all of them.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { isLocal, uidOfPeer } from '../../src/runtime/local-peer.ts';

const CONNECTIONS = 500;

test('connections that come together are found, each its user, with few tables open at once', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'minimon-peer-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const hexPort = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
  const lines = Array.from(
    { length: CONNECTIONS },
    (_, i) =>
      `${i}: 0100007F:${hexPort(10_000 + i)} 0100007F:1F40 01 00000000:00000000 00:00000000 00000000 ${1_000 + i} 0 ${77 + i} 1`,
  );
  writeFileSync(join(root, 'tcp'), ['  sl  local_address rem_address   st', ...lines, ''].join('\n'));
  const open = () => readdirSync('/proc/self/fd').length;
  const before = open();
  const endsOf = (port: number) => ({
    ...{ remoteAddress: '127.0.0.1', remotePort: port },
    ...{ localAddress: '127.0.0.1', localPort: 8000 },
  });
  let most = 0;
  const looking = Promise.all(lines.map((_, i) => uidOfPeer(endsOf(10_000 + i), { root })));
  let ended = false;
  const found = looking.finally(() => {
    ended = true;
  });
  while (!ended) {
    most = Math.max(most, open() - before);
    await turn();
  }
  assert.deepEqual(
    await found,
    lines.map((_, i) => 1_000 + i),
  );
  assert.ok(most <= 2, `${most} tables were open at once`);
  assert.equal(await uidOfPeer(endsOf(9), { root }), undefined);
});

test('of two sockets with the same ends the first in the table decides, also where its process closed it', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'minimon-peer-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const line = (port: string, uid: number, inode: number) =>
    `0: 0100007F:${port} 0100007F:1F40 01 00000000:00000000 00:00000000 00000000 ${uid} 0 ${inode} 1`;
  const lines = [
    line('0009', 1_000, 77),
    line('0009', 2_000, 78),
    line('000A', 0, 0),
    line('000A', 2_000, 79),
  ];
  // Another one is asked for, so that the table is read to its end.
  writeFileSync(join(root, 'tcp'), [...lines, line('000B', 3_000, 80), ''].join('\n'));
  const of = (remotePort: number) =>
    uidOfPeer(
      { remoteAddress: '127.0.0.1', remotePort, localAddress: '127.0.0.1', localPort: 8000 },
      { root },
    );
  assert.deepEqual(await Promise.all([of(9), of(10), of(11)]), [1_000, undefined, 3_000]);
});

test('every address of loopback is local, and those that look like one are not', () => {
  for (const remoteAddress of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.53', '::FFFF:127.0.0.1'])
    assert.ok(isLocal({ remoteAddress }), remoteAddress);
  for (const remoteAddress of ['128.0.0.1', '12.7.0.1', '127.example', '::2', '', undefined])
    assert.ok(!isLocal({ remoteAddress }), remoteAddress);
  const own = { remoteAddress: '192.0.2.7', localAddress: '::ffff:192.0.2.7' };
  assert.deepEqual([isLocal(own), isLocal(own, true)], [true, false]);
});
