// Who is at the other end of many connections that come together: one reading of the kernel's table for all of them.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { uidOfPeer } from '../../src/runtime/local-peer.ts';

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
