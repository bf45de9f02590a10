// The two outputs that views are tested on: a terminal of 80 columns and a pipe, at one moment.
import type { Screen } from '../../src/terminal/screen.ts';

export const NOW = Date.parse('2026-11-25T14:00:05.000Z');

export const terminal = (over: Partial<Screen> = {}): Screen => ({
  columns: 80,
  rows: 24,
  isTTY: true,
  cursor: true,
  color: false,
  unicode: true,
  braille: false,
  nowMs: NOW,
  utc: true,
  ...over,
});

export const pipe = (over: Partial<Screen> = {}): Screen =>
  terminal({ isTTY: false, cursor: false, color: false, ...over });

/** Text as written in a test: without the indentation of the test, with a line end. */
export const block = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
