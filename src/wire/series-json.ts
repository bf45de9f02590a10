// Serializes series, newest samples and the seed's records to JSON, byte for byte as JSON.stringify would.
import { formatInstant } from '../domain/instant.ts';
import { seedMetric } from '../domain/metric-kinds.ts';
import { createJsonBytes, type JsonBytes } from './json-bytes.ts';
import type { SeriesBytes, SeriesElement } from './series-element.ts';

/** Elements with commas between, from the first one of the answer on. */
function elements(write: (json: JsonBytes, element: SeriesElement) => void): SeriesBytes {
  const json = createJsonBytes();
  let isFirst = true;
  return {
    add(element) {
      if (!isFirst) json.text(',');
      isFirst = false;
      write(json, element);
    },
    size: json.size,
    take: json.take,
    restart() {
      json.clear();
      isFirst = true;
    },
  };
}

/** A text that depends on the key alone is made once. */
function onceAKey(make: (element: SeriesElement) => string): (element: SeriesElement) => string {
  const made = new Map<string, string>();
  return (element) => {
    let text = made.get(element.key);
    if (text === undefined) {
      text = make(element);
      made.set(element.key, text);
    }
    return text;
  };
}

/** The times of one series after the other are mostly the same: their text is then copied. */
function timesWriter(unitMs: number): (json: JsonBytes, element: SeriesElement) => void {
  let last = new Float64Array(0);
  let text = new Uint8Array(0) as Uint8Array;
  return (json, { ms, from, to }) => {
    if (isSame(last, ms, from, to)) return json.bytes(text);
    const begin = json.size();
    json.numbers(ms, from, to, unitMs);
    last = ms.slice(from, to);
    text = json.since(begin);
  };
}

function isSame(last: Float64Array, ms: Float64Array, from: number, to: number): boolean {
  if (last.length !== to - from) return false;
  for (let i = from; i < to; i++) if (last[i - from] !== ms[i]) return false;
  return true;
}

const nameOf = ({ metric, labels }: SeriesElement): string =>
  `,"metric":${JSON.stringify(metric)},"labels":${JSON.stringify(labels)},`;

export function seriesJson(): SeriesBytes {
  const name = onceAKey((element) => `${nameOf(element)}"times_ms":[`);
  const writeTimes = timesWriter(1);
  return elements((json, element) => {
    json.text(`{"host_id":${JSON.stringify(element.hostId)}${name(element)}`);
    writeTimes(json, element);
    json.text('],"values":[');
    json.numbers(element.values, element.from, element.to);
    json.text(']}');
  });
}

export function latestJson(): SeriesBytes {
  const name = onceAKey((element) => `${nameOf(element)}"time_at":"`);
  let instantMs = Number.NaN;
  let instant = '';
  return elements((json, element) => {
    const ms = element.ms[element.from]!;
    if (ms !== instantMs) instant = formatInstant(ms);
    instantMs = ms;
    json.text(`{"host_id":${JSON.stringify(element.hostId)}${name(element)}${instant}","value":`);
    json.number(element.values[element.from]!);
    json.text('}');
  });
}

/** The seed's names and its unit of time: whole seconds. */
export function recordsJson(): SeriesBytes {
  const name = onceAKey(
    ({ metric }) => `,"metrics_type":${JSON.stringify(seedMetric(metric))},"metrics_value":[`,
  );
  const writeTimes = timesWriter(1_000);
  return elements((json, element) => {
    json.text(`{"host_id":${JSON.stringify(element.hostId)}${name(element)}`);
    json.numbers(element.values, element.from, element.to);
    json.text('],"time_stamp":[');
    writeTimes(json, element);
    json.text(']}');
  });
}
