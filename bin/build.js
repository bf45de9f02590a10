// Bundles src into dist: the whole program with its workers, and in dist/client the program of the client commands.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { manPages } from './man-pages.ts';
import { WHOLE_PROGRAM } from './whole-program.js';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const sources = [
  ...globSync('src/**/*.ts'),
  ...globSync('proto/**/*.proto'),
  'package.json',
  'package-lock.json',
  'bin/build.js',
  'bin/man-pages.ts',
  'bin/whole-program.js',
].sort();
const hash = createHash('sha256');
for (const file of sources) hash.update(file).update('\0').update(readFileSync(file));
const fingerprint = hash.digest('hex');
const stamp = 'dist/.fingerprint';
if (process.argv.includes('--if-stale') && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint)
  process.exit(0);

const { build } = await import('esbuild');
/** zod brings its messages in forty languages; ours are in one. */
const oneLanguage = {
  name: 'one-language',
  setup(build) {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({
      contents: 'export { default as en } from "./en.js";',
      resolveDir: dirname(path),
    }));
  },
};

/** @oclif/core evaluates all of itself before the first command: here each of its modules waits until it is used. */
const lazyOclif = {
  name: 'lazy-oclif',
  setup(build) {
    build.onLoad({ filter: /[\\/]@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, ({ path }) => ({
      contents: lazyRequires(readFileSync(path, 'utf8'))
        // The first collation of a process loads ICU's tables: 7 ms, for ids that are ASCII.
        .replace('a.id.localeCompare(b.id)', '(a.id < b.id ? -1 : 1)')
        // Nothing here differs between WSL and Linux; finding out loads child_process.
        .replace("(await import('wsl-utils')).isWsl ? 'wsl' : ", '')
        // The launcher has checked the version of Node; semver takes 5 ms for it.
        .replace(/^checkNodeVersion\(\);$/m, ''),
    }));
  },
};

/** `const x_1 = require("x")`, as TypeScript writes it, becomes a function, and each use of x_1 a call. */
function lazyRequires(source) {
  const declared = /^(?:const|var) (\w+_\d+) = ((?:__importDefault\()?require\("[^"]+"\)\)?);$/gm;
  const names = new Set([...source.matchAll(declared)].map(([, name]) => name));
  return source.replace(
    new RegExp(`${declared.source}|(?<![\\w$.])\\w+_\\d+(?![\\w$])`, 'gm'),
    (text, name, required) => {
      if (name) return `let $${name}; const ${name} = () => ($${name} ??= ${required});`;
      return names.has(text) ? `(${text}())` : text;
    },
  );
}

/** A file of ours that requires a package where it is used: with a require of its own, the bundler would leave it out. */
const OWN_REQUIRE = /^const require = createRequire\(import\.meta\.url\);$/m;
const bundledRequires = {
  name: 'bundled-requires',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      return OWN_REQUIRE.test(source)
        ? { contents: source.replace(OWN_REQUIRE, ''), loader: 'ts' }
        : undefined;
    });
  },
};

/** An import of a built-in module is evaluated with the file it is in; a require is with the module that wants it. */
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup(build) {
    // A dynamic import is late enough as it is; of a module made here it would have the default export alone.
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, external: true } : { path, namespace: 'builtin' },
    );
    build.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}');`,
    }));
  },
};

/** Packages that few commands need, in files of their own. */
const RARE = [
  '@grpc/grpc-js',
  '@grpc/proto-loader',
  '@peculiar/x509',
  'inquirer',
  'reflect-metadata',
  'yaml',
];
const rarePackages = {
  name: 'rare-packages',
  setup(build) {
    build.onResolve({ filter: /^[^.]/ }, ({ path, namespace }) =>
      namespace === 'file' && RARE.includes(path) ? { path, namespace: 'rare' } : undefined,
    );
    build.onResolve({ filter: /./, namespace: 'rare' }, ({ path }) => ({ path, external: true }));
    build.onLoad({ filter: /./, namespace: 'rare' }, ({ path }) => ({
      // As Node shows a CommonJS module to an import: what it exports is the default.
      contents: `const loaded = require('./packages/${path}.cjs'); module.exports = loaded.default ?? loaded;`,
    }));
  },
};

const draft = `dist.${process.pid}`;
const clientDraft = join(draft, 'client');
const { dependencies, devDependencies, scripts, ...pjson } = JSON.parse(readFileSync('package.json', 'utf8'));
pjson.oclif.commands = './commands';
pjson.oclif.helpClass.target = './terminal/help.js';
const commands = globSync('src/commands/**/*.ts').sort();
const isClient = (path) => !WHOLE_PROGRAM.includes(path.split(/[\\/.]/)[2]);
const clientFiles = ['src/terminal/help.ts', ...commands.filter(isClient)];
const options = {
  outbase: 'src',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  sourcemap: 'linked',
  sourcesContent: false,
  // Native code cannot be bundled; it is found in node_modules at run time.
  external: ['better-sqlite3', 'typescript'],
  define: { 'process.env.NODE_ENV': '"production"' },
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  logLevel: 'warning',
};

rmSync(draft, { recursive: true, force: true });
await build({
  ...options,
  entryPoints: [
    'src/main.ts',
    'src/agent-main.ts',
    'src/terminal/help.ts',
    ...commands,
    ...globSync('src/**/{{*-,}worker,config-child}.ts'),
  ],
  outdir: draft,
  splitting: true,
  plugins: [oneLanguage, lazyOclif, bundledRequires, lazyBuiltins],
});
// A file costs 0.5 ms to load, and these commands share forty: in one file, and each module evaluated on first use.
await build({
  ...options,
  stdin: {
    contents: `export { main } from './src/main.ts';
      export const load = { ${clientFiles.map((path) => `'${path}': () => require('./${path}')`)} };`,
    resolveDir: root,
  },
  outfile: join(clientDraft, 'main.js'),
  plugins: [oneLanguage, lazyOclif, bundledRequires, lazyBuiltins, rarePackages],
});
await build({
  ...options,
  entryPoints: RARE.map((name) => ({ in: name, out: name })),
  outdir: join(clientDraft, 'packages'),
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  banner: {},
});
for (const path of clientFiles) {
  const file = `${join(clientDraft, path.slice(4, -3))}.js`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    `import { load } from '${relative(dirname(file), join(clientDraft, 'main.js'))}';
const module = load['${path}']();
export const { default: command, MinimonHelp } = module;
export default command;
`,
  );
}
cpSync('proto', join(draft, 'proto'), { recursive: true });
const manifest = await readManifest();
for (const folder of [draft, clientDraft]) {
  writeFileSync(join(folder, 'package.json'), JSON.stringify(pjson, null, 2));
  writeFileSync(join(folder, 'oclif.manifest.json'), JSON.stringify(manifest));
}
mkdirSync(join(draft, 'man'));
for (const [name, text] of manPages({ manifest, pjson })) writeFileSync(join(draft, 'man', name), text);
writeFileSync(join(draft, '.fingerprint'), fingerprint);
rmSync('dist', { recursive: true, force: true });
renameSync(draft, 'dist');

/** What oclif needs to know of each command without loading it. */
async function readManifest() {
  const { Config } = await import('@oclif/core');
  const config = await Config.load({ root: join(root, draft), pjson, ignoreManifest: true });
  const { commands, ...rest } = config.plugins.get(pjson.name).manifest;
  // Sorted: they come in the order in which they were loaded, and a build is to give the same bytes each time.
  return {
    ...rest,
    commands: Object.fromEntries(Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
