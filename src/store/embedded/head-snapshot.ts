// The part of an answer that is not in files yet, copied out of the head in one turn so that nothing changes meanwhile.
import type { Block } from './block.ts';
import type { Head, HostHead } from './head.ts';
import type { PointsRequest } from './messages.ts';
import { createPacker, type PackedSeries, type Packer } from './packed-series.ts';
import type { RowLayout } from './row-layout.ts';
import { keyFilter } from './selection.ts';
import { WINDOW_MS, windowStart } from './windows.ts';

export type Snapshots = {
  /** For a range all points in it; for the newest ones at most one point a series. Not settled. */
  take(query: PointsRequest, only?: 'counts'): PackedSeries;
};

export function createSnapshots(head: Head): Snapshots {
  const packer = createPacker();
  return { take: (query, only) => takeSnapshot(head, query, { packer, only }) };
}

/** A series of a layout that is asked for. */
type Column = { readonly key: string; readonly at: number };

function takeSnapshot(
  head: Head,
  query: PointsRequest,
  { packer, only }: { readonly packer: Packer; readonly only: 'counts' | undefined },
): PackedSeries {
  const isWanted = keyFilter(query);
  const columnsOf = new Map<RowLayout, Column[]>();
  const wantedColumns = (layout: RowLayout): Column[] => {
    let columns = columnsOf.get(layout);
    if (!columns) {
      columns = layout.keys().flatMap((key, at) => (isWanted(key) ? [{ key, at }] : []));
      columnsOf.set(layout, columns);
    }
    return columns;
  };

  const startMs = query.kind === 'range' ? query.startMs : query.sinceMs;
  const stopMs = query.kind === 'range' ? query.stopMs : Number.POSITIVE_INFINITY;

  function packRange(host: HostHead, block: Block): void {
    const columns = wantedColumns(block.layout);
    if (columns.length === 0) return;
    // Rows once for all columns: the series of a block share its times.
    const chosen: number[] = [];
    for (let i = 0; i < block.count; i++) {
      if (block.times[i]! >= startMs && block.times[i]! < stopMs) chosen.push(i);
    }
    if (chosen.length === 0) return;
    const { width } = block.layout;
    for (const { key, at: column } of columns) {
      if (only) {
        packer.count(host.id, key, chosen.length);
        continue;
      }
      let at = packer.begin(host.id, key, chosen.length);
      const { ms, values } = packer.columns();
      for (const row of chosen) {
        ms[at] = block.times[row]!;
        values[at++] = block.rows[row * width + column]!;
      }
    }
  }

  function packNewest(host: HostHead, blocks: readonly Block[]): void {
    const newest = new Map<string, { ms: number; value: number }>();
    for (const block of blocks) {
      // Not the last row: a tick may have come late.
      let row = 0;
      for (let i = 1; i < block.count; i++) if (block.times[i]! > block.times[row]!) row = i;
      const ms = block.times[row]!;
      if (ms < startMs) continue;
      const { width } = block.layout;
      for (const { key, at } of wantedColumns(block.layout)) {
        const found = newest.get(key);
        if (!found || ms > found.ms) newest.set(key, { ms, value: block.rows[row * width + at]! });
      }
    }
    for (const [key, point] of newest) {
      if (only) {
        packer.count(host.id, key, 1);
        continue;
      }
      const at = packer.begin(host.id, key, 1);
      packer.columns().ms[at] = point.ms;
      packer.columns().values[at] = point.value;
    }
  }

  for (const host of hostsOf(head, query.hosts)) {
    const blocks: Block[] = [];
    for (const unit of host.units.values()) {
      const from = windowStart(unit.window, host.phaseMs);
      if (from < stopMs && from + WINDOW_MS > startMs) blocks.push(...unit.blocks);
    }
    if (query.kind !== 'range') packNewest(host, blocks);
    else for (const block of blocks) packRange(host, block);
  }
  return packer.take();
}

function* hostsOf(head: Head, hosts: readonly string[] | undefined): Iterable<HostHead> {
  if (!hosts) return yield* head.hosts.values();
  for (const id of new Set(hosts)) {
    const host = head.hosts.get(id);
    if (host) yield host;
  }
}
