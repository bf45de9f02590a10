// Changes that end something for several hosts: asked about first, told afterwards, partly done where some were not there.
import { ExpectedError } from '../domain/errors.ts';
import { safeText } from '../domain/safe-text.ts';
import { createPrompts, type PromptStreams } from './prompts.ts';

export type EndChange = {
  readonly hostIds: readonly string[];
  readonly verb: 'remove' | 'unassign';
  readonly yes: boolean;
  readonly streams: PromptStreams;
  /** Does it; resolves with the hosts that were there. */
  readonly run: () => Promise<readonly string[]>;
};

/** Resolves with what was done, in words. HOST_UNKNOWN when none was there, PARTLY_DONE when some were not. */
export async function endChange({ hostIds, verb, yes, streams, run }: EndChange): Promise<string> {
  const named = (ids: readonly string[]) =>
    ids.length > 3 ? `${ids.length} hosts` : ids.map(safeText).join(', ');
  const agreed = await createPrompts(streams).confirm({ action: `${verb} ${named(hostIds)}`, yes });
  if (!agreed) return 'Nothing was changed.';
  const done = new Set(await run());
  const missing = hostIds.filter((hostId) => !done.has(hostId));
  const past = verb === 'remove' ? 'removed' : 'unassigned';
  if (missing.length === 0) return `${named([...done])} ${past}`;
  const message = `not in the inventory: ${missing.slice(0, 10).map(safeText).join(', ')}${missing.length > 10 ? ` and ${missing.length - 10} more` : ''}`;
  if (done.size === 0)
    throw new ExpectedError('HOST_UNKNOWN', message, { hint: 'minimon hosts list names what is.' });
  throw new ExpectedError('PARTLY_DONE', `${named([...done])} ${past}; ${message}`);
}
