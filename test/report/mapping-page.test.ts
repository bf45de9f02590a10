// The tables of docs/interop.md against what is made of other agents' metrics: every row makes what it says of what it
// names, each of its names matters, and of what real clients sent nothing else is made into minimon's metrics.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  inputOf,
  mapNodeExporter,
  nodeCounterOf,
} from '../../src/daemons/report/ingest/node-exporter-metrics.ts';
import {
  mapOtel,
  type OtelInputs,
  otelCounterOf,
  takeOtelInput,
} from '../../src/daemons/report/ingest/otel-metrics.ts';
import { mapTelegrafLine, telegrafCounters } from '../../src/daemons/report/ingest/telegraf-metrics.ts';
import { type Line, readLines } from '../../src/domain/line-protocol.ts';
import type { Labels } from '../../src/domain/tick.ts';
import { readOtlp } from '../../src/wire/otlp.ts';
import { readRemoteWrite1 } from '../../src/wire/remote-write.ts';

const root = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(root, 'docs/interop.md'), 'utf8');
/** What the bus calls `cpu` becomes these three once rates are made. */
const OF_CPU = ['cpu.usage', 'cpu.iowait', 'cpu.steal'];
const DEVICE = { mountpoint: '/data', path: '/data', device: 'sda', name: 'sda', interface: 'eth0' };

type Row = {
  readonly text: string;
  readonly inputs: readonly string[];
  /** `cpu=cpu-total` of the other agent. */
  readonly tags: Labels;
  readonly by: string;
  readonly metrics: readonly string[];
  readonly label: string;
};

const ticked = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);

/** The rows of the table whose first head is this. */
function rowsOf(head: string): readonly Row[] {
  const [, table = ''] = PAGE.split(`\n| ${head} | minimon |\n| --- | --- |\n`);
  return table
    .slice(0, table.indexOf('\n\n'))
    .split('\n')
    .map((text) => {
      const [left = '', right = ''] = text.replace(/^\| | \|$/g, '').split(' | ');
      const [named = '', by = ''] = left.split(/[;,] by /);
      const [made = '', label = ''] = right.split(', label ');
      const words = ticked(named);
      return {
        text,
        inputs: words.filter((word) => !word.includes('=')),
        tags: Object.fromEntries(words.filter((word) => word.includes('=')).map((tag) => tag.split('='))),
        by: ticked(by).join(),
        metrics: ticked(made),
        label: ticked(label).join(),
      };
    });
}

type Made = Map<string, number>;
const add = (made: Made) => (metric: string, labels: Labels, value: number) => {
  for (const name of metric === 'cpu' ? OF_CPU : [metric]) {
    const { cpu: _, mode, part = '', ...own } = labels;
    made.set([name, ...Object.keys(own), part, mode ?? ''].join(' ').trimEnd(), value);
  }
};

function ofLine(line: Pick<Line, 'measurement' | 'tags' | 'fields'>): Made {
  const made: Made = new Map();
  const whole = { ...line, time: undefined };
  mapTelegrafLine(whole, add(made));
  for (const { metric, labels, field } of telegrafCounters(whole))
    add(made)(metric, labels, line.fields.get(field)!);
  return made;
}

type Series = readonly (readonly [name: string, labels: ReadonlyMap<string, string>, value: number])[];

function ofNodeExporter(series: Series): Made {
  const made: Made = new Map();
  const inputs = new Map<string, Map<string, number>>();
  for (const [name, labels, value] of series) {
    const counter = nodeCounterOf(name, labels);
    if (counter) add(made)(counter.metric, counter.labels, value);
    const place = inputOf(name, labels);
    if (place === undefined) continue;
    inputs.set(place, (inputs.get(place) ?? new Map<string, number>()).set(name, value));
  }
  mapNodeExporter(inputs, add(made));
  return made;
}

function ofHostmetrics(series: Series): Made {
  const made: Made = new Map();
  const inputs: OtelInputs = new Map();
  for (const [name, attributes, value] of series) {
    const counter = otelCounterOf(name, attributes);
    if (counter) add(made)(counter.metric, counter.labels, value);
    else takeOtelInput(name, attributes, value, inputs);
  }
  mapOtel(inputs, add(made));
  return made;
}

/** What a point of hostmetrics has beside its device, by the end of its name. */
const ATTRIBUTES: readonly (readonly [RegExp, readonly Labels[]])[] = [
  [/cpu\.time$/, ['idle', 'user', 'wait', 'steal'].map((state) => ({ cpu: 'cpu0', state }))],
  [/usage$/, ['used', 'free'].map((state) => ({ state }))],
  [/count$/, ['running', 'blocked'].map((status) => ({ status }))],
  [/disk\.io$/, ['read', 'write'].map((direction) => ({ direction }))],
  [/network\./, ['receive', 'transmit'].map((direction) => ({ direction }))],
];

const inputValue = (inputs: readonly string[], name: string) => 10 + 7 * inputs.indexOf(name);

const AGENTS: Readonly<Record<string, (row: Row, given: readonly string[]) => Made>> = {
  Telegraf: ({ inputs: [measurement = '', ...fields], tags, by }, given) =>
    ofLine({
      measurement,
      tags: new Map(Object.entries({ ...tags, ...deviceOf(by) })),
      fields: new Map(
        given.filter((name) => name !== measurement).map((name) => [name, inputValue(fields, name)]),
      ),
    }),
  node_exporter: ({ inputs, by }, given) =>
    ofNodeExporter(
      given.map((name) => [
        name,
        new Map(Object.entries({ cpu: '0', mode: 'idle', ...deviceOf(by) })),
        inputValue(inputs, name),
      ]),
    ),
  hostmetrics: ({ inputs, by }, given) =>
    ofHostmetrics(
      given.flatMap((name) => {
        const points = ATTRIBUTES.find(([end]) => end.test(name))?.[1] ?? [{}];
        return points.map(
          (own, i) =>
            [
              name,
              new Map(Object.entries({ ...own, ...deviceOf(by) })),
              inputValue(inputs, name) + i,
            ] as const,
        );
      }),
    ),
};

const deviceOf = (by: string): Labels => (by ? { [by]: DEVICE[by as keyof typeof DEVICE] } : {});

for (const [agent, madeOf] of Object.entries(AGENTS)) {
  test(`each row of ${agent} makes what it says, of all that it names`, () => {
    const rows = rowsOf(agent);
    assert.ok(rows.length >= 7);
    for (const row of rows) {
      const { text, inputs, metrics, label } = row;
      const made = madeOf(row, inputs);
      const names = [...made.keys()].map((key) => key.split(' '));
      assert.deepEqual(new Set(names.map(([name]) => name)), new Set(metrics), text);
      for (const [name, found = ''] of names)
        if (!OF_CPU.includes(name!)) assert.equal(found, label, `${name}: ${text}`);
      const needed = agent === 'Telegraf' ? inputs.slice(1) : inputs;
      for (const name of needed) {
        const without = madeOf(
          row,
          inputs.filter((other) => other !== name),
        );
        assert.notDeepEqual(without, made, `${name} makes no difference: ${text}`);
      }
    }
  });
}

const recorded = (client: string): Buffer => {
  const file = join(import.meta.dirname, 'fixtures', `${client}.json`);
  return Buffer.from((JSON.parse(readFileSync(file, 'utf8')) as { body: string }).body, 'base64');
};
const namedIn = (agent: string) => new Set(rowsOf(agent).flatMap(({ inputs }) => inputs));

test('of what real clients sent nothing is made that the page does not name', () => {
  const lines: Line[] = [];
  readLines(
    gunzipSync(recorded('telegraf')).toString(),
    (line) => lines.push(line),
    ({ reason }) => assert.fail(reason),
  );
  const telegrafs = new Set(
    rowsOf('Telegraf').flatMap(({ inputs: [first, ...fields] }) =>
      fields.map((field) => `${first} ${field}`),
    ),
  );
  for (const line of lines) {
    const others = [...line.fields].filter(([field]) => !telegrafs.has(`${line.measurement} ${field}`));
    assert.deepEqual([...ofLine({ ...line, fields: new Map(others) })], [], line.measurement);
  }

  const scraped: Series[number][] = [];
  readRemoteWrite1(zstdDecompressSync(recorded('vmagent')), ({ labels, samples }) =>
    scraped.push([labels.get('__name__')!, labels, samples[0]!.value]),
  );
  const ofNode = namedIn('node_exporter');
  assert.deepEqual([...ofNodeExporter(scraped.filter(([name]) => !ofNode.has(name)))], []);

  const points: Series[number][] = [];
  readOtlp(gunzipSync(recorded('opentelemetry')), (_, metric) => {
    for (const { attributes, value } of metric.points) points.push([metric.name, attributes, value]);
  });
  const ofOtel = namedIn('hostmetrics');
  assert.ok(points.length > 50 && scraped.length > 200 && lines.length > 5);
  assert.deepEqual([...ofHostmetrics(points.filter(([name]) => !ofOtel.has(name)))], []);
});
