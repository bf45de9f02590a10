// Regular expressions with RE2's guarantees: matched in time linear in the text (a Thompson NFA), so that a matcher of
// a client cannot hold the process up, whatever it is. Anchored at both ends, as PromQL's are.
import { compilePattern, type Instruction } from './pattern-program.ts';

export type Pattern = {
  fits(text: string): boolean;
  /** The text of each group, the whole first; undefined when it does not fit. Throws a RangeError where text and pattern are too large. */
  groups(text: string): readonly (string | undefined)[] | undefined;
  readonly names: ReadonlyMap<string, number>;
};

/** Of one text for its groups, some 50 ms: a pattern of the largest size and a label's value of the largest that is stored. */
const MAX_STEPS = 600_000;

/** Throws a RangeError that says what is wrong or not answered in the pattern. */
export function createPattern(source: string): Pattern {
  const words = listOfWords(source);
  if (words) {
    return {
      names: new Map(),
      fits: (text) => words.has(text),
      groups: (text) => (words.has(text) ? [text] : undefined),
    };
  }
  const { program, groups, names } = compilePattern(source);
  return {
    names,
    fits: createRun(program),
    groups(text) {
      if (text.length * program.length > MAX_STEPS)
        throw new RangeError(`it is too large for a text of ${text.length} characters`);
      const at = run(program, text, groups);
      if (!at) return undefined;
      return Array.from({ length: groups }, (_, i) => {
        const [from, to] = [at[2 * i], at[2 * i + 1]];
        return from === undefined || to === undefined ? undefined : text.slice(from, to);
      });
    },
  };
}

/** `web-1|web-2`, as Grafana writes the values that were chosen: however long, it is a set. */
function listOfWords(source: string): ReadonlySet<string> | undefined {
  if (!/^(?:[^\\.+*?()[\]{}^$]|\\[^0-9A-Za-z])*$/.test(source)) return undefined;
  const words = source.match(/(?:[^\\|]|\\.)+/gs) ?? [''];
  if (words.length !== source.replace(/\\./gs, '_').split('|').length) return undefined;
  return new Set(words.map((word) => word.replace(/\\(.)/gs, '$1')));
}

/** Whether it fits, without what stands where: two lists of places in the program, used again from text to text. */
function createRun(program: readonly Instruction[]): (text: string) => boolean {
  const size = program.length;
  let [now, next] = [new Int32Array(size), new Int32Array(size)];
  const open = new Int32Array(2 * size + 2);
  const seen = new Int32Array(size).fill(-1);
  let length = 0;

  /** Adds to `into` what can be reached from a place without a character. */
  function follow(into: Int32Array, start: number, at: { readonly text: string; readonly position: number }) {
    const { text, position } = at;
    let depth = 0;
    open[depth++] = start;
    while (depth > 0) {
      const place = open[--depth]!;
      if (seen[place] === position) continue;
      seen[place] = position;
      const step = program[place]!;
      if (step.kind === 'split') {
        open[depth++] = step.second;
        open[depth++] = step.first;
      } else if (step.kind === 'jump') open[depth++] = step.to;
      else if (step.kind === 'mark') open[depth++] = place + 1;
      else if (step.kind === 'edge') {
        if (step.holds(text, position)) open[depth++] = place + 1;
      } else into[length++] = place;
    }
  }

  return (text) => {
    seen.fill(-1);
    length = 0;
    follow(now, 0, { text, position: 0 });
    let position = 0;
    while (position < text.length && length > 0) {
      const code = text.codePointAt(position)!;
      position += code > 0xffff ? 2 : 1;
      const count = length;
      length = 0;
      for (let i = 0; i < count; i++) {
        const step = program[now[i]!]!;
        if (step.kind === 'char' && step.fits(code)) follow(next, now[i]! + 1, { text, position });
      }
      [now, next] = [next, now];
    }
    if (position < text.length) return false;
    for (let i = 0; i < length; i++) if (program[now[i]!]!.kind === 'end') return true;
    return false;
  };
}

type Marks = readonly (number | undefined)[];
type Thread = { readonly at: number; readonly marks: Marks };

/** Marks of the thread that is first in the order of the alternatives. */
function run(program: readonly Instruction[], text: string, groups: number): Marks | undefined {
  let threads: Thread[] = [];
  const seen = new Int32Array(program.length).fill(-1);

  function follow(list: Thread[], start: Thread, position: number): void {
    const open: Thread[] = [start];
    while (open.length > 0) {
      const { at, marks } = open.pop()!;
      if (seen[at] === position) continue;
      seen[at] = position;
      const step = program[at]!;
      if (step.kind === 'split') {
        open.push({ at: step.second, marks }, { at: step.first, marks });
      } else if (step.kind === 'jump') open.push({ at: step.to, marks });
      else if (step.kind === 'mark') {
        open.push({ at: at + 1, marks: marks.with(step.slot, position) });
      } else if (step.kind === 'edge') {
        if (step.holds(text, position)) open.push({ at: at + 1, marks });
      } else list.push({ at, marks });
    }
  }

  follow(threads, { at: 0, marks: new Array<undefined>(2 * groups).fill(undefined) }, 0);
  let position = 0;
  while (position < text.length && threads.length > 0) {
    const code = text.codePointAt(position)!;
    const next = position + (code > 0xffff ? 2 : 1);
    const following: Thread[] = [];
    for (const { at, marks } of threads) {
      const step = program[at]!;
      if (step.kind === 'char' && step.fits(code)) follow(following, { at: at + 1, marks }, next);
    }
    threads = following;
    position = next;
  }
  if (position < text.length) return undefined;
  return threads.find(({ at }) => program[at]!.kind === 'end')?.marks;
}
