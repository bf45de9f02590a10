// Atomic file replacement: writes a temporary file, syncs it and renames it.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

export type FileOptions = {
  /** Exactly this, whatever the umask. Default 0600. */
  readonly mode?: number;
  /** After a loss of power there is the old file or the new one. Default true; without it may be an empty one. */
  readonly isDurable?: boolean;
};

/** In place of what is there: a reader has the old one or the new one. Throws what the file system says. */
export function replaceFile(path: string, text: string, options: FileOptions = {}): void {
  withDraft(path, text, options, (draft) => renameSync(draft, path));
}

/** Throws EEXIST, and leaves it alone, where a file is there: of two that do it at once one wins. */
export function createFile(path: string, text: string, options: FileOptions = {}): void {
  withDraft(path, text, options, (draft) => {
    try {
      // A link, unlike a rename, does not take the place of a file that is there.
      linkSync(draft, path);
    } catch (error) {
      if (!NO_LINKS.has((error as { code?: string }).code ?? '')) throw error;
      copyFileSync(draft, path, constants.COPYFILE_EXCL);
    }
    rmSync(draft);
  });
}

/** File systems without hard links: there a reader in between may see a part. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

function withDraft(
  path: string,
  text: string,
  { mode = 0o600, isDurable = true }: FileOptions,
  place: (draft: string) => void,
): void {
  // A name of its own: in containers every process has the same number, and one that was killed may have left its draft.
  const draft = `${path}.${randomBytes(4).toString('hex')}.new`;
  try {
    write(draft, text, { mode, isDurable });
    place(draft);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  if (isDurable) flushDirectory(dirname(path));
}

function write(path: string, text: string, { mode, isDurable }: Required<FileOptions>): void {
  const file = openSync(path, 'wx', mode);
  try {
    fchmodSync(file, mode);
    writeFileSync(file, text);
    if (isDurable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The name is in the directory, which is flushed by itself. */
function flushDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
