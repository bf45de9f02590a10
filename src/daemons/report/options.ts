// The settings of report and their defaults.
import { z } from 'zod';
import { formatAddress, PORTS } from '../../domain/address.ts';
import { idError } from '../../domain/names.ts';
import { addressSetting } from '../../runtime/settings.ts';

export const reportOptions = z.strictObject({
  grpc: addressSetting()
    .default(formatAddress({ host: '127.0.0.1', port: PORTS.reportGrpc }))
    .describe('gRPC listener for agents, as host:port'),
  advertise: addressSetting()
    .optional()
    .describe('Address registered in etcd for agents; default grpc, with the hostname for 0.0.0.0'),
  push: addressSetting()
    .default(formatAddress({ host: '127.0.0.1', port: PORTS.reportPush }))
    .describe(
      'HTTP listener for other agents (InfluxDB line protocol, Prometheus remote write, OTLP), as host:port',
    ),
  pushKeep: z
    .array(z.string())
    .default(['*'])
    .describe(
      "Series of other agents (globs such as node_memory_*) to store in addition to minimon's metrics",
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
    .describe('Limit of series per host within half a day to a day; more are rejected'),
  maxHosts: z
    .int()
    .min(1)
    .optional()
    .describe('Limit of hosts within half a day to a day [default: by memory]'),
  maxSeries: z
    .int()
    .min(1)
    .optional()
    .describe('Limit of series of all hosts beyond 32 each, within half a day to a day [default: by memory]'),
});

export type ReportOptions = z.infer<typeof reportOptions>;
