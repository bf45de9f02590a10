// The entry point: runs the command with oclif, and maps errors to a message and an exit code.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config, run } from '@oclif/core';
import { readEnvironment } from './assembly/environment.ts';
import { ExpectedError } from './domain/errors.ts';
import { safeJson } from './domain/safe-text.ts';
import { systemClock } from './runtime/clock.ts';
import { diskError } from './runtime/disk-errors.ts';
import { EXIT, errorObject, errorText, exitCodeOf, oclifExit } from './terminal/errors.ts';
import { readScreen } from './terminal/screen.ts';

const here = dirname(fileURLToPath(import.meta.url));
// Built, this file lies beside its package.json and manifest; from source, one folder below the project's.
const isBuilt = !here.endsWith('src');
const root = isBuilt ? here : dirname(here);

export async function main(typed: readonly string[] = process.argv.slice(2)): Promise<void> {
  const argv = commandLine(typed);
  // What cannot be said any more ends nothing: a reader that left, a full disk, a terminal that was closed.
  process.stderr.on('error', () => {});
  let config: Config | undefined;
  try {
    const pjson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    // It has no plugins: looking for a user's costs two reads at every start.
    config = await Config.load({
      root,
      pjson,
      ignoreManifest: !isBuilt,
      userPlugins: false,
      devPlugins: false,
    });
    await run([...argv], config);
  } catch (thrown) {
    await endWith(thrown, argv, config);
  }
}

/** Says what went wrong and sets the exit code. `config` tells mistakes in the command line apart. */
export async function endWith(thrown: unknown, argv: readonly string[], config?: Config): Promise<void> {
  const exit = oclifExit(thrown);
  if (exit === EXIT.ok) return;
  const isUsage = config && exit === EXIT.usage && !(thrown instanceof ExpectedError);
  const error = isUsage
    ? (await import('./terminal/usage-errors.ts')).usageError(thrown, [...argv], config)
    : (diskError(thrown) ?? thrown);
  process.exitCode = exitCodeOf(error);
  const screen = readScreen({ env: readEnvironment(), stream: process.stderr, nowMs: systemClock.nowMs() });
  process.stderr.write(
    asksForJson(argv) ? safeJson(`${JSON.stringify(errorObject(error))}\n`) : errorText(error, screen),
  );
}

/** `minimon help hosts list` and `minimon version`, as other programs have them, in the words of this one. */
function commandLine([first, ...rest]: readonly string[]): readonly string[] {
  if (first === 'help') return [...rest, '--help'];
  if (first === 'version' || first === '-V') return ['--version'];
  return first === undefined ? [] : [first, ...rest];
}

const asksForJson = (argv: readonly string[]): boolean =>
  argv.some(
    (arg, i) =>
      arg === '--json' ||
      ['-ojson', '-o=json', '--output=json'].includes(arg) ||
      ((arg === '-o' || arg === '--output') && argv[i + 1] === 'json'),
  );
