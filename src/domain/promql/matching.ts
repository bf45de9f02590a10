// Whether a label's value fits matchers of PromQL.
import { createPattern } from './pattern.ts';
import type { LabelMatcher } from './syntax.ts';

export type Fits = (value: string) => boolean;

/** All of one label. */
export function fitsOf(matchers: readonly LabelMatcher[]): Fits {
  const tests = matchers.map(({ op, value }): Fits => {
    if (op === '=') return (text) => text === value;
    if (op === '!=') return (text) => text !== value;
    const pattern = createPattern(value);
    const known = new Map<string, boolean>();
    return (text) => {
      let fits = known.get(text);
      if (fits === undefined) known.set(text, (fits = pattern.fits(text)));
      return fits === (op === '=~');
    };
  });
  return (text) => tests.every((test) => test(text));
}
