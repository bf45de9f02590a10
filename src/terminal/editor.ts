// A text in the operator's own editor (VISUAL or EDITOR), in a file that is kept if the text is rejected.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from '../assembly/child-environment.ts';
import type { Environment } from '../assembly/environment.ts';
import { ExpectedError } from '../domain/errors.ts';
import { decodeUtf8 } from '../domain/utf8.ts';

export type EditedFile = {
  readonly path: string;
  /** Resolves with what the file holds when the editor has ended. USAGE where it fails: the file stays. */
  edit(): Promise<string>;
  write(text: string): Promise<void>;
  remove(): Promise<void>;
};

export async function openEditedFile(name: string, environment: Environment): Promise<EditedFile> {
  const editor = environment['VISUAL'] || environment['EDITOR'] || 'vi';
  const directory = await mkdtemp(join(tmpdir(), 'minimon-edit-'));
  const path = join(directory, name);
  return {
    path,
    async edit() {
      await run(editor, { path, environment });
      return decodeUtf8(await readFile(path), 'the edited text', 'USAGE');
    },
    write: (text) => writeFile(path, text, { mode: 0o600 }),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Through a shell: EDITOR may have arguments. */
function run(
  editor: string,
  { path, environment }: { readonly path: string; readonly environment: Environment },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', path], {
      stdio: 'inherit',
      env: childEnvironment(environment),
    });
    const fail = (why: string) =>
      reject(
        new ExpectedError('USAGE', `the editor ${editor} ${why}`, {
          hint: `Set EDITOR to an installed editor. Your text is in ${path}`,
        }),
      );
    child.once('error', (error) => fail(error.message));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else if (signal !== null) fail(`was ended by ${signal}`);
      // What a shell ends with where it cannot run or find a program.
      else if (code === 126 || code === 127) fail(`ended with ${code}`);
      else
        reject(
          new ExpectedError('USAGE', `cancelled, nothing changed: the editor ${editor} ended with ${code}`, {
            hint: `Your text is in ${path}`,
          }),
        );
    });
  });
}
