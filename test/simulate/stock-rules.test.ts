// The stock rules on simulated fleets: quiet on healthy hosts over a week, and each fault is found by its rule.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULTS, type Fault } from '../../src/daemons/simulate/fleet.ts';
import { firingOver, HOUR } from './fired-rules.ts';

test('over a week on healthy hosts nothing fires but cpu and rebooted', () => {
  const fired = firingOver({ hosts: 30, hours: 7 * 24, faults: [] });
  assert.deepEqual(
    [...fired.keys()].filter((rule) => rule !== 'cpu' && rule !== 'rebooted'),
    [],
  );
});

test('each fault of a simulated fleet is found by its rule', () => {
  const wanted: Readonly<Record<Fault, readonly string[]>> = {
    leak: ['memory', 'disk-full'],
    burst: ['cpu'],
    reboot: ['rebooted'],
    silent: ['host-silent'],
    dark: ['room-dark'],
  };
  // Disks take three days to fill.
  const fired = firingOver({ hosts: 60, hours: 3 * 24, faults: FAULTS, silentAfterMs: 60 * HOUR });
  for (const fault of FAULTS) {
    const found = wanted[fault].filter((rule) => fired.has(rule));
    assert.ok(found.length > 0, `${fault}: none of ${wanted[fault]} fired, only ${[...fired.keys()]}`);
  }
});
