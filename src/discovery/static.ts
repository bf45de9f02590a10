// Reports at addresses that the configuration names: they never change.
import type { Discovery } from './discovery.ts';

export function createStaticDiscovery(addresses: readonly string[]): Discovery {
  return {
    addresses: () => addresses,
    onChange: () => () => {},
    unhealthy: () => (addresses.length === 0 ? 'no address of a report is configured' : undefined),
    stop: async () => {},
  };
}
