// The settings of warn and their defaults.
import { z } from 'zod';
import { formatAddress, PORTS } from '../../domain/address.ts';
import { addressSetting } from '../../runtime/settings.ts';

export const warnOptions = z.strictObject({
  grpc: addressSetting()
    .default(formatAddress({ host: '127.0.0.1', port: PORTS.warnGrpc }))
    .describe('Where warn listens for gRPC, as host:port'),
  http: addressSetting()
    .default(formatAddress({ host: '127.0.0.1', port: PORTS.warnHttp }))
    .describe('Where warn listens for HTTP (API, probes, metrics), as host:port'),
  heartbeatUrl: z
    .url({ protocol: /^https?$/, error: 'is not an http(s) URL' })
    .optional()
    .meta({ secret: true })
    .describe('Called every minute while warn is well, so that a dead monitor is noticed'),
});

export type WarnOptions = z.infer<typeof warnOptions>;
