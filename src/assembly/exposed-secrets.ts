// Which files hold secrets that every user of the machine can read.
import { statSync } from 'node:fs';
import type { Loaded } from './config-load.ts';

/** Sentences about files that hold secrets and that others can read. */
export function exposedSecrets({
  origins,
  leaves,
  files,
}: Pick<Loaded<unknown>, 'origins' | 'leaves' | 'files'>): string[] {
  const found = new Map<string, string>();
  for (const { key, secret } of leaves) {
    const origin = origins.get(key);
    if (!secret || origin === undefined) continue;
    const path = files.find((file) => origin.startsWith(`${file}:`)) ?? /^(.+) \(.+\)$/.exec(origin)?.[1];
    if (path !== undefined && !found.has(path)) found.set(path, key);
  }
  return [...found].flatMap(([path, key]) => {
    const { mode = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if ((mode & 0o004) === 0) return [];
    return `${path} holds ${key} and can be read by every user of this machine: chmod 600 it, or 640 for a group`;
  });
}
