// Which directory a file belongs to: a random id kept in each, so that a file of another one is not taken for its own.
import { randomBytes } from 'node:crypto';
import { lstatSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { messageOf } from '../domain/errors.ts';

/** `isNew`: there was none that could be read, so whatever stands in the directory is taken for its own. */
export type Owner = { readonly id: string; readonly isNew: boolean };

const NAME = 'directory-id';
const lineOf = (id: string) => `${id} ${crc32(id)}\n`;

/** Reads it, or makes one. It costs no data when it is damaged or cannot be written: it is said. */
export function directoryId(directory: string, onDamaged: (message: string) => void): Owner {
  const path = join(directory, NAME);
  try {
    const text = readFileSync(path, 'utf8');
    const id = text.slice(0, text.indexOf(' '));
    if (id !== '' && text === lineOf(id)) return { id, isNew: false };
    onDamaged(`${path} is damaged and made again: a file of another directory is not noticed this time`);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') {
      onDamaged(
        `${path} cannot be read (${messageOf(error)}): a file of another directory is not noticed this time`,
      );
    }
  }
  const id = randomBytes(8).toString('hex');
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false)
      renameSync(path, `${path}.damaged-${id}`);
    writeFileSync(path, lineOf(id), { mode: 0o600 });
  } catch (error) {
    onDamaged(
      `${path} cannot be written: ${messageOf(error)}; a file of another directory will not be noticed`,
    );
  }
  return { id, isNew: true };
}
