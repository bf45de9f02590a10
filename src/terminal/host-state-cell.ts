// How a host's state looks: the same word and colour everywhere.
import type { HostState } from '../domain/host.ts';
import type { Color } from './paint.ts';
import type { Cell } from './table.ts';

const COLORS: Readonly<Record<HostState, Color>> = {
  reporting: 'green',
  late: 'yellow',
  silent: 'red',
  unknown: 'magenta',
  refused: 'red',
  never: 'gray',
  conflict: 'yellow',
};

export const stateColor = (state: HostState): Color => COLORS[state];

export const stateCell = (state: HostState): Cell => ({ text: state, color: COLORS[state] });

/** States in which a host's last values say nothing of now: they are drawn dimmed, never as idle. */
export const isLost = (state: HostState): boolean =>
  state === 'silent' || state === 'unknown' || state === 'refused' || state === 'never';
