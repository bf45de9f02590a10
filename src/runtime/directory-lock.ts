// A lock that allows one process per data directory; the kernel releases it when the process ends.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import { lockFile, makeDirectory } from './sqlite.ts';

/** Makes the directory if needed and takes it. DIR_NOT_WRITABLE, DATA_IN_USE. Returns how to release it. */
export function lockDirectory(directory: string): () => void {
  makeDataDirectory(directory);
  const holder = join(directory, 'minimon.pid');
  const release = lockFile(join(directory, 'lock.sqlite'));
  if (!release) throw inUse(directory, holder);
  try {
    writeFileSync(holder, `${process.pid}\n`);
  } catch {
    // The lock decides; the number is only for the reader.
  }
  return release;
}

/** DIR_NOT_WRITABLE where it cannot be made. */
export function makeDataDirectory(directory: string): void {
  try {
    makeDirectory(directory);
  } catch (error) {
    throw new ExpectedError(
      'DIR_NOT_WRITABLE',
      `cannot write the data directory ${directory}: ${messageOf(error)}`,
      {
        hint: 'Give a directory this user can write with --data DIR.',
      },
    );
  }
}

function inUse(directory: string, holder: string): ExpectedError {
  let who = '';
  try {
    who = ` (pid ${readFileSync(holder, 'utf8').trim()})`;
  } catch {
    // Then the message has no number.
  }
  return new ExpectedError(
    'DATA_IN_USE',
    `the data directory ${directory} is used by another process${who}`,
    {
      hint: 'Stop that process, or give this one its own directory with --data DIR.',
    },
  );
}
