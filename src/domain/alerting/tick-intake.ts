// Applies a tick to its host: finds its source, decides whether to evaluate it, and updates samples and times.
import { lateAfterMs, silentAfterMs } from '../host.ts';
import { isRepeated, machineOf, newBoots } from '../machine-copies.ts';
import type { Sample, Tick } from '../tick.ts';
import { type Host, type Layout, type Source, storeSamples } from './host.ts';
import { endSeries, evaluateTick } from './host-evaluation.ts';
import { createHostFaults } from './host-faults.ts';
import { newMachines } from './machines.ts';
import type { Pipeline } from './pipeline.ts';
import type { Ruled } from './rule-changes.ts';

export type StreamTick = Pick<Tick, 'hostId' | 'timeMs' | 'intervalMs'> & {
  readonly source?: string;
  readonly partition?: number;
  readonly receivedMs: number;
  /** Of the agent's machine; empty or absent where it is not known. */
  readonly machineId?: string;
  /** Of its boot: tells copies of one machine apart. */
  readonly bootId?: string;
  readonly samples: readonly Sample[];
  /** Series keys of what the source reports no longer, since this time. */
  readonly ended?: readonly string[];
};

/** As decoders give it: `layout` is the same object while the series are the same. `values` is read at once, not kept. */
export type ColumnTick = Omit<StreamTick, 'samples' | 'machineId' | 'bootId'> & {
  /** Both are said, empty where they are not known: machines under one id are not found without. */
  readonly machineId: string;
  readonly bootId: string;
  readonly layout: Layout;
  readonly values: ArrayLike<number>;
};

/** A host as it was last known, for one that does not report any more when the evaluator starts. */
export type SeenHost = Pick<
  StreamTick,
  'hostId' | 'timeMs' | 'intervalMs' | 'receivedMs' | 'partition' | 'source'
>;

export function createTickIntake(
  { hosts, alerts, presence, table }: Pick<Ruled, 'hosts' | 'alerts' | 'presence' | 'table'>,
  pipeline: Pipeline,
) {
  const touched: number[] = [];
  const faults = createHostFaults(alerts);

  function sourceOf(host: Host, seen: SeenHost): { source: Source; index: number } {
    const name = seen.source ?? '';
    for (let index = 0; index < host.sources.length; index++)
      if (host.sources[index]!.name === name) return { source: host.sources[index]!, index };
    const source: Source = {
      name,
      lastTickMs: Number.NEGATIVE_INFINITY,
      intervalMs: seen.intervalMs,
      partition: seen.partition ?? 0,
      lastReceivedMs: seen.receivedMs,
      lastReceivedStreamMs: seen.receivedMs + pipeline.offsetMs(seen.partition ?? 0),
      lastNewerStreamMs: pipeline.streamMs(seen.partition ?? 0),
      clockFault: undefined,
      oldStamps: 0,
      heldBackMs: undefined,
      machines: newMachines(),
      boots: newBoots(),
    };
    const index = host.sources.push(source) - 1;
    if (index > 0) host.seriesSources ??= host.series.map(() => 0);
    return { source, index };
  }

  /**
   * The first tick that is heard of a source, and it comes late: newer ones were judged before this evaluator began, or it
   * is the clock that is wrong. Which, the next newest tick says, unless none comes in time.
   */
  function holdBack(host: Host, source: Source, incoming: ColumnTick): boolean {
    const { timeMs, receivedMs, intervalMs } = incoming;
    if (source.lastTickMs !== Number.NEGATIVE_INFINITY) return false;
    if (receivedMs - timeMs <= silentAfterMs(intervalMs)) return false;
    const nowMs = source.lastReceivedStreamMs;
    // What an agent kept comes at once; a clock that is wrong stamps one tick an interval.
    const isOfItsOwn = source.heldBackMs === undefined || nowMs - source.heldBackMs >= intervalMs / 2;
    source.heldBackMs ??= nowMs;
    if (isOfItsOwn) faults.noteStamp(host, source, incoming);
    return nowMs - source.heldBackMs <= lateAfterMs(intervalMs);
  }

  function take(incoming: ColumnTick, stable: boolean): void {
    const partition = incoming.partition ?? 0;
    pipeline.note(partition, incoming.receivedMs);
    const host = hosts.get(incoming.hostId);
    if (host === undefined) return;
    const { source, index } = sourceOf(host, incoming);
    const { timeMs, intervalMs } = incoming;
    source.partition = partition;
    const streamMs = pipeline.streamMs(partition);
    // Also of ticks that are not judged: two agents on one grid send the same times.
    const { machineId, bootId, receivedMs } = incoming;
    // Another agent's round comes in pieces of one time.
    const sent = { machineId, bootId: source.name === '' ? bootId : '', timeMs, receivedMs };
    if (isRepeated(source.boots, sent)) return;
    const machine = machineOf(source.boots, sent);
    faults.noteMachine(host, source, { machineId: machine, receivedMs, streamMs });
    source.lastReceivedMs = Math.max(source.lastReceivedMs, receivedMs);
    source.lastReceivedStreamMs = streamMs;
    presence.heard(host, source);
    // Another agent's round comes in pieces; minimon's own tick at the same time is the same again.
    const isPiece = source.name !== '' && timeMs === source.lastTickMs;
    if (timeMs === source.lastTickMs && !isPiece) return;
    touched.length = 0;
    const { layout, values } = incoming;
    storeSamples(host, { layout, values, stable, timeMs, source: index, table }, touched);
    if (timeMs < source.lastTickMs) {
      faults.noteOldStamp(host, source, incoming);
      return;
    }
    if (!isPiece && holdBack(host, source, incoming)) return;
    const gapMs = timeMs - source.lastTickMs;
    if (host.alerts !== undefined && gapMs > silentAfterMs(Math.max(intervalMs, source.intervalMs))) {
      for (const alert of [...host.alerts.values()])
        if (alert.rule.kind === 'value' && alert.source === source.name) alerts.interrupt(alert, timeMs);
    }
    source.lastTickMs = timeMs;
    if (intervalMs !== source.intervalMs) presence.attend(host);
    source.intervalMs = intervalMs;
    source.lastNewerStreamMs = source.lastReceivedStreamMs;
    const hadConditions = host.trueConditions !== undefined;
    if (incoming.ended !== undefined) endSeries(host, incoming.ended, timeMs, alerts);
    evaluateTick(host, touched, { timeMs, intervalMs, source: index, partial: source.name !== '' }, alerts);
    if (hadConditions || host.trueConditions !== undefined) presence.recount(host);
    if (!isPiece) faults.noteStamp(host, source, incoming);
  }

  return { take, sourceOf };
}
