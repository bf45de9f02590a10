// What is known of hosts, put together from the last points of minimon's own measurements.
import type { Facts } from '../../domain/tick.ts';
import {
  type AgentState,
  addArrival,
  addFacts,
  addSeen,
  addState,
  byHostId,
  type HostRecord,
  lastKnownMs,
  newerRefusal,
  newHostRecord,
  storedHost,
} from '../host-record.ts';
import type { StoredHost, Watermark } from '../store.ts';
import { EVER, possible } from './flux.ts';
import { decodeMachine, OWN } from './layout.ts';
import type { MarkPoint } from './marks.ts';
import { chunksOf, type QueryParts } from './ranges.ts';
import { cellsOf, rowReader } from './rows.ts';

/** A tick is received up to 25 h after its time: the last arrival may be that long before the last tick. */
const LOOK_BACK_MS = 26 * 3_600_000;
/** Other processes may write older history, and the oldest expires: cached first times are at most this old. */
const CACHED_FOR_MS = 600_000;
/** From this many hosts on one query for all hosts is answered sooner than one with a list. */
const QUERY_ALL_FROM = 500;

export type HostsQuery = {
  readonly sinceMs: number;
  readonly hosts?: readonly string[] | undefined;
  /** Judges what is said of a host, not which hosts there are: a reader's clock may be wrong. */
  readonly nowMs: number;
};

export type HostsReader = {
  list(query: HostsQuery): Promise<readonly StoredHost[]>;
  watermarks(): Promise<readonly (Watermark & MarkPoint)[]>;
  /** A tick that this process writes: backfilled history may be older than what is cached. */
  addTick(hostId: string, timeMs: number): void;
};

export function createHostsReader({ connection, queries }: QueryParts): HostsReader {
  /** Finding a first point looks into every shard, so first times are cached. */
  const firstSeen = new Map<string, number>();
  let cachedMs = Number.NEGATIVE_INFINITY;

  function addFirstSeen(hostId: string, ms: number): void {
    const before = firstSeen.get(hostId);
    if (before === undefined || ms < before) firstSeen.set(hostId, ms);
  }

  async function readFirstSeen(hosts: readonly string[], nowMs: number): Promise<void> {
    if (Math.abs(nowMs - cachedMs) > CACHED_FOR_MS) {
      firstSeen.clear();
      cachedMs = nowMs;
    }
    const missing = hosts.filter((hostId) => !firstSeen.has(hostId));
    const onLine = rowReader((row, block) => {
      const cell = cellsOf(row, block);
      addFirstSeen(cell('host_id'), Date.parse(cell('_time')));
    });
    for (const chunk of missing.length > QUERY_ALL_FROM ? [undefined] : chunksOf(missing)) {
      await connection.query({ flux: queries.firstSeen({ hosts: chunk, ...EVER }), onLine });
    }
  }

  return {
    async list({ sinceMs, hosts, nowMs }) {
      const recent = possible({ startMs: sinceMs - LOOK_BACK_MS, stopMs: EVER.stopMs });
      if (!recent || hosts?.length === 0) return [];
      const records = new Map<string, HostRecord>();
      const onLine = rowReader((row, block) => {
        const cell = cellsOf(row, block);
        const hostId = cell('host_id');
        let record = records.get(hostId);
        if (!record) {
          record = newHostRecord();
          records.set(hostId, record);
        }
        addPoint(record, cell);
      });
      for (const chunk of chunksOf(hosts)) {
        const measurements = [OWN.host, OWN.arrival, OWN.refusal];
        await connection.query({ flux: queries.lastOf({ measurements, hosts: chunk, ...recent }), onLine });
      }
      const listed = [...records].filter(([, record]) => lastKnownMs(record) >= sinceMs);
      const ticked = listed.filter(([, record]) => record.lastSeenMs > 0);
      await readFirstSeen(
        ticked.map(([hostId]) => hostId),
        nowMs,
      );
      for (const [hostId, record] of ticked) record.firstSeenMs = firstSeen.get(hostId) ?? 0;
      return listed.map(([hostId, record]) => storedHost(hostId, record, nowMs)).sort(byHostId);
    },

    async watermarks() {
      const found: (Watermark & MarkPoint)[] = [];
      const onLine = rowReader((row, block) => {
        const cell = cellsOf(row, block);
        const [partition, receivedMs] = [Number(cell('partition')), Number(cell('_value'))];
        found.push({ partition, receivedMs, pointMs: Date.parse(cell('_time')) });
      });
      await connection.query({ flux: queries.watermarks(EVER), onLine });
      return found.sort((a, b) => a.partition - b.partition);
    },

    addTick(hostId, timeMs) {
      if (firstSeen.has(hostId)) addFirstSeen(hostId, timeMs);
    },
  };
}

/** Adds the last point of a series; host-lines.ts writes them. */
function addPoint(record: HostRecord, cell: (name: string) => string): void {
  const [measurement, field] = [cell('_measurement'), cell('_field')];
  const [ms, value] = [Date.parse(cell('_time')), cell('_value')];
  if (measurement === OWN.refusal) {
    const refusal = JSON.parse(value) as { reason: string; samples: number };
    record.refusal = newerRefusal(record.refusal, refusal, ms);
  } else if (measurement === OWN.arrival) {
    addArrival(record, decodeMachine(cell('machine')), { receivedMs: ms });
  } else if (field === 'state') {
    addState(record, ms, JSON.parse(value) as AgentState);
  } else if (field === 'facts') {
    addFacts(record, ms, JSON.parse(value) as Facts);
  } else {
    addSeen(record, ms);
    if (field === 'received')
      addArrival(record, decodeMachine(cell('machine')), { receivedMs: Number(value) });
  }
}
