// What can be set for persist, and what it is when nobody sets it.
import { z } from 'zod';
import { hostPort, PORTS } from '../../domain/ports.ts';
import { addressSetting } from '../../runtime/settings.ts';

export const persistOptions = z.strictObject({
  admin: addressSetting()
    .default(hostPort('127.0.0.1', PORTS.persistAdmin))
    .describe('Where persist listens for HTTP (probes, metrics), as host:port'),
});

export type PersistOptions = z.infer<typeof persistOptions>;
