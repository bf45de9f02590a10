// The health of receivers: backlog, rejections, last error, since when; for lists, readyz and metrics.
import type { ReceiverHealth } from '../../../api/warn.ts';
import { counted } from '../../../domain/counting.ts';
import { readableTime } from '../../../receivers/readable.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { isBehind } from './account.ts';
import type { Groups } from './groups.ts';
import type { OpenReceiver, OpenReceivers } from './open-receivers.ts';

/** Longer lists of notes are cut. */
const MAX_NOTES = 20;

export function receiverHealth(
  receivers: OpenReceivers,
  groups: Groups,
  clock: Clock,
): readonly ReceiverHealth[] {
  const toWall = clock.nowMs() - clock.monotonicMs();
  const owedBy = Map.groupBy(
    [...groups.accounts.values()].filter(({ owed }) => isBehind(owed)),
    ({ receiver }) => receiver,
  );
  return [...receivers.all()].map((open) => {
    const owed = owedBy.get(open.setup.name) ?? [];
    const oldest = owed.reduce<(typeof owed)[0] | undefined>(
      (a, b) => (a === undefined || b.owed!.sinceMs < a.owed!.sinceMs ? b : a),
      undefined,
    );
    const lastError = open.openError ?? open.off ?? open.lastError ?? oldest?.owed?.why;
    return {
      name: open.setup.name,
      state: stateOf(
        open,
        owed.map(({ refused }) => refused !== undefined),
      ),
      owed: owed.length,
      ...(oldest !== undefined && { sinceMs: Math.round(oldest.owed!.sinceMs + toWall) }),
      ...(open.lastSentMs !== undefined && { lastSentMs: open.lastSentMs }),
      ...(lastError !== undefined && lastError !== '' && { lastError }),
      ...(open.lastErrorMs !== undefined && { lastErrorMs: open.lastErrorMs }),
    };
  });
}

function stateOf(open: OpenReceiver, refused: readonly boolean[]): ReceiverHealth['state'] {
  if (open.openError !== undefined) return 'unusable';
  if (open.off !== undefined) return 'off';
  if (refused.length === 0) return 'ok';
  return refused.includes(true) ? 'refused' : 'behind';
}

export const receiverNotes = (health: readonly ReceiverHealth[]): readonly string[] =>
  health.flatMap((one) => noteOf(one) ?? []).slice(0, MAX_NOTES);

function noteOf({ name, state, owed, sinceMs, lastError }: ReceiverHealth): string | undefined {
  switch (state) {
    case 'unusable':
      return `receiver ${name} cannot be used: ${lastError}`;
    case 'off':
      return `receiver ${name} rejects all messages: ${lastError}`;
    case 'behind':
    case 'refused': {
      const messages = counted(owed, 'message');
      const what = state === 'refused' ? 'refused' : 'owed';
      return `receiver ${name}: ${messages} ${what} since ${readableTime(sinceMs!, 'UTC')}: ${lastError}`;
    }
    default:
      return undefined;
  }
}
