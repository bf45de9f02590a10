// A random id for each directory, stored in its files, so that a file of another directory is detected.
import { randomBytes } from 'node:crypto';
import { lstatSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { messageOf } from '../domain/errors.ts';
import { createFile, replaceFile } from './replace-file.ts';

/** `isNew`: there was none that could be read, so whatever is in the directory is taken for its own. */
export type Owner = { readonly id: string; readonly isNew: boolean };

const NAME = 'directory-id';
const lineOf = (id: string) => `${id} ${crc32(id)}\n`;

/** Reads it, or makes one. It costs no data when it is damaged or cannot be written: it is said. */
export function directoryId(directory: string, onDamaged: (message: string) => void): Owner {
  const path = join(directory, NAME);
  let isMissing = false;
  try {
    const id = idIn(path);
    if (id !== undefined) return { id, isNew: false };
    onDamaged(`${path} is damaged and made again: a file of another directory is not noticed this time`);
  } catch (error) {
    isMissing = isCode(error, 'ENOENT');
    if (!isMissing) {
      onDamaged(
        `${path} cannot be read (${messageOf(error)}): a file of another directory is not noticed this time`,
      );
    }
  }
  const id = randomBytes(8).toString('hex');
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false)
      renameSync(path, `${path}.damaged-${id}`);
    (isMissing ? createFile : replaceFile)(path, lineOf(id));
  } catch (error) {
    // Another thread of this process made it meanwhile: what is in the directory is new to both.
    const theirs = isCode(error, 'EEXIST') ? idIn(path) : undefined;
    if (theirs !== undefined) return { id: theirs, isNew: true };
    onDamaged(
      `${path} cannot be written: ${messageOf(error)}; a file of another directory will not be noticed`,
    );
  }
  return { id, isNew: true };
}

/** Undefined where it is damaged. Throws what the file system says. */
function idIn(path: string): string | undefined {
  const text = readFileSync(path, 'utf8');
  const id = text.slice(0, text.indexOf(' '));
  return id !== '' && text === lineOf(id) ? id : undefined;
}

const isCode = (error: unknown, code: string): boolean => (error as { code?: string }).code === code;
