// minimon's own measurements as lines: what ticks say of their hosts, refusals, and how far the stream was consumed.
import type { Facts, Refusal } from '../../domain/tick.ts';
import type { TickView } from '../../wire/tick-wire.ts';
import { encodeMachine, escapeKey, hostError, OWN, quoteField } from './layout.ts';

/** What a tick says of its host; a copy, since a view lives only until the next tick is read. */
export type HostWord = Pick<
  TickView,
  'hostId' | 'timeMs' | 'intervalMs' | 'machineId' | 'bootId' | 'agentVersion'
> & { readonly facts: Facts | undefined };

export const hostWord = ({
  hostId,
  timeMs,
  intervalMs,
  machineId,
  bootId,
  agentVersion,
  facts,
}: TickView): HostWord => ({ hostId, timeMs, intervalMs, machineId, bootId, agentVersion, facts });

/** The state in force of a host, as JSON in one string field; readers find the newest by its tick's time. */
export type HostState = {
  readonly intervalMs: number;
  readonly bootId: string;
  readonly agentVersion: string;
};

/** A state that does not change is written again this often, in time of ticks, so that readers need not look far back. */
const STATE_EVERY_MS = 600_000;
const MAX_HOSTS = 200_000;

export type HostNotes = {
  /**
   * Lines for the ticks of one record. A tick is a point at its own time that holds when report received it (`received`;
   * `history` for backfill, which says nothing of who is alive). One that comes after a newer one leaves a second point
   * at the time it was received: the last points of both series then tell when the host was last heard.
   */
  lines(
    words: readonly HostWord[],
    from: { readonly receivedMs: number; readonly backfill: boolean },
  ): string[];
  /** A write failed: what was noted as written may not be. */
  forget(): void;
};

export function createHostNotes(): HostNotes {
  const newest = new Map<string, { timeMs: number; state: string; stateMs: number }>();

  function stateField(word: HostWord): string {
    const { hostId, timeMs, intervalMs, machineId, bootId, agentVersion } = word;
    const known = newest.get(hostId);
    if (known && timeMs < known.timeMs) return '';
    const state = JSON.stringify({ intervalMs, bootId, agentVersion } satisfies HostState);
    const identity = `${machineId}\u0000${state}`;
    const isDue = !known || known.state !== identity || timeMs - known.stateMs >= STATE_EVERY_MS;
    newest.set(hostId, { timeMs, state: identity, stateMs: isDue ? timeMs : known.stateMs });
    return isDue ? `,state=${quoteField(state)}` : '';
  }

  return {
    lines(words, { receivedMs, backfill }) {
      if (newest.size > MAX_HOSTS) newest.clear();
      const lines: string[] = [];
      for (const word of words) {
        const { hostId, timeMs, machineId, facts } = word;
        if (hostError(hostId)) continue;
        const known = newest.get(hostId);
        const isLate = !known || timeMs < known.timeMs;
        const machine = machineId === '' ? '' : `,machine=${escapeKey(encodeMachine(machineId))}`;
        const tags = `,host_id=${escapeKey(hostId)}${machine}`;
        const arrival = backfill ? 'history=1i' : `received=${receivedMs}i`;
        const said = facts ? `,facts=${quoteField(JSON.stringify(facts))}` : '';
        lines.push(`${OWN.host}${tags} ${arrival}${stateField(word)}${said} ${timeMs}`);
        if (isLate && !backfill) lines.push(`${OWN.heard}${tags} tick=${timeMs}i ${receivedMs}`);
      }
      return lines;
    },
    forget: () => newest.clear(),
  };
}

/** A host's last refusal of a record, with the samples that the same reason refused. */
export function refusalLines(refusals: readonly Refusal[], receivedMs: number): string[] {
  const last = new Map<string, { reason: string; samples: number }>();
  for (const { hostId, reason, samples } of refusals) {
    // An id that InfluxDB cannot hold is no host's: report refused it for that.
    if (hostError(hostId)) continue;
    const before = last.get(hostId);
    last.set(hostId, { reason, samples: samples + (before?.reason === reason ? before.samples : 0) });
  }
  return [...last].map(
    ([hostId, { reason, samples }]) =>
      `${OWN.refusal},host_id=${escapeKey(hostId)} word=${quoteField(JSON.stringify({ reason, samples }))} ${receivedMs}`,
  );
}

export const watermarkLine = (partition: number, receivedMs: number): string =>
  `${OWN.watermark},partition=${partition} received=${receivedMs}i ${receivedMs}`;
