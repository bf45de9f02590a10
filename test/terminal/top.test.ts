// minimon top: every screen fits every window, the worst stand first, keys lead where they say, ages go on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import stringWidth from 'string-width';
import type { Host } from '../../src/api/manage.ts';
import type { AlertView } from '../../src/api/warn.ts';
import type { HostState } from '../../src/domain/host.ts';
import type { Screen } from '../../src/terminal/screen.ts';
import type { FleetAnswer } from '../../src/terminal/top/fleet.ts';
import { createTopPainter, TOP_METRICS, type TopData } from '../../src/terminal/top/top-picture.ts';
import { pressInTop, shownScreen, startTop, type TopState } from '../../src/terminal/top/top-state.ts';
import { NOW, terminal } from './screens.ts';

const ROOMS = ['725', '机房-七'];
const STATES: Readonly<Record<string, HostState>> = { 'web-7': 'silent', 'web-9': 'late', 'web-11': 'never' };

const hosts = Array.from(
  { length: 60 },
  (_, i): Host => ({
    hostId: i === 3 ? '机房-网关' : `web-${i}`,
    managed: true,
    state: STATES[`web-${i}`] ?? 'reporting',
    location: ROOMS[i % 2]!,
    intervalMs: 60_000,
    facts: { address: `10.0.0.${i}`, os: 'Debian 13' },
  }),
);
const alert: AlertView = {
  ...{ id: 'a1', rule: 'disk-full', severity: 'critical', state: 'firing', location: '725', host: 'web-2' },
  ...{ labels: {}, expression: 'disk.usage > 90', value: 93, sinceMs: NOW - 600_000, evaluatedMs: NOW },
};
const answer: FleetAnswer = {
  latest: {
    nowMs: NOW,
    samples: hosts.flatMap(({ hostId }, i) =>
      TOP_METRICS.map((metric) => ({ hostId, metric, labels: {}, timeMs: NOW - 5_000, value: i })),
    ),
    warnings: [],
  },
  hosts,
  alerts: [alert],
  warnings: [],
};
const timesMs = Array.from({ length: 60 }, (_, i) => NOW - 3_600_000 + i * 60_000);
const points = { timesMs, values: timesMs.map((_, i) => i) };
const data: TopData = {
  polled: { value: answer, readMs: NOW },
  trends: {
    metric: 'cpu.usage',
    range: { startMs: NOW - 3_600_000, stopMs: NOW },
    points: new Map(hosts.map(({ hostId }) => [hostId, points])),
  },
  ranges: {
    hostId: 'web-2',
    ranges: new Map(
      TOP_METRICS.map((metric) => [
        metric,
        {
          startMs: NOW - 3_600_000,
          stopMs: NOW,
          series: [{ hostId: 'web-2', metric, labels: {}, ...points }],
          warnings: [],
        },
      ]),
    ),
  },
};

function play(keys: readonly string[], over: Partial<Screen> = {}, location?: string, at: TopData = data) {
  const paint = createTopPainter();
  const screen = terminal({ ...over });
  let state: TopState | 'quit' = startTop(location);
  for (const key of keys) {
    const { box }: ReturnType<typeof paint> = paint(state, at, screen);
    state = pressInTop(state, key, box);
    if (state === 'quit') return { state, lines: [] as readonly string[], text: 'quit' };
  }
  const { lines } = paint(state, at, screen);
  return { state, lines, text: lines.join('\n') };
}
const first = (lines: readonly string[]) => lines.slice(2, 7).map((line) => line.trim().split(/\s+/)[0]);

test('worst first: who does not report, then alerts, then CPU; the summary and what is not seen are said', () => {
  const { lines, text } = play([]);
  assert.match(lines[0]!, /^minimon top {2}1 alert firing {2}1 late, 1 silent, 1 never of 60 +14:00:05$/);
  assert.match(
    play([], { columns: 100 }).lines[0]!,
    /^minimon top {2}1 alert firing {2}60 hosts: 57 reporting, 1 late, 1 silent, 1 never +14:00:05$/,
  );
  assert.deepEqual(first(lines), ['web-7', 'web-9', 'web-2', 'web-59', 'web-58']);
  assert.match(text, /\nand 40 more hosts +worst first\nq quit/);
  assert.match(text, /web-7 .*silent 5s/);
});

test('in a low and narrow window it is still said how many do not report, and the help is whole', () => {
  const { lines } = play([], { columns: 40, rows: 10 });
  assert.match(lines[0]!, /^1 alert {2}1 late, 1 silent, 1 never of 60$/);
  assert.match(
    play([], { columns: 50, rows: 10 }).lines[0]!,
    /^1 alert {2}1 late, 1 silent, 1 never of 60 +14:00:05$/,
  );
  const help = [0, 1, 2, 3, 4, 5, 6, 7].map((pages) => {
    const keys = ['?', ...new Array<string>(pages).fill('pagedown')];
    return play(keys, { columns: 40, rows: 10 }).text;
  });
  assert.match(help.join('\n'), /says\s+since\s+when\./);
  assert.doesNotMatch(help.join('\n'), /…/);
});

test('every screen fits every window, with and without Unicode and colour', () => {
  const screens = [[], ['end'], ['enter'], ['l'], ['a'], ['?'], ['/', 'w', 'e'], ['s', 's', 's'], ['/', 'x']];
  for (const keys of screens) {
    for (const [columns, rows] of [
      [80, 24],
      [200, 60],
      [40, 12],
      [20, 5],
      [300, 100],
    ] as const) {
      for (const unicode of [true, false]) {
        const { lines, text } = play(keys, { columns, rows, unicode, braille: unicode });
        assert.ok(lines.length <= rows, `${lines.length} of ${rows}\n${text}`);
        const widest = Math.max(...lines.map((line) => stringWidth(line)));
        assert.ok(widest <= columns, `${widest} of ${columns}\n${text}`);
        if (!unicode) assert.doesNotMatch(text.replace(/[机房网关七]/g, ''), /[^\n -~]/, keys.join());
      }
    }
  }
});

test('Enter opens the charts of the chosen host, n the next one, Esc goes back to the list', () => {
  const { text, state } = play(['down', 'down', 'down', 'enter'], { rows: 60 });
  assert.match(
    text,
    /minimon top {2}1 alert firing {2}web-2 [\s\S]*critical: disk-full, since 10m ago \(disk.usage > 90\)/,
  );
  assert.match(text, /\ncpu\.usage {2}now 59\.0 %, min 0 %, mean 29\.5 %, max 59\.0 %\n/);
  assert.equal(shownScreen(state as TopState).kind, 'host');
  assert.match(play(['down', 'down', 'enter', 'n']).text, /^minimon top {2}1 alert firing {2}web-2 /);
  assert.match(play(['down', 'enter', 'escape']).text, /> web-7/);
});

test('what is known of a host is whole in a narrow window', () => {
  const keys = ['down', 'down', 'down', 'enter'];
  for (const columns of [80, 40, 20]) {
    const { lines } = play(keys, { columns, rows: 60 });
    const facts = lines.slice(1, lines.indexOf('')).join(' ').replaceAll(/\s+/g, ' ');
    assert.match(
      facts,
      /^reporting, last sample 5s ago, location 725, every 1m, 10\.0\.0\.2, Debian 13 critical: disk-full, since 10m ago \(disk\.usage > 90\)$/,
    );
  }
});

test('locations have the mean and the worst host; Enter shows the hosts of one, Esc the list, Esc all', () => {
  const { text } = play(['l']);
  assert.match(text, /\n {2}725 +30 +0 +0 +1 +29\.0 +58\.0 web-58 .*\n/);
  assert.match(text, /机房-七 +30 .* 59\.0 web-59/);
  const room = play(['l', 'end', 'enter']);
  assert.match(room.text, /^minimon top {2}location 机房-七 {2}1 late, 1 silent, 1 never of 30/);
  const all = /^minimon top {2}1 alert firing {2}1 late, 1 silent, 1 never of 60/;
  assert.equal(play(['l', 'end', 'enter', 'escape']).text, play(['l', 'end']).text);
  assert.match(play(['l', 'end', 'enter', 'a', 'escape', 'escape', 'escape', 'escape']).text, all);
  assert.match(play(['l', 'enter', 'l', 'escape']).text, /^minimon top {2}1 alert firing {2}location 725/);
  assert.match(play([], {}, '725').text, /^minimon top {2}1 alert firing {2}location 725 {2}30 hosts/);
});

test('alerts that do not fire yet stand below those that do, and say that they are pending', () => {
  const pending: AlertView = { ...alert, id: 'a2', rule: 'host-silent', state: 'pending', host: 'web-3' };
  const polled = { value: { ...answer, alerts: [pending, alert] }, readMs: NOW };
  const { text } = play(['a'], {}, undefined, { ...data, polled });
  assert.match(text, /critical +disk-full[^\n]*\n *pending +host-silent/);
});

test('from an alert Enter leads to its host, which a narrow window keeps', () => {
  assert.match(play(['a'], { columns: 40 }).text, /critical +disk-full +.*web-2/);
  assert.match(play(['a']).text, /critical +disk-full +725 +web-2/);
  assert.match(play(['a', 'enter']).text, /^minimon top {2}1 alert firing {2}web-2 /);
});

test('typing into the filter is no command; q quits elsewhere', () => {
  const typed = play(['/', 'q', 'l', 'a']);
  assert.match(typed.text, /\/qla▏/);
  assert.equal(play(['/', 'w', 'enter', 'q']).state, 'quit');
  assert.equal(play(['?', 'q', 'q']).state, 'quit');
});

test('while the server is away ages go on and the picture says since when', () => {
  const lost = { ...data.polled, lost: { sinceMs: NOW, why: 'cannot reach 127.0.0.1:8020' } };
  const { text } = play([], { nowMs: NOW + 40_000 }, undefined, { ...data, polled: lost });
  assert.match(text, /web-59 .* 45s ago/);
  assert.match(text, /\nlost the server 40s ago, trying again: cannot reach 127\.0\.0\.1:8020/);
});

test('a column that is sorted by is marked and stays in a narrow window', () => {
  const { lines } = play(['<', '<'], { columns: 44 });
  assert.match(lines[1]!, /AGE▲/);
  assert.match(play(['s', 's', 's'], { columns: 60 }).lines[1]!, /CPU%▼/);
});

test('cells are those of the list: no labels are a dash', () => {
  const { text } = play(['a']);
  assert.match(text, /disk-full +725 +web-2 +- /);
  assert.doesNotMatch(text, /\{\}/);
});

test('a filter of wide characters keeps the line in the window', () => {
  for (const columns of [40, 80]) {
    const { lines } = play(['/', '机', '房', '网', '关'], { columns });
    const foot = lines.at(-2)!;
    assert.match(foot, /\/机房网关/);
    assert.equal(stringWidth(foot), columns);
  }
});

test('charts of a host that is lost say how old their last value is, and not that it is of now', () => {
  assert.match(play(['down', 'down', 'down', 'enter']).text, /cpu\.usage {2}now 59\.0 %, min/);
  const ranges = new Map(
    [...data.ranges!.ranges].map(([metric, range]) => [
      metric,
      { ...range, series: range.series.map((one) => ({ ...one, hostId: 'web-7' })) },
    ]),
  );
  const { text } = play(['down', 'enter'], {}, undefined, { ...data, ranges: { hostId: 'web-7', ranges } });
  assert.match(text, /cpu\.usage {2}last 59\.0 % \(5s ago\), min/);
});

test('without warn from the first picture on, hosts are shown, and that their alerts are not known', () => {
  const polled = {
    value: { ...answer, alerts: undefined, warnings: ['no warn service answers'] },
    readMs: NOW,
  };
  const { lines } = play([], {}, undefined, { ...data, polled });
  assert.match(lines[0]!, /alerts: unknown/);
  assert.match(lines.at(-2)!, /no warn service answers/);
  assert.match(
    play(['a'], {}, undefined, { ...data, polled }).text,
    /Alerts are not available: warn does not answer\./,
  );
});

test('alerts about a location as a whole count in the list of locations, and bring it to the top', () => {
  const { host: _, ...about } = alert;
  const dark: AlertView = { ...about, id: 'a3', rule: 'room-dark', location: '机房-七' };
  const polled = { value: { ...answer, alerts: [dark, { ...dark, id: 'a4' }, alert] }, readMs: NOW };
  const { lines } = play(['l'], {}, undefined, { ...data, polled });
  assert.match(lines[2]!, /机房-七 +30 +1 +1 +2 /);
  assert.match(lines[3]!, /725 +30 +0 +0 +1 /);
});
