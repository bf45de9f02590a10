// Parses a YAML file of rule tests, and reports every error with line and column.
import type { Node } from 'yaml';
import type {
  Expectation,
  ExpectedAlert,
  RuleTest,
  TestReceiver,
  TestSeries,
} from '../daemons/warn/rule-tests.ts';
import { checkMatchers } from '../domain/alerting/alert-matching.ts';
import { readSeries, readValues } from '../domain/alerting/series-notation.ts';
import { didYouMean, didYouMeanKey } from '../domain/did-you-mean.ts';
import { parseDuration } from '../domain/duration.ts';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import { readQuantity } from '../domain/expression/quantity.ts';
import { ExpressionError, SEVERITIES, type Severity } from '../domain/expression/syntax.ts';
import { parseInstant } from '../domain/instant.ts';
import {
  type Entry,
  entriesOf,
  type FileFault,
  type FilePlace,
  flagOf,
  offsetIn,
  readYaml,
  scalarText,
  textOf,
  type YamlReader,
} from './yaml-file.ts';

export type PlacedTest = RuleTest & {
  /** Where each expectation stands, in their order. */
  readonly places: readonly FilePlace[];
};

export type RuleTestFile = {
  /** As written: relative to the file. */
  readonly ruleFiles: readonly string[];
  /** The stock rules too. */
  readonly stock: boolean;
  readonly tests: readonly PlacedTest[];
  readonly faults: readonly FileFault[];
};

const EXAMPLE = `tests: [{series: [{series: 'cpu.usage{host="web-1"}', values: 95x10}], expect: [{at: 5m, rule: high-cpu, firing: [{host: web-1}]}]}]`;
const MINUTE_MS = 60_000;
/** Saturday 00:00: round times of day in texts. */
const START_MS = Date.UTC(2000, 0, 1);
/** As promtool has them. */
const PROMTOOL: Readonly<Record<string, string>> = {
  input_series: 'series',
  alert_rule_test: 'expect',
  eval_time: 'at',
  alertname: 'rule',
  exp_alerts: 'firing',
  exp_labels: 'host, severity and labels, each by its name',
  exp_annotations: 'text',
  evaluation_interval: 'interval',
  promql_expr_test: 'expect',
};

const hintFor = (name: string, _value: unknown, known: readonly string[]): string => {
  const ours = PROMTOOL[name];
  return ours !== undefined
    ? `Here it is ${ours}.`
    : didYouMeanKey(name, known, `Keys are ${known.join(', ')}.`)!;
};

export async function readRuleTestFile(text: string): Promise<RuleTestFile> {
  const { documents, faults } = await readYaml(text);
  const ruleFiles: string[] = [];
  const tests: PlacedTest[] = [];
  let stock = false;
  if (documents.length === 0) faults.push({ line: 1, column: 1, message: `the file is empty: ${EXAMPLE}` });
  for (const { contents, reader } of documents) {
    if (reader === undefined) continue;
    const map = mapOf(
      contents,
      ['rule_files', 'stock', 'interval', 'tests'],
      reader,
      `the file is a map: ${EXAMPLE}`,
    );
    if (map === undefined) continue;
    stock ||= flagOf(map.get('stock'), 'stock', reader) ?? false;
    ruleFiles.push(...textsOf(map.get('rule_files'), 'rule_files', reader));
    const intervalMs = durationOf(map.get('interval'), 'interval', reader) ?? MINUTE_MS;
    for (const [i, item] of itemsOf(map.get('tests'), 'tests', contents, reader).entries()) {
      const read = readTest(item, { number: i + 1, intervalMs }, reader);
      if (read) tests.push(read);
    }
  }
  return { ruleFiles, stock, tests, faults };
}

function readTest(
  node: unknown,
  given: { readonly number: number; readonly intervalMs: number },
  reader: YamlReader,
): PlacedTest | undefined {
  const map = mapOf(
    node,
    ['name', 'interval', 'start', 'receivers', 'series', 'expect'],
    reader,
    'a test is a map',
  );
  if (map === undefined) return undefined;
  const name = map.has('name') ? textOf(map.get('name')!, 'name', reader) : undefined;
  const intervalMs = durationOf(map.get('interval'), 'interval', reader) ?? given.intervalMs;
  const startMs = instantOf(map.get('start'), reader) ?? START_MS;
  const series = itemsOf(map.get('series'), 'series', node, reader).flatMap(
    (item) => readOneSeries(item, reader) ?? [],
  );
  checkLocations(series, map.get('series')!, reader);
  const receivers = map.has('receivers')
    ? itemsOf(map.get('receivers'), 'receivers', node, reader).flatMap(
        (item) => readReceiver(item, reader) ?? [],
      )
    : undefined;
  const placed = itemsOf(map.get('expect'), 'expect', node, reader).flatMap(
    (item) => readExpectation(item, reader) ?? [],
  );
  return {
    name: name ?? `test ${given.number}`,
    startMs,
    intervalMs,
    series,
    ...(receivers !== undefined && { receivers }),
    expectations: placed.map(({ expectation }) => expectation),
    places: placed.map(({ place }) => place),
  };
}

function readOneSeries(node: unknown, reader: YamlReader): TestSeries | undefined {
  const map = mapOf(
    node,
    ['series', 'values'],
    reader,
    `a series is {series: 'cpu.usage{host="web-1"}', values: 95x10}`,
  );
  if (map === undefined) return undefined;
  const noted = required(map, 'series', node, reader, readSeries);
  const values = required(map, 'values', node, reader, readValues);
  return noted && values && { ...noted, values };
}

/** A host has one location. */
function checkLocations(series: readonly TestSeries[], entry: Entry, reader: YamlReader): void {
  const places = new Map<string, string>();
  for (const { host, location } of series) {
    const other = places.get(host) ?? location;
    if (other !== location) reader.fault(entry.key, `${host} is in ${other} and in ${location}: name one`);
    places.set(host, other);
  }
}

function readReceiver(node: unknown, reader: YamlReader): TestReceiver | undefined {
  const map = mapOf(
    node,
    ['name', 'route', 'default'],
    reader,
    "a receiver is {name: ops, route: ['severity=critical']}",
  );
  if (map === undefined) return undefined;
  const name = required(map, 'name', node, reader, (text) => text);
  const matchers = textsOf(map.get('route'), 'route', reader).flatMap(
    (text) => attempt(() => checkMatchers([text], []), map.get('route')!.node, reader) ?? [],
  );
  const isDefault = flagOf(map.get('default'), 'default', reader) ?? false;
  return name === undefined ? undefined : { name, matchers, isDefault };
}

function readExpectation(
  node: unknown,
  reader: YamlReader,
): { readonly expectation: Expectation; readonly place: FilePlace } | undefined {
  const map = mapOf(
    node,
    ['at', 'rule', 'firing', 'pending'],
    reader,
    'an expectation is {at: 5m, rule: high-cpu, firing: []}',
  );
  if (map === undefined) return undefined;
  const atMs = required(map, 'at', node, reader, offsetMs);
  const rule = required(map, 'rule', node, reader, (text) => text);
  const alerts = (key: 'firing' | 'pending') =>
    itemsOf(map.get(key), key, node, reader).flatMap((item) => readAlert(item, reader) ?? []);
  if (!map.has('firing') && !map.has('pending'))
    reader.fault(node, 'firing and pending are missing. Write `firing: []` for no alerts.');
  if (atMs === undefined || rule === undefined) return undefined;
  const firing = map.has('firing') ? alerts('firing') : [];
  const place = reader.placeAt(reader.yaml.isNode(node) ? (node.range?.[0] ?? 0) : 0);
  return {
    expectation: { atMs, rule, firing, ...(map.has('pending') && { pending: alerts('pending') }) },
    place,
  };
}

function readAlert(node: unknown, reader: YamlReader): ExpectedAlert | undefined {
  const keys = ['host', 'location', 'labels', 'severity', 'value', 'since', 'told', 'text'];
  const map = mapOf(node, keys, reader, 'an alert is {host: web-1}');
  if (map === undefined) return undefined;
  const named = <T>(key: string, read: (text: string) => T): T | undefined =>
    map.has(key) ? required(map, key, node, reader, read) : undefined;
  const [host, location, text] = ['host', 'location', 'text'].map((key) => named(key, (written) => written));
  const severity = named('severity', readSeverity);
  const value = named('value', numberOf);
  const sinceMs = named('since', offsetMs);
  const told = map.has('told') ? textsOf(map.get('told'), 'told', reader) : undefined;
  const labels = map.has('labels') ? labelsOf(map.get('labels')!, reader) : undefined;
  return {
    ...(host !== undefined && { host }),
    ...(location !== undefined && { location }),
    ...(labels !== undefined && { labels }),
    ...(severity !== undefined && { severity }),
    ...(value !== undefined && { value }),
    ...(sinceMs !== undefined && { sinceMs }),
    ...(told !== undefined && { told }),
    ...(text !== undefined && { text }),
  };
}

function labelsOf(entry: Entry, reader: YamlReader): Readonly<Record<string, string>> | undefined {
  const map = reader.resolve(entry.value);
  if (!reader.yaml.isMap(map)) {
    reader.fault(entry.node, 'labels is a map: {mount: /}');
    return undefined;
  }
  return Object.fromEntries(
    map.items.map(({ key, value }) => [
      String(scalarText(key, reader) ?? ''),
      scalarText(value, reader) ?? '',
    ]),
  );
}

function readSeverity(text: string): Severity {
  if (SEVERITIES.includes(text as Severity)) return text as Severity;
  throw new ExpectedError('USAGE', `unknown severity ${text}`, {
    hint: didYouMean(text, SEVERITIES, `Write ${SEVERITIES.join(', ')}.`),
  });
}

function numberOf(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const read = readQuantity(text.replace(/^-/, ''));
  if (!('fault' in read)) return sign * read.value;
  throw new ExpectedError('USAGE', read.fault, { hint: read.hint });
}

/** `0` needs no unit. */
const offsetMs = (text: string): number => (text === '0' ? 0 : parseDuration(text));

function durationOf(entry: Entry | undefined, key: string, reader: YamlReader): number | undefined {
  const text = entry && textOf(entry, key, reader);
  return text === undefined ? undefined : attempt(() => parseDuration(text), entry!.node, reader);
}

function instantOf(entry: Entry | undefined, reader: YamlReader): number | undefined {
  const text = entry && textOf(entry, 'start', reader);
  if (text === undefined) return undefined;
  const timeMs = parseInstant(text);
  if (timeMs === undefined) reader.fault(entry!.node, 'start is an instant, such as 2026-03-01T14:00:00Z');
  return timeMs;
}

type Entries = ReadonlyMap<string, Entry>;

function mapOf(
  node: unknown,
  keys: readonly string[],
  reader: YamlReader,
  what: string,
): Entries | undefined {
  const map = reader.resolve(node);
  if (reader.yaml.isMap(map)) return entriesOf(map, keys, reader, hintFor);
  reader.fault(node, what);
  return undefined;
}

function itemsOf(
  entry: Entry | undefined,
  key: string,
  parent: unknown,
  reader: YamlReader,
): readonly unknown[] {
  const list = reader.resolve(entry?.value);
  if (reader.yaml.isSeq(list)) return list.items;
  if (entry === undefined) reader.fault(parent, `there is no ${key}`);
  else reader.fault(entry.node, `${key} is a list`);
  return [];
}

/** One text or a list of them. */
function textsOf(entry: Entry | undefined, key: string, reader: YamlReader): readonly string[] {
  if (entry === undefined) return [];
  const list = reader.resolve(entry.value);
  const items = reader.yaml.isSeq(list) ? list.items : [entry.value];
  return items.flatMap((item) => {
    const text = scalarText(item, reader);
    if (text) return [text];
    reader.fault(item ?? entry.node, `${key} must be a string or a list of strings`);
    return [];
  });
}

function required<T>(
  map: Entries,
  key: string,
  parent: unknown,
  reader: YamlReader,
  read: (text: string) => T,
): T | undefined {
  const entry = map.get(key);
  if (entry === undefined) {
    reader.fault(parent, `there is no ${key}`);
    return undefined;
  }
  const text = textOf(entry, key, reader);
  return text === undefined ? undefined : attempt(() => read(text), entry.node, reader);
}

/** What it gives, or undefined after a report at the place of the fault. */
function attempt<T>(read: () => T, node: Node, reader: YamlReader): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    const inside = error instanceof ExpressionError ? error : undefined;
    const at = inside ? offsetIn(node, inside.place.start, reader) : node;
    const message =
      inside?.text ?? [messageOf(error), error.hint].filter((part) => part !== undefined).join('. ');
    reader.fault(at, message);
    return undefined;
  }
}
