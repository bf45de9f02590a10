// Who a simulated fleet is made of: names, locations, addresses, identities, faults.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  assignmentsOf,
  bootedAt,
  bootIdOf,
  bootNumber,
  createFleet,
  FAULTS,
  isUp,
} from '../../src/daemons/simulate/fleet.ts';
import { idError } from '../../src/domain/names.ts';
import { seriesError, seriesKey } from '../../src/domain/tick.ts';

const NOW = Date.UTC(2026, 2, 18, 12);
const fleetOf = (hosts: number, locations = 5, seed = 1) =>
  createFleet({ seed, hosts, locations, faults: FAULTS, silentFromMs: NOW - 37 * 60_000 });

test('the same seed gives the same fleet, another seed another one', () => {
  assert.deepEqual(fleetOf(60), fleetOf(60));
  assert.notDeepEqual(
    fleetOf(60).hosts.map((host) => host.facts),
    fleetOf(60, 5, 2).hosts.map((host) => host.facts),
  );
});

test('ids, machine ids, boot ids and addresses are unique among 10,000 hosts', () => {
  const { hosts } = fleetOf(10_000, 7);
  const boots = hosts.map((host) => bootIdOf(host, bootNumber(host.life, NOW)));
  for (const values of [
    hosts.map((host) => host.hostId),
    hosts.map((host) => host.machineId),
    hosts.map((host) => host.facts['address']!),
    boots,
  ]) {
    assert.equal(new Set(values).size, 10_000);
  }
  assert.ok(hosts.every((host) => /^[0-9a-f]{32}$/.test(host.machineId)));
  assert.ok(boots.every((boot) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(boot)));
});

test('another seed keeps the machine ids, for two ids in turn under one name are a conflict', () => {
  const machines = (seed: number) => fleetOf(40, 4, seed).hosts.map((host) => host.machineId);
  assert.deepEqual(machines(1), machines(99));
});

test('locations have subnets of their own and each gets hosts', () => {
  for (const [hosts, locations] of [
    [20, 5],
    [3_000, 4],
    [10_000, 300],
  ] as const) {
    const fleet = fleetOf(hosts, locations);
    const locationOfSubnet = new Map<string, string>();
    for (const host of fleet.hosts) {
      const address = host.facts['address']!;
      assert.match(address, /^10(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/);
      const subnet = address.slice(0, address.lastIndexOf('.'));
      assert.equal(locationOfSubnet.get(subnet) ?? host.location, host.location, subnet);
      locationOfSubnet.set(subnet, host.location);
    }
    assert.deepEqual([...new Set(locationOfSubnet.values())].sort(), [...fleet.locations].sort());
  }
});

test('any fleet has valid names, distinct series and facts that say it is simulated', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 0xffff_ffff }), (count, seed) => {
      for (const host of fleetOf(count, Math.min(count, 6), seed).hosts) {
        assert.equal(idError(host.hostId), undefined);
        assert.equal(new Set(host.series.map((s) => seriesKey(s.metric, s.labels))).size, host.series.length);
        assert.ok(host.series.length >= 20 && host.series.length <= 27);
        for (const { metric, labels } of host.series) assert.equal(seriesError(metric, labels), undefined);
        assert.equal(host.facts['simulated'], 'true');
        assert.equal(host.facts['memory_bytes'], String(host.memoryBytes));
      }
    }),
    { numRuns: 40 },
  );
});

test('one host in twenty is left unassigned, and every second of those says its location', () => {
  const fleet = fleetOf(100);
  const unassigned = fleet.hosts.filter((host) => !host.assigned);
  assert.equal(unassigned.length, 5);
  assert.deepEqual(
    unassigned.map((host) => host.facts['location_hint'] === host.location),
    [true, false, true, false, true],
  );
  const assigned = assignmentsOf(fleet);
  assert.equal(assigned.length, 95);
  assert.ok(unassigned.every((host) => !assigned.some(({ hostId }) => hostId === host.hostId)));
});

test('each fault has a few assigned hosts, and at most half of a small fleet', () => {
  const faults = (hosts: number) => fleetOf(hosts, 2).hosts.flatMap((host) => host.fault ?? []);
  assert.deepEqual(
    [1, 2, 4, 6, 8, 40, 80, 500, 10_000].map((hosts) => faults(hosts).length),
    [0, 1, 2, 3, 4, 4, 8, 20, 20],
  );
  assert.deepEqual(faults(40).sort(), ['burst', 'leak', 'reboot', 'silent']);
  assert.ok(fleetOf(500, 2).hosts.every((host) => host.assigned || !host.fault));
  assert.ok(createFleet({ seed: 1, hosts: 500, locations: 5 }).hosts.every((host) => !host.fault));
});

test('a dark location has no host that reports, and there is none with fewer than three locations', () => {
  const { hosts, locations } = fleetOf(50, 3);
  const dark = hosts.filter(({ location }) => location === locations.at(-1));
  assert.ok(dark.length > 10);
  for (const { fault, life } of dark) {
    assert.equal(fault, 'dark');
    assert.equal(isUp(life, NOW - 36 * 60_000), false);
  }
  const others = hosts.filter((host) => !dark.includes(host) && host.fault !== 'silent');
  assert.ok(others.every(({ life }) => life.silentFromMs === undefined));
  assert.ok(fleetOf(50, 2).hosts.every((host) => host.fault !== 'dark'));
});

test('a reboot is a gap before a new boot id', () => {
  const host = fleetOf(50).hosts.find((each) => each.fault === 'reboot')!;
  const boot = bootNumber(host.life, NOW);
  const bootMs = bootedAt(host.life, boot);
  assert.ok(NOW - bootMs <= 8 * 3_600_000);
  assert.equal(isUp(host.life, bootMs), true);
  assert.equal(isUp(host.life, bootMs - 1), false);
  assert.equal(isUp(host.life, bootMs - 6 * 60_000), false);
  assert.equal(isUp(host.life, bootMs - 8 * 60_000), true);
  assert.notEqual(bootIdOf(host, boot), bootIdOf(host, boot - 1));
  assert.equal(bootIdOf(host, boot), bootIdOf(host, boot));
});

test('a host that goes silent never comes back', () => {
  const { life } = fleetOf(50).hosts.find((each) => each.fault === 'silent')!;
  const from = NOW - 37 * 60_000;
  assert.equal(isUp(life, from - 1), true);
  for (let timeMs = from; timeMs < NOW + 86_400_000; timeMs += 60_000)
    assert.equal(isUp(life, timeMs), false);
});
