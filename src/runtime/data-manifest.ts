// The manifest of a data directory: detects that a whole subdirectory is missing; each of these has its own manifest.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openManifest } from './manifest.ts';

const DIRECTORIES = ['agent', 'bus', 'manage', 'persist', 'store'];

export type DataManifest = {
  /** Names the directories that there are now; call it when all are open. */
  update(): void;
};

/** Says which are missing that were there. Open it before anything makes them again. */
export function openDataManifest(options: {
  readonly directory: string;
  readonly nowMs: number;
  readonly error: (message: string) => void;
}): DataManifest {
  const { directory, nowMs, error } = options;
  const manifest = openManifest(join(directory, 'manifest.json'), error);
  const isThere = (name: string) => {
    const path = join(directory, name);
    return existsSync(path) && readdirSync(path).length > 0;
  };
  for (const name of manifest.found?.keys() ?? []) {
    if (isThere(name)) continue;
    error(
      `${join(directory, name)} is missing, and was there: what it held is lost. To have it back, stop minimon and put it back from a copy; else an empty one is created`,
    );
  }
  return {
    update() {
      const found = DIRECTORIES.filter(isThere);
      manifest.write(
        new Map(found.map((name) => [name, { createdMs: manifest.found?.get(name)?.createdMs ?? nowMs }])),
      );
    },
  };
}
