// How far a migration got, kept beside the data: a run that was broken off goes on from there.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config-schema.ts';

export type MigrationProgress = {
  /** Everything before it is in the target. Undefined for a first run. */
  throughMs(): number | undefined;
  carried(throughMs: number): void;
};

type Kept = { readonly to: string; readonly mark: string; readonly throughMs: number };

/** What was carried to another target, or before the installation ran again (another mark), counts for nothing. */
export function openMigrationProgress(options: {
  readonly data: string;
  readonly target: Config;
  readonly mark: string;
  readonly again: boolean;
}): MigrationProgress {
  const { data, target, mark, again } = options;
  const path = join(data, 'migration.json');
  const { store } = target;
  const to = store.kind === 'influxdb' ? `${store.url} ${store.org} ${store.bucket}` : store.kind;
  const kept = again ? undefined : read(path);
  const throughMs = kept?.to === to && kept.mark === mark ? kept.throughMs : undefined;
  return {
    throughMs: () => throughMs,
    carried(through) {
      writeFileSync(`${path}.new`, `${JSON.stringify({ to, mark, throughMs: through } satisfies Kept)}\n`);
      renameSync(`${path}.new`, path);
    },
  };
}

/** A file that cannot be read means beginning anew, which is only slower. */
function read(path: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Kept;
  } catch {
    return undefined;
  }
}
