// Colour, where the screen has it. Sixteen-colour codes only, so that the reader's own theme decides how they look.
import type { Screen } from './screen.ts';

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  gray: [90, 39],
} as const;

export type Color = keyof typeof CODES;

export function paint(screen: Pick<Screen, 'color'>, color: Color | undefined, text: string): string {
  if (!screen.color || color === undefined || text === '') return text;
  const [on, off] = CODES[color];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
