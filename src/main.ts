// The door of the command line: lets oclif find and run the command, and turns whatever it throws into an exit code.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config, run } from '@oclif/core';
import { readEnvironment } from './assembly/environment.ts';
import { ExpectedError } from './domain/errors.ts';
import { didYouMean } from './domain/names.ts';
import { errorObject, errorText } from './terminal/error-view.ts';
import { exitCodeOf, oclifExit } from './terminal/exit-codes.ts';
import { safeJson } from './terminal/safe-text.ts';
import { readScreen } from './terminal/screen.ts';

const here = dirname(fileURLToPath(import.meta.url));
// Built, this file stands beside its package.json and manifest; from source, one folder below the project's.
const isBuilt = !here.endsWith('src');
const root = isBuilt ? here : dirname(here);

export async function main(argv: string[] = process.argv.slice(2)): Promise<void> {
  let config: Config | undefined;
  try {
    const pjson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    config = await Config.load({ root, pjson, ignoreManifest: !isBuilt });
    await run(argv, config);
  } catch (thrown) {
    const exit = oclifExit(thrown);
    if (exit === 0) return;
    const error = config && exit === 2 ? betterWords(thrown, argv, config) : thrown;
    process.exitCode = exitCodeOf(error);
    const screen = readScreen({ env: readEnvironment(), stream: process.stderr, nowMs: Date.now() });
    process.stderr.write(
      asksForJson(argv) ? safeJson(`${JSON.stringify(errorObject(error))}\n`) : errorText(error, screen),
    );
  }
}

const asksForJson = (argv: readonly string[]): boolean =>
  argv.some(
    (arg, i) =>
      arg === '--json' ||
      arg === '-ojson' ||
      ((arg === '-o' || arg === '--output') && argv[i + 1] === 'json'),
  );

/** oclif names an unknown command by its inner id and suggests nothing. */
function betterWords(thrown: unknown, argv: readonly string[], config: Config): unknown {
  const words = argv.slice(
    0,
    Math.max(
      0,
      argv.findIndex((arg) => arg.startsWith('-')),
    ) || argv.length,
  );
  const known = config.commands.map((command) => command.id.replaceAll(':', ' '));
  const isUnknown = thrown instanceof Error && /^command .* not found$/.test(thrown.message);
  if (!isUnknown) return thrown;
  const typed = words.slice(0, 2).join(' ');
  return new ExpectedError('USAGE', `there is no command ${JSON.stringify(typed)}`, {
    hint: didYouMean(typed, known, 'minimon --help lists them all.'),
  });
}
