// Short queries that would fill the memory or hold a thread for long: refused with the limit, before they do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPattern } from '../../../src/domain/promql/pattern.ts';
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
  ['a pattern of many groups', `label_replace(g,"a","","host","${'(a?)'.repeat(40)}")`, /over 31 groups/],
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
