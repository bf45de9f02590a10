// The settings of report and their defaults.
import { z } from 'zod';
import { formatAddress, PORTS } from '../../domain/address.ts';
import { idError } from '../../domain/names.ts';
import { addressSetting } from '../../runtime/settings.ts';

export const reportOptions = z.strictObject({
  grpc: addressSetting()
    .default(formatAddress({ host: '127.0.0.1', port: PORTS.reportGrpc }))
    .describe('Where report takes ticks by gRPC, as host:port'),
  advertise: addressSetting()
    .optional()
    .describe('Where agents reach it, for discovery by etcd; default grpc, with the hostname for 0.0.0.0'),
  push: addressSetting()
    .default(formatAddress({ host: '127.0.0.1', port: PORTS.reportPush }))
    .describe(
      'Where report takes what other agents send over HTTP (InfluxDB line protocol, Prometheus remote write, OTLP), as host:port',
    ),
  pushKeep: z
    .array(z.string())
    .default(['*'])
    .describe(
      "Which series of other agents (globs on names such as node_memory_*) are kept beside those that are minimon's metrics",
    ),
  admin: addressSetting()
    .default(formatAddress({ host: '127.0.0.1', port: PORTS.reportAdmin }))
    .describe('Where report listens for HTTP (probes, metrics), as host:port'),
  id: z
    .string()
    .superRefine((text, context) => {
      const error = idError(text, 'report id');
      if (error) context.addIssue({ code: 'custom', message: error });
    })
    .optional()
    .describe('Name of this report in its heartbeats and in discovery; default its hostname'),
  maxSeriesPerHost: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(2_000)
    .describe('Series of one host that are taken within half a day to a day; more are refused'),
  maxHosts: z
    .int()
    .min(1)
    .optional()
    .describe('Hosts that are taken within half a day to a day [default: by the memory]'),
  maxSeries: z
    .int()
    .min(1)
    .optional()
    .describe('Series of all hosts beyond 32 each within half a day to a day [default: by the memory]'),
});

export type ReportOptions = z.infer<typeof reportOptions>;
