// All settings in one schema: each daemon's and backend's own options, joined.
import { z } from 'zod';
import { kafkaOptions } from '../bus/kafka/options.ts';
import { mysqlCatalogOptions } from '../catalog/mysql-pool.ts';
import { agentOptions } from '../daemons/agent/options.ts';
import { analyzeOptions } from '../daemons/analyze/options.ts';
import { manageOptions } from '../daemons/manage/options.ts';
import { persistOptions } from '../daemons/persist/options.ts';
import { reportOptions } from '../daemons/report/options.ts';
import { warnOptions } from '../daemons/warn/options.ts';
import { etcdDiscoveryOptions } from '../discovery/etcd-options.ts';
import { addressSetting, durationSetting, sizeSetting, tlsSetting } from '../runtime/settings.ts';
import { influxStoreOptions } from '../store/influxdb/options.ts';

const embeddedBus = z.strictObject({
  kind: z.literal('embedded').describe('embedded: a log in the data directory, for one process'),
  maxSize: sizeSetting()
    .prefault('2GiB')
    .describe('Size limit: publishing is rejected until persist has caught up'),
});

const kafkaBus = kafkaOptions.extend({
  kind: z.literal('kafka').describe('kafka: a Kafka cluster, for any number of processes'),
});

const embeddedStore = z.strictObject({
  kind: z.literal('embedded').describe('embedded: chunks in SQLite files, one a week, for one process'),
  retention: durationSetting({ min: '1d' })
    .prefault('35d')
    .describe('Retention: weeks entirely older than this are removed'),
  maxSize: sizeSetting().optional().describe('Size limit: the oldest weeks are removed above it'),
});

const sqliteCatalog = z.strictObject({
  kind: z.literal('sqlite').describe('sqlite: one file in the data directory, for one process'),
});

const mysqlCatalog = mysqlCatalogOptions.extend({
  kind: z.literal('mysql').describe('mysql: a MySQL or MariaDB server, for any number of processes'),
});

const staticDiscovery = z.strictObject({
  kind: z.literal('static').describe('static: a list of addresses, used round robin'),
  reports: z.array(addressSetting()).default([]).describe('host:port of each report service'),
});

/** Unset values are as in `tls`; an empty text unsets one. */
const ownTls = () => tlsSetting().optional();

export const configSchema = z.strictObject({
  data: z.string().min(1).optional().describe('Directory of the embedded backends and of the agent'),
  server: z.string().optional().describe('Host of the services, for the client commands'),
  portOffset: z
    .number()
    .int()
    .min(0)
    .max(57_000)
    .default(0)
    .describe('Added to every port that is not set itself'),
  insecure: z
    .boolean()
    .default(false)
    .describe(
      'Disable authentication, and allow plain text on other addresses than loopback, also for sending tokens',
    ),
  token: z
    .string()
    .optional()
    .meta({ secret: true })
    .describe('Token that client commands send to the services'),
  serviceToken: z
    .string()
    .optional()
    .meta({ secret: true })
    .describe('Token with scope service for calls between daemons on several machines'),
  clientCertificates: z
    .enum(['required', 'optional'])
    .default('required')
    .describe('Whether listeners with tls.ca require a client certificate, or also accept a token'),
  tls: tlsSetting()
    .optional()
    .describe('TLS of all listeners (cert and key) and of all calls between daemons (ca)'),
  http: z
    .strictObject({
      hosts: z
        .array(z.string().min(1))
        .default([])
        .describe(
          'Further names (Host header) that HTTP listeners accept: of a proxy, a service, a container; * for any. Always accepted: localhost, their address, this machine, names of their certificate',
        ),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Minimum level'),
      format: z
        .enum(['auto', 'json', 'pretty'])
        .default('auto')
        .describe('auto: readable on a terminal, else JSON lines'),
    })
    .prefault({}),
  client: z
    .strictObject({
      analyzeHttp: addressSetting().optional().describe('HTTP address of analyze, as host:port'),
      analyzeGrpc: addressSetting().optional().describe('gRPC address of analyze, for --watch'),
      manageHttp: addressSetting().optional().describe('HTTP address of manage'),
      persistHttp: addressSetting().optional().describe('HTTP address of persist, for deadletter'),
      warnHttp: addressSetting().optional().describe('HTTP address of warn'),
      reports: z.array(addressSetting()).optional().describe('gRPC addresses of report, for simulate'),
      timeout: durationSetting().optional().describe('Timeout of a request [default: 10s]'),
      tls: tlsSetting().optional().describe('TLS of client commands; unset values as in `tls`'),
    })
    .prefault({})
    .describe('Addresses of the services for client commands, if not `server` with default ports'),
  analyzeAddress: addressSetting()
    .optional()
    .describe('gRPC address of analyze, for manage and warn [default: the one on this machine]'),
  manageAddress: addressSetting()
    .optional()
    .describe('gRPC address of manage, for the other daemons [default: the one on this machine]'),
  warnAddress: addressSetting()
    .optional()
    .describe(
      "gRPC address of warn, for rules and alerts in analyze's Prometheus API [default: the one on this machine]",
    ),
  bus: z.discriminatedUnion('kind', [embeddedBus, kafkaBus]).prefault({ kind: 'embedded' }),
  store: z.discriminatedUnion('kind', [embeddedStore, influxStoreOptions]).prefault({ kind: 'embedded' }),
  catalog: z.discriminatedUnion('kind', [sqliteCatalog, mysqlCatalog]).prefault({ kind: 'sqlite' }),
  discovery: z
    .discriminatedUnion('kind', [staticDiscovery, etcdDiscoveryOptions])
    .prefault({ kind: 'static' }),
  agent: agentOptions.extend({ tls: ownTls() }).prefault({}),
  report: reportOptions.extend({ tls: ownTls() }).prefault({}),
  persist: persistOptions.extend({ tls: ownTls() }).prefault({}),
  analyze: analyzeOptions.extend({ tls: ownTls() }).prefault({}),
  manage: manageOptions.extend({ tls: ownTls() }).prefault({}),
  warn: warnOptions.extend({ tls: ownTls() }).prefault({}),
});

export type Config = z.infer<typeof configSchema>;

/** In the order of the flow. */
export const DAEMONS = ['agent', 'report', 'persist', 'analyze', 'manage', 'warn'] as const;
export type DaemonName = (typeof DAEMONS)[number];
