// What is not in a file yet: per host and window the ticks as rows, until the window is sealed or merged.
import type { Labels } from '../../domain/tick.ts';
import type { TickView } from '../../wire/tick-view.ts';
import type { RecordRef } from './durable-positions.ts';
import { changeVersion, versionSlot } from './head-versions.ts';
import type { Times } from './messages.ts';
import { createRowLayouts, type RowLayout } from './row-layout.ts';
import { phaseOf, sealsAt, windowOf } from './windows.ts';

export type SeriesName = { readonly key: string; readonly metric: string; readonly labels: Labels };

/** Ticks of one layout: a row of values each, as they came. Adding one is a copy of its values, whatever they are. */
export type Block = {
  readonly layout: RowLayout;
  times: Float64Array;
  rows: Float64Array;
  count: number;
  /** The times, once they came out of order. */
  seen: Set<number> | undefined;
};

/** A host's window outside the files. */
export type Unit = {
  readonly host: HostHead;
  readonly window: number;
  readonly blocks: Block[];
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

/** Doubled when full: a window has 120 rows at the default interval, but series that are made up stay at one sample. */
const FIRST_ROWS = 1;
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
    let block = unit.blocks.find((candidate) => candidate.layout === layout);
    if (!block) {
      const { width } = layout;
      block = {
        layout,
        times: new Float64Array(FIRST_ROWS),
        rows: new Float64Array(FIRST_ROWS * width),
        count: 0,
        seen: undefined,
      };
      unit.blocks.push(block);
      series += width;
      grow(unit, BLOCK_BYTES + layout.bytes() + rowBytes(block) * FIRST_ROWS);
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
      const known = unit.blocks.filter((block) => isKnown(block, tick.timeMs));
      const fresh = known.length === 0 ? tick : withoutKnown(tick, known);
      if (!fresh) return;
      const width = fresh.values.length;
      const block = blockOf(unit, layoutOf(fresh.layout));
      if (unit.records.at(-1) !== record) {
        unit.records.push(record);
        record.pending++;
      }
      if (block.count === block.times.length) grow(unit, rowBytes(block) * block.count);
      addRow(block, fresh.timeMs, fresh.values);
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
function withoutKnown({ timeMs, layout, values }: Row, known: readonly Block[]): Row | undefined {
  const keys = new Set(known.flatMap((block) => block.layout.keys()));
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

const rowBytes = ({ layout }: Block): number => 8 * (layout.width + 1);

/** Ticks nearly always come in order: only the first that does not pays for a set of all times. */
function isKnown(block: Block, timeMs: number): boolean {
  if (block.seen) return block.seen.has(timeMs);
  if (block.count === 0 || timeMs > block.times[block.count - 1]!) return false;
  block.seen = new Set(block.times.subarray(0, block.count));
  return block.seen.has(timeMs);
}

function addRow(block: Block, timeMs: number, values: Float64Array): void {
  const { count } = block;
  if (count === block.times.length) {
    const { times, rows } = block;
    block.times = new Float64Array(count * 2);
    block.rows = new Float64Array(rows.length * 2);
    block.times.set(times);
    block.rows.set(rows);
  }
  block.times[count] = timeMs;
  block.rows.set(values, count * values.length);
  block.count++;
  block.seen?.add(timeMs);
}
