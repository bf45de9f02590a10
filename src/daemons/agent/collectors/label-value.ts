// Makes any name of a mount, device or interface a label value that report accepts.
import { createHash } from 'node:crypto';
import { MAX_LABEL_VALUE_BYTES } from '../../../domain/names.ts';

const CONTROL = /[\u0000-\u001f\u007f]/g;
const NAMED: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/**
 * Control characters become visible escapes, a last backslash `\x5c`; a name over the limit keeps its beginning and
 * ends in a hash of the whole, so that two long names stay two series.
 */
export function labelValue(name: string): string {
  const visible = name
    .replace(CONTROL, (one) => NAMED[one] ?? `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(/\\$/, '\\x5c');
  if (Buffer.byteLength(visible) <= MAX_LABEL_VALUE_BYTES) return visible;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  const room = MAX_LABEL_VALUE_BYTES - Buffer.byteLength('…') - hash.length;
  let head = '';
  let bytes = 0;
  for (const character of visible) {
    bytes += Buffer.byteLength(character);
    if (bytes > room) break;
    head += character;
  }
  return `${head}…${hash}`;
}
