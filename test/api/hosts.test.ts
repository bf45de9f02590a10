// Ids and globs as commands take them: matched by manage in one call, whatever the number of hosts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandDeparting, expandHosts, readHosts } from '../../src/api/hosts.ts';
import type { Host } from '../../src/api/manage.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { compileGlob } from '../../src/domain/glob.ts';

/** Ten thousand hosts; `web-` and four digits. */
function manage() {
  const hosts = Array.from(
    { length: 10_000 },
    (_, i) => ({ hostId: `web-${String(i).padStart(4, '0')}`, state: 'reporting' }) as Host,
  );
  const calls: string[] = [];
  return {
    calls,
    async listHosts({ patterns = [] }: { readonly patterns?: readonly string[] }) {
      calls.push(`list ${patterns.join(' ')}`.trim());
      const globs = patterns.map(compileGlob);
      const named = hosts.filter(({ hostId }) => globs.length === 0 || globs.some((fits) => fits(hostId)));
      return { hosts: named, warnings: [] };
    },
    async getHost(hostId: string) {
      calls.push(`get ${hostId}`);
      const found = hosts.find((host) => host.hostId === hostId);
      if (!found) throw new ExpectedError('HOST_UNKNOWN', `no host ${hostId}`);
      return found;
    },
  };
}

test('globs are matched in one call, ids are taken as they are', async () => {
  const asked = manage();
  const ids = await expandHosts(asked, ['nobody', 'web-001?', 'web-0003', 'web-00[01]1', 'nobody']);
  assert.deepEqual(ids.slice(0, 3), ['nobody', 'web-0010', 'web-0011']);
  assert.deepEqual(ids.slice(-2), ['web-0003', 'web-0001']);
  assert.equal(ids.length, 13);
  assert.deepEqual(asked.calls, ['list web-001? web-00[01]1']);
  assert.deepEqual(await expandHosts(asked, ['web-0001']), ['web-0001']);
  assert.equal(asked.calls.length, 1);
});

test('hosts that globs name are not asked for one by one', async () => {
  const asked = manage();
  assert.equal((await readHosts(asked, ['web-*', 'web-0007'])).length, 10_000);
  assert.deepEqual(asked.calls, ['list web-*']);
  assert.deepEqual(
    (await readHosts(asked, ['web-0007', 'web-001[23]'])).map(({ hostId }) => hostId),
    ['web-0007', 'web-0012', 'web-0013'],
  );
  assert.deepEqual(asked.calls.slice(1), ['list web-001[23]', 'get web-0007']);
  await assert.rejects(readHosts(asked, ['nobody']), { code: 'HOST_UNKNOWN' });
});

test('a glob that names no host is an error with the nearest', async () => {
  await assert.rejects(expandHosts(manage(), ['web-00*', 'wev-0001*']), {
    code: 'HOST_UNKNOWN',
    message: 'no host matches wev-0001*',
    hint: /web-0001/,
  });
});

test('a host whose id is refused today goes by it, or as lists show it; what no host has is refused as before', async () => {
  const ids = ['web-1', 'we\u200bb-1', 'web-1\\', 'web-1 '];
  const manage = {
    listHosts: async () => ({
      hosts: ids.map((hostId) => ({ hostId, managed: true, state: 'never' as const, facts: {} })),
      warnings: [],
    }),
  };
  for (const [patterns, found] of [
    [['we\u200bb-1'], ['we\u200bb-1']],
    [[String.raw`we\u200bb-1`], ['we\u200bb-1']],
    [
      ['web-1\\', 'web-1'],
      ['web-1\\', 'web-1'],
    ],
    [['web-1 '], ['web-1 ']],
    [
      ['web-*', 'web-1 '],
      ['web-1 ', 'web-1', 'web-1\\'],
    ],
    [[String.raw`db\x01`], [String.raw`db\x01`]],
  ] as const)
    assert.deepEqual(await expandDeparting(manage, patterns), found);
  await assert.rejects(expandDeparting(manage, ['web-2 ']), { code: 'BAD_ID' });
  await assert.rejects(expandHosts(manage, ['web-1 ']), { code: 'BAD_ID' });
});
