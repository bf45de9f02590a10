// Text from a file that was named, or from standard input for `-`.
import { readFile } from 'node:fs/promises';
import { ExpectedError, messageOf } from '../domain/errors.ts';

export async function readInput(path: string, stdin: NodeJS.ReadStream): Promise<string> {
  if (path !== '-') {
    return readFile(path, 'utf8').catch((error: unknown) => {
      throw new ExpectedError('FILE_MISSING', `cannot read ${path}: ${messageOf(error)}`);
    });
  }
  if (stdin.isTTY) {
    throw new ExpectedError('USAGE', 'standard input is a terminal', {
      hint: 'Send the lines through a pipe: cat hosts.tsv | ... -f -',
    });
  }
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
