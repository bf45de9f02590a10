// Ticks as lines of InfluxDB's protocol: the samples of one tick with the same labels are one wide line.
import { type Labels, valueError } from '../../domain/tick.ts';
import type { TickLayout } from '../../wire/tick-layout.ts';
import type { TickView } from '../../wire/tick-view.ts';
import type { RecordKey, RejectedSample } from '../store.ts';
import { columnError, columnOf, escapeKey, escapeMeasurement, hostError, numberField } from './layout.ts';

type Field = { readonly name: string; readonly metric: string; readonly labels: Labels };

/** One line. Those without fields are minimon's own notes and hold no samples. */
export type Line = {
  readonly text: string;
  readonly hostId: string;
  readonly timeMs: number;
  readonly measurement: string;
  /** Everything before the fields. */
  readonly head: string;
  /** Where its samples came from; undefined for a note. The server may reject them only after many records. */
  readonly record: RecordKey | undefined;
  readonly fields: readonly Field[];
  readonly values: readonly number[];
};

export const noteLine = (text: string): Line => ({
  text,
  hostId: '',
  timeMs: 0,
  measurement: '',
  head: '',
  record: undefined,
  fields: [],
  values: [],
});

/** What the lines of a layout look like, whichever host's they are. */
type Shape = {
  readonly lines: readonly {
    readonly measurement: string;
    /** The series up to the host id, and after it. */
    readonly before: string;
    readonly after: string;
    readonly fields: readonly Field[];
    /** Where the fields' values are in the tick. */
    readonly at: readonly number[];
  }[];
  /** Series that InfluxDB cannot hold. */
  readonly unfit: readonly { readonly at: number; readonly reason: string }[];
};

const MAX_SHAPES = 10_000;

export type TickLines = {
  /** Adds the tick's lines; what InfluxDB cannot hold goes to `rejected`. Returns how many samples the lines hold. */
  add(
    tick: TickView,
    to: { readonly record: RecordKey; readonly lines: Line[]; readonly rejected: RejectedSample[] },
  ): number;
};

/** `toColumn`: where the values of a metric stand. */
export function createTickLines(toColumn = columnOf): TickLines {
  // A host's layout is one object while its series stay the same, and most hosts have the same series as others.
  const byLayout = new WeakMap<TickLayout, Shape>();
  const byKeys = new Map<string, Shape>();

  function shapeOf(layout: TickLayout): Shape {
    const known = byLayout.get(layout);
    if (known) return known;
    const keys = layout.series.map(({ key }) => key).join('\u0002');
    let shape = byKeys.get(keys);
    if (!shape) {
      shape = createShape(layout, toColumn);
      if (byKeys.size >= MAX_SHAPES) byKeys.clear();
      byKeys.set(keys, shape);
    }
    byLayout.set(layout, shape);
    return shape;
  }

  return {
    add(tick, { record, lines, rejected }) {
      const { hostId, timeMs, layout, values } = tick;
      const reject = (at: number, reason: string) => {
        const { metric, labels } = layout.series[at]!;
        rejected.push({ record, hostId, timeMs, metric, labels, samples: 1, reason, value: values[at]! });
      };
      const error = hostError(hostId);
      if (error) {
        for (let i = 0; i < values.length; i++) reject(i, error);
        return 0;
      }
      const shape = shapeOf(layout);
      const host = escapeKey(hostId);
      let samples = values.length - shape.unfit.length;
      for (const { at, reason } of shape.unfit) reject(at, reason);
      for (const { measurement, before, after, fields, at } of shape.lines) {
        const allFinite = at.every((i) => Number.isFinite(values[i]!));
        const finite = allFinite ? at : at.filter((i) => Number.isFinite(values[i]!));
        const finiteFields = allFinite ? fields : fields.filter((_, k) => Number.isFinite(values[at[k]!]!));
        if (!allFinite) {
          for (const i of at) if (!finite.includes(i)) reject(i, valueError(values[i]!) ?? 'not a number');
          samples -= at.length - finite.length;
        }
        if (finite.length === 0) continue;
        lines.push(
          sampleLine({
            hostId,
            timeMs,
            measurement,
            head: before + host + after,
            record,
            fields: finiteFields,
            values: finite.map((i) => values[i]!),
          }),
        );
      }
      return samples;
    },
  };
}

function sampleLine(line: Omit<Line, 'text'>): Line {
  const { head, fields, values, timeMs } = line;
  let text = head;
  for (let i = 0; i < fields.length; i++) {
    text += `${i === 0 ? ' ' : ','}${fields[i]!.name}=${numberField(values[i]!)}`;
  }
  return { ...line, text: `${text} ${timeMs}` };
}

/** One line a field, to find which of them the server rejects. */
export const splitLine = (line: Line): Line[] =>
  line.fields.map((field, i) => sampleLine({ ...line, fields: [field], values: [line.values[i]!] }));

/** The samples of a line as rejected ones. */
export const rejectLine = (
  { record, hostId, timeMs, fields, values }: Line,
  reason: string,
): RejectedSample[] =>
  fields.map(({ metric, labels }, i) => ({
    record: record!,
    hostId,
    timeMs,
    metric,
    labels,
    samples: 1,
    reason,
    value: values[i]!,
  }));

function createShape({ series }: TickLayout, toColumn: typeof columnOf): Shape {
  const lines = new Map<
    string,
    { measurement: string; before: string; after: string; fields: Field[]; at: number[] }
  >();
  const unfit: { at: number; reason: string }[] = [];
  const seen = new Set<string>();
  series.forEach(({ metric, labels, key }, at) => {
    const error = columnError(metric, labels);
    if (error) unfit.push({ at, reason: error });
    // Of a series that a tick has twice the first counts, as for two ticks with one time.
    if (error || seen.has(key)) return;
    seen.add(key);
    const { measurement, field } = toColumn(metric);
    const names = Object.keys(labels)
      .filter((name) => labels[name] !== '')
      .sort();
    const tags = (wanted: (name: string) => boolean) =>
      names
        .filter(wanted)
        .map((name) => `,${escapeKey(name)}=${escapeKey(labels[name]!)}`)
        .join('');
    // In the order of their names, which is how the server keeps them.
    const before = `${escapeMeasurement(measurement)}${tags((name) => name < 'host_id')},host_id=`;
    const after = tags((name) => name > 'host_id');
    let line = lines.get(`${before}\u0000${after}`);
    if (!line) {
      line = { measurement, before, after, fields: [], at: [] };
      lines.set(`${before}\u0000${after}`, line);
    }
    line.fields.push({ name: escapeKey(field), metric, labels });
    line.at.push(at);
  });
  return { lines: [...lines.values()], unfit };
}
