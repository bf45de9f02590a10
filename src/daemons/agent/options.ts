// The agent's settings and their defaults.
import { resolve } from 'node:path';
import { z } from 'zod';
import { formatAddress, PORTS } from '../../domain/address.ts';
import { metricKind } from '../../domain/metric-kinds.ts';
import { idError, metricError } from '../../domain/names.ts';
import { addressSetting, durationSetting, sizeSetting } from '../../runtime/settings.ts';

const id = (what: string) =>
  z.string().superRefine((text, context) => {
    const error = idError(text, what);
    if (error) context.addIssue({ code: 'custom', message: error });
  });

const filter = (what: string) =>
  z
    .strictObject({
      include: z
        .array(z.string())
        .default([])
        .describe(`${what} (globs) collected although excluded by default`),
      exclude: z.array(z.string()).default([]).describe(`${what} (globs) not collected`),
    })
    .prefault({});

const commandName = z.string().superRefine((name, context) => {
  const error = ['status', 'duration', 'perfdata']
    .map((part) => `${name}.${part}`)
    .map((metric) => metricError(metric) ?? (metricKind(metric) && `${metric} is a metric of minimon`))
    .find((one) => one !== undefined);
  if (error) context.addIssue({ code: 'custom', message: `cannot be the first part of a metric: ${error}` });
});

const ownCommand = z.strictObject({
  name: commandName,
  command: z.array(z.string()).nonempty(),
  timeout: durationSetting({ min: '100ms', max: '10m' }).prefault('10s'),
  interval: durationSetting({ min: '1s', max: '24h' }).optional(),
});

export const agentOptions = z.strictObject({
  interval: durationSetting({ min: '1s', max: '24h' })
    .prefault('60s')
    .describe('Sampling interval; ticks are aligned to its multiples since the epoch'),
  immediate: z
    .boolean()
    .default(false)
    .describe('Send a first tick 2 s after the start instead of waiting for the next interval'),
  hostId: id('host id').optional().describe('Name of this host; default its hostname'),
  token: z
    .string()
    .optional()
    .meta({ secret: true })
    .describe('Token with scope report:HOST for calls to a report on another machine'),
  joinToken: z
    .string()
    .optional()
    .meta({ secret: true, keepsPath: true, mayBeGone: true })
    .describe(
      'Join token (minimon hosts enroll), exchanged once for a credential that is stored and renewed; unused if there already is one',
    ),
  // Where it was to be read from: a file that is gone is no fault once it was used.
  joinTokenPath: z.string().optional().meta({ internal: true }),
  manage: addressSetting()
    .optional()
    .describe('HTTP address of manage, for enrolment [default: port 8040 on the host of the first report]'),
  location: id('location').optional().describe('Location of this host, suggested when it is assigned'),
  root: z
    .string()
    .min(1)
    .transform((path) => resolve(path))
    .prefault('/')
    .describe('Read proc, sys, etc and mounts below this directory'),
  view: z
    .enum(['auto', 'host', 'container'])
    .default('auto')
    .describe("View: the host's numbers or the container's limits; auto detects it"),
  admin: addressSetting()
    .default(formatAddress({ host: '127.0.0.1', port: PORTS.agentAdmin }))
    .describe('Where the agent listens for HTTP (probes, metrics), as host:port'),
  spoolMaxSize: sizeSetting()
    .prefault('64MiB')
    .describe('Size limit of the spool, which buffers ticks while report is unavailable'),
  mounts: filter('mounts'),
  fsTypes: filter('types of file systems'),
  devices: filter('block devices'),
  interfaces: filter('network interfaces'),
  sensors: filter('temperature sensors, as their label has them,'),
  textfileDir: z
    .string()
    .min(1)
    .transform((path) => resolve(path))
    .optional()
    .describe(
      'Directory of *.prom files with custom metrics in Prometheus text format (as the textfile collector of node_exporter)',
    ),
  textfileMaxAge: durationSetting({ min: '1s' })
    .prefault('25h')
    .describe('Older files are stale and give no samples'),
  commands: z
    .array(ownCommand)
    .default([])
    .superRefine((commands, context) => {
      const names = commands.map(({ name }) => name);
      for (const name of new Set(names.filter((one, i) => names.indexOf(one) < i)))
        context.addIssue({ code: 'custom', message: `two commands have the name ${name}` });
    })
    .describe(
      'Nagios plugins whose exit code and perfdata become custom metrics: name, command (a list), timeout, interval',
    ),
});

/** Durations are milliseconds, sizes bytes. */
export type AgentOptions = z.infer<typeof agentOptions>;
