// Makes strings from elsewhere safe to draw: nothing in them moves the cursor, hides, or turns the text around.

const PLAIN = /^[\u0020-\u007e]*$/;
// Controls, separators and what is not assigned; invisible letters; format characters but for the two joiners that
// emoji and several scripts are written with.
const UNSAFE =
  /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|\u034f|(?![\u200c\u200d])\p{Cf}/gu;
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' };

/** One line without anything a terminal would obey; what was there shows as an escape (`\n`, `\e`, `\u202e`). */
export function safeText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.toWellFormed().replace(UNSAFE, escapeOf);
}

/** Text of several lines (a stack, a message of our own): as {@link safeText}, but line ends stay. */
export const safeLines = (text: string): string => text.split(/\r?\n/).map(safeText).join('\n');

/** JSON that a terminal cannot obey either: the same value, with what {@link safeText} would hide written as `\uXXXX`. */
export const safeJson = (json: string): string =>
  escapeUnsafe(json, (char) =>
    Array.from({ length: char.length }, (_, i) => unit4(char.charCodeAt(i))).join(''),
  );

/** The same for YAML, which knows no surrogate pairs but `\UXXXXXXXX`. */
export const safeYaml = (yaml: string): string =>
  escapeUnsafe(yaml, (char) =>
    char.length === 1
      ? unit4(char.charCodeAt(0))
      : `\\U${char.codePointAt(0)!.toString(16).padStart(8, '0')}`,
  );

const unit4 = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;

const escapeUnsafe = (text: string, escaped: (char: string) => string): string =>
  text.replace(UNSAFE, (char) => (char === '\n' ? char : escaped(char)));

function escapeOf(char: string): string {
  const named = NAMED[char];
  if (named) return named;
  const code = char.codePointAt(0)!;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
}
