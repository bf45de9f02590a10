// Lines of line protocol that came before, read from bytes: what readLines makes of the whole text, whatever it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Line, type MalformedLine, readLines } from '../../src/domain/line-protocol.ts';
import { createKnownBytes, type KnownBytes } from '../../src/wire/known-bytes.ts';
import { type KnownLine, readKnownLines } from '../../src/wire/known-lines.ts';

type Kept = { readonly head: string; readonly names: readonly string[] };
type Read = readonly [head: string, fields: string, time: string | undefined] | MalformedLine;

const headOf = ({ measurement, tags }: Line): string => JSON.stringify([measurement, ...tags]);
/** Minus zero is another number. */
const fieldsOf = (fields: readonly (readonly [string, number])[]): string =>
  fields.map(([name, value]) => `${name}=${Object.is(value, -0) ? '-0' : value}`).join(';');
const lineOf = (line: Line, digits: number): Read => [
  headOf(line),
  fieldsOf([...line.fields]),
  line.time && String(Number(digits > 0 ? line.time.slice(0, -digits) : line.time) || 0),
];

function createReader(known: KnownBytes<KnownLine<Kept>> = createKnownBytes(), ofEach = 0) {
  let count = 0;
  return {
    /** How many lines were known so far. */
    known: () => count,
    read(text: string, timeDigits = 0): Read[] {
      const found: Read[] = [];
      readKnownLines(Buffer.from(text), {
        ...{ known, timeDigits },
        keep: (line, names) => ({ head: headOf(line), names }),
        bytesOf: () => ofEach,
        onKnown({ head, names }, values, time) {
          count++;
          const fields = fieldsOf(names.map((name, i) => [name, values[i]!]));
          found.push([head, fields, time === undefined ? undefined : String(time)]);
        },
        onLine: (line) => found.push(lineOf(line, timeDigits)),
        onMalformed: (malformed) => found.push(malformed),
      });
      return found;
    },
  };
}

function readPlainly(text: string, timeDigits = 0): Read[] {
  const found: Read[] = [];
  readLines(
    text,
    (line) => found.push(lineOf(line, timeDigits)),
    (malformed) => found.push(malformed),
  );
  return found;
}

test('a line that comes again is known, with other values and times, in another order too', () => {
  const { read, known } = createReader();
  const lines = (value: number) => [
    `cpu,host=ä,cpu=cpu0 usage=${value}.25,n=${value}i,z=-0.${value} 17638000000000000${10 + value}`,
    `cpu,host=ä,cpu=cpu0,x=y usage=${value} 1763800000000000000`,
    `mem free=${value}u`,
    `cpu,host=b usage=123456789012345678.${value},long=0.12345678901234567${value} 1763800000000000000`,
  ];
  assert.deepEqual(read(lines(1).join('\n'), 6), readPlainly(lines(1).join('\n'), 6));
  assert.equal(known(), 0);
  for (const [i, ends] of ['\n', '\r\n', '\n\n# nothing\n'].entries()) {
    const order = i === 1 ? lines(i).toReversed() : lines(i);
    const text = order.join(ends) + (i === 0 ? '' : ends);
    assert.deepEqual(read(text, 6), readPlainly(text, 6));
    assert.equal(known(), 4 * (i + 1));
  }
});

test('the same head with other fields, and then with those again', () => {
  const { read, known } = createReader();
  for (const fields of [
    'a=1,b=2',
    'a=1',
    'a=1,b=2,c=3',
    'b=2,a=1',
    'a=1,b=true',
    'a=1,b="x"',
    'a=1,a=2',
    'a=1',
  ])
    for (let i = 0; i < 2; i++)
      assert.deepEqual(read(`m,t=1 ${fields}`), readPlainly(`m,t=1 ${fields}`), fields);
  assert.ok(known() > 3);
});

test('what is known of lines stays within its bound: by their fields, and by what is kept of each', () => {
  const fields = (count: number) => Array.from({ length: count }, (_, i) => `f${i}=1`).join(',');
  const lines = (count: number) => Array.from({ length: 6 }, (_, i) => `m,t=${i} ${fields(count)}`);
  for (const [count, ofEach, expected] of [
    [1, 0, 6],
    [100, 0, 4],
    [1, 20_000, 4],
  ] as const) {
    const { read, known } = createReader(createKnownBytes(100_000), ofEach);
    for (let round = 0; round < 2; round++) for (const line of lines(count).toReversed()) read(line);
    // Those that were seen last; the first of them are forgotten while the others come.
    const before = known();
    for (const line of lines(count)) read(line);
    assert.ok(known() - before <= expected, `${count} fields, ${ofEach} bytes`);
    assert.ok(known() - before > 0);
  }
  const { read, known } = createReader();
  for (let round = 0; round < 2; round++) read(`m ${fields(500)}`);
  assert.equal(known(), 1);
  for (let round = 0; round < 2; round++) read(`m,t=1 ${fields(501)}`);
  assert.equal(known(), 1);
});

test('a time of too many digits, or of none, is as malformed as before', () => {
  const { read } = createReader();
  read('m a=1 1');
  for (const time of [
    '',
    ' ',
    ' 1',
    ' -1',
    ' 01',
    ' 12345678901234567890',
    ' 1234567890123456789',
    ' 1 ',
    ' x',
  ])
    for (const digits of [0, 3, 6]) {
      const text = `m a=1${time}\nm a=2 3`;
      // Beyond what is exact the two may differ by a rounding; those lines are not read as known.
      assert.deepEqual(read(text, digits), readPlainly(text, digits), `${text} ${digits}`);
    }
});

test('a text over several lines is not taken for lines', () => {
  const { read } = createReader();
  read('m a=1');
  for (const text of [
    'm a="x\nm a=1\n"\nm a=2',
    'm a="x\nm a=1\nm a=2',
    'm,t=a"b a=1\nm a=1\nm,t="c a="\nm a=3"\nm a=4',
    'm a="x\\"\nm a=1"\nm a=5',
  ])
    assert.deepEqual(read(text), readPlainly(text), text);
});

test('whatever text comes', () => {
  const name = fc.constantFrom('a', 'b', 'ab', 'ä', 'a\\ b', 'a\\,', '#', '');
  const value = fc.oneof(
    fc.constantFrom(
      ...[
        '1',
        '-1',
        '0',
        '-0',
        '1.5',
        '.5',
        '5.',
        '.',
        '-',
        '+1',
        '1e3',
        '1i',
        '-1u',
        '1.5i',
        't',
        'True',
        'NaN',
      ],
      ...['"x"', '"x\ny"', '"', '"\\"', '9007199254740993', '0.1234567890123456789', '1e999', ' ', ''],
      `1${'0'.repeat(400)}`,
    ),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.integer().map((cents) => String(cents / 100)),
  );
  const pair = fc.tuple(name, value).map(([key, of]) => `${key}=${of}`);
  const head = fc
    .tuple(
      name,
      fc.array(
        fc.tuple(name, name).map(([key, of]) => `,${key}=${of}`),
        { maxLength: 2 },
      ),
    )
    .map(([measurement, tags]) => measurement + tags.join(''));
  const line = fc
    .tuple(
      head,
      fc.constantFrom(' ', '  ', '', ','),
      fc.array(pair, { maxLength: 3 }),
      fc.constantFrom('', ' 1', ' 99999', ' x'),
    )
    .map(([first, gap, fields, time]) => first + gap + fields.join() + time);
  // Most agents send these alone.
  const plain = fc
    .tuple(fc.constantFrom('m', 'm,a=b', 'n,ä=b'), fc.integer(), fc.constantFrom('', ' 1', ' 99999'))
    .map(([first, cents, time]) => `${first} a=${cents / 100},b=${cents}i${time}`);
  const body = fc
    .array(
      fc.tuple(
        fc.oneof(line, { arbitrary: plain, weight: 2 }),
        fc.oneof({ arbitrary: fc.constant('\n'), weight: 4 }, fc.constantFrom('\r\n', '\n\n', '\r', '')),
      ),
      { maxLength: 6 },
    )
    .map((lines) => lines.flat().join(''));
  const { read, known } = createReader();
  fc.assert(
    fc.property(body, fc.constantFrom(0, 3), (text, digits) => {
      for (let i = 0; i < 2; i++) assert.deepEqual(read(text, digits), readPlainly(text, digits));
    }),
    { numRuns: 5_000 },
  );
  assert.ok(known() > 500, `${known()} lines were known`);
});

test('a number that no double can hold is as malformed where its line is known', () => {
  const { read } = createReader();
  for (const number of ['1', '9'.repeat(400), `-${'9'.repeat(400)}`, `${'9'.repeat(300)}.5`, '2']) {
    const text = `cpu,host=a usage=${number} 1763800000000`;
    assert.deepEqual(read(text), readPlainly(text), number.slice(0, 9));
  }
});
