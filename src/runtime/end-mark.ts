// A side file with the length of a file, so that a truncated end is detected.
import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { messageOf } from '../domain/errors.ts';

export type EndMark = {
  /** As kept last before this start; undefined where there is none that can be read. */
  readonly found: readonly number[] | undefined;
  /**
   * Call it when what it counts is durable. It is not flushed itself (a write costs microseconds): a kill leaves it as it
   * is or one write behind, a loss of power some seconds behind, and nothing leaves it ahead.
   */
  keep(numbers: readonly number[]): void;
  close(): void;
};

/** A mark that is damaged or cannot be written costs no data: it is said, and work goes on without one. */
export function openEndMark(path: string, onDamaged: (message: string) => void): EndMark {
  let file: number | undefined;
  let found: readonly number[] | undefined;
  const giveUp = (error: unknown) => {
    onDamaged(`${path} cannot be used (${messageOf(error)}): truncation of a file cannot be detected`);
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  try {
    file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const bytes = readFileSync(file);
    found = numbersIn(bytes);
    if (!found && bytes.length > 0) {
      onDamaged(`${path} is damaged and is recreated: a truncation until now cannot be detected`);
      ftruncateSync(file);
    }
  } catch (error) {
    giveUp(error);
  }

  return {
    found,
    keep(numbers) {
      if (file === undefined) return;
      const bytes = Buffer.alloc(numbers.length * 8 + 4);
      for (const [i, number] of numbers.entries()) bytes.writeDoubleLE(number, i * 8);
      bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), numbers.length * 8);
      try {
        writeSync(file, bytes, 0, bytes.length, 0);
      } catch (error) {
        giveUp(error);
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function numbersIn(bytes: Buffer): readonly number[] | undefined {
  if (bytes.length < 12 || bytes.length % 8 !== 4) return undefined;
  const body = bytes.subarray(0, -4);
  if (crc32(body) !== bytes.readUInt32LE(body.length)) return undefined;
  return Array.from({ length: body.length / 8 }, (_, i) => body.readDoubleLE(i * 8));
}
