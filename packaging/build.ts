// Makes minimon_VERSION_ARCH.deb, minimon-VERSION-linux-ARCH.tar.gz and the same as one file in dist.packages, the same bytes from the same sources.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeDebFiles } from './deb.ts';
import { oneFile } from './one-file.ts';
import { ARCHITECTURES, type Architecture, writeTree } from './tree.ts';

const USAGE = `Usage: node packaging/build.ts [--arch x64|arm64] [--node PATH] [--out DIR] [--compression xz|none]
  --arch         of the machines that it is for [default: this one's]
  --node         the Node to put in, 24.15 or newer [default: the one that runs this]
  --out          where the packages go [default: dist.packages]
  --compression  of the .deb; none is for trying it
SOURCE_DATE_EPOCH sets the time of every file; by default it is that of the last commit.
`;

const source = resolve(import.meta.dirname, '..');

function main(): void {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', default: process.arch },
      node: { type: 'string', default: process.execPath },
      out: { type: 'string', default: join(source, 'dist.packages') },
      compression: { type: 'string', default: 'xz' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return void process.stdout.write(USAGE);
  const arch = values.arch as Architecture;
  if (!(arch in ARCHITECTURES)) throw new Error(`--arch ${arch}: there are packages for x64 and arm64`);
  if (!existsSync(join(source, 'dist/man'))) throw new Error('build it first: node bin/build.js');
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  // Beside the result, so that it is renamed into place.
  const work = mkdtempSync(join(out, '.building-'));
  try {
    const built = buildPackages({ arch, node: values.node, work, compression: values.compression });
    for (const path of built) {
      const final = join(out, path.slice(work.length + 1));
      renameSync(path, final);
      process.stdout.write(`${final}  ${(statSync(final).size / 2 ** 20).toFixed(1)} MiB\n`);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function buildPackages(options: {
  readonly arch: Architecture;
  readonly node: string;
  readonly work: string;
  readonly compression: string;
}): readonly string[] {
  const { arch, node, work, compression } = options;
  const { version, description } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  const epoch = sourceDate();
  const { debian } = ARCHITECTURES[arch];
  const root = join(work, 'deb');
  writeTree({ source, target: join(root, 'usr'), arch, node });
  const name = `minimon-${version}-linux-${arch}`;
  cpSync(join(root, 'usr'), join(work, name), { recursive: true });
  writeDebFiles({ root, version, description, architecture: debian, installedBytes: bytesOf(root) });
  for (const folder of [root, join(work, name)]) setTimes(folder, epoch);

  const deb = join(work, `minimon_${version}_${debian}.deb`);
  const environment = { ...process.env, SOURCE_DATE_EPOCH: String(epoch) };
  // One thread: with several, where the blocks end depends on how many there are.
  const flags = ['--root-owner-group', `-Z${compression}`, '--threads-max=1', '--build', root, deb];
  execFileSync('dpkg-deb', flags, { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });

  const tarball = join(work, `${name}.tar.gz`);
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--sort=name', `--mtime=@${epoch}`];
  execFileSync('tar', ['-C', work, ...owner, '-I', 'gzip -n', '-cf', tarball, name]);

  const single = join(work, `${name}.run`);
  writeFileSync(single, oneFile({ name, tarball: readFileSync(tarball) }));
  chmodSync(single, 0o755);
  return [deb, tarball, single];
}

/** Seconds. A checkout without git has the time of the epoch. */
function sourceDate(): number {
  const given = process.env['SOURCE_DATE_EPOCH'];
  if (given && /^\d+$/.test(given)) return Number(given);
  try {
    return Number(execFileSync('git', ['-C', source, 'log', '-1', '--format=%ct'], { encoding: 'utf8' }));
  } catch {
    return 0;
  }
}

const everything = (folder: string): string[] =>
  globSync('**', { cwd: folder }).map((path) => join(folder, path));

const bytesOf = (folder: string): number =>
  everything(folder).reduce((sum, path) => sum + (lstatSync(path).isFile() ? lstatSync(path).size : 0), 0);

/** Deepest first, since a file that is written changes its folder's time. */
function setTimes(folder: string, epoch: number): void {
  for (const path of everything(folder).reverse()) lutimesSync(path, epoch, epoch);
}

try {
  main();
} catch (error) {
  process.stderr.write(`Error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
