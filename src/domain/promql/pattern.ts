// Regular expressions of RE2's kind, matched in time linear in the text (all threads of a program at once): a matcher of a
// client cannot hold the process up, whatever it is. Anchored at both ends, as PromQL's are.
import { compilePattern, type Instruction } from './pattern-program.ts';

export type Pattern = {
  fits(text: string): boolean;
  /** The text of each group, the whole first; undefined when it does not fit. */
  groups(text: string): readonly (string | undefined)[] | undefined;
  readonly names: ReadonlyMap<string, number>;
};

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
    fits: (text) => run(program, text, 0) !== undefined,
    groups(text) {
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

type Marks = readonly (number | undefined)[];
type Thread = { readonly at: number; readonly marks: Marks };

/** Marks of the thread that is first in the order of the alternatives. Without groups there are none to keep. */
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
        const next = groups > 0 ? marks.with(step.slot, position) : marks;
        open.push({ at: at + 1, marks: next });
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
