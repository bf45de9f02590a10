// Flags of `deadletter list` and `retry` that select dead letters.
import { Flags } from '@oclif/core';
import { DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT } from '../domain/page-cursor.ts';

export const letterFlags = {
  host: Flags.string({ char: 'H', description: 'Only samples of this host', helpValue: 'HOST' }),
  reason: Flags.string({
    description: 'Only dead letters whose reason contains this text',
    helpValue: 'TEXT',
  }),
  limit: Flags.integer({
    description: 'At most this many',
    helpValue: 'N',
    min: 1,
    max: MAX_PAGE_LIMIT,
    default: DEFAULT_PAGE_LIMIT,
  }),
};

export const lettersOf = ({
  host,
  reason,
  limit,
}: {
  readonly host?: string | undefined;
  readonly reason?: string | undefined;
  readonly limit: number;
}) => ({ limit, ...(host !== undefined && { host }), ...(reason !== undefined && { reason }) });
