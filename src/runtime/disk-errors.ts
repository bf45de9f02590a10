// Disk and permission errors of SQLite and the operating system, as errors with hints.
import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ExpectedError, messageOf } from '../domain/errors.ts';

const hint = (text: string, error: unknown) => ({ hint: text, cause: error });

/** What a disk or its rights do to a file, in words; anything else is returned as it came. */
export function explained(error: unknown, path: string): unknown {
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  const message = messageOf(error);
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT' || isFull(code, path)) {
    return new ExpectedError(
      'UNAVAILABLE',
      `the disk of ${path} is full: ${message}`,
      hint('Free some MiB there (df shows how full it is), then start again; nothing stored is lost.', error),
    );
  }
  if (code.startsWith('SQLITE_IOERR') || code === 'EIO') {
    return new ExpectedError(
      'UNAVAILABLE',
      `the disk failed at ${path}: ${message} (${code})`,
      hint("Check the disk: free space (df), health and the kernel's log (dmesg).", error),
    );
  }
  if (!NOT_ALLOWED.test(code)) return error;
  const text = `cannot open ${path} to write: ${message}`;
  if (existsSync(path)) {
    const fitting = isDirectory(path)
      ? 'A directory stands in the place of this file: move it away.'
      : "The directory is fine, this file is not: let minimon's user read and write it (ls -l).";
    return new ExpectedError('DIR_NOT_WRITABLE', text, hint(fitting, error));
  }
  const other = 'Give a directory this user can write with --data DIR.';
  return new ExpectedError('DIR_NOT_WRITABLE', `cannot write ${path}: ${message}`, hint(other, error));
}

const NOT_ALLOWED =
  /^(SQLITE_CANTOPEN|SQLITE_READONLY|SQLITE_PERM|SQLITE_AUTH)|^(EACCES|EROFS|ENOTDIR|EPERM|EISDIR)$/;

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** SQLite says only "disk I/O error" where it finds no room for the files beside a database. */
function isFull(code: string, path: string): boolean {
  if (!code.startsWith('SQLITE_IOERR') && !code.startsWith('SQLITE_CANTOPEN')) return false;
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < 256 * 1024;
  } catch {
    return false;
  }
}

/** The same wherever such an error turns up without having been explained: its own path, or the data directory. */
export function diskError(error: unknown): ExpectedError | undefined {
  const { path } = (error ?? {}) as { readonly path?: unknown };
  const found = explained(error, typeof path === 'string' ? path : 'the data directory');
  return found instanceof ExpectedError ? found : undefined;
}
