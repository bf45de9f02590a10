// Tables that fit any window, with equal width on every line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import stringWidth from 'string-width';
import { renderTable, type TableColumn } from '../../src/terminal/table.ts';
import { block, pipe, terminal } from './screens.ts';

const columns: readonly TableColumn[] = [
  { title: 'HOST', min: 8 },
  { title: 'LOCATION', min: 6, drop: 1 },
  { title: 'STATE' },
  { title: 'CPU', align: 'right', drop: 3 },
  { title: 'NOTE', min: 4, drop: 4 },
];
const rows = [
  ['机房-网关', '725', { text: 'reporting', color: 'green' as const }, '12.0 %', '-'],
  ['👨‍👩‍👧-box', '725', { text: 'silent', color: 'red' as const }, '1.5 %', '\u001b[31mevil\u202e\nline'],
  ['ｶﾞ-2', '7', 'late', '100 %', 'a note that goes on and on'],
  ['e\u0301-1', '', 'never', '', '-'],
];

const linesOf = (text: string) => text.split('\n').slice(0, -1);

test('a table on a terminal is aligned by what terminals show', () => {
  assert.equal(
    renderTable({ columns, rows, screen: terminal() }),
    block([
      'HOST       LOCATION  STATE         CPU  NOTE                      ',
      '机房-网关  725       reporting  12.0 %  -                         ',
      '👨‍👩‍👧-box     725       silent      1.5 %  \\e[31mevil\\u202e\\nline    ',
      'ｶﾞ-2       7         late        100 %  a note that goes on and on',
      'e\u0301-1                  never              -                         ',
    ]),
  );
});

test('a table on a pipe is the same, whole, at any width', () => {
  const whole = renderTable({ columns, rows, screen: terminal() });
  assert.equal(renderTable({ columns, rows, screen: pipe({ columns: 5 }) }), whole);
});

test('colour is around the text, not its padding, and only where the screen has it', () => {
  const [head, first] = linesOf(renderTable({ columns, rows, screen: terminal({ color: true }) }));
  assert.match(head!, /^\u001b\[1mHOST\u001b\[22m {7}/);
  assert.match(first!, /\u001b\[32mreporting\u001b\[39m {2}/);
  assert.doesNotMatch(renderTable({ columns, rows, screen: pipe() }), /\u001b/);
});

test('in a narrow window columns give way by rank, the others are cut', () => {
  assert.equal(
    renderTable({ columns, rows, screen: terminal({ columns: 40 }) }),
    block([
      'HOST       LOCATION  STATE         CPU',
      '机房-网关  725       reporting  12.0 %',
      '👨‍👩‍👧-box     725       silent      1.5 %',
      'ｶﾞ-2       7         late        100 %',
      'e\u0301-1                  never            ',
    ]),
  );
  assert.equal(
    renderTable({ columns, rows, screen: terminal({ columns: 5, unicode: false }) }),
    block(['HOST ', '机房~', '👨‍👩‍👧-b~', 'ｶﾞ-2 ', 'e\u0301-1  ']),
  );
});

test('every line is equally wide and fits, at every width from 1 to 200', () => {
  for (let width = 1; width <= 200; width++) {
    const lines = linesOf(renderTable({ columns, rows, screen: terminal({ columns: width, color: true }) }));
    const widths = new Set(lines.map((line) => stringWidth(line)));
    assert.equal(widths.size, 1, `at ${width}: ${[...widths]}`);
    assert.ok(Math.max(...widths) <= width, `at ${width}: ${[...widths]}`);
  }
});

test('long tables look like short ones', () => {
  const cells = (n: number) =>
    Array.from({ length: n }, (_, i) => [`网关-${i % 10}`, '725', 'late', '1 %', '-']);
  const short = linesOf(renderTable({ columns, rows: cells(10), screen: terminal({ color: true }) }));
  const long = linesOf(renderTable({ columns, rows: cells(10_000), screen: terminal({ color: true }) }));
  assert.equal(long.length, 10_001);
  assert.deepEqual(long.slice(0, 11), short);
});

test('marks that cli-table3 counts and terminals do not leave the columns even', () => {
  const thai = [
    ['นี้-1', '725'],
    ['web-1', '726'],
  ];
  assert.equal(
    renderTable({ columns: columns.slice(0, 2), rows: thai, screen: terminal() }),
    block(['HOST   LOCATION', 'นี้-1    725     ', 'web-1  726     ']),
  );
});

test('headers can be left out, and an empty table keeps them', () => {
  assert.equal(renderTable({ columns, rows: [], screen: pipe() }), 'HOST  LOCATION  STATE  CPU  NOTE\n');
  assert.equal(renderTable({ columns, rows: [], screen: pipe(), noHeaders: true }), '');
  assert.equal(
    renderTable({ columns: [{ title: 'HOST' }], rows: [['a']], screen: pipe(), noHeaders: true }),
    'a\n',
  );
});

test('sentences go on in the next line where the window is narrow, and stay whole on a pipe', () => {
  const columns: readonly TableColumn[] = [{ title: 'STEP' }, { title: 'WHY', min: 10, wraps: true }];
  const rows = [
    ['value', { text: '机房 has 7 of 15 samples', color: 'red' as const }],
    ['route', 'unbreakable-and-longer-than-the-window'],
    ['empty', ''],
  ];
  assert.equal(
    renderTable({ columns, rows, screen: terminal({ columns: 22 }) }),
    block([
      'STEP   WHY            ',
      'value  机房 has 7 of  ',
      '       15 samples     ',
      'route  unbreakable-and',
      '       -longer-than-th',
      '       e-window       ',
      'empty                 ',
    ]),
  );
  const piped = linesOf(renderTable({ columns, rows, screen: pipe({ columns: 22 }) }));
  assert.equal(piped.length, 4);
  assert.match(piped[2]!, /^route {2}unbreakable-and-longer-than-the-window/);
});
