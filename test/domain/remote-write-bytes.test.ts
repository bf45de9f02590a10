// Remote write from bytes: what breaks a request of version 2.0, what costs a series alone, and which NaN ends one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProtoWriter, DecodeError, type ProtoWriter } from '../../src/wire/protobuf.ts';
import { type RemoteSeries, readRemoteWrite1, readRemoteWrite2 } from '../../src/wire/remote-write.ts';

const written = (fill: (writer: ProtoWriter) => void): Uint8Array => {
  const writer = createProtoWriter();
  fill(writer);
  return writer.finish();
};
const packed = (references: readonly number[]): Uint8Array =>
  written((writer) => {
    for (const reference of references) writer.varint(1, reference);
  }).filter((_, i) => i % 2 === 1);

/** A request of 2.0 with one series of these references. */
function read2(symbols: readonly (string | Uint8Array)[], references: readonly number[]): RemoteSeries[] {
  const found: RemoteSeries[] = [];
  const bytes = written((writer) => {
    for (const symbol of symbols) {
      if (typeof symbol === 'string') writer.string(4, symbol);
      else writer.bytes(4, symbol);
    }
    writer.message(5, () => {
      writer.bytes(1, packed(references));
      writer.message(2, () => {
        writer.double(1, 7);
        writer.varint(2, 1_000);
      });
    });
  });
  readRemoteWrite2(bytes, (series) => found.push(series));
  return found;
}

const SYMBOLS = ['', '__name__', 'up', 'job', 'node'];

test('labels are pairs of references to symbols, of which the first is empty', () => {
  const [series] = read2(SYMBOLS, [1, 2, 3, 4]);
  assert.deepEqual(
    [...series!.labels],
    [
      ['__name__', 'up'],
      ['job', 'node'],
    ],
  );
  const broken = (symbols: typeof SYMBOLS, references: readonly number[], why: RegExp) =>
    assert.throws(
      () => read2(symbols, references),
      (error) => error instanceof DecodeError && why.test(error.message),
    );
  broken(SYMBOLS, [1, 2, 3], /not in pairs/);
  broken(SYMBOLS, [1, 5], /refers to no symbol/);
  broken(SYMBOLS, [5, 1], /refers to no symbol/);
  broken(SYMBOLS.slice(1), [0, 1], /first symbol is not empty/);
});

test('a symbol that is no text costs the series that have it', () => {
  const symbols = [...SYMBOLS, Uint8Array.of(0xff, 0xfe)];
  assert.equal(read2(symbols, [1, 2, 3, 4])[0]!.error, undefined);
  const [series] = read2(symbols, [1, 2, 3, 5]);
  assert.deepEqual([series!.error, series!.labels.size], ['a label is not valid UTF-8', 0]);
});

test('a request has 200,000 symbols at most', () => {
  const symbols = (count: number) =>
    written((writer) => {
      for (let i = 0; i < count; i++) writer.string(4, i === 0 ? '' : 'x');
    });
  assert.doesNotThrow(() => readRemoteWrite2(symbols(200_000), () => {}));
  assert.throws(() => readRemoteWrite2(symbols(200_001), () => {}), /over 200000 symbols/);
});

test('one NaN ends a series, all others are values', () => {
  const staleOf = (high: number, low: number): boolean => {
    const value = Buffer.alloc(9);
    value[0] = 9;
    value.writeUInt32LE(low, 1);
    value.writeUInt32LE(high, 5);
    let stale: boolean | undefined;
    const bytes = written((writer) =>
      writer.message(1, () =>
        writer.message(2, () => {
          writer.raw(value);
          writer.varint(2, 1_000);
        }),
      ),
    );
    readRemoteWrite1(bytes, ({ samples }) => {
      stale = samples[0]!.stale;
    });
    return stale!;
  };
  assert.equal(staleOf(0x7ff00000, 2), true);
  for (const [high, low] of [
    [0x7ff00000, 1],
    [0x7ff00000, 3],
    [0x7ff80000, 2],
    [0xfff00000, 2],
    [0x7ff80000, 0],
  ] as const)
    assert.equal(staleOf(high, low), false, `${high.toString(16)} ${low}`);
});
