// Writes to stdout: waits for slow readers (backpressure), ends quietly on a closed pipe, and fails on a full disk.
import type { Writable } from 'node:stream';
import { ExpectedError, messageOf } from '../domain/errors.ts';

export type Writer = {
  /**
   * Resolves true when the text is out, false when the reader has gone (`| head`): then nothing more is needed,
   * and the command ends with exit 0. Throws OUTPUT_FAILED when it cannot be written (a full disk).
   */
  write(text: string): Promise<boolean>;
  /** Aborted when the reader goes, so that what runs for long (--watch) ends at once. */
  readonly closed: AbortSignal;
};

/** Pieces are small enough that `| head` ends a long listing early, and that a pipe's reader is never far behind. */
const PIECE = 65_536;

export function createWriter(stream: Writable): Writer {
  const gone = new AbortController();
  let failure: ExpectedError | undefined;
  const fail = (error: unknown): void => {
    if (isClosedPipe(error)) gone.abort();
    else failure ??= failed(error);
  };
  // Without a listener the first EPIPE would end the process with a stack; oclif's own listener does that to ENOSPC.
  stream.removeAllListeners('error');
  stream.on('error', fail);

  const writePiece = (piece: string): Promise<void> =>
    new Promise((resolve) => {
      const settle = (error?: unknown): void => {
        if (error) fail(error);
        resolve();
      };
      // stdout into a file throws synchronously where other streams call back.
      try {
        stream.write(piece, settle);
      } catch (error) {
        settle(error);
      }
    });

  return {
    closed: gone.signal,
    async write(text) {
      for (let at = 0; at < text.length; ) {
        if (failure) throw failure;
        if (gone.signal.aborted || stream.destroyed) return false;
        // A piece never ends inside a surrogate pair: each half alone would be written as U+FFFD.
        let end = Math.min(at + PIECE, text.length);
        if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end++;
        await writePiece(text.slice(at, end));
        at = end;
      }
      if (failure) throw failure;
      return !gone.signal.aborted;
    },
  };
}

function isClosedPipe(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' || code === 'ECONNRESET';
}

function failed(cause: unknown): ExpectedError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return new ExpectedError('OUTPUT_FAILED', `cannot write the output: ${messageOf(cause)}`, {
    hint: code === 'ENOSPC' ? 'The disk or device of the output is full.' : undefined,
    cause,
  });
}
