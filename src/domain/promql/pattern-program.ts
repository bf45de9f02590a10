// A regular expression as a program of small steps, without those that need to look back or ahead.

export type Instruction =
  | { readonly kind: 'char'; readonly fits: (code: number) => boolean }
  | { readonly kind: 'split'; readonly first: number; readonly second: number }
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'mark'; readonly slot: number }
  | { readonly kind: 'edge'; readonly holds: (text: string, at: number) => boolean }
  | { readonly kind: 'end' };

type Node =
  | { readonly kind: 'char'; readonly fits: (code: number) => boolean }
  | { readonly kind: 'edge'; readonly holds: (text: string, at: number) => boolean }
  | { readonly kind: 'all'; readonly of: readonly Node[] }
  | { readonly kind: 'any'; readonly of: readonly Node[] }
  | { readonly kind: 'group'; readonly index: number; readonly of: Node }
  | {
      readonly kind: 'repeat';
      readonly of: Node;
      readonly least: number;
      readonly most: number;
      readonly lazy: boolean;
    };

const MAX_PATTERN_CHARS = 1_024;
const MAX_INSTRUCTIONS = 4_000;
const MAX_REPEAT = 1_000;
const MAX_DEPTH = 50;
/** Each has its place in every thread of a match. */
const MAX_GROUPS = 32;

const CLASSES: Readonly<Record<string, (code: number) => boolean>> = {
  d: (c) => c >= 48 && c <= 57,
  w: (c) => (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95,
  s: (c) => c === 32 || c === 9 || c === 10 || c === 12 || c === 13,
};
const POSIX: Readonly<Record<string, string>> = {
  alnum: '[0-9A-Za-z]',
  alpha: '[A-Za-z]',
  digit: '[0-9]',
  lower: '[a-z]',
  upper: '[A-Z]',
  punct: '[!-/:-@[-`{-~]',
  space: '[\\t\\n\\v\\f\\r ]',
  word: '[0-9A-Za-z_]',
  xdigit: '[0-9A-Fa-f]',
};
const CONTROLS: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, f: 12, v: 11, a: 7 };
const not = (fits: (code: number) => boolean) => (code: number) => !fits(code);
const isWordAt = (text: string, at: number) =>
  at >= 0 && at < text.length && CLASSES['w']!(text.charCodeAt(at));

type Flags = { readonly fold: boolean; readonly dotAll: boolean };

/** Reads the source; throws a RangeError. */
class Reader {
  at = 0;
  groups = 1;
  depth = 0;
  readonly names = new Map<string, number>();
  // A regular expression of PromQL is `^(?s:...)$`: the dot fits a line's end.
  flags: Flags = { fold: false, dotAll: true };
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  peek = () => this.source[this.at];
  takes(text: string): boolean {
    if (!this.source.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  alternatives(): Node {
    if (++this.depth > MAX_DEPTH) throw new RangeError(`it is nested more than ${MAX_DEPTH} levels deep`);
    const of = [this.sequence()];
    while (this.takes('|')) of.push(this.sequence());
    this.depth--;
    return of.length === 1 ? of[0]! : { kind: 'any', of };
  }

  sequence(): Node {
    const of: Node[] = [];
    for (let next = this.peek(); next !== undefined && next !== '|' && next !== ')'; next = this.peek()) {
      const atom = this.atom();
      if (atom) of.push(this.repeated(atom));
    }
    return { kind: 'all', of };
  }

  repeated(of: Node): Node {
    const counted = /^\{(\d+)(,(\d*))?\}/.exec(this.source.slice(this.at));
    let [least, most] = [1, 1];
    if (this.takes('*')) [least, most] = [0, Number.POSITIVE_INFINITY];
    else if (this.takes('+')) [least, most] = [1, Number.POSITIVE_INFINITY];
    else if (this.takes('?')) [least, most] = [0, 1];
    else if (counted) {
      this.at += counted[0].length;
      least = Number(counted[1]);
      most = counted[2] === undefined ? least : counted[3] ? Number(counted[3]) : Number.POSITIVE_INFINITY;
      if (least > MAX_REPEAT || (Number.isFinite(most) && most > MAX_REPEAT) || most < least)
        throw new RangeError(`invalid repeat count ${counted[0]}`);
    } else return of;
    const lazy = this.takes('?');
    if (/^[*+?]|^\{\d+(,\d*)?\}/.test(this.source.slice(this.at)))
      throw new RangeError('a repetition is repeated');
    return { kind: 'repeat', of, least, most, lazy };
  }

  atom(): Node | undefined {
    if (this.takes('(')) return this.group();
    if (this.takes('[')) return this.char(this.set());
    if (this.takes('.')) {
      const { dotAll } = this.flags;
      return this.char((code) => dotAll || code !== 10);
    }
    if (this.takes('^')) return { kind: 'edge', holds: (_text, at) => at === 0 };
    if (this.takes('$')) return { kind: 'edge', holds: (text, at) => at === text.length };
    if (this.takes('\\')) return this.escape();
    if (/[*+?]/.test(this.peek()!)) throw new RangeError(`nothing to repeat before ${this.peek()}`);
    return this.char(this.literal(this.code()));
  }

  char = (fits: (code: number) => boolean): Node => ({ kind: 'char', fits });

  code(): number {
    const code = this.source.codePointAt(this.at)!;
    this.at += code > 0xffff ? 2 : 1;
    return code;
  }

  literal(code: number): (code: number) => boolean {
    if (!this.flags.fold) return (other) => other === code;
    const lower = String.fromCodePoint(code).toLowerCase();
    return (other) => String.fromCodePoint(other).toLowerCase() === lower;
  }

  group(): Node | undefined {
    const before = this.flags;
    let index: number | undefined;
    if (this.takes('?')) {
      const named = /^P?<([A-Za-z_]\w*)>/.exec(this.source.slice(this.at));
      const flags = /^([ims]*)(?:-([ims]+))?([:)])/.exec(this.source.slice(this.at));
      if (named) {
        this.at += named[0].length;
        index = this.groups++;
        this.names.set(named[1]!, index);
      } else if (flags && !`${flags[1]}${flags[2] ?? ''}`.includes('m')) {
        this.at += flags[0].length;
        const has = (flag: string, now: boolean) =>
          flags[1]!.includes(flag) || (now && !flags[2]?.includes(flag));
        this.flags = { fold: has('i', before.fold), dotAll: has('s', before.dotAll) };
        if (flags[3] === ')') return undefined;
      } else throw new RangeError(`(?${this.source.slice(this.at, this.at + 2)} is not supported`);
    } else index = this.groups++;
    if (this.groups > MAX_GROUPS) throw new RangeError(`it has more than ${MAX_GROUPS - 1} groups`);
    const of = this.alternatives();
    if (!this.takes(')')) throw new RangeError('missing closing )');
    this.flags = before;
    return index === undefined ? of : { kind: 'group', index, of };
  }

  escape(): Node {
    const word = this.peek();
    if (word === undefined) throw new RangeError('trailing backslash');
    if (word === 'b' || word === 'B') {
      this.at++;
      return {
        kind: 'edge',
        holds: (text, at) => (isWordAt(text, at - 1) !== isWordAt(text, at)) === (word === 'b'),
      };
    }
    if (word === 'A' || word === 'z') {
      this.at++;
      return { kind: 'edge', holds: (text, at) => at === (word === 'A' ? 0 : text.length) };
    }
    const found = this.escaped();
    return this.char(typeof found === 'number' ? this.literal(found) : found);
  }

  /** After a backslash: a class, or one character. */
  escaped(): number | ((code: number) => boolean) {
    const word = this.source[this.at]!;
    const inClass = CLASSES[word.toLowerCase()];
    if (inClass) {
      this.at++;
      return word === word.toLowerCase() ? inClass : not(inClass);
    }
    const hex = /^x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(this.source.slice(this.at));
    if (hex) {
      this.at += hex[0].length;
      return Number.parseInt(hex[1] ?? hex[2]!, 16);
    }
    if (CONTROLS[word] !== undefined) {
      this.at++;
      return CONTROLS[word];
    }
    if (/[0-9A-Za-z]/.test(word)) throw new RangeError(`\\${word} is not supported`);
    return this.code();
  }

  set(): (code: number) => boolean {
    const negated = this.takes('^');
    const parts: ((code: number) => boolean)[] = [];
    for (let first = true; first || this.peek() !== ']'; first = false) {
      if (this.peek() === undefined) throw new RangeError('missing closing ]');
      const posix = /^\[:(\^?)(\w+):\]/.exec(this.source.slice(this.at));
      if (posix) {
        const of = POSIX[posix[2]!];
        if (!of) throw new RangeError(`unknown class ${posix[0]}`);
        const fits = new RegExp(of);
        this.at += posix[0].length;
        const inside = (code: number) => fits.test(String.fromCodePoint(code));
        parts.push(posix[1] ? not(inside) : inside);
        continue;
      }
      const from = this.takes('\\') ? this.escaped() : this.code();
      if (typeof from !== 'number') {
        parts.push(from);
        continue;
      }
      let to = from;
      if (this.peek() === '-' && this.source[this.at + 1] !== ']' && this.source[this.at + 1] !== undefined) {
        this.at++;
        const end = this.takes('\\') ? this.escaped() : this.code();
        if (typeof end !== 'number' || end < from) throw new RangeError('invalid range in [...]');
        to = end;
      }
      parts.push(this.range(from, to));
    }
    this.at++;
    const inside = (code: number) => parts.some((fits) => fits(code));
    return negated ? not(inside) : inside;
  }

  range(from: number, to: number): (code: number) => boolean {
    const inside = (code: number) => code >= from && code <= to;
    if (!this.flags.fold) return inside;
    return (code) => {
      const text = String.fromCodePoint(code);
      return inside(text.toLowerCase().codePointAt(0)!) || inside(text.toUpperCase().codePointAt(0)!);
    };
  }
}

export function compilePattern(source: string): {
  readonly program: readonly Instruction[];
  /** With the whole, which is the first. */
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
} {
  if (source.length > MAX_PATTERN_CHARS)
    throw new RangeError(`it is ${source.length} characters long; the limit is ${MAX_PATTERN_CHARS}`);
  const reader = new Reader(source);
  const tree = reader.alternatives();
  if (reader.at < source.length) throw new RangeError('unexpected )');
  const program: Instruction[] = [];
  emit(program, { kind: 'group', index: 0, of: tree });
  program.push({ kind: 'end' });
  return { program, groups: reader.groups, names: reader.names };
}

function emit(program: Instruction[], node: Node): void {
  if (program.length > MAX_INSTRUCTIONS) throw new RangeError('it is too large when written out');
  const split = (lazy: boolean): ((to: number) => void) => {
    const at = program.push({ kind: 'jump', to: 0 }) - 1;
    return (to) => {
      const [first, second] = lazy ? [to, at + 1] : [at + 1, to];
      program[at] = { kind: 'split', first, second };
    };
  };
  switch (node.kind) {
    case 'char':
    case 'edge':
      program.push(node);
      return;
    case 'all':
      for (const part of node.of) emit(program, part);
      return;
    case 'group':
      program.push({ kind: 'mark', slot: 2 * node.index });
      emit(program, node.of);
      program.push({ kind: 'mark', slot: 2 * node.index + 1 });
      return;
    case 'any': {
      const ends: number[] = [];
      for (const part of node.of.slice(0, -1)) {
        const patch = split(false);
        emit(program, part);
        ends.push(program.push({ kind: 'jump', to: 0 }) - 1);
        patch(program.length);
      }
      emit(program, node.of.at(-1)!);
      for (const end of ends) program[end] = { kind: 'jump', to: program.length };
      return;
    }
    case 'repeat':
      emitRepeat(program, node, split);
  }
}

function emitRepeat(
  program: Instruction[],
  { of, least, most, lazy }: Extract<Node, { kind: 'repeat' }>,
  split: (lazy: boolean) => (to: number) => void,
): void {
  for (let i = 0; i < least; i++) emit(program, of);
  if (most === Number.POSITIVE_INFINITY) {
    const start = program.length;
    const patch = split(lazy);
    emit(program, of);
    program.push({ kind: 'jump', to: start });
    patch(program.length);
    return;
  }
  const patches: ((to: number) => void)[] = [];
  for (let i = least; i < most; i++) {
    patches.push(split(lazy));
    emit(program, of);
  }
  for (const patch of patches) patch(program.length);
}
