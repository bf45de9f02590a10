// What can be set for manage, and what it is when nobody sets it.
import { z } from 'zod';
import { hostPort, PORTS } from '../../domain/ports.ts';

const address = z
  .string()
  .regex(/^(?:\[[^\]]+\]|[^:[\]\s/]+):\d{1,5}$/, 'is not an address of the form host:port');

export const manageOptions = z.strictObject({
  grpc: address
    .default(hostPort('127.0.0.1', PORTS.manageGrpc))
    .describe('Where manage listens for gRPC, as host:port'),
  http: address
    .default(hostPort('127.0.0.1', PORTS.manageHttp))
    .describe('Where manage listens for HTTP (API, probes, metrics), as host:port'),
});
export type ManageOptions = z.infer<typeof manageOptions>;
