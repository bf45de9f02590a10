// What can be set for the agent, and what it is when nobody sets it.
import { z } from 'zod';
import { isDuration, parseDuration } from '../../domain/duration.ts';
import { idFault } from '../../domain/names.ts';
import { hostPort, PORTS } from '../../domain/ports.ts';

const address = z
  .string()
  .regex(/^(?:\[[^\]]+\]|[^:[\]\s/]+):\d{1,5}$/, 'is not an address of the form host:port');

const duration = z
  .string()
  .refine(isDuration, { error: 'is not a duration; write a number and a unit: 30s, 5m', abort: true })
  .transform((text) => parseDuration(text));

const id = (what: string) =>
  z.string().superRefine((text, context) => {
    const fault = idFault(text, what);
    if (fault) context.addIssue({ code: 'custom', message: fault });
  });

const filter = (what: string) =>
  z
    .strictObject({
      include: z
        .array(z.string())
        .default([])
        .describe(`${what} (globs) sampled although left out by default`),
      exclude: z.array(z.string()).default([]).describe(`${what} (globs) left out`),
    })
    .prefault({});

export const agentOptions = z.strictObject({
  interval: duration
    .refine((ms) => ms >= 1_000 && ms <= 86_400_000, { error: 'must be from 1s to 24h' })
    .prefault('60s')
    .describe('Time between ticks, which stand on its multiples since the epoch'),
  immediate: z
    .boolean()
    .default(false)
    .describe('Send a first tick 2 s after the start instead of waiting for the grid'),
  hostId: id('host id').optional().describe('Name of this host; default its hostname'),
  location: id('location')
    .optional()
    .describe('Machine room this host probably stands in, as a hint for assigning'),
  root: z.string().min(1).default('/').describe('Read proc, sys, etc and mounts below this directory'),
  view: z
    .enum(['auto', 'host', 'container'])
    .default('auto')
    .describe("Show the host's numbers or the container's limits; auto finds out"),
  admin: address
    .default(hostPort('127.0.0.1', PORTS.agentAdmin))
    .describe('Where the agent listens for HTTP (probes, metrics), as host:port'),
  spoolMaxBytes: z.coerce
    .number()
    .int()
    .min(1_048_576)
    .default(67_108_864)
    .describe('Most bytes of ticks kept while report is away'),
  mounts: filter('mounts'),
  fsTypes: filter('types of file systems'),
  devices: filter('block devices'),
  interfaces: filter('network interfaces'),
});

/** Durations are milliseconds. */
export type AgentOptions = z.infer<typeof agentOptions>;
