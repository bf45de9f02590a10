// What a picture of `minimon top` costs: a redraw (each key, each second) and one with a new answer, by hosts. No server runs.
//   node bench/top.ts [--hosts 10000]
import { parseArgs } from 'node:util';
import type { Host } from '../src/api/manage.ts';
import type { Screen } from '../src/terminal/screen.ts';
import type { FleetAnswer } from '../src/terminal/top/fleet.ts';
import { createTopPainter, TOP_METRICS, type TopData } from '../src/terminal/top/top-picture.ts';
import { pressInTop, startTop, type TopState } from '../src/terminal/top/top-state.ts';

const { values } = parseArgs({ options: { hosts: { type: 'string', default: '10000' } } });
const count = Number(values.hosts);
const NOW = Date.parse('2026-11-25T14:00:05Z');
const ROUNDS = 40;

const screen: Screen = {
  ...{ columns: 200, rows: 60, isTTY: true, cursor: true, color: true, unicode: true, braille: true },
  ...{ nowMs: NOW, utc: true },
};

function answerAt(round: number): FleetAnswer {
  const ids = Array.from({ length: count }, (_, i) => `host-${String(i).padStart(6, '0')}`);
  const hosts = ids.map(
    (hostId, i): Host => ({
      ...{ hostId, managed: true, state: 'reporting', location: String(700 + (i % 40)), facts: {} },
    }),
  );
  const samples = ids.flatMap((hostId, i) =>
    TOP_METRICS.map((metric, m) => ({
      ...{ hostId, metric, labels: {}, timeMs: NOW - 5_000, value: (i * 31 + m * 7 + round * 13) % 100 },
    })),
  );
  return { latest: { nowMs: NOW, samples, warnings: [] }, hosts, alerts: [], warnings: [] };
}

const paint = createTopPainter();
const dataOf = (round: number): TopData => ({
  polled: { value: answerAt(round), readMs: NOW },
  ...{ trends: undefined, ranges: undefined },
});

/** The median of CPU milliseconds. */
function cpu(rounds: number, run: (round: number) => void): number {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    run(round);
    const { user, system } = process.cpuUsage(before);
    taken.push((user + system) / 1_000);
  }
  return taken.sort((a, b) => a - b)[Math.floor(rounds / 2)]!;
}

const answers = Array.from({ length: 8 }, (_, round) => dataOf(round));
let state: TopState = startTop(undefined);
const data = answers[0]!;
paint(state, data, screen);
const tick = cpu(ROUNDS, (round) => paint(state, data, { ...screen, nowMs: NOW + round * 1_000 }));
const key = (pressed: string) => {
  const { box } = paint(state, data, screen);
  const next = pressInTop(state, pressed, box);
  if (next !== 'quit') state = next;
  paint(state, data, screen);
};
const move = cpu(ROUNDS, () => key('down'));
const sort = cpu(8, () => key('s'));
const fresh = cpu(8, (round) => paint(state, answers[round]!, screen));
console.log(`${count} hosts at 200x60, CPU ms a picture (median):`);
console.log(
  `  each second ${tick.toFixed(1)}, a key (two pictures) ${move.toFixed(1)}, another sort ${sort.toFixed(1)}`,
);
console.log(`  with a new answer ${fresh.toFixed(1)}`);
