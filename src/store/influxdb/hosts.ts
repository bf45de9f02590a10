// What is known of hosts, put together from the last words of their series.
import { compareBytes } from '../../domain/names.ts';
import type { Facts } from '../../domain/tick.ts';
import type { StoredHost, Watermark } from '../store.ts';
import type { FirstSeen } from './first-seen.ts';
import { possible } from './flux.ts';
import { decodeMachine, OWN } from './layout.ts';
import type { HostState } from './notes.ts';
import { chunksOf, type Reading } from './ranges.ts';
import { placeOf, rowReader } from './rows.ts';

const MACHINES_WITHIN_MS = 24 * 3_600_000;
const MAX_MACHINES = 16;
const REFUSAL_WITHIN_MS = 10 * 60_000;
/** A tick is received up to 25 h after its time: what was heard last may stand that long before what was seen last. */
const LOOK_BACK_MS = 26 * 3_600_000;

type Found = {
  firstSeenMs: number;
  lastSeenMs: number;
  lastReceivedMs: number;
  state: { ms: number; word: HostState };
  facts: { ms: number; word: Facts };
  machines: Map<string, number>;
  refusal: { receivedMs: number; reason: string; samples: number } | undefined;
};

const NO_STATE: HostState = { intervalMs: 0, bootId: '', agentVersion: '' };

export type HostsQuery = {
  readonly sinceMs: number;
  readonly hosts?: readonly string[] | undefined;
  readonly nowMs: number;
  /** No tick is later than this, and none before that is kept. */
  readonly stopMs: number;
  readonly keptFromMs: number;
};

export async function readHosts(
  { connection, ask, firstSeen }: Reading & { readonly firstSeen: FirstSeen },
  { sinceMs, hosts, nowMs, stopMs, keptFromMs }: HostsQuery,
): Promise<readonly StoredHost[]> {
  const found = new Map<string, Found>();
  const entryOf = (hostId: string): Found => {
    let entry = found.get(hostId);
    if (!entry) {
      entry = {
        firstSeenMs: 0,
        lastSeenMs: 0,
        lastReceivedMs: 0,
        state: { ms: Number.NEGATIVE_INFINITY, word: NO_STATE },
        facts: { ms: Number.NEGATIVE_INFINITY, word: {} },
        machines: new Map(),
        refusal: undefined,
      };
      found.set(hostId, entry);
    }
    return entry;
  };
  const lookBack = Math.min(sinceMs - LOOK_BACK_MS, nowMs - REFUSAL_WITHIN_MS);
  const recent = possible({ startMs: lookBack, stopMs });
  const kept = possible({ startMs: Math.min(keptFromMs, lookBack), stopMs });
  if (!recent || !kept || hosts?.length === 0) return [];
  const measurements = [OWN.host, OWN.heard, OWN.refusal];
  for (const chunk of chunksOf(hosts)) {
    await connection.query({
      flux: ask.lastOf({ measurements, hosts: chunk, ...recent }),
      onLine: wordReader((word) => take(entryOf(word.hostId), word)),
    });
  }
  const seen = [...found].filter(
    ([, entry]) => (entry.lastSeenMs || (entry.refusal?.receivedMs ?? 0)) >= sinceMs,
  );
  const ticked = seen.filter(([, entry]) => entry.lastSeenMs > 0).map(([hostId]) => hostId);
  const first = await firstSeen.of(ticked, { ...kept, nowMs });
  for (const hostId of ticked) found.get(hostId)!.firstSeenMs = first.get(hostId) ?? 0;
  return seen
    .map(([hostId, entry]) => storedHost(hostId, entry, nowMs))
    .sort((a, b) => compareBytes(a.hostId, b.hostId));
}

export async function readWatermarks(
  { connection, ask }: Reading,
  span: { readonly startMs: number; readonly stopMs: number },
): Promise<readonly Watermark[]> {
  const found: Watermark[] = [];
  const reader = rowReader((row, block) => {
    const cell = (name: string) => row[placeOf(block, name) ?? -1] ?? '';
    found.push({ partition: Number(cell('partition')), receivedMs: Number(cell('_value')) });
  });
  await connection.query({ flux: ask.watermarks(span), onLine: reader });
  return found.sort((a, b) => a.partition - b.partition);
}

type Word = {
  readonly hostId: string;
  readonly measurement: string;
  readonly field: string;
  readonly machineId: string;
  readonly ms: number;
  readonly value: string;
};

function wordReader(onWord: (word: Word) => void): (line: string) => void {
  return rowReader((row, block) => {
    const cell = (name: string) => row[placeOf(block, name) ?? -1] ?? '';
    onWord({
      hostId: cell('host_id'),
      measurement: cell('_measurement'),
      field: cell('_field'),
      machineId: decodeMachine(cell('machine')),
      ms: Date.parse(cell('_time')),
      value: cell('_value'),
    });
  });
}

function take(entry: Found, { measurement, field, machineId, ms, value }: Word): void {
  if (measurement === OWN.refusal) {
    entry.refusal = { receivedMs: ms, ...(JSON.parse(value) as { reason: string; samples: number }) };
  } else if (measurement === OWN.heard) {
    hear(entry, machineId, ms);
  } else if (field === 'state') {
    if (ms >= entry.state.ms) entry.state = { ms, word: JSON.parse(value) as HostState };
  } else if (field === 'facts') {
    if (ms >= entry.facts.ms) entry.facts = { ms, word: JSON.parse(value) as Facts };
  } else {
    entry.lastSeenMs = Math.max(entry.lastSeenMs, ms);
    if (field === 'received') hear(entry, machineId, Number(value));
  }
}

function hear(entry: Found, machineId: string, receivedMs: number): void {
  entry.lastReceivedMs = Math.max(entry.lastReceivedMs, receivedMs);
  if (machineId !== '') {
    entry.machines.set(machineId, Math.max(entry.machines.get(machineId) ?? 0, receivedMs));
  }
}

function storedHost(hostId: string, entry: Found, nowMs: number): StoredHost {
  const { firstSeenMs, lastSeenMs, lastReceivedMs, refusal } = entry;
  const isFresh =
    refusal !== undefined &&
    (refusal.receivedMs > lastReceivedMs || nowMs - refusal.receivedMs <= REFUSAL_WITHIN_MS);
  return {
    hostId,
    firstSeenMs,
    lastSeenMs,
    lastReceivedMs,
    ...entry.state.word,
    machines: [...entry.machines]
      .map(([machineId, heardMs]) => ({ machineId, lastReceivedMs: heardMs }))
      .filter((machine) => nowMs - machine.lastReceivedMs <= MACHINES_WITHIN_MS)
      .sort((a, b) => b.lastReceivedMs - a.lastReceivedMs)
      .slice(0, MAX_MACHINES),
    facts: entry.facts.word,
    ...(isFresh ? { refusal } : {}),
  };
}
