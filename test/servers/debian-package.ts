// Unpacks Debian packages into the cache, with the libraries that the machine lacks: nothing is installed or started.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { provisionOnce } from './cache.ts';
import { requireTools, run } from './command.ts';

export type DebianTree = {
  /** Where `usr/...` of the packages stands. */
  readonly root: string;
  /** For the programs in it. */
  readonly env: Readonly<Record<string, string>>;
};

/** The unpacked tree of the packages in the version that the machine's package lists name. */
export async function ensureDebian(name: string, packages: readonly string[]): Promise<DebianTree> {
  const root = await provisionOnce({
    name,
    async build(draft) {
      await requireTools(`Unpacking ${packages.join(', ')}`, ['apt-get', 'dpkg-deb']);
      const archives = join(draft, 'archives');
      mkdirSync(join(archives, 'partial'), { recursive: true });
      await download(packages, archives);
      for (const file of readdirSync(archives).filter((entry) => entry.endsWith('.deb')))
        await run(['dpkg-deb', '-x', join(archives, file), draft]);
      rmSync(archives, { recursive: true });
    },
  });
  const libraries = ['usr/lib', 'lib'].flatMap((path) => {
    const base = join(root, path, `${ARCHITECTURES[process.arch] ?? process.arch}-linux-gnu`);
    return [base];
  });
  return { root, env: { LD_LIBRARY_PATH: libraries.join(':') } };
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

async function download(packages: readonly string[], archives: string): Promise<void> {
  const command = [
    'apt-get',
    ...['install', '--download-only', '--reinstall', '-y', '-qq', '--no-install-recommends'],
    // Nothing is installed: no lock is needed, and one that somebody else holds is no obstacle.
    ...['-o', `Dir::Cache::archives=${archives}`, '-o', 'Debug::NoLocking=1'],
    ...packages,
  ];
  try {
    await run(command);
  } catch {
    // A fresh machine has no package lists, or old ones.
    await run(['apt-get', 'update', '-qq']);
    await run(command);
  }
}
