// Sources of Go modules, as the module proxy has them, in a folder that a build may write to.
import { chmodSync, cpSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { run } from './command.ts';

/** A build in the background must not starve what else runs on the machine. */
export const NICE: readonly string[] = ['nice', '-n', '19'];

/** `github.com/owner/name@v1.2.3`; module folders of Go are read-only. Resolves with `to`. */
export async function copyModule(module: string, to: string): Promise<string> {
  const { Dir } = JSON.parse(await run(['go', 'mod', 'download', '-json', module], { cwd: tmpdir() })) as {
    Dir: string;
  };
  cpSync(Dir, to, { recursive: true });
  await run(['chmod', '-R', 'u+w', to]);
  chmodSync(to, 0o755);
  return to;
}

export type GoProgram = {
  /** As `./cmd/name`. */
  readonly package: string;
  readonly output: string;
  readonly tags?: readonly string[];
  readonly flags?: readonly string[];
};

/** Builds one program of a module's sources, without C. */
export async function buildProgram(
  sources: string,
  { package: path, output, tags = [], flags = [] }: GoProgram,
): Promise<void> {
  await run([...NICE, 'go', 'build', '-tags', tags.join(','), ...flags, '-o', output, path], {
    cwd: sources,
    env: { CGO_ENABLED: '0', GOFLAGS: '-mod=mod -buildvcs=false', GOWORK: 'off' },
  });
}
