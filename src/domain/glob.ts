// Globs (`web-*`, `db-?`, `[ab]-1`, `[!0-9]*`) on whole names: one meaning on the command line, in settings and in matchers.

type Part = '*' | ((char: string) => boolean);

/** Whether a word is a pattern and not a name. */
export const isGlob = (text: string): boolean => /[*?[]/.test(text);

/** What stands in it beside its wildcards, to look for a name that is near. */
export const withoutWildcards = (glob: string): string => glob.replace(/[*?]/g, '');

/** Characters of which it is remembered where they fit: names are made of few. */
const CHARS_KEPT = 256;
/** Compiled globs: lists and matchers ask for the same ones again and again. */
const GLOBS_KEPT = 256;
const compiled = new Map<string, (text: string) => boolean>();

/**
 * The glob as a test on whole texts. Its time is the text's length by a 32nd of the glob's, whatever both are. A `[` that
 * nothing closes is itself.
 */
export function compileGlob(glob: string): (text: string) => boolean {
  if (!isGlob(glob)) return (text) => text === glob;
  const known = compiled.get(glob);
  if (known) return known;
  if (compiled.size >= GLOBS_KEPT) compiled.clear();
  const test = automaton(parse([...glob]));
  compiled.set(glob, test);
  return test;
}

/**
 * All that may have been matched so far is followed at once, a bit each: bit i says that the first i parts (stars not
 * counted) fit what was read.
 */
function automaton(parts: readonly Part[]): (text: string) => boolean {
  const chars = parts.filter((part) => part !== '*');
  const words = (chars.length >> 5) + 1;
  const bits = (places: Iterable<number>): number[] => {
    const found: number[] = Array(words).fill(0);
    for (const place of places) found[place >> 5]! |= 1 << (place & 31);
    return found;
  };
  // After these anything may come.
  const stays = bits(
    parts.flatMap((part, i) => (part === '*' ? parts.slice(0, i).filter((one) => one !== '*').length : [])),
  );
  const fitting = new Map<string, readonly number[]>();

  function fittingOf(char: string): readonly number[] {
    const known = fitting.get(char);
    if (known) return known;
    if (fitting.size >= CHARS_KEPT) fitting.clear();
    const found = bits(chars.flatMap((fits, i) => (fits(char) ? i + 1 : [])));
    fitting.set(char, found);
    return found;
  }

  return (text) => {
    const state: number[] = new Array(words).fill(0);
    state[0] = 1;
    for (const char of text) {
      const fits = fittingOf(char);
      let carry = 0;
      let any = 0;
      for (let w = 0; w < words; w++) {
        const before = state[w]!;
        const now = (((before << 1) | carry) & fits[w]!) | (before & stays[w]!);
        carry = before >>> 31;
        any |= now;
        state[w] = now;
      }
      if (any === 0) return false;
    }
    return ((state[words - 1]! >>> (chars.length & 31)) & 1) === 1;
  };
}

function parse(glob: readonly string[]): readonly Part[] {
  const parts: Part[] = [];
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i]!;
    const end = char === '[' ? glob.indexOf(']', i + (glob[i + 1] === '!' ? 3 : 2)) : -1;
    if (char === '*') parts.push('*');
    else if (char === '?') parts.push(() => true);
    else if (end > 0) {
      parts.push(classOf(glob.slice(i + 1, end)));
      i = end;
    } else parts.push((other) => other === char);
  }
  return parts;
}

/** `ab`, `a-z`, `!0-9`: what stands between the brackets. */
function classOf(chars: readonly string[]): (char: string) => boolean {
  const negated = chars[0] === '!';
  const ranges: (readonly [number, number])[] = [];
  for (let i = negated ? 1 : 0; i < chars.length; i++) {
    const from = chars[i]!.codePointAt(0)!;
    const isRange = chars[i + 1] === '-' && chars[i + 2] !== undefined;
    ranges.push([from, isRange ? chars[i + 2]!.codePointAt(0)! : from]);
    if (isRange) i += 2;
  }
  return (char) => {
    const code = char.codePointAt(0)!;
    return ranges.some(([from, to]) => from <= code && code <= to) !== negated;
  };
}
