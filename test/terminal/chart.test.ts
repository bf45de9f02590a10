// Charts: gaps, flat series, one point, the largest and smallest doubles, narrow and wide windows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import stringWidth from 'string-width';
import type { MetricUnit } from '../../src/domain/metric-table.ts';
import { type ChartLine, type ChartRequest, renderChart } from '../../src/terminal/chart/chart.ts';
import { CHART_STYLES } from '../../src/terminal/chart/plot-grid.ts';
import { block, NOW, pipe, terminal } from './screens.ts';

const HOUR = 3_600_000;
const range = { startMs: NOW - HOUR, stopMs: NOW };
const times = Array.from({ length: 60 }, (_, i) => Math.ceil(range.startMs / 60_000) * 60_000 + i * 60_000);

const line = (name: string, value: (minute: number) => number | null): ChartLine => ({
  name,
  timesMs: times,
  values: times.map((_, minute) => value(minute)),
});
const draw = (lines: readonly ChartLine[], over: Partial<ChartRequest> = {}) =>
  renderChart({ lines, unit: 'percent', ...range, screen: terminal({ columns: 60 }), height: 5, ...over });
const ramp = (name: string) => line(name, (minute) => minute);
const plotOf = (chart: string) => chart.split('\n').filter((row) => /[┤|]/.test(row));
const labelsOf = (chart: string) => plotOf(chart).map((row) => row.split(/[┤|]/)[0]!.trim());

test('one line on a terminal has its values, its times and a legend', () => {
  assert.equal(
    draw([ramp('web-1')]),
    block([
      '80 % ┤',
      '60 % ┤                                             ╭────────',
      '40 % ┤                           ╭─────────────────╯',
      '20 % ┤         ╭─────────────────╯',
      ' 0 % ┤─────────╯',
      '     └────────┬────────┬────────┬────────┬────────┬─────────',
      '            13:10    13:20    13:30    13:40    13:50',
      '',
      '   LINE     LAST  MIN    MEAN     MAX',
      '─  web-1  59.0 %  0 %  29.5 %  59.0 %',
    ]),
  );
});

test('on a pipe and without Unicode the same is drawn in ASCII', () => {
  assert.equal(
    draw([ramp('web-1')], { screen: pipe({ columns: 60, unicode: false }) }),
    block([
      '80 % |',
      '60 % |                                             .--------',
      "40 % |                           .-----------------'",
      "20 % |         .-----------------'",
      " 0 % |---------'",
      '     +--------+--------+--------+--------+--------+---------',
      '            13:10    13:20    13:30    13:40    13:50',
      '',
      '   LINE     LAST  MIN    MEAN     MAX',
      '-  web-1  59.0 %  0 %  29.5 %  59.0 %',
    ]),
  );
});

test('a gap is a gap, with or without points that say so', () => {
  const hole = (minute: number) => minute >= 20 && minute < 40;
  const nulls = line('a', (minute) => (hole(minute) ? null : 50));
  const kept = times.map((_, minute) => minute).filter((minute) => !hole(minute));
  const missing = { name: 'a', timesMs: kept.map((minute) => times[minute]!), values: kept.map(() => 50) };
  for (const chart of [draw([nulls]), draw([missing])]) {
    assert.match(chart, /┤─{18,19} {16,18}─{18,19}\n/);
  }
  assert.equal(draw([nulls]), draw([missing]));
});

test('lines are told apart without colour, by letters; with it, by both', () => {
  const lines = [line('web-1', () => 20), line('web-2', () => 60)];
  const plain = draw(lines);
  assert.match(plain, /┤─+a─+a─+a─*a\n/);
  assert.match(plain, /\na {2}web-2 {2}60\.0 %/);
  assert.match(plain, /\nb {2}web-1 {2}20\.0 %/);
  const colored = draw(lines, { screen: terminal({ columns: 60, color: true }) });
  assert.match(colored, /\u001b\[36m─+a─*a\u001b\[39m\n/);
  assert.match(colored, /\u001b\[33mb\u001b\[39m {2}web-1/);
});

test('the busiest few are named, the others are a band', () => {
  const lines = Array.from({ length: 12 }, (_, i) => line(`web-${i}`, () => i * 8));
  const chart = draw(lines, { named: 2, height: 11 });
  assert.match(chart, /\na {2}web-11 {2,}88\.0 %/);
  assert.match(chart, /\nb {2}web-10 {2,}80\.0 %/);
  assert.match(chart, /\n░ {2}10 others +0 % +36\.0 % +72\.0 %\n/);
  assert.equal(plotOf(chart).filter((row) => row.includes('░')).length, 8);
  assert.match(draw(lines, { named: 2, worst: 'low' }), /\na {2}web-0 /);
});

test('nothing to draw is said in words', () => {
  const empty = { name: 'a', timesMs: [], values: [] };
  for (const lines of [[], [empty], [line('a', () => null)], [line('a', () => Number.NaN)]]) {
    assert.equal(draw(lines), 'no data in this range\n');
  }
});

test('one point is visible', () => {
  assert.match(draw([line('a', (minute) => (minute === 30 ? 7 : null))], { stepMs: 60_000 }), /┤ {20,}(─|•)/);
  assert.match(draw([{ name: 'a', timesMs: [times[30]!], values: [7] }]), /•/);
});

test('values at the edges have labels that differ and show every leading digit', () => {
  const cases: readonly (readonly [string, (minute: number) => number, readonly string[]])[] = [
    ['flat', () => 5, ['8', '6', '4', '2', '0']],
    ['flat zero', () => 0, ['1.0', '', '0.5', '', '0']],
    ['huge', (m) => 1e21 + (m / 59) * 1e21, ['2e21', '1.5e21', '1e21', '5e20', '0']],
    ['tiny', (m) => 1e-9 + (m / 59) * 1e-9, ['2e-9', '1.5e-9', '1e-9', '5e-10', '0']],
    ['one spike', (m) => (m === 30 ? 1e9 : m), ['1.0 G', '', '0.5 G', '', '0 G']],
    ['negative', (m) => -m, ['0', '-20', '-40', '-60', '-80']],
  ];
  for (const [name, value, labels] of cases) {
    assert.deepEqual(labelsOf(draw([line('a', value)], { unit: 'count' })), labels, name);
  }
});

test('any values at any size are drawn without a crash, in the window, with distinct labels', () => {
  const units: readonly MetricUnit[] = [
    'percent',
    'bytes',
    'bytes_per_second',
    'per_second',
    'seconds',
    'count',
  ];
  const value = fc.oneof(
    fc.double(),
    fc.constant(null),
    fc.constantFrom(-0, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 0.1 + 0.2, 9007199254740994, 1e21, 5),
    fc.double({ min: 0, max: 100, noNaN: true }),
  );
  const values = fc.array(value, { maxLength: 60 });
  fc.assert(
    fc.property(
      fc.array(values, { maxLength: 9 }),
      fc.constantFrom(...units),
      fc.constantFrom(1, 5, 20, 40, 80, 200),
      fc.integer({ min: 2, max: 45 }),
      fc.constantFrom(...CHART_STYLES),
      (all, unit, columns, height, style) => {
        const lines = all.map((one, i) => ({
          name: `h${i}`,
          timesMs: times.slice(0, one.length),
          values: one,
        }));
        const chart = draw(lines, { unit, height, style, screen: terminal({ columns }) });
        const rows = chart.split('\n');
        if (chart === 'no data in this range\n') return;
        assert.ok(Math.max(...rows.map((row) => stringWidth(row))) <= columns, chart);
        // A line of ASCII may go up in the character of the axis.
        if (style === 'ascii') return;
        const labels = labelsOf(chart).filter((label) => label !== '');
        assert.equal(new Set(labels).size, labels.length, chart);
      },
    ),
    { numRuns: 300 },
  );
});

test('every line of a drawing fits windows of 20 and 200 columns', () => {
  for (const columns of [20, 200]) {
    const rows = plotOf(draw([line('a', (m) => 50 + (m % 2) * 30)], { screen: terminal({ columns }) }));
    assert.equal(Math.max(...rows.map((row) => stringWidth(row))), columns);
  }
});

test('the time axis goes by the clock on the wall and by dates over days', () => {
  const days = draw([{ name: 'a', timesMs: [NOW - 6 * 24 * HOUR], values: [1] }], {
    startMs: NOW - 7 * 24 * HOUR,
  });
  assert.match(days, / {2,}11-19 +11-2\d .*11-25/);
  const seconds = draw([{ name: 'a', timesMs: [NOW - 60_000], values: [1] }], { startMs: NOW - 120_000 });
  assert.match(seconds, /13:58:30 +13:59:00/);
});

test('a window too narrow for an axis of its own has its ends in the plot', () => {
  const lines = draw([ramp('web-1')], { screen: terminal({ columns: 17 }) }).split('\n');
  const wide = draw([ramp('web-1')], { screen: terminal({ columns: 60 }) }).split('\n');
  const ends = [0, 4].map((row) => wide[row]!.split('┤')[0]!.trim());
  assert.ok(ends.every((end) => end !== ''));
  assert.deepEqual(
    [0, 4].map((row, i) => lines[row]!.startsWith(ends[i]!)),
    [true, true],
    lines.join('\n'),
  );
});

test('the axis of a share never leaves 0 to 100 %, at any height, and its ends stand on it', () => {
  for (let height = 2; height <= 45; height++) {
    const labels = labelsOf(draw([line('a', (m) => (m === 5 ? 100 : m))], { height }));
    assert.deepEqual([labels[0]?.replace('.0', ''), labels.at(-1), labels.length], ['100 %', '0 %', height]);
  }
});

test('labels are a round step apart at any height, as far up as the values need', () => {
  for (const unit of ['percent', 'count'] as const) {
    for (const top of [1, 7, 33, 59, 64, 97, 100]) {
      for (let height = 2; height <= 45; height++) {
        const chart = draw([line('a', (m) => (m === 5 ? top : 0))], { unit, height });
        const rows = labelsOf(chart).map((label, row) => ({ row, label, value: Number.parseFloat(label) }));
        const labelled = rows.filter(({ label }) => label !== '').toReversed();
        const step = labelled[1]!.value - labelled[0]!.value;
        const said = `${unit} to ${top} in ${height} rows: ${labelled.map(({ value }) => value).join(' ')}`;
        assert.match(String(Number(step.toPrecision(3))), /^0?\.?0*([125]0*|25)$/, said);
        for (const [i, { value, row }] of labelled.entries()) {
          assert.ok(Math.abs(value - i * step) < 1e-9, said);
          const even = (i * (height - 1)) / (labelled.length - 1);
          assert.ok(Math.abs(height - 1 - row - even) < 0.501, said);
        }
        // Little is left empty, but for a share that hardly moves and in charts of few rows.
        const least = unit === 'percent' ? 2.5 : 0;
        if (height > 11) assert.ok(labelled.at(-1)!.value <= Math.max(top, least) * 1.5, said);
      }
    }
  }
});

test('an axis that does not begin at 0 is said in the title, and begins there when asked', () => {
  const lines = [line('a', (m) => 48 + (m % 3))];
  assert.match(
    draw(lines, { title: 'cpu.usage' }),
    /^cpu\.usage {2}\(axis zoomed: 4\d[.\d]* % to 5\d[.\d]* %\)\n/,
  );
  assert.match(draw(lines, { title: 'cpu.usage', fromZero: true }), /^cpu\.usage\n/);
  assert.doesNotMatch(draw([ramp('web-1')], { title: 'cpu.usage' }), /zoomed/);
  const long = 'cpu.usage (CPU_Rate): CPU time not idle and not waiting for I/O';
  assert.match(
    draw(lines, { title: long }),
    /^cpu\.usage .*… {2}\(axis zoomed: 4\d[.\d]* % to 5\d[.\d]* %\)\n/,
    'of a long title the scale stays',
  );
});

test('in braille lines a third of a row apart are two lines; a line that others cover is said', () => {
  const lines = [line('a', () => 50), line('b', () => 58), line('c', (m) => (m < 5 ? 0 : 99))];
  const screen = terminal({ columns: 60, color: true });
  assert.doesNotMatch(draw(lines, { style: 'braille', screen }), /covered/);
  assert.match(draw(lines, { style: 'line', screen }), /a \(covered by others\)/);
});

test('a gap is a gap in braille too, and one point is a dot', () => {
  const hole = line('a', (minute) => (minute >= 20 && minute < 40 ? null : 50));
  assert.match(draw([hole], { style: 'braille' }), /┤[\u2801-\u28ff]{18,19} {16,19}[\u2801-\u28ff]{18,20}\n/);
  const point = line('a', (minute) => (minute === 30 ? 7 : null));
  assert.match(draw([point], { style: 'braille', stepMs: 60_000 }), /┤ {20,}[\u2801-\u28ff]{1,2}\n/);
});

test('two metrics have an axis each', () => {
  const lines = [ramp('cpu'), { ...line('load', () => 12), right: true }];
  const chart = draw(lines, { rightUnit: 'count', keepOrder: true });
  assert.match(chart, /^80 % ┤.*├ 20\n/);
  assert.match(chart, /\n {5}└[─┬]+\n/);
  assert.match(chart, /\nb {2}load \(right axis\) +12\.0 +12\.0/);
});

test('the legend has the statistics that it is given, and none where they are not known', () => {
  const stats = { last: 1, min: 2, mean: 3, max: 99, p95: 4 };
  assert.match(draw([{ ...ramp('a'), stats }]), /a +1\.0 % +2\.0 % +3\.0 % +99\.0 %/);
  assert.match(draw([{ ...ramp('a'), stats: null }]), /a +- +- +- +-/);
});
