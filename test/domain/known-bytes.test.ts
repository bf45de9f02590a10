// What comes again, found by its bytes: never what other bytes have, in whatever order they come, within a bound.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createKnownBytes, type KnownBytes } from '../../src/wire/known-bytes.ts';
import { createProtoWriter, type ProtoWriter, viewOf } from '../../src/wire/protobuf.ts';
import { type RemoteSeries, readRemoteWrite1 } from '../../src/wire/remote-write.ts';

const NAME = ['__name__', 'a'] as const;

type Part = readonly [name: string, value: string] | number | 'histogram';

function write(part: Part, into: ProtoWriter): void {
  if (part === 'histogram') into.message(4, () => into.varint(1, 1));
  else if (typeof part === 'number') {
    into.message(2, () => {
      into.double(1, part);
      into.varint(2, 1_000 * part);
    });
  } else {
    into.message(1, () => {
      into.string(1, part[0]);
      into.string(2, part[1]);
    });
  }
}

/** Of each series its parts. */
function request(...series: readonly (readonly Part[])[]): Uint8Array {
  const writer = createProtoWriter();
  for (const parts of series)
    writer.message(1, () => {
      for (const part of parts) write(part, writer);
    });
  return writer.finish();
}

type Read = { readonly labels: string; readonly samples: readonly (readonly [number, number])[] };

const textOf = (labels: ReadonlyMap<string, string>): string => JSON.stringify([...labels]);

function createReader(known: KnownBytes<string> = createKnownBytes()) {
  const whole: RemoteSeries[] = [];
  return {
    /** How many series were read with their labels so far. */
    whole: () => whole.length,
    read(bytes: Uint8Array): Read[] {
      const found: Read[] = [];
      const onSeries = (series: RemoteSeries) => {
        whole.push(series);
        const samples = series.samples.map(({ value, timeMs }) => [value, timeMs] as const);
        found.push({ labels: series.error ?? textOf(series.labels), samples });
      };
      const onSample = (labels: string, value: number, timeMs: number) =>
        found.push({ labels, samples: [[value, timeMs]] });
      readRemoteWrite1(bytes, onSeries, { known, keep: textOf, onSample });
      return found;
    },
  };
}

/** Without anything that is known, a sample each. */
function readPlainly(bytes: Uint8Array): Read[] {
  const found: Read[] = [];
  readRemoteWrite1(bytes, ({ labels, samples, error }) => {
    for (const { value, timeMs } of samples)
      found.push({ labels: error ?? textOf(labels), samples: [[value, timeMs]] });
  });
  return found;
}

const one = (read: readonly Read[]): Read[] =>
  read.flatMap(({ labels, samples }) => samples.map((sample) => ({ labels, samples: [sample] })));

test('series that come again are read without their labels, in the same order and in another', () => {
  const { read, whole } = createReader();
  const series = ['a', 'b', 'c', 'ä'].map((host) => [NAME, ['host', host], 1] as const);
  const first = read(request(...series));
  assert.equal(whole(), 4);
  for (const order of [series, series.toReversed(), [series[2]!, series[0]!], series]) {
    const bytes = request(...order);
    assert.deepEqual(read(bytes), readPlainly(bytes));
  }
  assert.deepEqual(read(request(...series)), first);
  assert.equal(whole(), 4);
});

test('one whose labels begin as those of another, or are its beginning, is another', () => {
  const { read } = createReader();
  const short = [NAME, 1] as const;
  const long = [NAME, ['host', 'x'], 2] as const;
  const longer = [NAME, ['host', 'xy'], 3] as const;
  for (const order of [
    [short, long],
    [long, short],
    [short, longer],
    [longer, long],
    [long, longer],
  ]) {
    const bytes = request(...order, ...order);
    assert.deepEqual(one(read(bytes)), readPlainly(bytes));
    assert.deepEqual(one(read(bytes)), readPlainly(bytes));
  }
});

test('labels behind samples, histograms, several samples and none: as if nothing were known', () => {
  const { read } = createReader();
  read(request([NAME, 1]));
  for (const parts of [
    [NAME, 1, ['host', 'x']],
    [NAME, 1, 'histogram'],
    [NAME, 1, 2, 3],
    [NAME],
    [['a', '1'], ['a', '2'], 1],
    [NAME, 4],
  ] as const)
    for (let i = 0; i < 2; i++) {
      const bytes = request(parts);
      assert.deepEqual(one(read(bytes)), readPlainly(bytes));
    }
});

test('whatever comes, cut short or changed in a byte: what is read is what would be read of it alone', () => {
  const host = fc.constantFrom('a', 'b', 'ab', 'web-10', '');
  const part = fc.oneof(
    fc.tuple(fc.constantFrom('__name__', 'host', 'h'), host),
    fc.integer({ min: 0, max: 3 }),
  );
  const { read } = createReader();
  const outcome = (work: () => unknown) => {
    try {
      return work();
    } catch (error) {
      return String(error);
    }
  };
  fc.assert(
    fc.property(
      fc.array(fc.array(part, { maxLength: 4 }), { maxLength: 5 }),
      fc.tuple(fc.nat(), fc.nat(255), fc.boolean()),
      (series, [at, byte, isChanged]) => {
        const bytes = request(...series).slice();
        if (isChanged && bytes.length > 0) bytes[at % bytes.length] = byte;
        assert.deepEqual(
          outcome(() => one(read(bytes))),
          outcome(() => readPlainly(bytes)),
        );
      },
    ),
    { numRuns: 3_000 },
  );
});

test('what was not seen for long is forgotten, the rest stays', () => {
  const few = createKnownBytes<string>(30_000);
  const at = (text: string) => [viewOf(Buffer.from(text)), 0, Buffer.byteLength(text)] as const;
  const keep = (text: string) => few.keep(...at(text), text);
  keep('kept');
  keep('forgotten');
  for (let i = 0; i < 100; i++) {
    keep(`other ${i}`);
    assert.equal(few.find(...at('kept')), 'kept');
    assert.equal(few.find(...at(`other ${i}`)), `other ${i}`);
  }
  assert.equal(few.find(...at('forgotten')), undefined);
  assert.equal(few.find(...at('other 0')), undefined);
  assert.equal(few.find(...at('other 99')), 'other 99');
  few.keep(...at('kept'), 'anew');
  assert.equal(few.find(...at('kept')), 'anew');
});

test('values that take much leave room for fewer, also where one took less before', () => {
  const few = createKnownBytes<string>(30_000);
  const at = (text: string) => [viewOf(Buffer.from(text)), 0, Buffer.byteLength(text)] as const;
  for (const name of ['a', 'b', 'c']) few.keep(...at(name), name, 10_000);
  assert.equal(few.find(...at('a')), undefined);
  assert.equal(few.find(...at('c')), 'c');
  const grown = createKnownBytes<string>(30_000);
  grown.keep(...at('a'), 'small');
  grown.keep(...at('a'), 'large', 14_000);
  assert.equal(grown.find(...at('a')), 'large');
  grown.keep(...at('b'), 'b');
  grown.keep(...at('c'), 'c', 14_000);
  assert.equal(grown.find(...at('a')), undefined);
  assert.equal(grown.find(...at('b')), 'b');
});

test('many that took little before and take much now are no more than there is room for', () => {
  const known = createKnownBytes<string>(30_000);
  const at = (text: string) => [viewOf(Buffer.from(text)), 0, Buffer.byteLength(text)] as const;
  const names = Array.from({ length: 16 }, (_, i) => String.fromCharCode(97 + i));
  for (const name of names) known.keep(...at(name), 'small');
  for (const name of names) known.keep(...at(name), 'large', 4_000);
  // Looking for one that was not seen lately forgets others: the newest first.
  const found = names.toReversed().map((name) => known.find(...at(name)));
  assert.equal(found.filter((value) => value === 'large').length, 4);
  assert.equal(found[0], 'large');
});

test('what would take all of the room is not kept, and what is there stays', () => {
  const known = createKnownBytes<string>(30_000);
  const at = (text: string) => [viewOf(Buffer.from(text)), 0, Buffer.byteLength(text)] as const;
  known.keep(...at('a'), 'a');
  for (let i = 0; i < 3; i++) known.keep(...at(`${i}`.repeat(3_000)), 'long');
  known.keep(...at('b'), 'large', 15_000);
  assert.deepEqual([known.find(...at('0'.repeat(3_000))), known.find(...at('b'))], [undefined, undefined]);
  assert.equal(known.find(...at('a')), 'a');
});

test('what is kept does not change with the memory that it was read from', () => {
  const known = createKnownBytes<string>();
  const memory = Buffer.from('first,second');
  const of = (bytes: Buffer) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  known.keep(of(memory), 0, 5, 'first');
  known.keep(of(memory), 6, 12, 'second');
  memory.fill('x');
  const again = Buffer.from('first,second');
  assert.equal(known.find(of(again), 0, 5), 'first');
  assert.equal(known.expected(of(again), 6, 12)?.value, 'second');
});
