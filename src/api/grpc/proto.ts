// The .proto files, loaded at run time with the same options that the generated types were made with.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync, type Options } from '@grpc/proto-loader';
import type { Api } from '../calls.ts';

/** Equal to the flags of `npm run generate` (bin/generate.js reads this constant); a test regenerates and compares. */
export const PROTO_OPTIONS = {
  keepCase: true,
  longs: Number,
  enums: String,
  defaults: true,
} as const satisfies Options;

/** The package's proto folder, found upwards of this file: it is at the same place for `src` and a bundled `dist`. */
export function protoDirectory(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'proto');
    if (existsSync(join(candidate, 'minimon/v1/report.proto'))) return candidate;
    if (folder === dirname(folder)) throw new Error(`no proto folder above ${from}`);
  }
}

/** A service's definition, typed by its generated interface: `loadService<ReportServiceDefinition>(...)`. */
export function loadService<Definition = unknown>(
  file: string,
  service: string,
  directory: string = protoDirectory(),
): Definition & ServiceDefinition {
  const loaded = loadSync(file, { ...PROTO_OPTIONS, includeDirs: [directory] });
  const definition = loaded[service];
  if (!definition) throw new Error(`${file} has no ${service}`);
  return definition as unknown as Definition & ServiceDefinition;
}

/** The service of a table of calls. */
export function loadApi({ proto, daemon }: Api): ServiceDefinition {
  if (!proto) throw new Error(`${daemon} is not served over gRPC`);
  return loadService(proto.file, proto.service);
}
