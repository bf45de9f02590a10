// Short queries that would fill the memory or hold a thread for long: refused with the limit, before they do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePromql } from '../../../src/daemons/analyze/promql/parse.ts';
import { evaluate } from '../../../src/domain/promql/evaluate.ts';
import { createPattern } from '../../../src/domain/promql/pattern.ts';
import { checkValues } from '../../../src/domain/promql/values.ts';
import { answerTo, everyMinute } from './minute-series.ts';

const SERIES = [everyMinute({ __name__: 'g', host: 'a' }, [1])];
const nested = (times: number, wrap: (inner: string) => string): string => {
  let query = 'g';
  for (let i = 0; i < times; i++) query = wrap(query);
  return query;
};
const labels = (count: number) => Array.from({ length: count }, (_, i) => `l${i}`).join(',');
/** Of 11,000 steps 550 series. */
const HALF = 'count_values("v", floor(vector(time()) / 1200))';
const DAYS = { to: 10_999 };

const REFUSED: readonly (readonly [what: string, query: string, message: RegExp, asked?: typeof DAYS])[] = [
  [
    'labels that are put together again and again',
    nested(20, (inner) => `label_join(${inner},"host","","host","host","host","host")`),
    /a label of label_join\(\) has \d{4,5} characters; the limit is 4096/,
  ],
  [
    'the same by groups',
    nested(20, (inner) => `label_replace(${inner},"host","$1$1$1$1","host","(.*)")`),
    /a label of label_replace\(\) has \d{4,5} characters; the limit is 4096/,
  ],
  [
    'a series for each value that there is',
    'count_values("v", vector(time()))',
    /would hold \d+ values at once; the limit is 12000000/,
    DAYS,
  ],
  [
    // Refused with the first series that is too many, not when all of them are there.
    'the same in groups',
    `count_values by (g) ("v", ${['1', '2', '3'].map((g) => `label_replace(floor(vector(time()) / 1200),"g","${g}","","")`).join(' or ')})`,
    /would hold 12001000 values at once/,
    DAYS,
  ],
  ['parts that are held at once', `${HALF} + on(v) ${HALF}`, /would hold \d+ values at once/, DAYS],
  ['hundreds of labels', `sum by (${labels(65)}) (g)`, /65 labels are named; the limit is 64/],
  ['hundreds of labels to match', `g + on (${labels(65)}) g`, /65 labels are named/],
  ['hundreds of arguments', `sort_by_label(g, ${'"a",'.repeat(70)}"a")`, /72 labels are named/],
  [
    'a pattern of many groups',
    `label_replace(g,"a","","host","${'(a?)'.repeat(40)}")`,
    /more than 31 groups/,
  ],
  [
    'groups of a large pattern in a long label',
    `label_replace(${nested(5, (inner) => `label_join(${inner},"host","","host","host","host","host")`)},"a","$1","host","(a?){900}b")`,
    /it is too large for a text of 1024 characters/,
  ],
];
for (const [what, query, message, asked] of REFUSED)
  test(`refused: ${what}`, async () => {
    await assert.rejects(answerTo(query, SERIES, asked ?? {}), { message });
  });

test('what a selector reads is counted beside what is held, also where nothing comes of it', async () => {
  const once = Array.from({ length: 600 }, (_, i) => everyMinute({ __name__: 'once', host: `h${i}` }, [1]));
  assert.deepEqual(await answerTo('rate(once[1m])', once, DAYS), []);
  await assert.rejects(answerTo(`${HALF} + on(v) rate(once[1m])`, once, DAYS), {
    message: 'query processing would hold 12650000 values at once; the limit is 12000000',
  });
});

test('what operators come to is counted while they work, before columns of the same labels are one', async () => {
  // A point in each part of the time.
  const ms = [1_000, 5_000, 9_000].map((minute) => minute * 60_000);
  const many = Array.from({ length: 400 }, (_, i) => ({
    labels: { __name__: 'many', host: `h${i}` },
    ...{ ms, values: [1, 1, 1] },
  }));
  const ones = (parts: number) => `count_values("w", floor(vector(time()) / ${660_000 / parts}))`;
  const asked = (parts: number) => answerTo(`many * on() group_left() ${ones(parts)}`, many, DAYS);
  assert.equal((await asked(2)).length, 400);
  await assert.rejects(asked(3), { message: /would hold 12001000 values at once/ });
});

test('a subquery has 11,000 steps at most, a label 4,096 characters, a call 64 names', async () => {
  const steps = (count: number) =>
    answerTo(`count_over_time(vector(1)[${count}m:1m])`, [], { minute: 20_000 });
  assert.deepEqual(await steps(11_000), ['{} 11000']);
  await assert.rejects(steps(11_001), { message: /a subquery of 11001 steps is over the limit of 11000/ });
  const joined = (count: number) => [everyMinute({ __name__: 'g', host: 'x'.repeat(count) }, [1])];
  const join = 'label_join(g,"l","","host","host")';
  assert.equal((await answerTo(join, joined(2_048))).length, 1);
  await assert.rejects(answerTo(`${join.slice(0, -1)},"__name__")`, joined(2_048)), /has 4097 characters/);
  // Said with the part that is too many, not when all are put together.
  const replace = 'label_replace(g,"l","$1$1$1$1","host","(.*)")';
  await assert.rejects(answerTo(replace, joined(2_000)), /has 6000 characters/);
  assert.equal((await answerTo(`sum by (${labels(64)}) (g)`, SERIES)).length, 1);
});

test('values that are held come to 12,000,000 at most', () => {
  checkValues(12_000_000);
  assert.throws(() => checkValues(12_000_001), { code: 'BAD_EXPRESSION' });
});

test('long windows give others a turn in between', async () => {
  const series = [everyMinute({ __name__: 'g' }, new Array(4_000).fill(1))];
  const text = 'count_over_time(g[4000m])';
  let turns = 0;
  const grid = { startMs: 4_000 * 60_000, stepMs: 60_000, count: 30, lookbackMs: 300_000 };
  await evaluate(parsePromql(text), grid, {
    select: async () => series,
    pause() {
      turns++;
      return undefined;
    },
  });
  // Of 120,000 points a look at the clock for each 10,000, and some for the parts of the query.
  assert.ok(turns >= 10, String(turns));
});

test('one part alone is answered', async () => {
  assert.equal((await answerTo(HALF, SERIES, DAYS)).length, 550);
});

test('patterns that engines which try one alternative after the other never finish are answered', () => {
  const text = 'a'.repeat(128);
  for (const source of [
    '(a*)*b',
    '(a|a)*b',
    '(a|aa)+b',
    `${'a?'.repeat(128)}b`,
    '(?:a?){1000}b',
    '(.*)*(.*)*b',
  ]) {
    const pattern = createPattern(source);
    assert.equal(pattern.fits(text), false);
    assert.equal(pattern.fits(`${text}b`), true);
    assert.equal(pattern.fits(text), false);
  }
});
