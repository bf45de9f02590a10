// Serializes series to a matrix in Prometheus' JSON directly from their points: the answer of a plain selector over a
// range.
import { compareBytes } from '../domain/names.ts';
import { labelsOf } from '../domain/promql/series-names.ts';
import { type Grid, keyOf, namesOf, type SeriesLabels, stepAt } from '../domain/promql/values.ts';
import { isEndMark } from './end-marks.ts';
import { createJsonBytes, type TextsBefore, textsBefore } from './json-bytes.ts';
import type { SeriesElement } from './series-element.ts';

export type MatrixSteps = Grid & {
  /** How long a point stands for its series. */
  readonly lookbackMs: number;
  /** By host id. */
  readonly locations: ReadonlyMap<string, string>;
};

export type MatrixBytes = {
  /** Another matrix begins. */
  begin(steps: MatrixSteps): void;
  /** Of points by ascending time. A series without a value at any step is left out. */
  add(element: SeriesElement): void;
  size(): number;
  series(): number;
  /** All elements in the order of their labels, with commas between; undefined where two series have the same labels. */
  take(): Uint8Array<ArrayBuffer> | undefined;
};

/** Names of series that are kept: some 300 bytes each. */
const MAX_NAMES = 20_000;
const CLOSING = Buffer.from(']}');

type Name = {
  readonly location: string | undefined;
  /** Its place in the order of labels. */
  readonly key: string;
  readonly opening: Uint8Array;
};
/** Empty for a series without a value: which of two with the same labels is there is not for it to say. */
type Written = { readonly key: string; readonly from: number; readonly to: number };

export function createMatrixBytes(): MatrixBytes {
  const json = createJsonBytes();
  const nameOf = createNames();
  let steps: MatrixSteps | undefined;
  let before: TextsBefore = textsBefore([]);
  let values = new Float64Array(0);
  let present = new Uint8Array(0);
  let written: Written[] = [];
  let isOrdered = true;

  /** True where there is a value at any step. */
  function fill({ startMs, stepMs, lookbackMs }: MatrixSteps, { ms, values: points, ...run }: SeriesElement) {
    let at = run.from;
    let any = 0;
    for (let i = 0; i < values.length; i++) {
      const timeMs = startMs + i * stepMs;
      while (at < run.to && ms[at]! <= timeMs) at++;
      const value = at > run.from ? points[at - 1]! : Number.NaN;
      const isThere = !isEndMark(value) && ms[at - 1]! > timeMs - lookbackMs ? 1 : 0;
      values[i] = value;
      present[i] = isThere;
      any |= isThere;
    }
    return any === 1;
  }

  return {
    begin(next) {
      json.clear();
      if (steps?.startMs !== next.startMs || steps.stepMs !== next.stepMs || steps.count !== next.count) {
        before = timesBefore(next);
        values = new Float64Array(next.count);
        present = new Uint8Array(next.count);
      }
      steps = next;
      written = [];
      isOrdered = true;
    },
    add(element) {
      const { key, opening } = nameOf(element, steps!.locations.get(element.hostId));
      const last = written.at(-1);
      let start = json.size();
      if (fill(steps!, element)) {
        if (start > 0) json.text(',');
        start = json.size();
        json.bytes(opening);
        json.quoted({ values, present, before });
        json.bytes(CLOSING);
      }
      isOrdered &&= last === undefined || compareBytes(last.key, key) < 0;
      written.push({ key, from: start, to: json.size() });
    },
    size: json.size,
    series: () => written.length,
    take() {
      const taken = json.take();
      return isOrdered ? taken : inOrder(taken, written);
    },
  };
}

/** Of two that have the same labels (a series' own `exported_host` is what its `host` becomes) this reports nothing. */
function inOrder(
  bytes: Uint8Array<ArrayBuffer>,
  written: readonly Written[],
): Uint8Array<ArrayBuffer> | undefined {
  const ordered = written.toSorted((a, b) => compareBytes(a.key, b.key));
  const json = createJsonBytes(bytes.length);
  for (const [i, { key, from, to }] of ordered.entries()) {
    if (key === ordered[i - 1]?.key) return undefined;
    if (from === to) continue;
    if (json.size() > 0) json.text(',');
    json.bytes(bytes.subarray(from, to));
  }
  return json.take();
}

/** Labels of a series as JSON and as a key, made once while its host stays where it is. */
function createNames(): (element: SeriesElement, location: string | undefined) => Name {
  const byKey = new Map<string, Map<string, Name>>();
  let count = 0;
  return (element, location) => {
    let byHost = byKey.get(element.key);
    const known = byHost?.get(element.hostId);
    if (known && known.location === location) return known;
    if (count >= MAX_NAMES) {
      byKey.clear();
      byHost = undefined;
      count = 0;
    }
    if (!byHost) byKey.set(element.key, (byHost = new Map()));
    if (!known) count++;
    const labels = labelsOf(element, location);
    const opening = Buffer.from(`{"metric":${labelsJson(labels)},"values":[`);
    const name = { location, key: keyOf(labels), opening };
    byHost.set(element.hostId, name);
    return name;
  };
}

/** By name, as Prometheus writes them. */
export function labelsJson(labels: SeriesLabels): string {
  let json = '';
  for (const name of namesOf(labels))
    json += `${json === '' ? '{' : ','}${JSON.stringify(name)}:${JSON.stringify(labels[name])}`;
  return json === '' ? '{}' : `${json}}`;
}

/** What stands before the value of each step. */
export const timesBefore = (grid: Grid): TextsBefore =>
  textsBefore(Array.from({ length: grid.count }, (_, i) => `[${stepAt(grid, i) / 1_000},"`));
