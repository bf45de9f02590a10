// Prometheus' text form: every shape of a line, types, and what is wrong with a line named by its number.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePrometheusText } from '../../../src/daemons/agent/own-metrics/prometheus-text.ts';

const parse = (text: string | Uint8Array) =>
  parsePrometheusText(typeof text === 'string' ? Buffer.from(text) : text);
const bad = (text: string) => parse(`${text}\n`).bad.map(({ why }) => why);

test('samples with and without labels, escapes, spaces, numbers as Go writes them', () => {
  const { samples, bad: none } = parse(
    [
      '# HELP a_b What it is.\\nMore.',
      'a_b 1',
      'a_b{} -1.5e+09',
      'c:d{x="1",y="a\\"b\\\\c\\nd",} .5',
      ' e { x = "}" , y="," }  12. ',
      'f +Inf',
      'g NaN',
      'h 3 # {trace="x"} 1',
      '# a comment',
      '',
      '# EOF',
    ].join('\n'),
  );
  assert.deepEqual(none, []);
  assert.deepEqual(
    samples.map(({ name, labels, value }) => [name, labels, value]),
    [
      ['a_b', {}, 1],
      ['a_b', {}, -1.5e9],
      ['c:d', { x: '1', y: 'a"b\\c\nd' }, 0.5],
      ['e', { x: '}', y: ',' }, 12],
      ['f', {}, Number.POSITIVE_INFINITY],
      ['g', {}, Number.NaN],
      ['h', {}, 3],
    ],
  );
  assert.deepEqual(
    samples.map(({ line }) => line),
    [2, 3, 4, 5, 6, 7, 8],
  );
});

test('types hold for what follows them; OpenMetrics puts _total on the name of a sample alone', () => {
  const { samples } = parse(
    `before 1
# TYPE jobs_total counter
jobs_total 1
# TYPE mails counter
mails_total 2
mails_created 1700000000
# TYPE size gauge
size_total 3
# TYPE took histogram
took_bucket{le="1"} 4
took_sum 5
# TYPE odd summary
odd{quantile="0.5"} 6
odd_count 7
`,
  );
  assert.deepEqual(
    samples.map(({ name, type }) => `${name} ${type}`),
    [
      'before untyped',
      'jobs_total counter',
      'mails_total counter',
      'mails_created untyped',
      'size_total gauge',
      'took_bucket histogram',
      'took_sum histogram',
      'odd summary',
      'odd_count summary',
    ],
  );
});

test('what cannot be read costs its line alone and is named with it', () => {
  const { samples, bad: named } = parse('ok 1\n1bad 2\nalso_ok 3\nx{a="1" 4\n');
  assert.deepEqual(
    samples.map(({ name }) => name),
    ['ok', 'also_ok'],
  );
  assert.deepEqual(
    named.map(({ line }) => line),
    [2, 4],
  );
  assert.match(bad('1a 2').join(), /does not begin with a metric name/);
  assert.match(bad('a-b 2').join(), /character that is not allowed/);
  assert.match(bad('a').join(), /character that is not allowed|has no value/);
  assert.match(bad('a{x="1"}').join(), /has no value/);
  assert.match(bad('a zwölf').join(), /"zwölf" is no number/);
  for (const number of ['0x1p3', '1_000', '1,5', '--1', '1e', 'e5'])
    assert.match(bad(`a ${number}`).join(), /is no number/);
  assert.match(bad('a 1 1700000000000').join(), /time of its own/);
  assert.match(bad('a 1 2 3').join(), /more than a value/);
  for (const labels of ['{x=1}', '{x="1}', '{x "1"}', '{1x="1"}', '{x="1" y="2"}', '{,}'])
    assert.match(bad(`a${labels} 1`).join(), /not of the form \{name="value"\}/, labels);
  assert.match(bad('a{x="1",x="2"} 1').join(), /label x twice/);
  assert.match(bad('# TYPE a').join(), /no TYPE line/);
  assert.match(bad('# TYPE a meter').join(), /unknown type meter/);
});

test('half a last line is no sample: 12 may be the beginning of 1234', () => {
  const { samples, bad: named } = parse('a 1\nb 12');
  assert.deepEqual(
    samples.map(({ name }) => name),
    ['a'],
  );
  assert.match(named[0]!.why, /its end is missing/);
  assert.equal(named[0]!.line, 2);
});

test('a line that is not UTF-8 is named, the others are read; CRLF is read', () => {
  const { samples, bad: named } = parse(
    Buffer.concat([Buffer.from('a 1\r\nb{x="'), Buffer.from([0xe4]), Buffer.from('"} 2\nc{x="é"} 3\n')]),
  );
  assert.deepEqual(
    samples.map(({ name, labels }) => [name, labels]),
    [
      ['a', {}],
      ['c', { x: 'é' }],
    ],
  );
  assert.deepEqual(named, [{ line: 2, why: 'it is not UTF-8' }]);
});

test('an empty file is one without samples', () => {
  assert.deepEqual(parse(''), { samples: [], bad: [] });
  assert.deepEqual(parse('\n\n'), { samples: [], bad: [] });
});
