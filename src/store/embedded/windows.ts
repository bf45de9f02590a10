// Maps times to windows and files: a host's fixed 2 h windows, and UTC weeks.
import { formatInstant } from '../../domain/instant.ts';

export const WINDOW_MS = 7_200_000;
const WINDOWS_A_WEEK = 84;
/** A window is sealed this long after its end, complete or not. */
const SEAL_AFTER_MS = 300_000;

const PHASES = 24;
const PHASE_MS = WINDOW_MS / PHASES;
/** Windows from the epoch (a Thursday) to the first Monday. */
const FIRST_MONDAY = 48;

/**
 * How far a host's windows are shifted from multiples of 2 h. Hosts end their windows at different times, so that seals
 * come as a trickle and not as a flood every 2 h. All series of a host share it: their samples come as one tick.
 */
export function phaseOf(hostId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < hostId.length; i++) hash = Math.imul(hash ^ hostId.charCodeAt(i), 0x01000193);
  return ((hash >>> 0) % PHASES) * PHASE_MS;
}

/** The number of a host's window since the epoch. */
export const windowOf = (timeMs: number, phaseMs: number): number =>
  Math.floor((timeMs - phaseMs) / WINDOW_MS);

export const windowStart = (window: number, phaseMs: number): number => window * WINDOW_MS + phaseMs;

/** The hours of a window, for messages. */
export const formatWindow = (startMs: number): string =>
  `${formatInstant(startMs)} to ${formatInstant(startMs + WINDOW_MS)}`;

export const sealsAt = (window: number, phaseMs: number): number =>
  windowStart(window + 1, phaseMs) + SEAL_AFTER_MS;

/** The week (since the epoch, from Mondays) whose file holds a window; shifted windows reach into the next week. */
export const weekOf = (window: number): number => Math.floor((window - FIRST_MONDAY) / WINDOWS_A_WEEK);

/** First window of a week. */
export const firstWindow = (week: number): number => week * WINDOWS_A_WEEK + FIRST_MONDAY;

/** No sample of the week's file is at or after this time. */
export const weekEndMs = (week: number): number => windowStart(firstWindow(week + 1), WINDOW_MS - PHASE_MS);

/** Series a week's file can hold. */
export const MAX_SERIES = 2 ** 24;

/**
 * Row of a chunk in its week's file: in the order in which windows are sealed, so that chunks are appended to the file
 * and fill its pages (by series and window they cost four times the CPU and 14 % more bytes). Arithmetic on purpose:
 * `<<` would cut it to 32 bits.
 */
export const chunkRow = (series: number, window: number, phaseMs: number): number =>
  ((window - firstWindow(weekOf(window))) * PHASES + phaseMs / PHASE_MS) * MAX_SERIES + series;

export const seriesOfRow = (row: number): number => row % MAX_SERIES;

export const windowOfRow = (row: number, week: number): number =>
  Math.floor(row / (MAX_SERIES * PHASES)) + firstWindow(week);

/** `week-2026-11-23.sqlite`, by the week's Monday. */
export const weekFileName = (week: number): string =>
  `week-${new Date(windowStart(firstWindow(week), 0)).toISOString().slice(0, 10)}.sqlite`;

/** The week of a file name, or undefined for other files. */
export function weekOfFileName(name: string): number | undefined {
  const date = /^week-(\d{4}-\d\d-\d\d)\.sqlite$/.exec(name)?.[1];
  const week = date === undefined ? Number.NaN : weekOf(windowOf(Date.parse(date), 0));
  return weekFileNameIs(week, name) ? week : undefined;
}

const weekFileNameIs = (week: number, name: string): boolean =>
  Number.isSafeInteger(week) && weekFileName(week) === name;
