// Makes the root file system of a Debian release as a tar file, for images where no image registry can be reached.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { provisionOnce } from '../servers/cache.ts';
import { requireTools, run } from '../servers/command.ts';

const RELEASE = 'bookworm';
/** Nobody reads these in a container. */
const LEFT_OUT = [
  './usr/share/doc',
  './usr/share/man',
  './usr/share/locale',
  './var/cache/apt',
  './var/lib/apt/lists',
];

export type DebianRoot = {
  /** Of the folder in the cache; change it when the packages change. */
  readonly name: string;
  readonly packages: readonly string[];
};

/** The path of the tar file. Two to five minutes the first time; needs root. */
export async function ensureDebianRoot({ name, packages }: DebianRoot): Promise<string> {
  const directory = await provisionOnce({
    name: `${name}-${RELEASE}`,
    async build(draft) {
      await requireTools('Making base images', ['debootstrap', 'tar', 'nice']);
      const root = join(draft, 'root');
      mkdirSync(root);
      const include = packages.length > 0 ? [`--include=${packages.join(',')}`] : [];
      await run(['nice', '-n', '15', 'debootstrap', '--variant=minbase', ...include, RELEASE, root]);
      const excluded = LEFT_OUT.map((path) => `--exclude=${path}/*`);
      await run(['nice', '-n', '15', 'tar', '-C', root, '-cf', join(draft, 'root.tar'), ...excluded, '.']);
      rmSync(root, { recursive: true });
    },
  });
  return join(directory, 'root.tar');
}
