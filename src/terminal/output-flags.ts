// The flags by which every listing chooses its form, and what they mean to the renderer.
import { Flags } from '@oclif/core';
import { OUTPUT_FORMATS, type OutputFormat, type RenderOptions } from './output.ts';
import type { Screen } from './screen.ts';

export const outputFlags = {
  output: Flags.option({
    options: OUTPUT_FORMATS,
    char: 'o',
    description: 'Form of the output',
    helpGroup: 'OUTPUT',
  })(),
  json: Flags.boolean({ description: 'The same as -o json', exclusive: ['output'], helpGroup: 'OUTPUT' }),
  'no-headers': Flags.boolean({ description: 'Leave out the line of titles', helpGroup: 'OUTPUT' }),
  sort: Flags.string({
    description: 'Order by this column; --sort=-COLUMN turns it round',
    helpValue: 'COLUMN',
    helpGroup: 'OUTPUT',
  }),
};

export type OutputFlagValues = {
  readonly output?: OutputFormat | undefined;
  readonly json?: boolean | undefined;
  readonly 'no-headers'?: boolean | undefined;
  readonly sort?: string | undefined;
};

export const outputFormat = (flags: OutputFlagValues): OutputFormat =>
  flags.output ?? (flags.json ? 'json' : 'table');

export const renderOptions = (flags: OutputFlagValues, screen: Screen): RenderOptions => ({
  format: outputFormat(flags),
  screen,
  noHeaders: flags['no-headers'],
  sort: flags.sort,
});
