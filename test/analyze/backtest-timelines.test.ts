// The timelines of states once more, as backtests: a host each in one store.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { START_MS, ticksOf, told } from '../domain/alerting/timeline.ts';
import {
  CASE_2,
  COMBINATION_VALUES,
  COMBINATIONS,
  TIMELINES,
  type Timeline,
} from '../domain/alerting/timeline-cases.ts';
import { openRecording } from './recordings.ts';

const COMBINED = Object.entries(COMBINATIONS).map(([expression, wanted]): Timeline => {
  const lines = wanted.split(' ').map((word) => {
    const minutes = `10:${word.slice(1).padStart(2, '0')}`;
    return `${word[0]} ${minutes}`;
  });
  return [`case 1: ${expression}`, expression, COMBINATION_VALUES, lines];
});
const ALL = [...TIMELINES, ...COMBINED, ...CASE_2].map((timeline, i) => {
  const [, , values, , intervalMs = 60_000] = timeline;
  const host = `host-${i}`;
  const series = typeof values === 'string' ? { 'cpu.usage': values } : values;
  return { timeline, host, ticks: ticksOf(series, { host, intervalMs }) };
});
const ticks = ALL.flatMap((each) => each.ticks).sort((a, b) => a.timeMs - b.timeMs);
const recorded = await openRecording({
  ticks,
  places: Object.fromEntries(ALL.map(({ host }) => [host, '725'])),
  startMs: START_MS,
  stopMs: ticks.at(-1)!.timeMs + 10_000,
});
after(() => recorded.store.stop());

for (const { timeline, host, ticks: own } of ALL) {
  const [sentence, expression, , wanted] = timeline;
  test(`timeline ${sentence}`, async () => {
    const rule = { name: 'r', expression: expression.replace(/\bcpu\b(?!\.)/g, 'cpu.usage'), hosts: [host] };
    const { seen } = await recorded.run({ rules: [rule], stopMs: own.at(-1)!.timeMs + 10_000 });
    // Case 1 names no beginnings.
    const shown = told(seen).map((line) =>
      sentence.startsWith('case 1') ? line.replace(/ since .*/, '') : line,
    );
    assert.deepEqual(shown, wanted);
  });
}
