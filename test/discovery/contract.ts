// The discovery contract as tests, run against every way to find reports.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Discovery } from '../../src/discovery/discovery.ts';
import { until } from '../until.ts';

export type OpenedDiscovery = {
  readonly discovery: Discovery;
  /** Makes these the reports that there are; undefined where they can never change. */
  readonly change?: (addresses: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

export function discoveryContract(
  open: (addresses: readonly string[]) => Promise<OpenedDiscovery>,
  { name, changes }: { readonly name: string; readonly changes: boolean },
): void {
  describe(name, () => {
    const three = ['10.0.0.1:8000', '[::1]:8001', 'report-3.example:8002'];
    let opened: OpenedDiscovery;
    let discovery: Discovery;
    const openWith = async (addresses: readonly string[]) => {
      opened = await open(addresses);
      ({ discovery } = opened);
    };
    beforeEach(() => openWith(three));
    afterEach(() => opened.close());

    test('tells every report once and is well', () => {
      assert.deepEqual([...discovery.addresses()].sort(), [...three].sort());
      assert.deepEqual(discovery.addresses(), discovery.addresses());
      assert.equal(discovery.unhealthy(), undefined);
    });

    test('without any report it says so and returns an empty list', async () => {
      await opened.close();
      await openWith([]);
      assert.deepEqual(discovery.addresses(), []);
      assert.match(discovery.unhealthy() ?? '', /no .*report/);
    });

    // A list in the configuration never changes.
    const testChange = changes ? test : () => {};
    testChange('its listeners hear of each change until they leave', async () => {
      const change = opened.change!;
      const heard: (readonly string[])[] = [];
      const left: (readonly string[])[] = [];
      discovery.onChange((addresses) => heard.push(addresses));
      const leave = discovery.onChange((addresses) => left.push(addresses));
      const two = three.slice(0, 2);
      await change(two);
      await until('the change is heard', () => heard.at(-1)?.length === 2);
      assert.deepEqual([...heard.at(-1)!].sort(), [...two].sort());
      assert.deepEqual(heard.at(-1), discovery.addresses());
      const told = left.length;
      assert.ok(told > 0);
      leave();
      await change(three);
      await until('the next change is heard', () => heard.at(-1)!.length === 3);
      assert.equal(left.length, told);
    });

    test('a stopped one keeps its list, calls nobody, and may be stopped again', async () => {
      await discovery.stop();
      await discovery.stop();
      assert.equal(discovery.addresses().length, 3);
    });
  });
}
