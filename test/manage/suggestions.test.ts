// Hosts without a location and the room each may stand in.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSuggestions, prefixesOf, subnetsOf } from '../../src/daemons/manage/suggestions.ts';
import { HOUR, MINUTE, NOW_MS, openManage, reporter } from './reporters.ts';

const resident = (hostId: string, location: string, address = '') => ({
  hostId,
  location,
  facts: { address },
});

describe('the suggested location of a host', () => {
  const suggest = createSuggestions([
    resident('web-1', '725', '10.1.2.3'),
    resident('web-2', '725', '10.1.2.4'),
    resident('web-3', '726', '10.1.3.3'),
    resident('db-1', '机房-网关', '10.9.9.9'),
    resident('mix-1', '1', '10.5.5.1'),
    resident('mix-2', '2', '10.5.5.2'),
    resident('v6-a', '728', '2001:db8:0:7::10'),
  ]);
  const of = (hostId: string, facts: Record<string, string> = {}) => suggest({ hostId, facts });

  it("is the agent's hint before all else", () => {
    assert.deepEqual(of('web-9', { location_hint: '900', address: '10.1.2.9' }), {
      location: '900',
      why: "agent's hint",
    });
  });

  it('is not a hint that could be no location', () => {
    for (const location_hint of ['', ' 900', '9\u001b[2J00', 'x'.repeat(200)]) {
      assert.equal(of('zeta', { location_hint }), undefined);
    }
  });

  it('is the room of its subnet, and says which host stands there', () => {
    assert.deepEqual(of('zeta', { address: '10.1.2.200' }), {
      location: '725',
      why: 'same subnet as web-1 (10.1.2.0/24)',
    });
    assert.deepEqual(of('zeta', { address: '192.168.7.7, 10.9.9.1' }), {
      location: '机房-网关',
      why: 'same subnet as db-1 (10.9.9.0/24)',
    });
    assert.equal(of('zeta', { address: '2001:db8:0:7:1::99' })?.location, '728');
  });

  it('is the room of hosts that are named like it, if most of them stand in one', () => {
    assert.deepEqual(of('web-77'), { location: '725', why: 'named like web-1' });
    assert.equal(of('db-12')?.location, '机房-网关');
    assert.equal(of('mix-3'), undefined, 'as many in one room as in the other');
    assert.equal(of('mix-3', { address: '10.5.5.3' }), undefined);
    assert.equal(of('gateway'), undefined);
  });

  it('rests on prefixes up to digits and on networks, not on single letters or loopback', () => {
    assert.deepEqual(prefixesOf('rack3-web-17'), ['rack3-web-', 'rack']);
    assert.deepEqual(prefixesOf('n1'), []);
    assert.deepEqual(prefixesOf('10.0.0.1'), []);
    assert.deepEqual(subnetsOf({ address: '127.0.0.1 ::1 fe80::1%eth0 169.254.3.4' }), []);
    assert.deepEqual(subnetsOf({ address: '10.1.2.3/24' }), ['10.1.2.0/24']);
    assert.deepEqual(subnetsOf({ address: '2001:db8::1' }), ['2001:db8:0:0::/64']);
    assert.deepEqual(subnetsOf({ address: 'not:an:address nor-this' }), []);
    assert.deepEqual(subnetsOf({}), []);
  });
});

describe('unmanaged hosts', () => {
  it('are those that reported in the last 24 h and have no location', async () => {
    const fixture = await openManage([
      reporter('web-1', { facts: { address: '10.0.0.1' } }),
      reporter('web-2', { facts: { address: '10.0.0.2' } }),
      reporter('left'),
      reporter('old', { agoMs: 25 * HOUR }),
      reporter('ｱ'),
      { ...reporter('history-alone'), lastReceivedMs: 0, machines: [] },
      reporter('\u{20bb7}'),
    ]);
    const { service } = fixture;
    await service.assignHosts({ new: true, assignments: [{ hostId: 'web-1', location: '725' }] });
    await service.assignHosts({ new: true, assignments: [{ hostId: 'left', location: '725' }] });
    await service.unassignHosts({ hostIds: ['left'] });
    const { hosts, warnings } = await service.listUnmanaged({});
    assert.deepEqual(
      hosts.map((host) => [host.hostId, host.managed, host.suggestion?.location]),
      [
        ['history-alone', false, undefined],
        ['left', true, undefined],
        ['web-2', false, '725'],
        ['ｱ', false, undefined],
        ['\u{20bb7}', false, undefined],
      ],
    );
    assert.equal(hosts[2]!.suggestion?.why, 'same subnet as web-1 (10.0.0.0/24)');
    assert.deepEqual(warnings, []);
    const longer = await service.listUnmanaged({ sinceMs: NOW_MS - 48 * HOUR });
    assert.ok(longer.hosts.some((host) => host.hostId === 'old'));
    await assert.rejects(service.listUnmanaged({ sinceMs: -1 }), { code: 'BAD_TIME' });
    await fixture.stop();
  });

  it('leave out who has ended: removed, and not heard since', async () => {
    const fixture = await openManage([reporter('ended'), reporter('goes-on')]);
    const { service, stream, clock } = fixture;
    const hostIds = ['ended', 'goes-on'];
    await service.assignHosts({
      new: true,
      assignments: hostIds.map((hostId) => ({ hostId, location: '725' })),
    });
    await service.removeHosts({ hostIds });
    await clock.advanceTo(NOW_MS + MINUTE);
    stream.hosts = [reporter('ended'), reporter('goes-on', { nowMs: NOW_MS + MINUTE })];
    await clock.advanceTo(NOW_MS + MINUTE + 3_000);
    const { hosts } = await service.listUnmanaged({});
    assert.deepEqual(
      hosts.map((host) => host.hostId),
      ['goes-on'],
    );
    await fixture.stop();
  });

  it('cannot be told before analyze ever answered, and then come from its last answer', async () => {
    const fixture = await openManage([reporter('stray')]);
    fixture.stream.down = true;
    await assert.rejects(fixture.service.listUnmanaged({}), { code: 'UNAVAILABLE', message: /8010/ });
    fixture.stream.down = false;
    await fixture.clock.advanceTo(NOW_MS + 3_000);
    assert.equal((await fixture.service.listUnmanaged({})).hosts.length, 1);
    fixture.stream.down = true;
    await fixture.clock.advanceTo(NOW_MS + 6_000);
    const { hosts, warnings } = await fixture.service.listUnmanaged({});
    assert.deepEqual([hosts[0]?.hostId, hosts[0]?.state, warnings.length], ['stray', 'unknown', 1]);
    await fixture.stop();
  });

  it('get their suggestions for ten thousand hosts in one answer', async () => {
    const hosts = Array.from({ length: 10_000 }, (_, i) =>
      reporter(`r${i % 50}-node-${i}`, { facts: { address: `10.0.${i % 250}.${i % 200}` } }),
    );
    const fixture = await openManage(hosts);
    await fixture.service.assignHosts({
      new: true,
      assignments: hosts
        .slice(0, 5_000)
        .map((host, i) => ({ hostId: host.hostId, location: `room ${i % 50}` })),
    });
    const unmanaged = (await fixture.service.listUnmanaged({})).hosts;
    assert.equal(unmanaged.length, 5_000);
    assert.ok(unmanaged.every((host) => host.suggestion !== undefined));
    await fixture.stop();
  });
});
