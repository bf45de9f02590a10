// The installed tree, the same below /usr in the .deb and in the folder of the tarball: program, Node, manual, completion.
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { COMPLETION_SCRIPTS } from '../src/terminal/completion-scripts.ts';

/** As Node calls them -> as Debian does, and as an ELF header does. */
export const ARCHITECTURES = {
  x64: { debian: 'amd64', machine: 0x3e },
  arm64: { debian: 'arm64', machine: 0xb7 },
} as const;
export type Architecture = keyof typeof ARCHITECTURES;

export type TreeOptions = {
  /** The built checkout. */
  readonly source: string;
  /** Written below it; it must not exist. */
  readonly target: string;
  readonly arch: Architecture;
  /** The Node to put in, of that architecture. */
  readonly node: string;
};

const PAGES = ['README.md', 'CHANGELOG.md'];
const LAUNCHER = ['minimon.js', 'whole-program.js', 'child.js', 'node24.js'];

/** Finds its own place, so that the folder of the tarball may lie anywhere. */
const WRAPPER = `#!/bin/sh
lib=$(dirname "$(readlink -f "$0")")/../lib/minimon
exec "$lib/node" "$lib/bin/minimon.js" "$@"
`;

/** The program alone (lib/minimon) has what \`npm pack\` has without documents, and the one native module for one platform. */
export function writeTree({ source, target, arch, node }: TreeOptions): void {
  const from = (path: string) => join(source, path);
  const lib = join(target, 'lib/minimon');
  const share = join(target, 'share');
  const sqlite = 'node_modules/better-sqlite3';
  const native = `${sqlite}/prebuilds/linux-${arch}.node`;
  checkMachine(node, arch);
  checkMachine(from(native), arch);

  put(join(target, 'bin/minimon'), WRAPPER, 0o755);
  for (const file of LAUNCHER) copy(from(`bin/${file}`), join(lib, 'bin', file));
  cpSync(from('dist'), join(lib, 'dist'), {
    recursive: true,
    filter: (path) => !/\.map$|\.fingerprint$|\/dist\/man$/.test(path),
  });
  const { scripts, devDependencies, dependencies, files, directories, ...pjson } = JSON.parse(
    readFileSync(from('package.json'), 'utf8'),
  );
  put(join(lib, 'package.json'), `${JSON.stringify(pjson, null, 2)}\n`);
  for (const path of [`${sqlite}/package.json`, `${sqlite}/LICENSE`, native])
    copy(from(path), join(lib, path));
  cpSync(from(`${sqlite}/lib`), join(lib, sqlite, 'lib'), { recursive: true });
  copy(node, join(lib, 'node'), 0o755);

  for (const page of readdirSync(from('dist/man')))
    put(
      join(share, 'man/man1', `${page}.gz`),
      gzipSync(readFileSync(from(`dist/man/${page}`)), { level: 9 }),
    );
  put(join(share, 'bash-completion/completions/minimon'), COMPLETION_SCRIPTS.bash);
  put(join(share, 'zsh/vendor-completions/_minimon'), COMPLETION_SCRIPTS.zsh);
  put(join(share, 'fish/vendor_completions.d/minimon.fish'), COMPLETION_SCRIPTS.fish);
  const doc = join(share, 'doc/minimon');
  for (const page of PAGES) copy(from(page), join(doc, page));
  cpSync(from('docs'), join(doc, 'docs'), { recursive: true });
  cpSync(from('proto'), join(doc, 'proto'), { recursive: true });
}

export function put(path: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
}

function copy(from: string, to: string, mode = 0o644): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, mode);
}

/** A package with another machine's Node starts nowhere, and says so only there. */
function checkMachine(path: string, arch: Architecture): void {
  const header = Buffer.alloc(20);
  readSync(openSync(path, 'r'), header, 0, header.length, 0);
  const isElf = header.readUInt32BE(0) === 0x7f454c46;
  if (!isElf || header.readUInt16LE(18) !== ARCHITECTURES[arch].machine)
    throw new Error(`${path} is no program for linux-${arch}; name the right one with --node`);
}
