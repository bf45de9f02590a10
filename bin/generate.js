// Writes what is generated: the types of the proto files into src/api/generated (or the folder given, for the test that
// compares), the table of settings into src/assembly/generated, and docs/metrics.md.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { PROTO_OPTIONS } from '../src/api/grpc/proto.ts';
import { leavesOf } from '../src/assembly/config-leaves.ts';
import { configSchema } from '../src/assembly/config-schema.ts';

const root = dirname(import.meta.dirname);
const target = process.argv[2] ?? join(root, 'src/api/generated');
const protos = join(root, 'proto');
const files = readdirSync(protos, { recursive: true })
  .filter((file) => file.endsWith('.proto'))
  .sort();

const flags = Object.entries(PROTO_OPTIONS).flatMap(([name, value]) => {
  if (typeof value === 'boolean') return value ? [`--${name}`] : [];
  return [`--${name}=${value.name}`];
});
const loader = createRequire(import.meta.url).resolve('@grpc/proto-loader/package.json');
rmSync(target, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [
    join(dirname(loader), 'build/bin/proto-loader-gen-types.js'),
    ...flags,
    '--grpcLib=@grpc/grpc-js',
    '--importFileExtension=.ts',
    `--includeDirs=${protos}`,
    `--outDir=${target}`,
    ...files,
  ],
  { cwd: protos, stdio: ['ignore', 'ignore', 'inherit'] },
);
// The generator names the source file by the path it was given; the same text must come out on every machine.
for (const file of readdirSync(target, { recursive: true })) {
  if (!file.endsWith('.ts')) continue;
  const path = join(target, file);
  const text = readFileSync(path, 'utf8').replace(/^\/\/ Original file: .*\n/gm, (line) =>
    line.replace(`${protos}/`, ''),
  );
  writeFileSync(path, text);
}
process.stdout.write(`${files.length} proto files -> ${relative(process.cwd(), target) || target}\n`);

// The settings, so that client commands know them without loading zod.
if (!process.argv[2]) {
  const settings = join(root, 'src/assembly/generated/settings.ts');
  const leaves = leavesOf(configSchema).map((leaf) => `  ${JSON.stringify(leaf)},\n`);
  writeFileSync(
    settings,
    [
      '// Every setting of the configuration, written by bin/generate.js from config-schema.ts.\n',
      "import type { Leaf } from '../config-layers.ts';\n\n",
      `export const SETTINGS: readonly Leaf[] = [\n${leaves.join('')}];\n`,
    ].join(''),
  );
  process.stdout.write(`${leaves.length} settings -> ${relative(process.cwd(), settings)}\n`);
  await import('./metrics-page.js');
}
