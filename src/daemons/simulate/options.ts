// What can be set about a simulation.
import { z } from 'zod';
import { durationSetting } from '../../runtime/settings.ts';
import { FAULTS } from './fleet.ts';

const duration = durationSetting();

const count = (most: number) => z.coerce.number().int().min(1).max(most);

export const simulateOptions = z
  .strictObject({
    hosts: count(100_000).default(50).describe('how many hosts report'),
    locations: count(1_000).default(5).describe('how many locations they are in'),
    since: duration.prefault('7d').describe('how much history to backfill first; 0s for none'),
    interval: duration
      .refine((ms) => ms >= 1_000 && ms <= 86_400_000, { error: 'must be from 1s to 24h' })
      .prefault('60s')
      .describe("time between a host's ticks"),
    seed: z.coerce
      .number()
      .int()
      .min(0)
      .max(0xffff_ffff)
      .default(1)
      .describe('the same seed gives the same hosts and values'),
    batch: count(200).default(1).describe('ticks in one live request; 1 is what as many agents would send'),
    fault: z
      .array(z.enum([...FAULTS, 'none']))
      .default([...FAULTS])
      .transform((list) => FAULTS.filter((fault) => list.includes(fault) && !list.includes('none')))
      .describe('what goes wrong with some of the hosts; none for a healthy fleet'),
    agentVersion: z.string().default('simulated').describe("the hosts' agent version"),
  })
  .refine(({ hosts, locations }) => locations <= hosts, {
    error: 'there are more locations than hosts',
    path: ['locations'],
  })
  .readonly();

/** Durations are milliseconds. */
export type SimulateOptions = z.infer<typeof simulateOptions>;
