// Reports of a list in the configuration keep the discovery contract.
import { createStaticDiscovery } from '../../src/discovery/discovery.ts';
import { discoveryContract } from './contract.ts';

discoveryContract(
  async (addresses) => {
    const discovery = createStaticDiscovery(addresses);
    return { discovery, close: () => discovery.stop() };
  },
  { name: 'static discovery', changes: false },
);
