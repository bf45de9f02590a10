// How far remote write is acknowledged, kept over a kill: what was is not sent again, though the bus is read from further back.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../domain/errors.ts';
import { replaceFile } from '../../runtime/replace-file.ts';

const FILE = 'remote-write.json';

type Record = { readonly partition: number; readonly offset: number; readonly receivedMs: number };

export type Acknowledged = {
  /** Whether the other end has it. */
  has(record: Record): boolean;
  /** The offset after the last one that it has. */
  after(partition: number): number;
  /** It has all up to this record. What cannot be kept comes twice after a kill, and is told. */
  advance(record: Record): void;
};

/** Of what was sent to this address. A file that is damaged is none. Without a directory nothing is kept. */
export function openAcknowledged(
  to: string,
  { directory, onError }: { readonly directory: string | undefined; onError(why: string): void },
): Acknowledged {
  const path = directory === undefined ? undefined : join(directory, FILE);
  const last = new Map(
    (path === undefined ? [] : read(path, to)).map((record) => [record.partition, record]),
  );
  return {
    has({ partition, offset, receivedMs }) {
      const known = last.get(partition);
      // A log that was deleted and recreated has other records at these offsets, and newer ones.
      return known !== undefined && offset <= known.offset && receivedMs <= known.receivedMs;
    },
    after: (partition) => (last.get(partition)?.offset ?? -1) + 1,
    advance({ partition, offset, receivedMs }) {
      last.set(partition, { partition, offset, receivedMs });
      if (path === undefined) return;
      try {
        // Not flushed: after a loss of power some come twice.
        replaceFile(path, JSON.stringify({ to, last: [...last.values()] }), { isDurable: false });
      } catch (error) {
        onError(messageOf(error));
      }
    },
  };
}

function read(path: string, to: string): Record[] {
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as { to?: unknown; last?: readonly Record[] };
    const records = kept.to === to ? (kept.last ?? []) : [];
    return records.every(({ partition, offset, receivedMs }) =>
      [partition, offset, receivedMs].every(Number.isSafeInteger),
    )
      ? [...records]
      : [];
  } catch {
    return [];
  }
}
