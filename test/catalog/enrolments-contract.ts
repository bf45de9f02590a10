// What every catalog promises of enrolment: a count that holds whoever comes at once, one machine a host, nothing by halves.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Catalog } from '../../src/catalog/catalog.ts';
import type { JoinRequest } from '../../src/catalog/enrolments.ts';
import type { VirtualClock } from '../../src/runtime/clock.ts';
import { makeToken } from '../../src/runtime/token.ts';
import { auditEntries } from './audit-entries.ts';

type WithCatalog = (work: (catalog: Catalog, clock: VirtualClock) => Promise<void>) => Promise<void>;

const DAY = 86_400_000;
/** A credential is renewed no more often. */
const RENEWS_MS = 10 * 60_000;
const MACHINES = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [string, string, string];

export function enrolmentsContract(withCatalog: WithCatalog, NOW_MS: number): void {
  const grantOf = async ({ enrolments }: Catalog, grant: { hosts: number; location?: string }) => {
    const { id, hash } = makeToken();
    const token = { id, hash, name: `join ${id}`, scopes: ['join'], endsMs: NOW_MS + 1_000 };
    await enrolments.grant(token, grant, 'ann');
    return id;
  };
  const joining = (joinId: string, hostId: string, machineId = MACHINES[0]): JoinRequest => {
    const { id, hash } = makeToken();
    const credential = { id, hash };
    return { joinId, hostId, machineId, credential, endsMs: NOW_MS + 10_000, isTaken: false };
  };

  it('enrols as many hosts as it was granted, whoever asks at once, and puts them into its location', () =>
    withCatalog(async (catalog) => {
      const joinId = await grantOf(catalog, { hosts: 2, location: '机房' });
      await catalog.inventory.assign([{ hostId: 'h-0', location: '726' }], 'ann');
      const requests = Array.from({ length: 5 }, (_, i) => joining(joinId, `h-${i}`));
      const first = await catalog.enrolments.join(requests[0]!, 'a');
      const rest = await Promise.all(requests.slice(1).map((one) => catalog.enrolments.join(one, 'a')));
      const outcomes = [first, ...rest].map(({ outcome }) => outcome);
      assert.deepEqual(outcomes.sort(), ['enrolled', 'enrolled', 'used up', 'used up', 'used up']);
      // Asked again, it is as it was, and counts once.
      assert.equal((await catalog.enrolments.join(requests[0]!, 'a')).outcome, 'repeated');
      assert.equal((await catalog.inventory.find({ hostId: 'h-0' }))?.location, '726');
      const hosts = await catalog.inventory.list({ limit: 10, location: '机房' });
      const enrolled = await catalog.enrolments.list({ limit: 10 });
      assert.deepEqual(
        enrolled.map(({ hostId }) => hostId),
        ['h-0', ...hosts.map(({ hostId }) => hostId)],
      );
      const tokens = (await catalog.tokens.list()).filter(({ scopes }) => scopes[0] !== 'join');
      assert.deepEqual(tokens.map(({ scopes }) => scopes[0]).sort(), [
        'report:h-0',
        `report:${hosts[0]?.hostId}`,
      ]);
      assert.deepEqual(await catalog.enrolments.list({ limit: 10, afterHostId: 'h-0' }), enrolled.slice(1));
    }));

  it('takes no join token that has ended, was revoked or is none', () =>
    withCatalog(async (catalog, clock) => {
      const [ends, revoked] = [await grantOf(catalog, { hosts: 1 }), await grantOf(catalog, { hosts: 1 })];
      await catalog.tokens.revoke(revoked, 'ann');
      const other = makeToken();
      await catalog.tokens.add({ ...other, name: 'x', scopes: ['admin'], endsMs: undefined }, 'ann');
      const outcomeOf = async (joinId: string) =>
        (await catalog.enrolments.join(joining(joinId, 'web-1'), 'a')).outcome;
      assert.equal(await outcomeOf(revoked), 'ended');
      assert.equal(await outcomeOf(other.id), 'no grant');
      await clock.advanceTo(NOW_MS + 1_000);
      assert.equal(await outcomeOf(ends), 'ended');
      assert.deepEqual(await catalog.enrolments.list({ limit: 1 }), []);
    }));

  it('lets another machine wait until it is allowed; then the credential of the first counts no more', () =>
    withCatalog(async (catalog, clock) => {
      const joinId = await grantOf(catalog, { hosts: 9 });
      const [first, second, third] = MACHINES.map((machine) => joining(joinId, 'web-1', machine));
      await catalog.enrolments.join(first!, 'a');
      await catalog.enrolments.join(second!, 'a');
      // Who came second to wait does not take the place of what somebody is about to allow.
      assert.equal((await catalog.enrolments.join(third!, 'a')).outcome, 'taken');
      const allow = (machine?: string, host = { hostId: 'web-1', isKnown: false }) =>
        catalog.enrolments.allow(host, { machine, untilMs: NOW_MS + 500 }, 'ann');
      // Somebody says which one is meant, or none is let in.
      assert.equal((await allow())?.outcome, 'unnamed');
      for (const other of [MACHINES[2]!.slice(0, 12), third!.credential.id, MACHINES[0]!.slice(0, 8)])
        assert.equal((await allow(other))?.outcome, 'other');
      assert.equal((await catalog.enrolments.join(second!, 'a')).outcome, 'taken');
      for (const name of [second!.credential.id, MACHINES[1], MACHINES[1]!.slice(0, 8)]) {
        const allowed = await allow(name);
        assert.deepEqual([allowed?.outcome, allowed?.enrolment.waiting?.machineId], ['allowed', MACHINES[1]]);
      }
      assert.equal((await catalog.enrolments.join(third!, 'a')).outcome, 'taken');
      assert.equal((await catalog.enrolments.join(second!, 'a')).outcome, 'enrolled');
      assert.equal((await catalog.enrolments.join(first!, 'a')).outcome, 'taken');
      const inForce = (await catalog.tokens.list()).filter(({ revokedMs }) => revokedMs === undefined);
      assert.deepEqual(inForce.map(({ id }) => id).sort(), [joinId, second!.credential.id].sort());
      // What was allowed ends, and was for one machine.
      const unknown = { hostId: 'web-2', isKnown: false };
      assert.equal(await allow(undefined, unknown), undefined);
      await allow(undefined, { ...unknown, isKnown: true });
      await clock.advanceTo(NOW_MS + 500);
      const late = { ...joining(joinId, 'web-2'), isTaken: true };
      assert.equal((await catalog.enrolments.join(late, 'a')).outcome, 'taken');
      const waits = async () =>
        (await catalog.enrolments.list({ limit: 9 })).map(({ waiting }) => waiting?.machineId);
      assert.deepEqual(await waits(), [MACHINES[0], MACHINES[0]]);
      const lastMs = NOW_MS + 500 + 10 * 60_000;
      await clock.advanceTo(lastMs - 1);
      assert.deepEqual(await waits(), [undefined, MACHINES[0]]);
      await clock.advanceTo(lastMs);
      assert.deepEqual(await waits(), [undefined, undefined]);
      const actions = (await auditEntries(catalog.audit)).map(
        ({ action, subject }) => `${action} ${subject}`,
      );
      assert.deepEqual(
        actions.filter((action) => action.startsWith('enrolment.')),
        [
          'enrolment.join web-1',
          'enrolment.refuse web-1',
          ...['enrolment.allow web-1', 'enrolment.allow web-1', 'enrolment.allow web-1'],
          'enrolment.join web-1',
          'enrolment.refuse web-1',
          'enrolment.allow web-2',
          'enrolment.refuse web-2',
        ],
      );
    }));

  it('lets in the machine that waited, and none that shows its ids, which whoever may read knows', () =>
    withCatalog(async (catalog) => {
      const { enrolments } = catalog;
      const joinId = await grantOf(catalog, { hosts: 9 });
      const asks = joining(joinId, 'web-1', MACHINES[1]);
      const { id } = asks.credential;
      const others = [
        { ...asks, machineId: MACHINES[2], credential: { id, hash: makeToken().hash } },
        { ...asks, machineId: MACHINES[2] },
        { ...asks, credential: { id, hash: makeToken().hash } },
      ];
      const outcomes = async () => {
        const all = [];
        for (const other of others) all.push((await enrolments.join(other, 'b')).outcome);
        return all;
      };
      await enrolments.join(joining(joinId, 'web-1'), 'a');
      await enrolments.join(asks, 'a');
      assert.deepEqual(await outcomes(), ['taken', 'taken', 'taken']);
      const allowed = await enrolments.allow(
        { hostId: 'web-1', isKnown: false },
        { machine: MACHINES[1].slice(0, 12), untilMs: NOW_MS + 500 },
        'ann',
      );
      assert.deepEqual([allowed?.outcome, allowed?.enrolment.waiting?.machineId], ['allowed', MACHINES[1]]);
      assert.deepEqual(await outcomes(), ['taken', 'taken', 'taken']);
      assert.equal((await enrolments.join(asks, 'a')).outcome, 'enrolled');
    }));

  it('lets in a machine by its whole id while another one waits, which then waits on', () =>
    withCatalog(async (catalog) => {
      const { enrolments } = catalog;
      const joinId = await grantOf(catalog, { hosts: 9 });
      const requests = MACHINES.map((machine) => joining(joinId, 'web-1', machine));
      const join = async (i: number) => (await enrolments.join(requests[i]!, 'a')).outcome;
      assert.deepEqual([await join(0), await join(1)], ['enrolled', 'taken']);
      const whom = { machine: MACHINES[2], untilMs: NOW_MS + 500 };
      const allowed = await enrolments.allow({ hostId: 'web-1', isKnown: false }, whom, 'ann');
      const { outcome, asks, enrolment } = allowed!;
      assert.deepEqual([outcome, asks, enrolment.waiting?.machineId], ['allowed', undefined, MACHINES[1]]);
      assert.deepEqual([await join(1), await join(2), await join(1)], ['taken', 'enrolled', 'taken']);
    }));

  it('keeps a place that nobody has yet for the machine that was named, as long as that lasts', () =>
    withCatalog(async (catalog, clock) => {
      const { enrolments } = catalog;
      const joinId = await grantOf(catalog, { hosts: 9 });
      const outcome = async (hostId: string, machine: string) =>
        (await enrolments.join(joining(joinId, hostId, machine), 'a')).outcome;
      const [named, other] = MACHINES;
      for (const hostId of ['web-1', 'web-2', 'web-3']) {
        const machine = hostId === 'web-3' ? undefined : named;
        await enrolments.allow({ hostId, isKnown: true }, { machine, untilMs: NOW_MS + 500 }, 'ann');
      }
      assert.equal(await outcome('web-1', other), 'taken');
      assert.equal(await outcome('web-1', named), 'enrolled');
      assert.equal(await outcome('web-3', other), 'enrolled');
      await clock.advanceTo(NOW_MS + 500);
      assert.equal(await outcome('web-2', other), 'enrolled');
    }));

  const renewalOf = (hostId: string, byId: string, machineId = MACHINES[0]) => {
    const { joinId: _, isTaken: __, ...request } = joining('', hostId, machineId);
    return { ...request, byId, endsMs: NOW_MS + 2 * DAY, previousEndsMs: NOW_MS + 3 * RENEWS_MS - 1 };
  };

  it('renews with the credential that it gave last; the one before ends soon, and one before that is gone', () =>
    withCatalog(async (catalog, clock) => {
      const { enrolments, tokens } = catalog;
      const joined = { ...joining(await grantOf(catalog, { hosts: 1 }), 'web-1'), endsMs: NOW_MS + DAY };
      await enrolments.join(joined, 'a');
      const renewal = (byId: string, machineId = MACHINES[0]) => renewalOf('web-1', byId, machineId);
      const first = renewal(joined.credential.id);
      assert.equal((await enrolments.renew(first, 'a')).outcome, 'too soon');
      await clock.advanceTo(NOW_MS + RENEWS_MS);
      assert.equal((await enrolments.renew(first, 'a')).outcome, 'enrolled');
      assert.equal((await enrolments.renew(first, 'a')).outcome, 'repeated');
      const ends = new Map((await tokens.list()).map(({ id, endsMs }) => [id, endsMs]));
      assert.equal(ends.get(joined.credential.id), NOW_MS + 3 * RENEWS_MS - 1);
      assert.equal(ends.get(first.credential.id), NOW_MS + 2 * DAY);
      assert.deepEqual(
        await enrolments.credentials(),
        new Map([first, joined].map(({ credential }) => [credential.id, 'web-1'])),
      );
      // A copy has the credential before, and another machine none. Daemons fetch nothing for that.
      const version = await tokens.version();
      assert.equal((await enrolments.renew(renewal(joined.credential.id), 'a')).outcome, 'taken');
      assert.equal((await enrolments.renew(renewal(first.credential.id, MACHINES[1]), 'a')).outcome, 'taken');
      assert.equal(await tokens.version(), version);
      await clock.advanceTo(NOW_MS + 2 * RENEWS_MS);
      const second = renewal(first.credential.id);
      assert.equal((await enrolments.renew(second, 'a')).outcome, 'enrolled');
      assert.notEqual(await tokens.version(), version);
      assert.equal(
        (await tokens.list()).some(({ id }) => id === joined.credential.id),
        false,
      );
      await tokens.revoke('agent web-1', 'ann');
      const left = (await tokens.list()).filter(
        ({ revokedMs, scopes }) => !revokedMs && scopes[0] !== 'join',
      );
      assert.deepEqual(left, []);
      // Whoever let it in may not have heard of that yet.
      await clock.advanceTo(NOW_MS + 3 * RENEWS_MS);
      assert.equal((await enrolments.renew(renewal(second.credential.id), 'a')).outcome, 'no grant');
    }));

  it('asks nothing in the name of another host, and leaves the place of who waits to its own machine', () =>
    withCatalog(async (catalog) => {
      const { enrolments } = catalog;
      const joinId = await grantOf(catalog, { hosts: 2 });
      const [one, two] = [joining(joinId, 'web-1'), joining(joinId, 'web-2', MACHINES[1])];
      for (const request of [one, two]) await enrolments.join(request, 'a');
      const outcomes = [two.credential.id, joinId].map(
        async (byId) => (await enrolments.renew(renewalOf('web-1', byId), 'a')).outcome,
      );
      assert.deepEqual(await Promise.all(outcomes), ['no grant', 'no grant']);
      const [first] = await enrolments.list({ limit: 1 });
      assert.equal(first?.waiting, undefined);
    }));

  it('gives hosts whose long names begin alike credentials of different names', () =>
    withCatalog(async (catalog) => {
      const joinId = await grantOf(catalog, { hosts: 2 });
      for (const end of ['a', 'b'])
        await catalog.enrolments.join(joining(joinId, `${'机'.repeat(42)}${end}`), 'a');
      const names = (await catalog.tokens.list()).flatMap(({ name, scopes }) =>
        scopes[0] === 'join' ? [] : [name],
      );
      assert.equal(new Set(names).size, 2);
      for (const name of names) assert.ok(Buffer.byteLength(name) <= 128 && !name.includes('\ufffd'), name);
    }));

  it('puts hosts into a location by the name that it has now, and into none that was removed', () =>
    withCatalog(async (catalog) => {
      const { inventory, enrolments } = catalog;
      const joinId = await grantOf(catalog, { hosts: 3, location: '725' });
      await enrolments.join(joining(joinId, 'web-1'), 'a');
      await inventory.renameLocation({ from: '725', to: '726' }, 'ann');
      await enrolments.join(joining(joinId, 'web-2'), 'a');
      assert.equal((await inventory.find({ hostId: 'web-2' }))?.location, '726');
      await inventory.removeLocation('726', { actor: 'ann', force: true });
      await enrolments.join(joining(joinId, 'web-3'), 'a');
      assert.equal((await inventory.find({ hostId: 'web-3' }))?.location, undefined);
      assert.deepEqual(await inventory.locations(), []);
    }));

  it('takes no id of a token that is there', () =>
    withCatalog(async (catalog) => {
      const joinId = await grantOf(catalog, { hosts: 1 });
      const request = { ...joining(joinId, 'web-1'), credential: { id: joinId, hash: Buffer.alloc(32) } };
      await assert.rejects(catalog.enrolments.join(request, 'a'), { code: 'TOKEN_EXISTS' });
      assert.deepEqual(await catalog.enrolments.list({ limit: 1 }), []);
      assert.equal((await catalog.enrolments.join(joining(joinId, 'web-1'), 'a')).outcome, 'enrolled');
    }));
}
