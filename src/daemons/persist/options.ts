// The settings of persist and their defaults.
import { z } from 'zod';
import { formatAddress, PORTS } from '../../domain/address.ts';
import { addressSetting } from '../../runtime/settings.ts';

export const persistOptions = z.strictObject({
  admin: addressSetting()
    .default(formatAddress({ host: '127.0.0.1', port: PORTS.persistAdmin }))
    .describe('Where persist listens for HTTP (probes, metrics, dead letters), as host:port'),
});

export type PersistOptions = z.infer<typeof persistOptions>;
