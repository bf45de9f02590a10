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
        .describe('Prometheus remote-write URL that all samples are also forwarded to [default: none]'),
      token: secretSetting()
        .optional()
        .meta({ secret: true, fromFile: true })
        .describe('Bearer token for remote write'),
      tenant: z
        .string()
        .regex(/^[\u0021-\u007e]+$/, 'has a character other than printable ASCII')
        .optional()
        .describe('Sent as X-Scope-OrgID, for Mimir'),
      tls: tlsSetting().optional().describe('CA to trust, and client certificate'),
    })
    .prefault({}),
});

export type PersistOptions = z.infer<typeof persistOptions>;
