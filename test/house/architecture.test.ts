// Holds the house rules: which room may import which, the sole homes of products, no cycles, size, no stray environment.
import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const ROOMS = [
  'commands',
  'terminal',
  'assembly',
  'daemons',
  'api',
  'bus',
  'store',
  'catalog',
  'discovery',
  'receivers',
  'runtime',
  'wire',
  'domain',
];

/** Product -> the files that may import it. */
const HOMES: Readonly<Record<string, RegExp>> = {
  '@oclif/core': /^src\/(commands|main\.ts|terminal\/)/,
  'cli-table3': /^src\/terminal\//,
  asciichart: /^src\/terminal\//,
  inquirer: /^src\/terminal\//,
  '@grpc/grpc-js': /^src\/api\//,
  '@grpc/proto-loader': /^src\/api\//,
  fastify: /^src\/api\//,
  '@fastify/swagger': /^src\/api\//,
  kafkajs: /^src\/bus\/kafka\//,
  '@influxdata/influxdb-client': /^src\/store\/influxdb\//,
  kysely: /^src\/catalog\//,
  mysql2: /^src\/catalog\/mysql/,
  nodemailer: /^src\/receivers\/email\.ts$/,
  'better-sqlite3': /^src\/runtime\/sqlite(-schema)?\.ts$/,
  '@peculiar/x509': /^src\/runtime\/certificates\.ts$/,
  'reflect-metadata': /^src\/runtime\/certificates\.ts$/,
  pino: /^src\/runtime\/logging\.ts$/,
  'pino-pretty': /^src\/runtime\/logging\.ts$/,
  '@prometheus-io/client': /^src\/runtime\/metrics\.ts$/,
  systeminformation: /^src\/daemons\/agent\//,
  '@prometheus-io/lezer-promql': /^src\/daemons\/analyze\/promql\/parse\.ts$/,
  snappyjs: /^src\/wire\/snappy\.ts$/,
  yaml: /^src\/(assembly|terminal)\//,
};

const files = globSync('src/**/*.ts').filter((file) => !file.includes('/generated/'));
const sources = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));

type Import = { readonly to: string; readonly typeOnly: boolean };

function importsOf(file: string): Import[] {
  const source = sources.get(file)!;
  const found: Import[] = [];
  for (const match of source.matchAll(/^(?:import|export)\s+(type\s+)?[^'"]*?from\s+['"]([^'"]+)['"]/gm)) {
    found.push({ to: match[2]!, typeOnly: match[1] !== undefined });
  }
  for (const match of source.matchAll(/^import\s+['"]([^'"]+)['"]/gm))
    found.push({ to: match[1]!, typeOnly: false });
  for (const match of source.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g))
    found.push({ to: match[1]!, typeOnly: true });
  return found;
}

const roomOf = (file: string) => file.split('/')[1]!;
const targetOf = (file: string, to: string) => normalize(join(dirname(file), to));
const packageOf = (to: string) =>
  to
    .split('/')
    .slice(0, to.startsWith('@') ? 2 : 1)
    .join('/');

test('there is something to look at', () => {
  assert.ok(files.length > 20);
});

/** What the launcher runs: above all rooms. */
const ENTRIES = ['src/main.ts', 'src/agent-main.ts'];

test('imports point down the list of rooms', () => {
  const wrong: string[] = [];
  for (const file of files) {
    const from = ROOMS.indexOf(roomOf(file));
    if (from < 0) {
      if (!ENTRIES.includes(file)) wrong.push(`${file} is in no room`);
      continue;
    }
    for (const { to } of importsOf(file)) {
      if (!to.startsWith('.')) continue;
      const target = targetOf(file, to);
      if (target.startsWith('src/') && ROOMS.indexOf(roomOf(target)) < from)
        wrong.push(`${file} -> ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('the domain imports nothing but itself', () => {
  const wrong = files
    .filter((file) => roomOf(file) === 'domain')
    .flatMap((file) =>
      importsOf(file)
        .filter(({ to }) => !to.startsWith('./') && !to.startsWith('../'))
        .map(({ to }) => `${file} -> ${to}`),
    );
  assert.deepEqual(wrong, []);
});

test('each product has one home', () => {
  const wrong: string[] = [];
  for (const file of files) {
    for (const { to } of importsOf(file)) {
      const home = HOMES[packageOf(to)];
      if (home && !home.test(file)) wrong.push(`${file} -> ${to}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('backends load their driver on first use', () => {
  const lazy = [
    'kafkajs',
    '@influxdata/influxdb-client',
    'mysql2',
    'inquirer',
    'systeminformation',
    '@peculiar/x509',
    'reflect-metadata',
  ];
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter(({ to, typeOnly }) => lazy.includes(packageOf(to)) && !typeOnly)
      .map(({ to }) => `${file} -> ${to}`),
  );
  assert.deepEqual(wrong, []);
});

test('built-in modules are not imported on demand: bundled, such an import has a default export alone', () => {
  const wrong = files.filter((file) => /(?<!typeof )\bimport\(\s*['"]node:/.test(sources.get(file)!));
  assert.deepEqual(wrong, []);
});

test('no import cycles, of types neither', () => {
  const graph = new Map(
    files.map((file) => [
      file,
      importsOf(file)
        .filter(({ to }) => to.startsWith('.'))
        .map(({ to }) => targetOf(file, to)),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  assert.deepEqual(cycles, []);
});

test('only assembly reads the environment', () => {
  const wrong = files.filter(
    (file) => !file.startsWith('src/assembly/') && /process\.env\b/.test(sources.get(file)!),
  );
  assert.deepEqual(wrong, []);
});

test('every file says on top what it is for, and stays under 400 lines', () => {
  const all = [...files, ...globSync('test/**/*.ts'), ...globSync('{bench,packaging}/**/*.ts')];
  const wrong = all.flatMap((file) => {
    const source = readFileSync(file, 'utf8');
    const lines = source.split('\n').length;
    return [
      ...(lines > 401 ? [`${file}: ${lines} lines`] : []),
      ...(/^(#!.*\n)?\/\//.test(source) ? [] : [`${file}: no line on top`]),
    ];
  });
  assert.deepEqual(wrong, []);
});

test('no dumping grounds and no barrels', () => {
  const wrong = files.filter((file) => /\/(utils?|helpers?|common|shared|manager|index)(\.ts|\/)/.test(file));
  assert.deepEqual(wrong, []);
});

test('no file names the place of this checkout', () => {
  const here = `${process.cwd()}/`;
  const all = [
    ...globSync('{src,test,bench,docs,docker,bin,packaging,proto}/**/*.*'),
    ...globSync('*.{md,json}'),
  ];
  const wrong = all.filter((file) => statSync(file).isFile() && readFileSync(file, 'utf8').includes(here));
  assert.deepEqual(wrong, []);
});
