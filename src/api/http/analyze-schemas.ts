// What analyze takes and gives on HTTP.
import { z } from 'zod';
import { AGGREGATES } from '../../store/store.ts';
import {
  idText,
  instant,
  labels,
  milliseconds,
  nextCursor,
  pageQuery,
  repeated,
  warnings,
  wholeNumber,
} from './request.ts';

const metric = z.string().describe("cpu.usage; the seed's CPU_Rate too");
const location = z.string().optional().describe('Only hosts of this room');
const startAt = instant.optional().describe('RFC 3339; inside the range. An hour before stop_at unless told');
const stopAt = instant.optional().describe('RFC 3339; outside the range. Now unless told');
const sinceAt = instant.optional().describe('RFC 3339; 24 h ago unless told');
const aggregate = z
  .enum(AGGREGATES)
  .optional()
  .describe('Of each window, with step_ms only: mean unless told; p95 is nearest rank');
const STEP =
  'Windows of this length on multiples of it since the epoch; raw points (at most 11,000 a series) without it';

export const recordsQuery = z.strictObject({
  metric,
  location,
  host: repeated.optional().describe('Only this host; may be given several times'),
  label: repeated.optional().describe('name=value; may be given several times'),
  start_at: startAt,
  stop_at: stopAt,
  step_ms: wholeNumber.optional().describe(STEP),
  aggregate,
});

export const recordsBody = z.strictObject({
  metric,
  location,
  hosts: z.array(idText).optional(),
  labels: labels.optional(),
  start_at: startAt,
  stop_at: stopAt,
  step_ms: milliseconds.optional().describe(STEP),
  aggregate,
});

export const recordsAnswer = z.strictObject({
  start_at: instant,
  stop_at: instant,
  step_ms: milliseconds.optional(),
  series: z.array(
    z.strictObject({
      host_id: idText,
      metric: z.string(),
      labels,
      times_ms: z.array(z.int()).describe('Milliseconds since the epoch; of windows their start'),
      values: z
        .array(z.number().nullable())
        .describe('null: a window without samples. JSON has no negative zero: -0 is written as 0'),
    }),
  ),
  warnings,
});

export const latestQuery = z.strictObject({
  metric: repeated.optional().describe('Only this metric; may be given several times'),
  location,
  host: repeated.optional().describe('Only this host; may be given several times'),
  since_at: sinceAt,
});

export const latestBody = z.strictObject({
  metrics: z.array(z.string()).optional(),
  location,
  hosts: z.array(idText).optional(),
  since_at: sinceAt,
});

export const latestAnswer = z.strictObject({
  now_at: instant.describe("analyze's clock"),
  samples: z.array(
    z.strictObject({ host_id: idText, metric: z.string(), labels, sampled_at: instant, value: z.number() }),
  ),
  warnings,
});

export const reportingQuery = z.strictObject({ since_at: sinceAt, ...pageQuery });

export const reportingAnswer = z.strictObject({
  now_at: instant.describe("analyze's clock"),
  hosts: z.array(
    z.strictObject({
      host_id: idText,
      first_seen_at: instant,
      last_seen_at: instant.describe("The newest tick, by the host's clock"),
      last_received_at: instant.describe("The same by report's clock"),
      interval_ms: milliseconds,
      boot_id: z.string(),
      agent_version: z.string(),
      machines: z.array(z.strictObject({ machine_id: z.string(), last_received_at: instant })),
      facts: z.record(z.string(), z.string()),
      refusal: z
        .strictObject({ received_at: instant, reason: z.string(), samples: z.int() })
        .optional()
        .describe('The newest refusal of its samples'),
    }),
  ),
  watermarks: z
    .array(z.strictObject({ partition: z.int(), received_at: instant }))
    .describe("How far the stream was consumed, by report's clock"),
  next_cursor: nextCursor,
});
