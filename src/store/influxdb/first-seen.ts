// When hosts were seen first, remembered for a while: finding a first point looks into every shard that is kept.
import type { Span } from './flux.ts';
import { chunksOf, type Reading } from './ranges.ts';
import { placeOf, rowReader } from './rows.ts';

/** Others may write older history, and the oldest expires: what is remembered is at most this old. */
const REMEMBER_MS = 600_000;
/** From this many on one question for all hosts is answered sooner than one with a list. */
const ASK_FOR_ALL = 500;

export type FirstSeen = {
  /** A tick that this process writes: backfilled history may be older than what is remembered. */
  see(hostId: string, timeMs: number): void;
  /** Times by host, of those that have a tick in the span. */
  of(hosts: readonly string[], at: Span & { readonly nowMs: number }): Promise<ReadonlyMap<string, number>>;
};

export function createFirstSeen({ connection, ask }: Reading): FirstSeen {
  const known = new Map<string, number>();
  let readMs = Number.NEGATIVE_INFINITY;

  function note(hostId: string, ms: number): void {
    const before = known.get(hostId);
    if (before === undefined || ms < before) known.set(hostId, ms);
  }

  return {
    see(hostId, timeMs) {
      if (known.has(hostId)) note(hostId, timeMs);
    },
    async of(hosts, { nowMs, ...span }) {
      if (nowMs - readMs > REMEMBER_MS) {
        known.clear();
        readMs = nowMs;
      }
      const missing = hosts.filter((hostId) => !known.has(hostId));
      const questions = missing.length > ASK_FOR_ALL ? [undefined] : chunksOf(missing);
      const onLine = rowReader((row, block) => {
        note(
          row[placeOf(block, 'host_id') ?? -1] ?? '',
          Date.parse(row[placeOf(block, '_time') ?? -1] ?? ''),
        );
      });
      for (const chunk of questions) {
        await connection.query({ flux: ask.firstSeen({ hosts: chunk, ...span }), onLine });
      }
      return known;
    },
  };
}
