// Bundles src into dist: one file a command and what they share, the workers, the protos and oclif's manifest.
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
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const sources = [
  ...globSync('src/**/*.ts'),
  ...globSync('proto/**/*.proto'),
  'package.json',
  'package-lock.json',
  'bin/build.js',
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

const draft = `dist.${process.pid}`;
rmSync(draft, { recursive: true, force: true });
await build({
  entryPoints: [
    'src/main.ts',
    'src/terminal/help.ts',
    ...globSync('src/commands/**/*.ts'),
    ...globSync('src/**/{*-,}worker.ts'),
  ],
  outbase: 'src',
  outdir: draft,
  bundle: true,
  splitting: true,
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
  plugins: [oneLanguage],
  logLevel: 'warning',
});
cpSync('proto', join(draft, 'proto'), { recursive: true });
const { dependencies, devDependencies, scripts, ...pjson } = JSON.parse(readFileSync('package.json', 'utf8'));
pjson.oclif.commands = './commands';
pjson.oclif.helpClass.target = './terminal/help.js';
writeFileSync(join(draft, 'package.json'), JSON.stringify(pjson, null, 2));
await writeManifest(draft, pjson);
writeFileSync(join(draft, '.fingerprint'), fingerprint);
rmSync('dist', { recursive: true, force: true });
renameSync(draft, 'dist');

/** What oclif needs to know of each command without loading it. */
async function writeManifest(directory, pjson) {
  const { Config } = await import('@oclif/core');
  const config = await Config.load({ root: join(root, directory), pjson, ignoreManifest: true });
  const { manifest } = config.plugins.get(pjson.name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'oclif.manifest.json'), JSON.stringify(manifest));
}
