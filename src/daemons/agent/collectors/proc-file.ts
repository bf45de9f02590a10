// Reads a file of /proc or /sys again and again through one descriptor and one buffer.
import { closeSync, openSync, readFileSync, readSync, statfsSync, statSync } from 'node:fs';

export type ProcFile = {
  /** The whole file as it is now. Throws when it is not there or cannot be read. */
  text(): string;
  /** As text, or undefined when there is no such file. Throws when it is there and cannot be read. */
  textIfThere(): string | undefined;
  close(): void;
};

/** proc, sysfs, cgroup and cgroup2: made by the kernel, and never replaced under an open descriptor. */
const KERNEL_MAGIC = new Set([0x9fa0, 0x62656572, 0x27e0eb, 0x63677270]);
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ENODEV']);

export const isAbsent = (error: unknown): boolean => ABSENT.has((error as { code?: string }).code ?? '');

export function createProcFile(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): ProcFile {
  let descriptor: number | undefined;
  let buffer = Buffer.alloc(4_096);

  function close() {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  }

  function readThrough(fd: number): string {
    let length = 0;
    // A read of /proc ends at a record near the page's end, so only 0 means the end of the file.
    for (;;) {
      if (length === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
      const got = readSync(fd, buffer, length, buffer.length - length, length);
      if (got === 0) return buffer.toString(encoding, 0, length);
      length += got;
    }
  }

  function text(): string {
    if (descriptor !== undefined) {
      try {
        return readThrough(descriptor);
      } catch {
        // What it named is gone (a module was unloaded); the path may name something new.
        close();
      }
    }
    const fd = openSync(path, 'r');
    descriptor = fd;
    try {
      const content = readThrough(fd);
      // Elsewhere a file can be replaced, and the descriptor would go on with the old one.
      if (!KERNEL_MAGIC.has(statfsSync(path).type)) close();
      return content;
    } catch (error) {
      close();
      throw error;
    }
  }

  const textIfThere = () =>
    descriptor === undefined && !isThere(path) ? undefined : absentAsUndefined(text);
  return { text, textIfThere, close };
}

/** A small file read once, trimmed; undefined when there is none. */
export const readIfThere = (path: string | Buffer): string | undefined =>
  isThere(path) ? absentAsUndefined(() => readFileSync(path, 'utf8').trim()) : undefined;

/** `name` is in bytes, one character a byte. */
export const pathOfBytes = (before: string, name: string, after: string): Buffer =>
  Buffer.concat([Buffer.from(before), Buffer.from(name, 'latin1'), Buffer.from(after)]);

/**
 * An error is expensive to construct, and some files are missing on most hosts. Throws where it cannot be told, which
 * existsSync calls absent.
 */
const isThere = (path: string | Buffer): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

function absentAsUndefined(read: () => string): string | undefined {
  try {
    return read();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
