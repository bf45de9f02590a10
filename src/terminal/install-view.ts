// The output of `install` and `uninstall`: one line per step, and the files of a dry run.
import type { Done } from '../assembly/install/apply.ts';
import { safeLines } from '../domain/safe-text.ts';
import type { Listing } from './output.ts';

export const installListing = (done: readonly Done[]): Listing<Done> => ({
  columns: [
    { key: 'outcome', title: 'OUTCOME', value: ({ outcome }) => outcome },
    { key: 'what', title: 'WHAT', value: ({ what }) => what },
    { key: 'text', title: 'TEXT', show: 'data', value: ({ text }) => text },
  ],
  rows: done,
  name: ({ what }) => what,
  empty: 'Nothing to do.',
});

export const writtenFiles = (done: readonly Done[]): string =>
  done
    .flatMap(({ what, text }) => (text === undefined ? [] : [`\n==> ${what} <==\n${safeLines(text)}`]))
    .join('');
