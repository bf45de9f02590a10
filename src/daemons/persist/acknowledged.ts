// The acknowledged offsets of remote write, stored durably: after a kill acknowledged samples are not sent again,
// although the bus is re-read.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BusLag } from '../../bus/bus.ts';
import { messageOf } from '../../domain/errors.ts';
import { replaceFile } from '../../runtime/replace-file.ts';

const FILE = 'remote-write.json';

/** `from`: nothing before it comes again from the bus that this was. */
type Place = Record & { readonly from: number };
type Record = { readonly partition: number; readonly offset: number; readonly receivedMs: number };

export type Acknowledged = {
  /** Where the bus ends before anything is read of it: what was sent of a log that is gone says nothing of this one. */
  compare(lags: readonly Pick<BusLag, 'partition' | 'end'>[]): void;
  /** Whether the other end has it. */
  has(record: Record): boolean;
  /** The offset after the last one that it has. */
  after(partition: number): number;
  /** It has all up to this record. What cannot be kept comes twice after a kill, and is told. */
  advance(record: Record): void;
  /** The bus begins here after a restart, or later. */
  committed(partition: number, offset: number): void;
};

/** Of what was sent to this address, whoever sends and with what token. A file that is damaged is none. Without a directory nothing is kept. */
export function openAcknowledged(
  url: string,
  { directory, onError }: { readonly directory: string | undefined; onError(why: string): void },
): Acknowledged {
  const to = addressOf(url);
  const path = directory === undefined ? undefined : join(directory, FILE);
  const last = new Map(
    (path === undefined ? [] : read(path, to)).map((record) => [record.partition, record]),
  );

  function keep(place: Place): void {
    last.set(place.partition, place);
    write();
  }

  function write(): void {
    if (path === undefined) return;
    try {
      // Not flushed: after a loss of power some come twice.
      replaceFile(path, JSON.stringify({ to, last: [...last.values()] }), { isDurable: false });
    } catch (error) {
      onError(messageOf(error));
    }
  }

  return {
    compare(lags) {
      const before = last.size;
      for (const { partition, end } of lags)
        if ((last.get(partition)?.offset ?? -1) >= end) last.delete(partition);
      if (last.size < before) write();
    },
    has({ partition, offset, receivedMs }) {
      const known = last.get(partition);
      if (!known || offset > known.offset) return false;
      // A log that was deleted and recreated has other records at these offsets: newer ones, or of a clock that was set back.
      return offset >= known.from && receivedMs <= known.receivedMs;
    },
    after: (partition) => (last.get(partition)?.offset ?? -1) + 1,
    advance({ partition, offset, receivedMs }) {
      const from = Math.min(last.get(partition)?.from ?? 0, offset);
      keep({ partition, offset, receivedMs, from });
    },
    committed(partition, offset) {
      const known = last.get(partition);
      if (known && known.from !== offset) keep({ ...known, from: offset });
    },
  };
}

/** Not what it says: its path or query may be a secret. */
function addressOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return createHash('sha256').update(`${origin}${pathname}`).digest('hex').slice(0, 32);
}

function read(path: string, to: string): Place[] {
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as { to?: unknown; last?: readonly Place[] };
    const records = kept.to === to ? (kept.last ?? []) : [];
    return records.every(({ partition, offset, receivedMs, from }) =>
      [partition, offset, receivedMs, from].every(Number.isSafeInteger),
    )
      ? [...records]
      : [];
  } catch {
    return [];
  }
}
