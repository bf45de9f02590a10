// Keys of raw mode: whole, in pieces, and those that are none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeyReader } from '../../../src/terminal/live/keys.ts';

test('letters are themselves, controls and sequences have names, in one piece or in many', () => {
  const reader = createKeyReader();
  assert.deepEqual(reader.read('jé机\r\u007f\u0003'), ['j', 'é', '机', 'enter', 'backspace', 'ctrl-c']);
  const sequences = '\u001b[A\u001b[B\u001bOA\u001b[5~\u001b[6~\u001b[H\u001b[4~\u001b[1;5C';
  const expected = ['up', 'down', 'up', 'pageup', 'pagedown', 'home', 'end'];
  assert.deepEqual(reader.read(sequences), expected);
  const inPieces = [...sequences].flatMap((char) => reader.read(char));
  assert.deepEqual(inPieces, expected);
});

test('Escape alone is a key once nothing follows it; the rest of a sequence is none', () => {
  const reader = createKeyReader();
  assert.deepEqual([reader.read('\u001b'), reader.isWaiting(), reader.flush()], [[], true, ['escape']]);
  assert.deepEqual([reader.read('\u001b['), reader.flush(), reader.isWaiting()], [[], [], false]);
  assert.deepEqual(reader.read('\u001b[200~x\u001bq'), ['x', 'escape', 'q']);
});
