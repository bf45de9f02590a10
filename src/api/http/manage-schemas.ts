// What manage takes and gives on HTTP.
import { z } from 'zod';
import { HOST_STATES } from '../../domain/host.ts';
import { flag, idText, instant, milliseconds, nextCursor, pageQuery, warnings } from './request.ts';

const state = z.enum(HOST_STATES);
const actor = z.string().optional().describe('Who does this, for the audit log');

export const hostShape = z.strictObject({
  host_id: idText,
  id: z.int().optional().describe("The inventory's number; absent for a host that only reports"),
  managed: z.boolean(),
  location: z.string().optional(),
  state,
  note: z.string().optional().describe('Why, where the state alone does not say'),
  created_at: instant.optional(),
  updated_at: instant.optional(),
  first_seen_at: instant.optional(),
  last_seen_at: instant.optional(),
  interval_ms: milliseconds.optional(),
  agent_version: z.string().optional(),
  facts: z.record(z.string(), z.string()),
});

export const hostsQuery = z.strictObject({
  location: z.string().optional().describe('Only hosts of this room'),
  state: state.optional().describe('Only hosts in this state'),
  all: flag.optional().describe('Also hosts that report and are not managed'),
  ...pageQuery,
});
export const hostsAnswer = z.strictObject({
  hosts: z.array(hostShape),
  next_cursor: nextCursor,
  warnings,
});

export const hostParams = z.strictObject({ host_id: idText });
export const hostQuery = z.strictObject({ host_id: idText });

export const unmanagedQuery = z.strictObject({
  since_at: instant.optional().describe('Who reported since then; 24 h ago unless told'),
});
export const unmanagedAnswer = z.strictObject({
  hosts: z.array(
    hostShape.extend({
      suggestion: z
        .strictObject({ location: z.string(), why: z.string() })
        .optional()
        .describe('A room it may stand in, and how that was concluded'),
    }),
  ),
  warnings,
});

const assignment = z.strictObject({ host_id: idText, location: z.string() });
export const assignmentsQuery = z.strictObject({ location: z.string().optional() });
export const assignmentsAnswer = z.strictObject({
  assignments: z.array(assignment),
  locations: z.array(z.string()).describe('Known rooms, empty ones included'),
});

export const assignBody = z.strictObject({ assignments: z.array(assignment).min(1), actor });
export const assignAnswer = z.strictObject({
  outcomes: z.array(
    z.strictObject({
      host_id: idText,
      change: z.enum(['added', 'moved', 'unchanged']),
      from: z.string().optional(),
      location: z.string(),
    }),
  ),
});

export const insertBody = z.strictObject({ host_id: idText, location: z.string(), actor });
export const insertAnswer = z.strictObject({ id: z.int() });

export const hostIdsBody = z.strictObject({ host_ids: z.array(idText).min(1), actor });
export const hostIdsAnswer = z.strictObject({
  host_ids: z.array(idText).describe('Those of the request that were found'),
});

export const updateBody = z.strictObject({
  id: z.int().optional().describe('This, or host_id'),
  host_id: idText.optional(),
  location: z.string(),
  actor,
});
export const updateAnswer = z.strictObject({});

export const locationsAnswer = z.strictObject({
  locations: z.array(
    z.strictObject({
      location: z.string(),
      hosts: z.int(),
      states: z.partialRecord(state, z.int()).describe('How many hosts are in each state'),
    }),
  ),
  warnings,
});

export const inventoryAnswer = z.strictObject({
  hosts: z.array(
    z.strictObject({
      id: z.int(),
      host_id: idText,
      location: z.string().optional().describe('Absent after an unassign'),
      created_at: instant,
      updated_at: instant,
    }),
  ),
});
