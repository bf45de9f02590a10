// The settings of warn and their defaults.
import { isIP } from 'node:net';
import { z } from 'zod';
import { bareHost, formatAddress, PORTS } from '../../domain/address.ts';
import { addressSetting } from '../../runtime/settings.ts';

/** As in an address of a receiver, without scheme, port and path. */
const isHost = (text: string): boolean => isIP(bareHost(text)) !== 0 || /^[^\s/:[\]%]+$/.test(text);

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
    .describe("URL called every minute while warn is healthy (a dead man's switch for minimon itself)"),
  allowAddresses: z
    .array(z.string().refine(isHost, { error: 'is not an address or a host name' }))
    .default([])
    .describe(
      'Link-local addresses and metadata services that receivers may connect to all the same, as addresses or host names',
    ),
});

export type WarnOptions = z.infer<typeof warnOptions>;
