// A simulation changes neither real hosts nor what an operator did with simulated ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Host } from '../../src/api/manage.ts';
import { assignFleet } from '../../src/assembly/simulate.ts';
import type { Assignment } from '../../src/catalog/catalog.ts';

const host = (hostId: string, more: Partial<Host>): Host => ({
  hostId,
  managed: false,
  state: 'reporting',
  facts: {},
  ...more,
});

function inventory(hosts: readonly Host[]) {
  const assigned: Assignment[] = [];
  return {
    assigned,
    listHosts: async () => ({ hosts, warnings: [] }),
    assignHosts: async ({ assignments }: { readonly assignments: readonly Assignment[] }) => {
      assigned.push(...assignments);
      return [];
    },
  };
}

const fleet = {
  hostIds: ['web-01', 'web-02', 'web-03'],
  assignments: [
    { hostId: 'web-01', location: '725' },
    { hostId: 'web-02', location: '726' },
  ],
  again: false,
};

test('hosts that the inventory has keep the room they were put into, or none', async () => {
  const simulated = { lastSeenMs: 1, facts: { simulated: 'true' }, state: 'silent' } as const;
  const manage = inventory([host('web-01', { managed: true, ...simulated }), host('web-02', simulated)]);
  await assignFleet(manage, fleet);
  assert.deepEqual(manage.assigned, [{ hostId: 'web-02', location: '726' }]);
});

test("a real host's id ends the simulation before anything is changed", async () => {
  const manage = inventory([host('web-03', { lastSeenMs: 1 })]);
  await assert.rejects(assignFleet(manage, fleet), { code: 'HOST_EXISTS', message: /web-03/ });
  assert.deepEqual(manage.assigned, []);
});

test('hosts that another simulation reports for now are refused, unless it has just ended', async () => {
  const simulated = { lastSeenMs: 1, facts: { simulated: 'true' } };
  const manage = inventory([host('web-01', simulated), host('web-02', { ...simulated, state: 'silent' })]);
  await assert.rejects(assignFleet(manage, fleet), {
    code: 'HOST_EXISTS',
    message: 'another simulation reports for a host: web-01',
    hint: /--again/,
  });
  assert.deepEqual(manage.assigned, []);
  await assignFleet(manage, { ...fleet, again: true });
  assert.deepEqual(manage.assigned, fleet.assignments);
});
