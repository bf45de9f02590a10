// Ids: what a reader can see and tell apart, in any script; nothing that is drawn as nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idError } from '../../src/domain/names.ts';

test('names of any script are ids, with the joiners that change what is drawn', () => {
  for (const id of [
    'web-1',
    'web 1',
    '机房-网关',
    '机房\u30001',
    '서버',
    'é',
    'ｶﾞ-2',
    '𠮷',
    'می\u200cخواهم',
    'क्\u200dष',
    '👨\u200d👩\u200d👧-box',
    '👩🏽\u200d🚀',
    'a\\b',
  ]) {
    assert.equal(idError(id), undefined, id);
  }
});

test('what prints as nothing, or as a space, is refused and named: it would make a twin of another id', () => {
  const codes = [
    ...[
      0x7f, 0x9b, 0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x180b, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e,
    ],
    ...[
      0x2028, 0x202e, 0x2060, 0x2066, 0x2800, 0x3164, 0xe000, 0xfe00, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0xffff,
    ],
    ...[0x16fe4, 0x1bca0, 0x1d159, 0x1d173, 0xe0001, 0xe0061, 0xe0100],
    ...[0xa0, 0x1680, 0x2003, 0x202f, 0x205f],
  ];
  for (const code of codes) {
    const name = code.toString(16).toUpperCase().padStart(4, '0');
    assert.match(idError(`web${String.fromCodePoint(code)}1`) ?? '', new RegExp(`\\(U\\+${name}\\)$`), name);
  }
  // Where they do not change what is drawn, joiners are refused in scripts and emoji too.
  for (const id of ['د\u200cا', 'م\u200c', '👩\u200d', 'क\u200dष', '1\u200d2']) {
    assert.match(idError(id) ?? '', /cannot be printed/, id);
  }
});
