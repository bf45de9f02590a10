// What a command reads from a file, or with - from stdin.
import { readFile } from 'node:fs/promises';
import { ExpectedError, systemWords } from '../domain/errors.ts';
import { decodeUtf8 } from '../domain/utf8.ts';

/** `hint` is how to give what is read, where a terminal is all that there is. */
export async function readInput(
  path: string,
  stdin: NodeJS.ReadStream,
  hint = 'Pipe the lines in: cat hosts.tsv | ... -f -',
): Promise<string> {
  if (path !== '-') {
    const bytes = await readFile(path).catch((error: unknown) => {
      throw new ExpectedError('FILE_MISSING', `cannot read ${path}: ${systemWords(error)}`);
    });
    return decodeUtf8(bytes, path, 'USAGE');
  }
  if (stdin.isTTY) {
    throw new ExpectedError('USAGE', 'standard input is a terminal', { hint });
  }
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return decodeUtf8(Buffer.concat(chunks), 'standard input', 'USAGE');
}
