// Timelines of states as data: what fires, resolves and ends, and with which tick. Played live and as backtests.
import type { Values } from './timeline.ts';

export type Timeline = readonly [
  sentence: string,
  expression: string,
  values: string | Values,
  told: readonly string[],
  intervalMs?: number,
];

export const TIMELINES: readonly Timeline[] = [
  [
    '1: fires with the first tick at least `for` after the first crossing',
    'cpu > 90 for 3m',
    '95 95 95 95',
    ['F 10:03 since 10:00'],
  ],
  [
    '2: one good tick starts pending over',
    'cpu > 90 for 3m',
    '95 95 95 20 95 95 95 95',
    ['F 10:07 since 10:04'],
  ],
  ['3: > is not crossed by the bound', 'cpu > 90', '90 90.00 90.01', ['F 10:02']],
  ['4: >= is crossed by the bound', 'cpu >= 90', '90 89.99 90', ['F 10:00', 'R 10:01', 'F 10:02']],
  [
    '5: `for` between ticks is due at the next',
    'cpu > 90 for 25s',
    '95x6',
    ['F 10:00:30 since 10:00'],
    10_000,
  ],
  ['6: `for` shorter than the interval asks for two ticks', 'cpu > 90 for 30s', '95 20', []],
  ['6b: and has them', 'cpu > 90 for 30s', '95 95', ['F 10:01 since 10:00']],
  ['7: one missing tick is no gap', 'cpu > 90 for 3m', '95 95 _ 95', ['F 10:03 since 10:00']],
  [
    '8: two missing ticks are a gap, pending starts over',
    'cpu > 90 for 3m',
    '95 95 _ _ 95 95 95 95',
    ['F 10:07 since 10:04'],
  ],
  [
    '9: a relapse within keep is no change',
    'cpu > 90 for 3m keep 2m',
    '95 95 95 95 20 20 95',
    ['F 10:03 since 10:00'],
  ],
  [
    '10: keep ends with the first tick at least so long after the first good one',
    'cpu > 90 for 3m keep 2m',
    '95 95 95 95 20 20 20',
    ['F 10:03 since 10:00', 'R 10:06'],
  ],
  ['11: keep does not lengthen pending', 'cpu > 90 for 1m keep 1m', '95 10 10', []],
  ['12: clear holds a firing alert', 'cpu > 90 clear < 70', '95 80 70 69.99', ['F 10:00', 'R 10:03']],
  [
    '13: clear does not hold a pending one',
    'cpu > 90 clear < 70 for 2m',
    '95 85 95 95 95',
    ['F 10:04 since 10:02'],
  ],
  ['14: no data changes nothing', 'cpu > 90 for 3m', '95x4 _x16 96', ['F 10:03 since 10:00']],
  [
    '15: the first good tick after no data resolves',
    'cpu > 90 for 3m',
    '95x4 _x16 20',
    ['F 10:03 since 10:00', 'R 10:20'],
  ],
  [
    '16: both sides of `and` for the whole time',
    'mem.usage > 90 and swap.usage > 50 for 5m',
    { 'mem.usage': '95x10', 'swap.usage': '60 60 60 40 60x6' },
    ['F 10:09 since 10:04'],
  ],
  [
    '17: both sides on the same mount',
    'disk.usage > 90 and disk.free < 20GiB',
    {
      'disk.usage{/}': '95 95',
      'disk.usage{/var}': '80 80',
      'disk.free{/}': `${30 * 1024 ** 3}x2`,
      'disk.free{/var}': `${5 * 1024 ** 3}x2`,
    },
    [],
  ],
  [
    '18: each mount is its own alert',
    'disk.usage > 90',
    { 'disk.usage{/}': '95 95', 'disk.usage{/var}': '96 50' },
    ['F 10:00 /', 'F 10:00 /var', 'R 10:01 /var'],
  ],
  [
    '19: a mount missing from two ticks is no longer reported',
    'disk.usage > 90',
    { 'disk.usage{/mnt/usb}': '95x10 _ _ _', 'disk.usage{/}': '10x13' },
    ['F 10:00 /mnt/usb', 'ended 10:11 no longer reported /mnt/usb'],
  ],
  ['20: a window says nothing before it is half full', 'avg(cpu, 10m) > 80', '95x8', ['F 10:05']],
  [
    '28: one alert whose severity moves',
    'disk.usage > 80 warning, > 90 critical',
    { 'disk.usage{/}': '85 95 85 50' },
    ['F 10:00 warning /', 'L 10:01 critical /', 'L 10:02 warning /', 'R 10:03 /'],
  ],
  [
    '28b: both levels at once are one alert',
    'disk.usage > 80 warning, > 90 critical',
    { 'disk.usage{/}': '95 50' },
    ['F 10:00 critical /', 'R 10:01 /'],
  ],
];

/** Case 1: eight combinations, by the index of the tick. */
export const COMBINATIONS: Readonly<Record<string, string>> = {
  'cpu > 90': 'F0 R4 F11',
  'cpu > 90 clear < 70': 'F0 R6 F11',
  'cpu > 90 keep 3m': 'F0 R7 F11',
  'cpu > 90 clear < 70 keep 3m': 'F0 R9 F11',
  'cpu > 90 for 2m': 'F2 R4',
  'cpu > 90 clear < 70 for 2m': 'F2 R6',
  'cpu > 90 for 2m keep 3m': 'F2 R7',
  'cpu > 90 clear < 70 for 2m keep 3m': 'F2 R9',
};
export const COMBINATION_VALUES = '95 95 95 95 80 80 69 69 69 69 69 95';

export const CASE_2: readonly Timeline[] = [
  ['a new host with one spike', 'avg(cpu, 10m) > 80', '99 10x20', []],
  [
    'a dip and a missing tick leave an average alone',
    'avg(cpu, 10m) > 80',
    '95x20 89 95x9 _ 95x20',
    ['F 10:05'],
  ],
  [
    'a dip ends `for` and comes back, a missing tick ends nothing',
    'cpu > 90 for 5m',
    '95x20 89 95x9 _ 95x20',
    ['F 10:05 since 10:00', 'R 10:20', 'F 10:26 since 10:21'],
  ],
  [
    'a dip ends a minimum until it has left the window',
    'min(cpu, 5m) > 90',
    '95x20 89 95x9 _ 95x20',
    ['F 10:03', 'R 10:20', 'F 10:25'],
  ],
  [
    'one spike fills a maximum',
    'max(cpu, 5m) > 90 for 3m',
    '10x20 99 10x20',
    ['F 10:23 since 10:20', 'R 10:25'],
  ],
  ['one tick after two hours is no average', 'avg(cpu, 10m) > 80', '10x10 _x120 99', []],
  ['and no change', 'delta(disk.free, 1h) < -1GiB', { 'disk.free{/}': `${9e10}x40 _x120 1` }, []],
  [
    'a change within the window is one',
    'delta(disk.free, 1h) < -1GiB',
    { 'disk.free{/}': `${9e10}x40 ${8e10}` },
    ['F 10:40 /'],
  ],
];
