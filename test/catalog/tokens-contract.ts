// What every catalog promises of tokens: one in force of a name, hashes and no secrets, a version that grows.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Catalog } from '../../src/catalog/catalog.ts';
import type { VirtualClock } from '../../src/runtime/clock.ts';
import { makeToken } from '../../src/runtime/token.ts';
import { auditEntries } from './audit-entries.ts';

type WithCatalog = (work: (catalog: Catalog, clock: VirtualClock) => Promise<void>) => Promise<void>;

const newToken = (name: string, endsMs?: number) => {
  const { id, hash } = makeToken();
  return { id, hash, name, scopes: ['read', 'report:机-2'], endsMs };
};

export function tokensContract(withCatalog: WithCatalog, NOW_MS: number): void {
  it('lists tokens of one moment in the order of their ids', () =>
    withCatalog(async ({ tokens }) => {
      for (const name of ['a', 'b', 'c', 'd', 'e']) await tokens.add(newToken(name), 'ann');
      const ids = (await tokens.list()).map(({ id }) => id);
      assert.deepEqual(ids, ids.toSorted());
    }));

  it('keeps a token as it was given, and who made it, newest first', () =>
    withCatalog(async ({ tokens, audit }, clock) => {
      assert.deepEqual(await tokens.list(), []);
      const first = newToken('机房 ops');
      const before = await tokens.version();
      await tokens.add(first, 'ann');
      await clock.advanceTo(NOW_MS + 5);
      const second = newToken('grafana', NOW_MS + 1_000);
      const added = await tokens.add(second, 'ben');
      const listed = await tokens.list();
      assert.deepEqual(listed[0], added);
      assert.deepEqual(
        listed.map(({ name, createdBy, createdMs, endsMs }) => [name, createdBy, createdMs, endsMs]),
        [
          ['grafana', 'ben', NOW_MS + 5, NOW_MS + 1_000],
          ['机房 ops', 'ann', NOW_MS, undefined],
        ],
      );
      assert.deepEqual(listed[1]!.hash, first.hash);
      assert.deepEqual(listed[1]!.scopes, first.scopes);
      assert.ok((await tokens.version()) > before);
      assert.deepEqual(
        (await auditEntries(audit)).map(({ actor, action, subject, detail }) => [
          actor,
          action,
          subject,
          detail,
        ]),
        [
          ['ann', 'token.add', '机房 ops', { id: first.id, scopes: 'read report:机-2' }],
          [
            ...['ben', 'token.add', 'grafana'],
            { id: second.id, scopes: 'read report:机-2', until: '2026-11-25T09:00:01.123Z' },
          ],
        ],
      );
    }));

  it('has one token of a name in force: of one that ended or was revoked the name is free again', () =>
    withCatalog(async ({ tokens, audit }, clock) => {
      await tokens.add(newToken('a', NOW_MS + 10), 'ann');
      await assert.rejects(tokens.add(newToken('a'), 'ann'), {
        code: 'TOKEN_EXISTS',
        hint: /tokens revoke a/,
      });
      await tokens.add(newToken('A'), 'ann');
      await clock.advanceTo(NOW_MS + 10);
      const again = newToken('a');
      await tokens.add(again, 'ann');
      const version = await tokens.version();
      assert.equal((await tokens.revoke('a', 'ben'))?.id, again.id);
      assert.ok((await tokens.version()) > version);
      assert.equal((await tokens.revoke(again.id, 'cat'))?.revokedMs, NOW_MS + 10);
      assert.equal(await tokens.revoke('nobody', 'cat'), undefined);
      await tokens.add(newToken('a'), 'ann');
      const revoked = (await auditEntries(audit)).filter(({ action }) => action === 'token.revoke');
      assert.deepEqual(
        revoked.map(({ actor, subject }) => [actor, subject]),
        [['ben', 'a']],
      );
    }));

  it('remembers the last use, never an earlier one, and its version stays', () =>
    withCatalog(async ({ tokens }) => {
      const token = newToken('a');
      await tokens.add(token, 'ann');
      const version = await tokens.version();
      await tokens.used([{ id: token.id, usedMs: NOW_MS + 9 }]);
      await tokens.used([
        { id: token.id, usedMs: NOW_MS + 3 },
        { id: 'ffffffffffff', usedMs: 1 },
      ]);
      assert.equal((await tokens.list())[0]!.usedMs, NOW_MS + 9);
      assert.equal(await tokens.version(), version);
    }));
}
