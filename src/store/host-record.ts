// The record of a host: how ticks and rejections update it, and its view in answers. No I/O: each
// backend keeps these records in its own way.
import { type Boots, isRepeated, machineOf, newBoots } from '../domain/machine-copies.ts';
import { compareBytes } from '../domain/names.ts';
import type { Facts, Refusal } from '../domain/tick.ts';
import type { StoredHost } from './store.ts';

export type HostRefusal = { readonly receivedMs: number; readonly reason: string; readonly samples: number };
/** What a host says of its agent; of all ticks the newest counts. */
export type AgentState = Pick<StoredHost, 'intervalMs' | 'bootId' | 'agentVersion'>;

export type HostRecord = {
  firstSeenMs: number;
  lastSeenMs: number;
  lastReceivedMs: number;
  intervalMs: number;
  bootId: string;
  agentVersion: string;
  /** The time of the tick that the three before are from. */
  stateMs: number;
  machines: { machineId: string; lastReceivedMs: number }[];
  facts: Facts;
  factsMs: number;
  refusal: HostRefusal | undefined;
};

const MACHINES_WITHIN_MS = 24 * 3_600_000;
/** Watermarks and arrivals follow report's clock back by more than this, which is more than the clocks of several reports differ by. */
export const SET_BACK_MS = 5 * 60_000;
const MAX_MACHINES = 16;
export const REFUSAL_WITHIN_MS = 10 * 60_000;

export const newHostRecord = (): HostRecord => ({
  firstSeenMs: 0,
  lastSeenMs: 0,
  lastReceivedMs: 0,
  intervalMs: 0,
  bootId: '',
  agentVersion: '',
  stateMs: 0,
  machines: [],
  facts: {},
  factsMs: 0,
  refusal: undefined,
});

/** There is a tick of this time, live or backfilled. */
export function addSeen(record: HostRecord, timeMs: number): void {
  if (record.firstSeenMs === 0 || timeMs < record.firstSeenMs) record.firstSeenMs = timeMs;
  if (timeMs > record.lastSeenMs) record.lastSeenMs = timeMs;
}

export function addState(record: HostRecord, timeMs: number, state: AgentState): void {
  if (timeMs < record.stateMs) return;
  // Other agents say neither: what minimon's said stays.
  const isForeign = state.bootId === '' && state.agentVersion === '';
  if (isForeign && record.agentVersion !== '') return;
  record.stateMs = timeMs;
  record.intervalMs = state.intervalMs;
  record.bootId = state.bootId;
  record.agentVersion = state.agentVersion;
}

const SOURCE = /^source:(\d+):(.*)$/s;

/** Who sent a tick, as machines are kept: another agent has no machine id, and is known by its name and interval. */
export const senderOf = (tick: {
  readonly source: string;
  readonly machineId: string;
  readonly intervalMs: number;
}): string => (tick.source === '' ? tick.machineId : `source:${tick.intervalMs}:${tick.source}`);

/** Beyond it what is known of hosts is forgotten: copies are found again within minutes. */
const MAX_HOSTS = 200_000;

/**
 * Who sent a live tick, where copies of a machine are told apart: of `sender`, who it is without. Undefined for one that is
 * no sign of life: the newest once more.
 */
export function createCopyWatch(): (
  tick: { readonly hostId: string; readonly bootId: string; readonly timeMs: number },
  from: { readonly sender: string; readonly receivedMs: number },
) => string | undefined {
  const hosts = new Map<string, Boots>();
  return ({ hostId, bootId, timeMs }, { sender, receivedMs }) => {
    // Another agent's round comes in pieces of one time.
    if (bootId === '' || sender.startsWith('source:')) return sender;
    let boots = hosts.get(hostId);
    if (!boots) {
      if (hosts.size >= MAX_HOSTS) hosts.clear();
      boots = newBoots();
      hosts.set(hostId, boots);
    }
    const tick = { machineId: sender, bootId, timeMs, receivedMs };
    return isRepeated(boots, tick) ? undefined : machineOf(boots, tick);
  };
}

export function addFacts(record: HostRecord, timeMs: number, facts: Facts): void {
  if (timeMs < record.factsMs) return;
  record.facts = facts;
  record.factsMs = timeMs;
}

/** `isNew`: it comes after all that arrived before, and is not read again. */
export type Arrival = { readonly receivedMs: number; readonly isNew?: boolean };

/** Back only where report's clock was set back: a time in the future would hide that the host is heard. */
const follows = ({ receivedMs, isNew = false }: Arrival, beforeMs: number): boolean =>
  receivedMs > beforeMs || (isNew && beforeMs - receivedMs > SET_BACK_MS);

/** A live tick arrived: only those say who is alive now. */
export function addArrival(record: HostRecord, machineId: string, arrival: Arrival): void {
  const { receivedMs } = arrival;
  if (follows(arrival, record.lastReceivedMs)) record.lastReceivedMs = receivedMs;
  if (machineId === '') return;
  const { machines } = record;
  const known = machines.find((machine) => machine.machineId === machineId);
  if (known) {
    if (follows(arrival, known.lastReceivedMs)) known.lastReceivedMs = receivedMs;
    return;
  }
  machines.push({ machineId, lastReceivedMs: receivedMs });
  if (machines.length > MAX_MACHINES) machines.sort(newestFirst).pop();
}

/** The newest refusal stays; those of one record for the same reason are one. */
export function newerRefusal(
  before: HostRefusal | undefined,
  { reason, samples }: Pick<Refusal, 'reason' | 'samples'>,
  receivedMs: number,
): HostRefusal {
  if (before && before.receivedMs > receivedMs) return before;
  const more = before?.receivedMs === receivedMs && before.reason === reason ? before.samples : 0;
  return { receivedMs, reason, samples: samples + more };
}

/** The time of its newest tick; of its refusal where every tick was refused. */
export const lastKnownMs = ({ lastSeenMs, refusal }: HostRecord): number =>
  lastSeenMs || (refusal?.receivedMs ?? 0);

export const byHostId = (a: StoredHost, b: StoredHost): number => compareBytes(a.hostId, b.hostId);

export function storedHost(hostId: string, record: HostRecord, nowMs: number): StoredHost {
  const { firstSeenMs, lastSeenMs, lastReceivedMs, intervalMs, bootId, agentVersion, facts, refusal } =
    record;
  const isFresh =
    refusal !== undefined &&
    (refusal.receivedMs > lastReceivedMs || nowMs - refusal.receivedMs <= REFUSAL_WITHIN_MS);
  const senders = record.machines
    // By the host's own newest tick: a reader's clock may be wrong.
    .filter((machine) => lastReceivedMs - machine.lastReceivedMs <= MACHINES_WITHIN_MS)
    .sort(newestFirst);
  const machines = senders.filter(({ machineId }) => !SOURCE.test(machineId));
  const sources = sourcesOf(senders, intervalMs);
  return {
    hostId,
    firstSeenMs,
    lastSeenMs,
    lastReceivedMs,
    // Of the one that was heard last.
    intervalMs: sources?.[0]?.intervalMs ?? intervalMs,
    bootId,
    agentVersion,
    machines,
    facts,
    ...(sources && { sources }),
    ...(isFresh ? { refusal } : {}),
  };
}

/** Undefined where minimon's agent alone reports. `senders`: newest first. */
function sourcesOf(senders: HostRecord['machines'], ownIntervalMs: number): StoredHost['sources'] {
  const found = new Map<string, { source: string; lastReceivedMs: number; intervalMs: number }>();
  for (const { machineId, lastReceivedMs } of senders) {
    const [, intervalMs, source = ''] = SOURCE.exec(machineId) ?? [];
    // Of the intervals that a source has had, the newest.
    if (found.has(source)) continue;
    found.set(source, { source, lastReceivedMs, intervalMs: Number(intervalMs ?? ownIntervalMs) });
  }
  const own = found.get('');
  if (found.size === (own ? 1 : 0)) return undefined;
  return [...found.values()];
}

const newestFirst = (a: { lastReceivedMs: number }, b: { lastReceivedMs: number }): number =>
  b.lastReceivedMs - a.lastReceivedMs;
