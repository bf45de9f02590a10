// What is not in a file yet: per host and window the ticks as rows, until the window is sealed or merged.
import type { Labels } from '../../domain/tick.ts';
import type { TickView } from '../../wire/tick-view.ts';
import { addRow, type Block, hasTime, newBlock, roomBytes } from './block.ts';
import type { RecordRef } from './durable-positions.ts';
import { changeVersion, versionSlot } from './head-versions.ts';
import type { Times } from './messages.ts';
import { createRowLayouts, type RowLayout } from './row-layout.ts';
import { createUnitIndex, INDEXED_FROM, type UnitIndex } from './unit-index.ts';
import { phaseOf, sealsAt, windowOf } from './windows.ts';

export type SeriesName = { readonly key: string; readonly metric: string; readonly labels: Labels };

/** A host's window outside the files. */
export type Unit = {
  readonly host: HostHead;
  readonly window: number;
  readonly blocks: Block[];
  /** Of its blocks, once they are many. */
  index: UnitIndex | undefined;
  /** The records its samples came in: none of them is durable before this unit is in its file. */
  readonly records: RecordRef[];
  /** Its window was over when it began: merged as soon as it is quiet. */
  readonly late: boolean;
  /** Monotonic, of its first and its newest tick. */
  readonly firstMs: number;
  lastMs: number;
  samples: number;
  /** About what it takes of memory. */
  bytes: number;
};

export type HostHead = {
  readonly id: string;
  readonly phaseMs: number;
  /** Of its number, see head-versions.ts. */
  readonly slot: number;
  readonly units: Map<number, Unit>;
};

export type Arrival = { readonly record: RecordRef; readonly times: Times };

export type Head = {
  readonly hosts: ReadonlyMap<string, HostHead>;
  /** The tick's values are copied. Samples of a series and time that its host has here already are ignored. */
  add(tick: TickView, arrival: Arrival): void;
  drop(unit: Unit): void;
  units(): Iterable<Unit>;
  /** Of all units the oldest window's number; Infinity without any. */
  oldestWindow(): number;
  /** Samples in all units, and in the late ones; about what the units take of memory. */
  counts(): {
    readonly samples: number;
    readonly late: number;
    readonly units: number;
    readonly bytes: number;
    /** A series counts once a window. */
    readonly series: number;
  };
};

/** Of a block beside its rows and the names of its series. */
const BLOCK_BYTES = 300;

/** `versions` are those of head-versions.ts. */
export function createHead(versions: Int32Array): Head {
  const hosts = new Map<string, HostHead>();
  const layoutOf = createRowLayouts();
  let samples = 0;
  let late = 0;
  let units = 0;
  /** Undefined when a unit of it was dropped. */
  let oldest: number | undefined = Number.POSITIVE_INFINITY;
  let bytes = 0;
  let series = 0;

  function hostOf(id: string): HostHead {
    let host = hosts.get(id);
    if (!host) {
      host = { id, phaseMs: phaseOf(id), slot: versionSlot(id), units: new Map() };
      hosts.set(id, host);
    }
    return host;
  }

  function unitOf(host: HostHead, timeMs: number, { wallMs, monotonicMs }: Times): Unit {
    const window = windowOf(timeMs, host.phaseMs);
    let unit = host.units.get(window);
    if (!unit) {
      unit = {
        host,
        window,
        blocks: [],
        index: undefined,
        records: [],
        late: sealsAt(window, host.phaseMs) <= wallMs,
        firstMs: monotonicMs,
        lastMs: monotonicMs,
        samples: 0,
        bytes: 0,
      };
      host.units.set(window, unit);
      units++;
      if (oldest !== undefined && window < oldest) oldest = window;
    }
    return unit;
  }

  function blockOf(unit: Unit, layout: RowLayout): Block {
    let block = unit.index
      ? unit.index.find(layout)
      : unit.blocks.find((candidate) => candidate.layout === layout);
    if (!block) {
      block = newBlock(layout);
      unit.blocks.push(block);
      series += layout.width;
      grow(unit, BLOCK_BYTES + layout.bytes() + roomBytes(block));
    }
    return block;
  }

  function grow(unit: Unit, by: number): void {
    unit.bytes += by;
    bytes += by;
  }

  return {
    hosts,
    add(tick, { record, times }) {
      if (tick.values.length === 0) return;
      const unit = unitOf(hostOf(tick.hostId), tick.timeMs, times);
      unit.lastMs = times.monotonicMs;
      const known = keysAt(unit, tick.timeMs);
      const fresh = known ? withoutKnown(tick, known) : tick;
      if (!fresh) return;
      const width = fresh.values.length;
      const block = blockOf(unit, layoutOf(fresh.layout));
      if (unit.records.at(-1) !== record) {
        unit.records.push(record);
        record.pending++;
      }
      const room = roomBytes(block);
      addRow(block, fresh.timeMs, fresh.values);
      grow(unit, roomBytes(block) - room);
      if (unit.index) unit.index.add(block, fresh.timeMs);
      else if (unit.blocks.length >= INDEXED_FROM)
        unit.index = createUnitIndex(unit.blocks, (more) => grow(unit, more));
      changeVersion(versions, unit.host.slot);
      unit.samples += width;
      samples += width;
      if (unit.late) late += width;
    },
    drop(unit) {
      unit.host.units.delete(unit.window);
      changeVersion(versions, unit.host.slot);
      if (unit.host.units.size === 0) hosts.delete(unit.host.id);
      samples -= unit.samples;
      bytes -= unit.bytes;
      for (const { layout } of unit.blocks) series -= layout.width;
      if (unit.late) late -= unit.samples;
      units--;
      if (unit.window === oldest) oldest = undefined;
    },
    *units() {
      for (const host of hosts.values()) yield* host.units.values();
    },
    oldestWindow() {
      if (oldest === undefined) {
        oldest = Number.POSITIVE_INFINITY;
        for (const host of hosts.values())
          for (const window of host.units.keys()) if (window < oldest) oldest = window;
      }
      return oldest;
    },
    counts: () => ({ samples, late, units, bytes, series }),
  };
}

type Row = Pick<TickView, 'timeMs' | 'layout' | 'values'>;

/** What of a tick blocks with its time do not have: of different values the first stays, whatever it came with. */
function withoutKnown({ timeMs, layout, values }: Row, keys: ReadonlySet<string>): Row | undefined {
  const places = layout.series.flatMap(({ key }, i) => (keys.has(key) ? [] : [i]));
  if (places.length === 0) return undefined;
  // Another piece of its time: other series.
  if (places.length === values.length) return { timeMs, layout, values };
  return {
    timeMs,
    layout: { series: places.map((i) => layout.series[i]!) },
    values: Float64Array.from(places, (i) => values[i]!),
  };
}

/** The keys that the unit has at a time; undefined for none. */
function keysAt({ blocks, index }: Unit, timeMs: number): ReadonlySet<string> | undefined {
  if (index) return index.keysAt(timeMs);
  const known = blocks.filter((block) => hasTime(block, timeMs));
  return known.length === 0 ? undefined : new Set(known.flatMap(({ layout }) => layout.keys()));
}
