// Salvages a damaged week into a new file: all chunks with valid checksums, from every readable page.
import { closeSync, openSync, readSync } from 'node:fs';
import { type PageRow, salvageRows } from '../../runtime/sqlite-pages.ts';
import { createPoints, settle } from '../points.ts';
import { createChunkCodec, isWhole } from './codec/chunk.ts';
import { hostIdentity, seriesIdentity, seriesRowSum, unitSum, windowIdentity } from './codec/identity.ts';
import type { WeekFile } from './week-file.ts';
import { PAGE_BYTES, type SeriesRow } from './week-schema.ts';
import { chunkRow, formatWindow, phaseOf, seriesOfRow, windowOfRow, windowStart } from './windows.ts';

/** A host lacks so many chunks of the window that starts then. */
export type MissingChunks = { readonly hostId: string; readonly startMs: number; readonly chunks: number };
export type Salvaged = { readonly chunks: number; readonly missing: readonly MissingChunks[] };

/** Hosts and hours in a message; the rest is a number. */
const LISTED = 20;

export function formatMissing(missing: readonly MissingChunks[]): string {
  const listed = missing
    .slice(0, LISTED)
    .map(({ hostId, startMs, chunks }) => `${hostId} ${formatWindow(startMs)} (${chunks} chunks)`);
  const more = missing.length - listed.length;
  return `${listed.join(', ')}${more > 0 ? ` and ${more} more windows` : ''}`;
}

/** A transaction each. */
const CHUNKS_A_TURN = 300;

/**
 * Copies the chunks of a file that nobody has open into an empty one of the same week, a turn a step. `names`: series of
 * other weeks, among which those are found again whose row here is lost.
 */
export function* salvageWeek(
  damagedPath: string,
  into: WeekFile,
  names: Iterable<readonly [hostId: string, key: string]>,
): Generator<void, Salvaged> {
  const found = readTables(damagedPath, into.week);
  const put = chunkWriter(into);
  const counts = new Map<string, number>();
  const orphans = new Map<number, Chunk[]>();
  let chunks = 0;
  let batch: [SeriesRow, Chunk][] = [];

  const flush = () => {
    into.transaction(() => {
      for (const [series, chunk] of batch) {
        if (!put(series, chunk)) continue;
        chunks++;
        const unit = unitKey(series.host, chunk.window);
        counts.set(unit, (counts.get(unit) ?? 0) + 1);
      }
    });
    batch = [];
  };
  for (const row of salvageRows(damagedPath, PAGE_BYTES)) {
    const chunk = chunkOf(row, into.week, found.oldThrough);
    if (!chunk) continue;
    const owner = found.series.get(chunk.series)?.find((series) => isOf(series, chunk));
    if (owner) batch.push([owner, chunk]);
    // One chunk is enough to find out whose they are.
    else if (!found.series.has(chunk.series)) pushTo(orphans, chunk.series, chunk);
    if (batch.length < CHUNKS_A_TURN) continue;
    flush();
    yield;
  }
  for (const [owner, chunk] of ownersOf(orphans, names)) batch.push([owner, chunk]);
  flush();
  const missing = [...found.units].flatMap(([unit, { hostId, window, chunks: expected }]) => {
    const lost = expected - (counts.get(unit) ?? 0);
    return lost > 0 ? [{ hostId, startMs: windowStart(window, phaseOf(hostId)), chunks: lost }] : [];
  });
  return { chunks, missing };
}

type Chunk = {
  readonly series: number;
  readonly window: number;
  readonly row: number;
  readonly data: Buffer;
  readonly mayBeOld: boolean;
};

function chunkOf({ rowid, values }: PageRow, week: number, oldThrough: number): Chunk | undefined {
  const data = values[1];
  if (rowid === undefined || values.length !== 2 || values[0] !== null || !Buffer.isBuffer(data))
    return undefined;
  const window = windowOfRow(rowid, week);
  return { series: seriesOfRow(rowid), window, row: rowid, data, mayBeOld: rowid <= oldThrough };
}

const placeOf = ({ host, identity }: SeriesRow, { window }: Chunk) => ({
  series: identity,
  startMs: windowStart(window, phaseOf(host)),
});

/** The row must name the host's phase, too: chunks of schema 1 say nothing of it. */
const isOf = (series: SeriesRow, chunk: Chunk): boolean =>
  chunkRow(chunk.series, chunk.window, phaseOf(series.host)) === chunk.row &&
  isWhole(chunk.data, placeOf(series, chunk), chunk.mayBeOld);

const unitKey = (hostId: string, window: number) => `${window} ${hostId}`;

function pushTo<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** Returns whether the chunk's row is new. Of two versions of a chunk the points of both are kept. */
function chunkWriter(into: WeekFile): (series: SeriesRow, chunk: Chunk) => boolean {
  const codec = createChunkCodec();
  const points = createPoints();
  return (series, chunk) => {
    const place = placeOf(series, chunk);
    const row = chunkRow(into.seriesId(series.host, series.key), chunk.window, phaseOf(series.host));
    const existing = into.chunk(row);
    points.count = 0;
    if (existing) codec.decode(existing, place, points);
    const before = points.count;
    codec.decode(chunk.data, place, points, chunk.mayBeOld);
    settle(points);
    if (points.count === before) return false;
    into.put(row, codec.encode(points, place));
    if (!existing) into.countChunks(series.host, chunk.window, 1);
    return !existing;
  };
}

/** Chunks of series whose rows are lost, with the series of another week that their checksum names. */
function* ownersOf(
  orphans: ReadonlyMap<number, readonly Chunk[]>,
  names: Iterable<readonly [string, string]>,
): Generator<[SeriesRow, Chunk]> {
  if (orphans.size === 0) return;
  const known = [...names].map(([host, key]) => ({
    ...{ id: 0, host, key },
    identity: seriesIdentity(hostIdentity(host), key),
  }));
  for (const chunks of orphans.values()) {
    // Those of schema 1 do not say whose they are.
    const owner = known.find((series) => isOf(series, { ...chunks[0]!, mayBeOld: false }));
    if (owner)
      for (const chunk of chunks) if (isOf(owner, { ...chunk, mayBeOld: false })) yield [owner, chunk];
  }
}

type Unit = { readonly hostId: string; readonly window: number; readonly chunks: number };

/** Series by id (two of one id when a transaction was taken back), the numbers of chunks, and where old chunks end. */
function readTables(path: string, week: number) {
  const series = new Map<number, SeriesRow[]>();
  const firstSchema = new Map<number, SeriesRow[]>();
  const units: { readonly row: number; readonly chunks: number; readonly sum: number }[] = [];
  let oldThrough = -1;
  for (const { rowid: id, values } of salvageRows(path, PAGE_BYTES)) {
    if (id === undefined) continue;
    const [first, host, key, sum] = values;
    if (typeof host === 'string' && typeof key === 'string' && first === null) {
      const identity = seriesIdentity(hostIdentity(host), key);
      const row = { id, host, key, identity };
      if (values.length === 3) pushTo(firstSchema, id, row);
      else if (sum === seriesRowSum(identity, id, week)) pushTo(series, id, row);
    } else if (values.length === 3 && typeof host === 'number' && typeof key === 'number') {
      units.push({ row: id, chunks: host, sum: key });
    } else if (values.length === 1 && typeof first === 'number') oldThrough = Math.max(oldThrough, first);
  }
  const isFirst = schemaVersion(path) === 1 || (series.size === 0 && units.length === 0);
  if (isFirst) {
    return { series: firstSchema, units: new Map<string, Unit>(), oldThrough: Number.POSITIVE_INFINITY };
  }
  return { series, units: unitsOf(units, series, week), oldThrough };
}

function unitsOf(
  rows: readonly { readonly row: number; readonly chunks: number; readonly sum: number }[],
  series: ReadonlyMap<number, readonly SeriesRow[]>,
  week: number,
): Map<string, Unit> {
  const units = new Map<string, Unit>();
  for (const { row, chunks, sum } of rows) {
    const window = windowOfRow(row, week);
    for (const { host: hostId } of series.get(seriesOfRow(row)) ?? []) {
      const identity = windowIdentity(hostIdentity(hostId), windowStart(window, phaseOf(hostId)));
      if (unitSum(identity, chunks) !== sum) continue;
      const unit = unitKey(hostId, window);
      // Of older versions of the row the last one says most.
      if (chunks > (units.get(unit)?.chunks ?? 0)) units.set(unit, { hostId, window, chunks });
    }
  }
  return units;
}

/** SQLite's user_version, from the header; 0 when there is none. */
function schemaVersion(path: string): number {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(4);
    return readSync(file, bytes, 0, 4, 60) === 4 ? bytes.readUInt32BE() : 0;
  } finally {
    closeSync(file);
  }
}
