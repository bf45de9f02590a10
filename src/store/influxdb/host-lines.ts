// minimon's internal measurements as lines: host records, rejections, and watermarks of the stream.
import type { Refusal } from '../../domain/tick.ts';
import type { TickView } from '../../wire/tick-view.ts';
import {
  type AgentState,
  createCopyWatch,
  type HostRefusal,
  newerRefusal,
  senderOf,
} from '../host-record.ts';
import { encodeMachine, escapeKey, hostError, OWN, quoteField } from './layout.ts';

/** What a tick says of its host: a copy, since a view lives only until the next tick is read. */
export type HostNote = AgentState & Pick<TickView, 'hostId' | 'timeMs' | 'machineId' | 'facts'>;

export const hostNote = (tick: TickView): HostNote => ({
  hostId: tick.hostId,
  timeMs: tick.timeMs,
  intervalMs: tick.intervalMs,
  machineId: senderOf(tick),
  bootId: tick.bootId,
  agentVersion: tick.agentVersion,
  facts: tick.facts,
});

/**
 * The agent's state is JSON in one string field. One that does not change is written again this often, in time of ticks,
 * so that readers need not look far back.
 */
const STATE_EVERY_MS = 600_000;
const MAX_HOSTS = 200_000;

export type HostLines = {
  /**
   * Lines for the ticks of one record. A tick is a point at its own time that holds when report received it (`received`;
   * `history` for backfill, which says nothing of who is alive). One that comes after a newer one adds a second point
   * at the time it was received: the later of the two series' last points is the host's last arrival.
   */
  lines(
    notes: readonly HostNote[],
    from: { readonly receivedMs: number; readonly backfill: boolean },
  ): string[];
  /** A write failed: what counts as written may not be. */
  reset(): void;
};

export function createHostLines(): HostLines {
  const newest = new Map<string, { timeMs: number; state: string; stateMs: number } & AgentState>();
  let copies = createCopyWatch();

  function stateField(note: HostNote): string {
    const { hostId, timeMs, machineId } = note;
    const known = newest.get(hostId);
    // Other agents say neither.
    const { intervalMs, bootId, agentVersion } =
      note.bootId || note.agentVersion || !known?.agentVersion ? note : known;
    if (known && timeMs < known.timeMs) return '';
    const state = JSON.stringify({ intervalMs, bootId, agentVersion } satisfies AgentState);
    const identity = `${machineId}\u0000${state}`;
    const isDue = !known || known.state !== identity || timeMs - known.stateMs >= STATE_EVERY_MS;
    newest.set(hostId, {
      timeMs,
      state: identity,
      stateMs: isDue ? timeMs : known.stateMs,
      ...{ intervalMs, bootId, agentVersion },
    });
    return isDue ? `,state=${quoteField(state)}` : '';
  }

  return {
    lines(notes, { receivedMs, backfill }) {
      if (newest.size > MAX_HOSTS) newest.clear();
      const lines: string[] = [];
      for (const note of notes) {
        const { hostId, timeMs, facts } = note;
        if (hostError(hostId)) continue;
        const known = newest.get(hostId);
        const isLate = !known || timeMs < known.timeMs;
        const machineId = backfill ? note.machineId : copies(note, { sender: note.machineId, receivedMs });
        // It is a point already, with the time of its arrival.
        if (machineId === undefined) continue;
        const machine = machineId === '' ? '' : `,machine=${escapeKey(encodeMachine(machineId))}`;
        const tags = `,host_id=${escapeKey(hostId)}${machine}`;
        const arrival = backfill ? 'history=1i' : `received=${receivedMs}i`;
        const factsField = facts ? `,facts=${quoteField(JSON.stringify(facts))}` : '';
        lines.push(`${OWN.host}${tags} ${arrival}${stateField(note)}${factsField} ${timeMs}`);
        if (isLate && !backfill) lines.push(`${OWN.arrival}${tags} tick=${timeMs}i ${receivedMs}`);
      }
      return lines;
    },
    reset() {
      newest.clear();
      copies = createCopyWatch();
    },
  };
}

/** The refusal of each host that a record names, the last one where there are several reasons. */
export function refusalLines(refusals: readonly Refusal[], receivedMs: number): string[] {
  const last = new Map<string, HostRefusal>();
  for (const refusal of refusals) {
    const { hostId } = refusal;
    // Report refused the id itself: no host has it, and InfluxDB cannot hold it.
    if (hostError(hostId)) continue;
    last.set(hostId, newerRefusal(last.get(hostId), refusal, receivedMs));
  }
  return [...last].map(
    ([hostId, { reason, samples }]) =>
      `${OWN.refusal},host_id=${escapeKey(hostId)} word=${quoteField(JSON.stringify({ reason, samples }))} ${receivedMs}`,
  );
}

/** `pointMs` is the point's time, by which the newest mark is found. */
export const watermarkLine = (partition: number, receivedMs: number, pointMs: number): string =>
  `${OWN.watermark},partition=${partition} received=${receivedMs}i ${pointMs}`;
