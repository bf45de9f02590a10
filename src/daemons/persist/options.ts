// The settings of persist and their defaults.
import { z } from 'zod';
import { formatAddress, PORTS } from '../../domain/address.ts';
import { secretSetting, urlSetting } from '../../receivers/http-options.ts';
import { addressSetting, tlsSetting } from '../../runtime/settings.ts';

export const persistOptions = z.strictObject({
  admin: addressSetting()
    .default(formatAddress({ host: '127.0.0.1', port: PORTS.persistAdmin }))
    .describe('Where persist listens for HTTP (probes, metrics, dead letters), as host:port'),
  remoteWrite: z
    .strictObject({
      url: urlSetting()
        .optional()
        .describe("What comes over the bus is also sent here by Prometheus' remote write [default: nowhere]"),
      token: secretSetting()
        .optional()
        .meta({ secret: true, fromFile: true })
        .describe('Bearer token that it shows there'),
      tenant: z
        .string()
        .regex(/^[\u0021-\u007e]+$/, 'has a character other than printable ASCII')
        .optional()
        .describe('Sent as X-Scope-OrgID, for Mimir'),
      tls: tlsSetting().optional().describe('Who is trusted there, and who we are'),
    })
    .prefault({}),
});

export type PersistOptions = z.infer<typeof persistOptions>;
