// Writes the TypeScript types of the proto files into src/api/generated (or the folder given, for the test that compares).
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { PROTO_OPTIONS } from '../src/api/grpc/proto.ts';

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
