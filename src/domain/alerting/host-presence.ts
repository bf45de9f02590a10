// Which hosts are silent or unknown, by location. A timer wheel: hosts are checked only when time may have changed
// their state.
import { silentAfterMs } from '../host.ts';
import type { Host, Source } from './host.ts';
import { createLocationCounts } from './location-counts.ts';
import type { Pipeline } from './pipeline.ts';
import type { ShareCondition } from './rule-set.ts';

/** A host that is silent, or has an alert about its silence. */
export type QuietHost = { readonly host: Host; readonly unknown: boolean };

export type Presence = ReturnType<typeof createPresence>;

const SECOND = 1_000;

export function createPresence(pipeline: Pipeline) {
  const hosts = new Set<Host>();
  const locations = createLocationCounts();
  const calendar = createCalendar(pipeline);
  /** Hosts to check each time: silent, unknown, or just back. */
  const attention = new Set<Host>();
  let pipelineState = '';

  /** Returns whether there is something to be looked at again the next time. */
  function look(host: Host, nowMs: number, quiet: QuietHost[]): boolean {
    const silent = isSilent(host, pipeline);
    const unknown = (!silent && isUnheard(host, pipeline)) || isStalled(host, pipeline, nowMs);
    const wasSilent = host.silent;
    const wasKnown = host.known;
    if (!unknown) host.silent = silent;
    host.known = !unknown;
    if (host.silent !== wasSilent || host.known !== wasKnown) locations.noteChange(host);
    const alerted = hasSilentAlert(host);
    if (host.silent || alerted) quiet.push({ host, unknown });
    if (unknown || host.silent || alerted) return true;
    return host.alerts !== undefined && host.sources.some((source) => isQuiet(source, pipeline));
  }

  return {
    locations: locations.all,
    add(host: Host): void {
      hosts.add(host);
      locations.enter(host);
    },
    remove(host: Host): void {
      hosts.delete(host);
      attention.delete(host);
      host.dueSecond = -1;
      locations.leave(host, host.location);
    },
    moved(host: Host, from: string): void {
      locations.leave(host, from);
      locations.enter(host);
    },
    /** After a tick of the host, new information about it, or a change of its alerts without a tick. */
    attend: (host: Host): void => void attention.add(host),
    /** A tick of the host came. */
    heard(host: Host, source: Source): void {
      if (host.silent || !host.known || source.partition !== host.duePartition) attention.add(host);
      // Another source is due, but this one has a shorter interval.
      else if (quietFromMs(source) < host.dueSecond * SECOND) attention.add(host);
    },
    setComplete: locations.setComplete,
    /** What is counted of the host's location has changed. */
    recount: locations.noteChange,
    recountAll: locations.noteChangeOfAll,
    /** Looks at the hosts for which time can have changed something, and counts their locations. */
    advance(
      nowMs: number,
      conditions: readonly ShareCondition[],
      onLook: (host: Host) => void,
    ): readonly QuietHost[] {
      const state = pipeline.stateOf(nowMs);
      if (state !== pipelineState) for (const host of hosts) attention.add(host);
      pipelineState = state;
      calendar.takeDue((host) => attention.add(host));
      const quiet: QuietHost[] = [];
      for (const host of attention) {
        if (host.sources.length === 0) {
          attention.delete(host);
          continue;
        }
        const again = look(host, nowMs, quiet);
        if (host.alerts !== undefined) onLook(host);
        if (again) continue;
        attention.delete(host);
        calendar.putOff(host);
      }
      locations.count(conditions);
      return quiet;
    },
  };
}

/** When a host may fall silent: it is not looked at before. */
function createCalendar(pipeline: Pipeline) {
  /** By partition and second of stream time: hosts that may fall silent then. One that was heard since is put off. */
  const due = new Map<number, Map<number, Host[]>>();

  return {
    putOff(host: Host): void {
      let next: Source | undefined;
      for (const source of host.sources) {
        if (isQuiet(source, pipeline)) continue;
        if (next === undefined || quietFromMs(source) < quietFromMs(next)) next = source;
      }
      host.dueSecond = next === undefined ? -1 : Math.floor(quietFromMs(next) / SECOND);
      host.duePartition = next?.partition ?? -1;
      if (next === undefined) return;
      let seconds = due.get(next.partition);
      if (seconds === undefined) due.set(next.partition, (seconds = new Map()));
      const others = seconds.get(host.dueSecond);
      if (others === undefined) seconds.set(host.dueSecond, [host]);
      else others.push(host);
    },
    takeDue(onDue: (host: Host) => void): void {
      for (const [partition, seconds] of due) {
        const nowSecond = Math.floor(pipeline.streamMs(partition) / SECOND);
        for (const [second, waiting] of seconds) {
          if (second > nowSecond) continue;
          seconds.delete(second);
          for (const host of waiting) {
            if (host.dueSecond === second && host.duePartition === partition) onDue(host);
          }
        }
      }
    },
  };
}

/** In stream time; from then on the source is silent, unless something came. */
const quietFromMs = (source: Source): number =>
  source.lastReceivedStreamMs + silentAfterMs(source.intervalMs);

export const isQuiet = (source: Source, pipeline: Pipeline): boolean =>
  pipeline.streamMs(source.partition) > quietFromMs(source);

/** No host is silent before one interval of the stream was read. */
export const silentSince = (source: Source, pipeline: Pipeline): number =>
  Math.max(quietFromMs(source), pipeline.startMs(source.partition) + source.intervalMs);

const isSilent = (host: Host, pipeline: Pipeline): boolean =>
  host.sources.every((source) => pipeline.streamMs(source.partition) > silentSince(source, pipeline));

/** No tick since this evaluator started: unknown. */
const isUnheard = (host: Host, pipeline: Pipeline): boolean =>
  host.sources.every((source) => source.lastReceivedStreamMs < pipeline.startMs(source.partition));

const isStalled = (host: Host, pipeline: Pipeline, nowMs: number): boolean =>
  host.sources.some(({ partition }) => pipeline.isStalled(partition, nowMs));

function hasSilentAlert(host: Host): boolean {
  for (const alert of host.alerts?.values() ?? []) if (alert.rule.kind === 'silent') return true;
  return false;
}
