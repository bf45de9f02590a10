// What can be set for report, and what it is when nobody sets it.
import { hostname } from 'node:os';
import { z } from 'zod';
import { isDuration, parseDuration } from '../../domain/duration.ts';
import { idFault } from '../../domain/names.ts';
import { hostPort, PORTS } from '../../domain/ports.ts';

const address = z
  .string()
  .regex(/^(?:\[[^\]]+\]|[^:[\]\s/]+):\d{1,5}$/, 'is not an address of the form host:port');

const duration = z
  .string()
  .refine(isDuration, { error: 'is not a duration; write a number and a unit: 12h, 35d', abort: true })
  .transform((text) => parseDuration(text));

export const reportOptions = z.strictObject({
  grpc: address
    .default(hostPort('127.0.0.1', PORTS.reportGrpc))
    .describe('Where report takes ticks by gRPC, as host:port'),
  admin: address
    .default(hostPort('127.0.0.1', PORTS.reportAdmin))
    .describe('Where report listens for HTTP (probes, metrics), as host:port'),
  id: z
    .string()
    .superRefine((text, context) => {
      const fault = idFault(text, 'report id');
      if (fault) context.addIssue({ code: 'custom', message: fault });
    })
    .default(() => hostname())
    .describe('Name of this report in its heartbeats and in discovery; default its hostname'),
  retention: duration
    .prefault('35d')
    .describe('Backfilled samples older than this are refused; what the store keeps'),
});

/** Durations are milliseconds. */
export type ReportOptions = z.infer<typeof reportOptions>;
