// The manifest of a directory: its files with a checksum, so that missing files are detected.
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { messageOf } from '../domain/errors.ts';
import { replaceFile } from './replace-file.ts';
import { renameDamaged } from './sqlite.ts';

/** `createdMs`: when it was named first. `rows`: how many it has at least, where that is known. */
export type ManifestEntry = { readonly createdMs: number; readonly rows?: number };

export type Manifest = {
  /** As it was found: undefined when there was none that can be believed. */
  readonly found: ReadonlyMap<string, ManifestEntry> | undefined;
  /** Replaces what it says, all or nothing; durable when it returns. Nothing is written when nothing changed. */
  write(files: ReadonlyMap<string, ManifestEntry>): void;
};

const VERSION = 1;
const sumOf = (files: string): number => crc32(`${VERSION} ${files}`);

/** One that is damaged is moved aside and reported; one that cannot be written is reported once. */
export function openManifest(path: string, onDamaged: (message: string) => void): Manifest {
  const found = readManifest(path, onDamaged);
  let written = found && JSON.stringify([...found]);
  let isReported = false;
  return {
    found,
    write(files) {
      const text = JSON.stringify([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
      if (text === written) return;
      try {
        replaceFile(
          path,
          `${JSON.stringify({ version: VERSION, sum: sumOf(text), files: JSON.parse(text) })}\n`,
        );
        written = text;
      } catch (error) {
        if (!isReported)
          onDamaged(`${path} cannot be written: ${messageOf(error)}; a file that vanishes is not missed`);
        isReported = true;
      }
    },
  };
}

function readManifest(
  path: string,
  onDamaged: (message: string) => void,
): ReadonlyMap<string, ManifestEntry> | undefined {
  try {
    const { sum, files } = JSON.parse(readFileSync(path, 'utf8')) as { sum?: unknown; files?: unknown };
    if (!Array.isArray(files) || sumOf(JSON.stringify(files)) !== sum)
      throw new Error('its checksum does not match');
    return new Map(files as [string, ManifestEntry][]);
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    const aside = renameDamaged(path);
    onDamaged(
      `${path} is damaged (${messageOf(error)}); it was moved to ${aside} and is made again from the files that are there: one that is gone is not missed this time`,
    );
    return undefined;
  }
}
