// What an operator should know of the receivers: which are behind or off, since when, and what they say.
import { readableTime } from '../../../receivers/readable.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { isBehind } from './delivery.ts';
import type { Groups } from './groups.ts';
import type { OpenReceivers } from './open-receivers.ts';

/** Longer lists are cut. */
const MAX_NOTES = 20;

export function receiverNotes(receivers: OpenReceivers, groups: Groups, clock: Clock): readonly string[] {
  const lines: string[] = [];
  const nowMs = clock.monotonicMs();
  for (const { setup, openError, off } of receivers.all()) {
    if (openError !== undefined) lines.push(`receiver ${setup.name} cannot be used: ${openError}`);
    if (off !== undefined) lines.push(`receiver ${setup.name} wants no more messages: ${off}`);
    const owed = [...groups.accounts.values()].filter(
      (account) => account.receiver === setup.name && isBehind(account.owed),
    );
    if (owed.length === 0) continue;
    const oldest = owed.reduce((a, b) => (b.owed!.sinceMs < a.owed!.sinceMs ? b : a));
    const since = readableTime(clock.nowMs() - (nowMs - oldest.owed!.sinceMs), 'UTC');
    const refused = owed.some(({ refused: one }) => one !== undefined) ? 'refused' : 'owed';
    lines.push(
      `receiver ${setup.name}: ${owed.length} ${owed.length === 1 ? 'message' : 'messages'} ${refused} since ${since}: ${oldest.owed!.why}`,
    );
  }
  return lines.slice(0, MAX_NOTES);
}
