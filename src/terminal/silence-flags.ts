// Flags --for and --until of silences.
import { Flags } from '@oclif/core';

/** `about`: from when a duration runs. */
export const spanFlags = (about: string) => ({
  for: Flags.string({
    description: about,
    helpValue: 'DURATION',
    exclusive: ['until'],
    aliases: ['duration'],
  }),
  until: Flags.string({
    description: 'End: 07:00 (next, local time), 2h, 2026-03-28T14:00Z',
    helpValue: 'TIME',
    aliases: ['end'],
  }),
});
