// Heatmaps: worst first, gaps unlike idle, with and without Unicode and colour, in any window, and what is not shown is said.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import stringWidth from 'string-width';
import { type HeatmapRequest, renderHeatmap } from '../../src/terminal/chart/heatmap.ts';
import { block, NOW, terminal } from './screens.ts';

const HOUR = 3_600_000;
const timesMs = Array.from({ length: 60 }, (_, i) => NOW - HOUR + i * 60_000);
const line = (name: string, value: (minute: number) => number | null) => ({
  name,
  timesMs,
  values: timesMs.map((_, minute) => value(minute)),
});
const draw = (over: Partial<HeatmapRequest> = {}) =>
  renderHeatmap({
    lines: [
      line('idle', () => 0),
      line('lost', (m) => (m < 30 ? 50 : null)),
      line('机房-网关', (m) => (m >= 20 && m < 40 ? 100 : 90)),
    ],
    ...{ unit: 'percent', startMs: NOW - HOUR, stopMs: NOW, stepMs: 60_000, worst: 'high' },
    ...{ title: 'cpu.usage', noun: 'host', screen: terminal({ columns: 60 }) },
    ...over,
  });

test('a line a host, the worst first; a gap is no idle host', () => {
  assert.equal(
    draw(),
    block([
      'cpu.usage',
      '机房-网关 ████████████████████████████████████████    90.0 %',
      'lost      ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒····················    50.0 %',
      'idle      ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁       0 %',
      '          ─────────┬─────────┬─────────┬──────────',
      '                 13:15     13:30     13:45',
      '0 ▁▁ 20 ░░ 40 ▒▒ 60 ▓▓ 80 ██ 100 %  ·· no samples',
    ]),
  );
});

test('without Unicode shades are ASCII; colour says bad, whichever end that is', () => {
  assert.match(draw({ screen: terminal({ columns: 60, unicode: false }) }), /\nlost {6}\+{20}\.{20} /);
  const screen = terminal({ columns: 60, color: true });
  assert.match(draw({ screen }), /机房-网关 \u001b\[31m█/);
  assert.match(draw({ screen, worst: 'low' }), /idle {6}\u001b\[31m▁/);
});

test('what does not fit is counted, and who has no samples too', () => {
  const many = Array.from({ length: 30 }, (_, i) => line(`web-${i}`, () => i)).concat(
    line('gone', () => null),
  );
  const chart = draw({ lines: many, height: 12 });
  assert.ok(chart.trimEnd().split('\n').length <= 12, chart);
  assert.match(
    chart,
    /\nweb-29 [\s\S]*\nand 24 more hosts, none of them worse\n1 host without samples in this range\n$/,
  );
  assert.equal(draw({ lines: many }).match(/^web-/gm)?.length, 30);
});

test('no line is wider than the window', () => {
  for (const columns of [20, 40, 59, 60, 80, 200]) {
    const widths = draw({ screen: terminal({ columns }) })
      .split('\n')
      .map((row) => stringWidth(row));
    assert.ok(Math.max(...widths) <= columns, `${Math.max(...widths)} of ${columns}`);
  }
});
