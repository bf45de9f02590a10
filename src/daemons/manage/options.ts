// The settings of manage and their defaults.
import { z } from 'zod';
import { formatAddress, PORTS } from '../../domain/address.ts';
import { addressSetting } from '../../runtime/settings.ts';

export const manageOptions = z.strictObject({
  grpc: addressSetting()
    .default(formatAddress({ host: '127.0.0.1', port: PORTS.manageGrpc }))
    .describe('Where manage listens for gRPC, as host:port'),
  http: addressSetting()
    .default(formatAddress({ host: '127.0.0.1', port: PORTS.manageHttp }))
    .describe('Where manage listens for HTTP (API, probes, metrics), as host:port'),
});
export type ManageOptions = z.infer<typeof manageOptions>;
