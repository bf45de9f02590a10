// Where this program's own files are, from source and from a bundled dist alike.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The folder of package.json: the checkout, or dist with its own one beside the bundles. */
function programRoot(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  throw new Error(`no package.json above ${import.meta.dirname}`);
}

export function programVersion(): string {
  return (JSON.parse(readFileSync(join(programRoot(), 'package.json'), 'utf8')) as { version: string })
    .version;
}

/** A worker thread's file by its source path below src, without the ending: `bus/embedded/log-worker`. */
export function workerUrl(path: string): URL {
  const built = join(programRoot(), `${path}.js`);
  return pathToFileURL(existsSync(built) ? built : join(programRoot(), 'src', `${path}.ts`));
}
