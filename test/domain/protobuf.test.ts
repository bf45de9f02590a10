// The protobuf primitives: numbers of every size both ways, and no way past the end or back before the start.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  createProtoWriter,
  cursorOf,
  DecodeError,
  readDouble,
  readLength,
  readString,
  readVarint,
  skipField,
  varintSize,
} from '../../src/wire/protobuf.ts';

test('whole numbers come back, negative ones in ten bytes', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      const writer = createProtoWriter(1);
      writer.varint(1, value);
      const bytes = writer.finish();
      const cursor = cursorOf(bytes, 1);
      assert.equal(readVarint(cursor), value + 0);
      assert.equal(cursor.at, bytes.length);
      assert.equal(bytes.length - 1, value < 0 ? 10 : varintSize(value));
    }),
  );
});

test('doubles come back bit for bit', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const writer = createProtoWriter(1);
      writer.double(1, value);
      assert.ok(Object.is(readDouble(cursorOf(writer.finish(), 1)), value));
    }),
  );
});

test('strings come back, whatever their length', () => {
  for (const length of [0, 1, 127, 128, 16_383, 16_384, 70_000]) {
    const writer = createProtoWriter(1);
    writer.string(1, 'é'.repeat(length));
    assert.equal(readString(cursorOf(writer.finish(), 1)), 'é'.repeat(length));
  }
});

test('nested messages of any length get the right length in front', () => {
  for (const length of [0, 1, 100, 126, 127, 128, 200, 20_000]) {
    const writer = createProtoWriter(1);
    writer.message(1, () => writer.message(2, () => writer.string(3, 'x'.repeat(length))));
    writer.varint(4, 9);
    const cursor = cursorOf(writer.finish());
    assert.equal(readVarint(cursor), 10);
    const end = readLength(cursor);
    assert.equal(readVarint(cursor), 18);
    readLength(cursor);
    assert.equal(readVarint(cursor), 26);
    assert.equal(readString(cursor).length, length);
    assert.equal(cursor.at, end);
    assert.equal(readVarint(cursor), 32);
    assert.equal(readVarint(cursor), 9);
  }
});

test('reads past the end throw DecodeError', () => {
  const at = (...bytes: number[]) => cursorOf(Uint8Array.from(bytes));
  assert.throws(() => readVarint(at()), DecodeError);
  assert.throws(() => readVarint(at(0x80)), DecodeError);
  assert.throws(() => readVarint(at(...Array(11).fill(0x80))), DecodeError);
  assert.throws(() => readDouble(at(1, 2, 3)), DecodeError);
  assert.throws(() => readString(at(5, 0x61)), DecodeError);
  assert.throws(() => skipField(at(1, 2, 3, 4), 1), DecodeError);
  assert.throws(() => skipField(at(1, 2, 3), 5), DecodeError);
  for (const wire of [3, 4, 6, 7]) assert.throws(() => skipField(at(1), wire), DecodeError);
});

test('a length that is negative or enormous never moves the cursor back', () => {
  const minusOne = [...Array(9).fill(0xff), 0x01];
  const huge = [...Array(8).fill(0xff), 0x7f];
  for (const length of [minusOne, huge]) {
    assert.throws(() => readLength(cursorOf(Uint8Array.from(length))), DecodeError);
    assert.throws(() => skipField(cursorOf(Uint8Array.from(length)), 2), DecodeError);
  }
});
