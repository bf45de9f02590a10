// The settings of analyze and their defaults.
import { z } from 'zod';
import { formatAddress, PORTS } from '../../domain/address.ts';
import { addressSetting } from '../../runtime/settings.ts';

export const analyzeOptions = z.strictObject({
  grpc: addressSetting()
    .default(formatAddress({ host: '127.0.0.1', port: PORTS.analyzeGrpc }))
    .describe('Where analyze listens for gRPC, as host:port'),
  http: addressSetting()
    .default(formatAddress({ host: '127.0.0.1', port: PORTS.analyzeHttp }))
    .describe('Where analyze listens for HTTP (API, probes, metrics), as host:port'),
});
export type AnalyzeOptions = z.infer<typeof analyzeOptions>;
