// Globs (`web-*`, `db-?`, `[ab]-1`, `[!0-9]*`) on whole names: one meaning on the command line, in settings and in matchers.

type Part = '*' | ((char: string) => boolean);

/** Whether a word is a pattern and not a name. */
export const isGlob = (text: string): boolean => /[*?[]/.test(text);

/**
 * The glob as a test on whole texts. Its time is at most the product of both lengths, whatever the glob: backtracking
 * returns to the last star only. A `[` that nothing closes is itself.
 */
export function compileGlob(glob: string): (text: string) => boolean {
  const parts = parse([...glob]);
  return (text) => {
    const chars = [...text];
    let p = 0;
    let t = 0;
    let star = -1;
    let starAt = 0;
    while (t < chars.length) {
      const part = parts[p];
      if (part === '*') {
        star = p++;
        starAt = t;
      } else if (part?.(chars[t]!)) {
        p++;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++starAt;
      } else return false;
    }
    while (parts[p] === '*') p++;
    return p === parts.length;
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
