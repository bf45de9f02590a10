// Files and bodies are text only if they are UTF-8: named with the line, never repaired; a byte order mark is no text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8 } from '../../src/domain/utf8.ts';

test('UTF-8 is taken with or without a byte order mark, to the byte', () => {
  assert.equal(decodeUtf8(Buffer.from('\ufeffweb-1\t北京\r\n'), 'hosts.tsv', 'USAGE'), 'web-1\t北京\r\n');
  assert.equal(decodeUtf8(Buffer.from('a\ufffd\ufeff'), 'hosts.tsv', 'USAGE'), 'a\ufffd\ufeff');
  assert.equal(decodeUtf8(new Uint8Array(0), 'hosts.tsv', 'USAGE'), '');
});

test('what is not UTF-8 is refused with the line of it', () => {
  const after = (...bytes: number[]) => Buffer.concat([Buffer.from('a\n北京\n'), Buffer.from(bytes)]);
  for (const [name, bytes, message] of [
    ['GBK', after(0xb1, 0xb1, 0xbe, 0xa9), /^hosts.tsv is not valid UTF-8 \(line 3\)$/],
    ['overlong', after(0xc0, 0xaf), /line 3/],
    ['a surrogate', after(0xed, 0xa0, 0x80, 0x0a), /line 3/],
    ['cut short', after(0xe5, 0x8c), /line 3/],
    ['UTF-16', Buffer.from('\ufeffweb', 'utf16le'), /is UTF-16/],
  ] as const) {
    assert.throws(() => decodeUtf8(bytes, 'hosts.tsv', 'USAGE'), { code: 'USAGE', message }, name);
  }
});
