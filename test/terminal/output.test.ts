// Every -o form of a listing, sorting, and numbers that read back as the same double.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { type Listing, loadYaml, renderData, renderListing, sortWord } from '../../src/terminal/output.ts';
import { block, pipe, terminal } from './screens.ts';

const yaml = await loadYaml();

type Row = { readonly id: string; readonly cpu?: number; readonly facts?: Record<string, string> };

const listing: Listing<Row> = {
  columns: [
    { key: 'host_id', title: 'HOST', value: (row) => row.id },
    {
      key: 'cpu',
      title: 'CPU',
      align: 'right',
      value: (row) => row.cpu,
      cell: (row, screen) =>
        screen.isTTY && row.cpu !== undefined ? `${row.cpu.toFixed(1)} %` : String(row.cpu ?? '-'),
    },
    { key: 'kernel', title: 'KERNEL', show: 'wide', value: (row) => row.facts?.['kernel'] },
    { key: 'facts', title: 'FACTS', show: 'data', value: (row) => row.facts },
  ],
  rows: [
    { id: 'web-1', cpu: 9.25, facts: { kernel: '6.1, "lts"' } },
    { id: 'web-2' },
    { id: '机房', cpu: 10 },
  ],
  name: (row) => row.id,
  empty: 'No hosts.',
};
const render = (format: Parameters<typeof renderListing>[1]['format'], over = {}) =>
  renderListing(listing, { format, screen: pipe(), yaml, ...over });

test('table and wide show people and pipes what each needs', () => {
  assert.equal(render('table'), block(['HOST    CPU', 'web-1  9.25', 'web-2     -', '机房     10']));
  assert.equal(
    render('wide', { screen: terminal() }),
    block([
      'HOST      CPU  KERNEL    ',
      'web-1   9.3 %  6.1, "lts"',
      'web-2       -  -         ',
      '机房   10.0 %  -         ',
    ]),
  );
});

test('json and yaml have the same keys and values', () => {
  const expected = [
    { host_id: 'web-1', cpu: 9.25, kernel: '6.1, "lts"', facts: { kernel: '6.1, "lts"' } },
    { host_id: 'web-2', cpu: null, kernel: null, facts: null },
    { host_id: '机房', cpu: 10, kernel: null, facts: null },
  ];
  assert.deepEqual(JSON.parse(render('json')), expected);
  assert.deepEqual(parse(render('yaml')), expected);
});

test('json is never coloured, whatever the screen', () => {
  assert.doesNotMatch(render('json', { screen: terminal({ color: true }) }), /\u001b/);
});

test('csv is RFC 4180 with a header that can be left out', () => {
  assert.equal(render('csv'), 'host_id,cpu,kernel\r\nweb-1,9.25,"6.1, ""lts"""\r\nweb-2,,\r\n机房,10,\r\n');
  assert.equal(render('csv', { noHeaders: true }).split('\r\n')[0], 'web-1,9.25,"6.1, ""lts"""');
});

test('name is one id a line', () => {
  assert.equal(render('name'), 'web-1\nweb-2\n机房\n');
});

test('rows sort by a key, either way, those without a value last', () => {
  assert.equal(render('name', { sort: 'cpu' }), 'web-1\n机房\nweb-2\n');
  assert.equal(render('name', { sort: '-cpu' }), '机房\nweb-1\nweb-2\n');
  // A column's title is as good as its key.
  assert.equal(render('name', { sort: '-CPU' }), '机房\nweb-1\nweb-2\n');
  assert.throws(() => render('name', { sort: 'hostess' }), {
    code: 'USAGE',
    hint: 'Sort by host, cpu, kernel, facts.',
  });
  assert.throws(() => render('name', { sort: '-kernal' }), { hint: /^Did you mean kernel\?/ });
});

test('a heading is typed in lower case with dashes, without its unit', () => {
  for (const [title, word] of [
    ['CPU%', 'cpu'],
    ['NET IN/s', 'net-in'],
    ['LAST SEEN', 'last-seen'],
    ['CPU 1h 0-100%', 'cpu-1h-0-100'],
    ['机房 X', '机房-x'],
  ] as const)
    assert.equal(sortWord(title), word);
});

test('an empty list is a sentence on a terminal and headers on a pipe', () => {
  const empty = { ...listing, rows: [] };
  assert.equal(renderListing(empty, { format: 'table', screen: terminal() }), 'No hosts.\n');
  assert.equal(renderListing(empty, { format: 'table', screen: pipe() }), 'HOST  CPU\n');
  assert.equal(renderListing(empty, { format: 'json', screen: pipe() }), '[]\n');
});

test('numbers come back as the same double from json, yaml and csv', () => {
  const edges = [5e-324, Number.MAX_VALUE, 0.1 + 0.2, 9007199254740994, 1e21, -1.5e-7, 42.5];
  const check = (value: number) => {
    const one = { ...listing, rows: [{ id: 'x', cpu: value }] };
    const text = (format: 'json' | 'yaml' | 'csv') =>
      renderListing(one, { format, screen: pipe(), noHeaders: true, yaml });
    assert.equal(JSON.parse(text('json'))[0].cpu, value);
    assert.equal(parse(text('yaml'))[0].cpu, value);
    assert.equal(parse(text('yaml'), { version: '1.1' })[0].cpu, value);
    assert.equal(Number(text('csv').split(',')[1]), value);
  };
  for (const value of edges) check(value);
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((v) => v !== 0),
      check,
    ),
  );
});

test('-0 is written as 0', () => {
  assert.equal(renderData({ value: -0 }, { format: 'json' }), '{\n  "value": 0\n}\n');
});

test('any plain data comes back from yaml', () => {
  const leaf = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constant(null));
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.string(), tie('tree'), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      const json = JSON.parse(JSON.stringify(value).toWellFormed());
      if (JSON.stringify(json).includes('__proto__')) return;
      assert.deepEqual(JSON.parse(JSON.stringify(parse(yaml(json)))), json);
    }),
  );
  for (const word of [
    'yes',
    'null',
    '1e3',
    '0x10',
    '12:30',
    '- a',
    '#c',
    '',
    ' ',
    '~',
    '2026-01-01',
    'a: b',
  ]) {
    assert.deepEqual(parse(yaml([word])), [word]);
    assert.deepEqual(parse(yaml([word]), { version: '1.1' }), [word]);
  }
});
