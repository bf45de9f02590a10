// Flags of rules: which locations and hosts they are about, and labels as NAME=VALUE.
import { Flags } from '@oclif/core';
import { ExpectedError } from '../domain/errors.ts';

export const scopeFlags = {
  location: Flags.string({
    char: 'l',
    multiple: true,
    description: 'Only these locations (globs)',
    helpValue: 'GLOB',
  }),
  host: Flags.string({
    char: 'H',
    multiple: true,
    description: 'Only these hosts (globs)',
    helpValue: 'GLOB',
  }),
};

/** USAGE for a word without `=`, and for a name given twice. */
export function labelsOf(words: readonly string[]): Readonly<Record<string, string>> {
  const labels = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf('=');
    const name = word.slice(0, at);
    if (at < 1 || labels.has(name)) {
      throw new ExpectedError(
        'USAGE',
        `${JSON.stringify(word)} ${at < 1 ? 'is not a label' : 'repeats a label'}`,
        {
          hint: 'Write NAME=VALUE, each name once: --label team=storage --label tier=1',
        },
      );
    }
    labels.set(name, word.slice(at + 1));
  }
  return Object.fromEntries(labels);
}
