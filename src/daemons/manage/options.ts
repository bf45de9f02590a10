// What can be set for manage, and what it is when nobody sets it.
import { z } from 'zod';
import { hostPort, PORTS } from '../../domain/ports.ts';
import { addressSetting } from '../../runtime/settings.ts';

export const manageOptions = z.strictObject({
  grpc: addressSetting()
    .default(hostPort('127.0.0.1', PORTS.manageGrpc))
    .describe('Where manage listens for gRPC, as host:port'),
  http: addressSetting()
    .default(hostPort('127.0.0.1', PORTS.manageHttp))
    .describe('Where manage listens for HTTP (API, probes, metrics), as host:port'),
});
export type ManageOptions = z.infer<typeof manageOptions>;
