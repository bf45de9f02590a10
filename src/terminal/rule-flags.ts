// Flags of rules that are not one word: labels as NAME=VALUE.
import { ExpectedError } from '../domain/errors.ts';

/** USAGE for a word without `=`, and for a name given twice. */
export function labelsOf(words: readonly string[]): Readonly<Record<string, string>> {
  const labels = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf('=');
    const name = word.slice(0, at);
    if (at < 1 || labels.has(name)) {
      throw new ExpectedError('USAGE', `${JSON.stringify(word)} is no label${at < 1 ? '' : ' of its own'}`, {
        hint: 'Write NAME=VALUE, each name once: --label team=storage --label tier=1',
      });
    }
    labels.set(name, word.slice(at + 1));
  }
  return Object.fromEntries(labels);
}
