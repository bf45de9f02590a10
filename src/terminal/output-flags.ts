// The flags by which every listing chooses its form, and what they mean to the renderer.
import { Flags } from '@oclif/core';
import { OUTPUT_FORMATS, type OutputFormat, type RenderOptions } from './output.ts';
import type { Screen } from './screen.ts';
import { loadYaml } from './yaml-text.ts';

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

export const watchFlag = Flags.boolean({
  char: 'w',
  description: 'Refresh in place; with --json one object a line',
});

export type OutputFlagValues = {
  readonly output?: OutputFormat | undefined;
  readonly json?: boolean | undefined;
  readonly 'no-headers'?: boolean | undefined;
  readonly sort?: string | undefined;
};

export const outputFormat = (flags: OutputFlagValues): OutputFormat =>
  flags.output ?? (flags.json ? 'json' : 'table');

export async function renderOptions(flags: OutputFlagValues, screen: Screen): Promise<RenderOptions> {
  const format = outputFormat(flags);
  return {
    format,
    screen,
    noHeaders: flags['no-headers'],
    sort: flags.sort,
    yaml: format === 'yaml' ? await loadYaml() : undefined,
  };
}
