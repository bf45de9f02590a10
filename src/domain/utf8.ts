// Text from bytes that others wrote: strictly UTF-8, since a repaired text is another text. Without the byte order mark
// that some editors put in front.
import { type ErrorCode, ExpectedError } from './errors.ts';

const LINE_FEED = 0x0a;

/** Throws `code`, naming `what` and the first line that is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, what: string, code: ErrorCode): string {
  const text = tryDecode(bytes);
  if (text !== undefined) return text;
  const [first = 0, second = 0] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new ExpectedError(code, `${what} is UTF-16; text here is UTF-8`, { hint: 'Save it as UTF-8.' });
  }
  throw new ExpectedError(code, `${what} is not valid UTF-8 (line ${firstInvalidLine(bytes)})`, {
    hint: 'Save it as UTF-8; from another encoding: iconv -f GB18030 -t UTF-8.',
  });
}

const SHOWN_BYTES = 24;

/** Why a text of a request is refused; `what` names it. */
export function notUtf8(what: string, bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, SHOWN_BYTES))
    .toString('hex')
    .replace(/..(?=.)/g, '$& ');
  return `${what} is not valid UTF-8 (bytes ${shown}${bytes.length > SHOWN_BYTES ? ' ...' : ''})`;
}

function tryDecode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** From 1. A line feed is never inside of a character, so lines can be judged by themselves. */
function firstInvalidLine(bytes: Uint8Array): number {
  let line = 1;
  for (let at = 0; at < bytes.length; line++) {
    const end = bytes.indexOf(LINE_FEED, at);
    if (tryDecode(bytes.subarray(at, end < 0 ? bytes.length : end)) === undefined) break;
    at = end < 0 ? bytes.length : end + 1;
  }
  return line;
}
