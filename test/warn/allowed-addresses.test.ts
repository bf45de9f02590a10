// The setting of addresses that receivers may connect to although they are link-local.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { warnOptions } from '../../src/daemons/warn/options.ts';
import { createAddressGuard } from '../../src/receivers/address-guard.ts';
import { createReceiverOpener } from '../../src/receivers/kinds.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { messageOf } from '../receivers/sample-messages.ts';

const NOW = Date.parse('2026-11-28T10:00:00Z');
const LINK_LOCAL = '169.254.10.1';

test('takes addresses and host names, and nothing that has a scheme, a port or a path', () => {
  const allowed = [
    LINK_LOCAL,
    'fe80::1',
    '[fe80::1]',
    'fe80::1%eth0',
    'printer.local',
    'metadata.google.internal',
  ];
  assert.deepEqual(warnOptions.parse({ allowAddresses: allowed }).allowAddresses, allowed);
  assert.deepEqual(warnOptions.parse({}).allowAddresses, []);
  for (const wrong of ['http://169.254.10.1', '169.254.10.1:80', 'host/path', 'a b', ''])
    assert.equal(warnOptions.safeParse({ allowAddresses: [wrong] }).success, false, wrong);
});

test('what it names is connected to, and what it does not name is refused with the setting', async () => {
  const { allowAddresses } = warnOptions.parse({ allowAddresses: ['hook.room'] });
  // In place of a connection: nothing in a test has such an address.
  const resolved: string[] = [];
  const guard = createAddressGuard({
    allow: allowAddresses,
    resolve: ((host: string, _options: object, callback: (error: Error | null, found: object[]) => void) => {
      resolved.push(host);
      callback(null, [{ address: host === 'hook.room' ? '127.0.0.1' : LINK_LOCAL, family: 4 }]);
    }) as never,
  });
  const open = createReceiverOpener({ clock: createVirtualClock(NOW), logger: silentLogger, guard });
  const send = async (url: string) =>
    (await open({ kind: 'webhook', options: { url } })).send(messageOf(), new AbortController().signal);
  assert.deepEqual(await send('http://other.room:1/'), {
    kind: 'refused',
    reason: `other.room: ${LINK_LOCAL} is a link-local or metadata address, which is not allowed: warn.allow_addresses may name it`,
  });
  assert.equal((await send('http://hook.room:1/')).kind, 'retry', 'nobody listens, but it was tried');
  assert.deepEqual(resolved, ['other.room', 'hook.room']);
});
