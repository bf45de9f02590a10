// The door of the command line: lets oclif find and run the command, and turns whatever it throws into an exit code.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config, run } from '@oclif/core';

const here = dirname(fileURLToPath(import.meta.url));
// Built, this file stands beside its package.json and manifest; from source, one folder below the project's.
const isBuilt = !here.endsWith('src');
const root = isBuilt ? here : dirname(here);

export async function main(argv: string[] = process.argv.slice(2)): Promise<void> {
  const pjson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  try {
    const config = await Config.load({ root, pjson, ignoreManifest: !isBuilt });
    await run(argv, config);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
}
