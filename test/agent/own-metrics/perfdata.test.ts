// Performance data as real plugins write it: labels, units, thresholds dropped, several lines, and what is no perfdata.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePerfdata } from '../../../src/daemons/agent/own-metrics/perfdata.ts';

const values = (output: string) =>
  Object.fromEntries(parsePerfdata(output).values.map(({ label, value }) => [label, value]));

test('plugins of the standard set', () => {
  assert.deepEqual(
    values('OK - load average: 0.15, 0.20, 0.25|load1=0.150;5.000;10.000;0; load5=0.200;4;6;0;'),
    {
      load1: 0.15,
      load5: 0.2,
    },
  );
  assert.deepEqual(
    values('DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968 /boot=68MB;88;93;0;98'),
    {
      '/': 2643 * 2 ** 20,
      '/boot': 68 * 2 ** 20,
    },
  );
  assert.deepEqual(values('PING OK|rta=0.345ms;100.000;500.000;0.000 pl=0%;20;60;0'), {
    rta: 0.000345,
    pl: 0,
  });
  assert.deepEqual(values('HTTP OK|time=0.012353s;;;0.000000 size=1024B;;;0'), {
    time: 0.012353,
    size: 1_024,
  });
});

test('quoted labels, labels with spaces in Windows plugins, ranges as thresholds', () => {
  assert.deepEqual(values("OK | 'C: used %'=42%;80;90 'it''s'=1;@10:20;~:30"), {
    'C: used %': 42,
    "it's": 1,
  });
});

test('units come to their base; a comma is a point; a counter is marked; an unknown unit is kept', () => {
  assert.deepEqual(values('x|a=1us b=1,5 c=2TB d=-3e2 e=7foo f=21°C'), {
    a: 1e-6,
    b: 1.5,
    c: 2 * 2 ** 40,
    d: -300,
    e: 7,
    f: 21,
  });
  assert.deepEqual(parsePerfdata('x|in=12c').values, [{ label: 'in', value: 12, counter: true }]);
});

test('long text is no perfdata; what follows its bar is', () => {
  assert.deepEqual(values('OK | a=1\nlong text b=2\nmore | c=3\nd=4'), { a: 1, c: 3, d: 4 });
  assert.deepEqual(values('OK a=1\nnothing here'), {});
});

test('U is no value and no mistake; what is not understood is named and costs nothing else', () => {
  assert.deepEqual(parsePerfdata('x|a=U b=1'), {
    values: [{ label: 'b', value: 1, counter: false }],
    bad: [],
  });
  const { values: found, bad } = parsePerfdata('x|nonsense a=1 b=abc =5 c=1-2 d=2;');
  assert.deepEqual(
    found.map(({ label }) => label),
    ['a', 'd'],
  );
  assert.deepEqual(bad, ['nonsense', 'b=abc', '=5', 'c=1-2']);
});

test('any text ends', () => {
  for (const text of [
    '|',
    '|=',
    "|'",
    "|'a",
    '|a=',
    '| ',
    '|a=1;;;;;;;',
    `|${"'".repeat(2_000)}`,
    `|${'a '.repeat(5_000)}`,
  ])
    parsePerfdata(text);
  const began = process.cpuUsage().user;
  for (const text of ['x', "'", "''", 'a ', 'a=', ' '])
    parsePerfdata(`|${text.repeat(65_536 / text.length)}`);
  assert.ok(process.cpuUsage().user - began < 2e6, 'in time that grows with its length');
});
