// What PromQL's functions and operators come to, as Prometheus 3 has them: facts from its documentation and its tests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Asked, answerTo, everyMinute } from './minute-series.ts';

const tenTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const SERIES = [
  everyMinute({ __name__: 'g', host: 'a', location: 'r1' }, [10, 20, 30, 40, 50, 60]),
  everyMinute({ __name__: 'g', host: 'b', location: 'r1' }, tenTo(1, 13)),
  everyMinute(
    { __name__: 'c', host: 'a' },
    tenTo(0, 20).map((i) => 60 * i),
  ),
  everyMinute({ __name__: 'r', host: 'a' }, [100, 160, 220, 10, 70, 130, 190]),
  everyMinute(
    { __name__: 'd', host: 'a' },
    tenTo(0, 20).map((i) => 100 - 10 * i),
  ),
  everyMinute({ __name__: 'info', host: 'a', os: 'linux' }, [1, 1, 1, 1, 1, 1]),
  everyMinute({ __name__: 'info', host: 'b', os: 'bsd' }, [1, 1, 1, 1, 1, 1]),
  everyMinute({ __name__: 'disk', host: 'a', mount: '/' }, [5, 5, 5, 5, 5, 5]),
  everyMinute({ __name__: 'disk', host: 'a', mount: '/srv' }, [7, 7, 7, 7, 7, 7]),
  everyMinute({ __name__: 'gap', host: 'a' }, [1, null, null, null, null, null, null, 8]),
  ...['0.1', '1', '+Inf'].map((le, i) =>
    everyMinute({ __name__: 'h_bucket', le }, new Array(6).fill((i + 1) * 10)),
  ),
];

const FACTS: readonly (readonly [query: string, asked: Asked, answer: readonly string[]])[] = [
  ['rate(c[5m])', { minute: 10 }, ['{host="a"} 1']],
  ['rate(c[1m])', { minute: 10 }, []],
  ['rate(c[90s])', { minute: 10 }, ['{host="a"} 1']],
  ['increase(r[5m])', { minute: 5 }, ['{host="a"} 237.5']],
  ['irate(r[5m])', { minute: 3 }, ['{host="a"} 0.1666666667']],
  [
    'g',
    { minute: 9 },
    ['{__name__="g", host="a", location="r1"} 60', '{__name__="g", host="b", location="r1"} 10'],
  ],
  ['g', { minute: 10 }, ['{__name__="g", host="b", location="r1"} 11']],
  ['sum by (location) (g)', { minute: 5 }, ['{location="r1"} 66']],
  ['scalar(g)', { minute: 5 }, ['NaN']],
  ['scalar(c)', { minute: 5 }, ['300']],
  ['g > bool 10', { minute: 5 }, ['{host="a", location="r1"} 1', '{host="b", location="r1"} 0']],
  ['g > 10', { minute: 5 }, ['{__name__="g", host="a", location="r1"} 60']],
  ['10 < g', { minute: 5 }, ['{__name__="g", host="a", location="r1"} 60']],
  ['predict_linear(d[5m], 600)', { minute: 5 }, ['{host="a"} -50']],
  ['absent(nope{host="a"})', {}, ['{host="a"} 1']],
  ['absent(g)', { minute: 5 }, []],
  ['absent_over_time(nope{host="a"}[5m])', {}, ['{host="a"} 1']],
  ['1 + 1', {}, ['2']],
  ['-1 ^ 2', {}, ['-1']],
  ['2 ^ 3 ^ 2', {}, ['512']],
  ['-(2 + 3) * 2 % 3', {}, ['-1']],
  ['1 > bool 2', {}, ['0']],
  ['0x1F + 1e1 + 5m', {}, ['341']],
  ['"text"', {}, ['text']],
  ['avg(g)', { minute: 5 }, ['{} 33']],
  ['min(g)', { minute: 5 }, ['{} 6']],
  ['max without (host) (g)', { minute: 5 }, ['{location="r1"} 60']],
  ['count(g)', { minute: 5 }, ['{} 2']],
  ['group by (host) (disk)', { minute: 5 }, ['{host="a"} 1']],
  ['stddev(g)', { minute: 5 }, ['{} 27']],
  ['stdvar(g)', { minute: 5 }, ['{} 729']],
  ['quantile(0.5, g)', { minute: 5 }, ['{} 33']],
  ['topk(1, g)', { minute: 5 }, ['{__name__="g", host="a", location="r1"} 60']],
  ['bottomk by (location) (1, g)', { minute: 5 }, ['{__name__="g", host="b", location="r1"} 6']],
  [
    'topk(1, g)',
    { minute: 0, to: 10, everyMinutes: 10 },
    ['{__name__="g", host="a", location="r1"} 10 _', '{__name__="g", host="b", location="r1"} _ 11'],
  ],
  ['count_values("v", info)', { minute: 5 }, ['{v="1"} 2']],
  [
    'g * on (host) group_left (os) info',
    { minute: 5 },
    ['{host="a", location="r1", os="linux"} 60', '{host="b", location="r1", os="bsd"} 6'],
  ],
  [
    'info * on (host) group_right (os) g',
    { minute: 5 },
    ['{host="a", location="r1", os="linux"} 60', '{host="b", location="r1", os="bsd"} 6'],
  ],
  ['g / ignoring (os) info', { minute: 5 }, []],
  ['g / on (host) info', { minute: 5 }, ['{host="a"} 60', '{host="b"} 6']],
  [
    'disk / on (host) group_left () c',
    { minute: 5 },
    ['{host="a", mount="/"} 0.01666666667', '{host="a", mount="/srv"} 0.02333333333'],
  ],
  ['g and on (host) disk', { minute: 5 }, ['{__name__="g", host="a", location="r1"} 60']],
  ['g unless on (host) disk', { minute: 5 }, ['{__name__="g", host="b", location="r1"} 6']],
  ['nope or vector(3)', {}, ['{} 3']],
  [
    'g == 60 or g == 6',
    { minute: 5 },
    ['{__name__="g", host="a", location="r1"} 60', '{__name__="g", host="b", location="r1"} 6'],
  ],
  [
    'g offset 1m',
    { minute: 5 },
    ['{__name__="g", host="a", location="r1"} 50', '{__name__="g", host="b", location="r1"} 5'],
  ],
  ['g{host="a"} @ 60', { minute: 30 }, ['{__name__="g", host="a", location="r1"} 20']],
  ['g{host="a"} @ end()', { minute: 0, to: 2 }, ['{__name__="g", host="a", location="r1"} 30 30 30']],
  [
    'g{host="a"}',
    { minute: 0, to: 12, everyMinutes: 4 },
    ['{__name__="g", host="a", location="r1"} 10 50 60 _'],
  ],
  ['gap', { minute: 4, to: 7 }, ['{__name__="gap", host="a"} 1 _ _ 8']],
  // The grammar's tree has what follows the last operand behind the whole.
  ['g{host="a"} offset 1m + g{host="a"} offset 2m', { minute: 5 }, ['{host="a", location="r1"} 90']],
  ['-g{host="a"} @ 60', { minute: 5 }, ['{host="a", location="r1"} -20']],
  ['1 + sum_over_time(vector(1)[3m:1m])', { minute: 5 }, ['{} 4']],
  [
    'sum(vector(1e100) or label_replace(vector(1), "a", "b", "", "") or label_replace(vector(-1e100), "a", "c", "", ""))',
    {},
    ['{} 1'],
  ],
  ['quantile(1, vector(1/0) or label_replace(vector(1/0), "a", "b", "", ""))', {}, ['{} Infinity']],
  ['g{host=~"a|x"}', { minute: 5 }, ['{__name__="g", host="a", location="r1"} 60']],
  ['g{host!~"a.*"}', { minute: 5 }, ['{__name__="g", host="b", location="r1"} 6']],
  ['{__name__=~"g|zzz", host!="b"}', { minute: 5 }, ['{__name__="g", host="a", location="r1"} 60']],
  ['avg_over_time(g{host="b"}[3m])', { minute: 5 }, ['{host="b", location="r1"} 5']],
  ['sum_over_time(g{host="b"}[3m])', { minute: 5 }, ['{host="b", location="r1"} 15']],
  ['min_over_time(g{host="b"}[3m])', { minute: 5 }, ['{host="b", location="r1"} 4']],
  ['max_over_time(g{host="b"}[3m])', { minute: 5 }, ['{host="b", location="r1"} 6']],
  ['count_over_time(g{host="b"}[3m])', { minute: 5 }, ['{host="b", location="r1"} 3']],
  ['last_over_time(g{host="b"}[3m])', { minute: 5 }, ['{__name__="g", host="b", location="r1"} 6']],
  ['quantile_over_time(0.5, g{host="b"}[3m])', { minute: 5 }, ['{host="b", location="r1"} 5']],
  ['changes(r[10m])', { minute: 6 }, ['{host="a"} 6']],
  ['resets(r[10m])', { minute: 6 }, ['{host="a"} 1']],
  ['delta(d[5m])', { minute: 5 }, ['{host="a"} -50']],
  ['deriv(d[5m])', { minute: 5 }, ['{host="a"} -0.1666666667']],
  ['idelta(d[5m])', { minute: 5 }, ['{host="a"} -10']],
  ['max_over_time(rate(c[2m])[5m:1m])', { minute: 10 }, ['{host="a"} 1']],
  ['sum_over_time(vector(1)[5m:1m])', { minute: 10 }, ['{} 5']],
  ['round(g / 7)', { minute: 5 }, ['{host="a", location="r1"} 9', '{host="b", location="r1"} 1']],
  ['round(g, 50)', { minute: 5 }, ['{host="a", location="r1"} 50', '{host="b", location="r1"} 0']],
  ['clamp(g, 10, 50)', { minute: 5 }, ['{host="a", location="r1"} 50', '{host="b", location="r1"} 10']],
  [
    'clamp_max(clamp_min(g, 10), 50)',
    { minute: 5 },
    ['{host="a", location="r1"} 50', '{host="b", location="r1"} 10'],
  ],
  [
    'sort_desc(g)',
    { minute: 5 },
    ['{__name__="g", host="a", location="r1"} 60', '{__name__="g", host="b", location="r1"} 6'],
  ],
  [
    'sort(g)',
    { minute: 5 },
    ['{__name__="g", host="b", location="r1"} 6', '{__name__="g", host="a", location="r1"} 60'],
  ],
  [
    'label_replace(g{host="a"}, "room", "room-$1", "location", "r(.*)")',
    { minute: 5 },
    ['{__name__="g", host="a", location="r1", room="room-1"} 60'],
  ],
  [
    'label_replace(g{host="a"}, "location", "", "location", ".*")',
    { minute: 5 },
    ['{__name__="g", host="a"} 60'],
  ],
  [
    'label_join(g{host="a"}, "at", "-", "location", "host")',
    { minute: 5 },
    ['{__name__="g", at="r1-a", host="a", location="r1"} 60'],
  ],
  ['histogram_quantile(0.5, h_bucket)', { minute: 5 }, ['{} 0.55']],
  ['time()', { minute: 5 }, ['300']],
  ['hour(vector(7200))', {}, ['{} 2']],
  ['month()', { minute: 5 }, ['{} 1']],
  ['days_in_month(vector(1709208000))', {}, ['{} 29']],
  ['timestamp(g{host="a"})', { minute: 7 }, ['{host="a", location="r1"} 300']],
  ['-g{host="a"}', { minute: 5 }, ['{host="a", location="r1"} -60']],
  ['g{host="a"} atan2 g{host="a"}', { minute: 5 }, ['{host="a", location="r1"} 0.7853981634']],
];

for (const [query, asked, answer] of FACTS) {
  test(`${query} at ${asked.minute ?? 0}m`, async () => {
    assert.deepEqual(await answerTo(query, SERIES, asked), answer);
  });
}

const REFUSED: readonly (readonly [query: string, message: RegExp])[] = [
  ['up{', /^1:4: parse error: unexpected end of input/],
  [
    'rate(up)',
    /^1:6: parse error: expected type range vector in call to function "rate", got instant vector/,
  ],
  ['foo(up)', /^1:1: parse error: unknown function with name "foo"/],
  ['sum(up) +\n bar(up)', /^2:2: parse error: unknown function with name "bar"/],
  ['', /^1:1: parse error: no expression found/],
  ['{}', /at least one non-empty matcher/],
  ['{host=~".*"}', /at least one non-empty matcher/],
  ['1 > 2', /comparisons between scalars must use BOOL/],
  ['g and 1', /set operator "and" not allowed/],
  ['g + bool g', /bool modifier can only be used on comparison/],
  ['info(g)', /^1:1: parse error: info is not answered by minimon/],
  ['mad_over_time(g[5m])', /mad_over_time is not answered/],
  ['limitk(1, g)', /limitk is not answered/],
  ['g{host=~"(a"}', /missing closing \)/],
  ['g{host=~"(?=a)"}', /is not answered/],
  ['g offset 1m offset 1m', /offset may not be set multiple times/],
  ['rate(g[5m] anchored)', /anchored is not answered/],
  ['g[0s]', /range duration must be greater than 0/],
  ['rate(g[$__rate_interval])', /variable of Grafana/],
  ['sum(g, g)', /wrong number of arguments/],
  ['rate(g[5m+1m])', /the duration 5m\+1m is not answered/],
  ['disk * on (host) disk', /many-to-many|multiple matches|duplicate series/],
  ['c * on (host) disk', /duplicate series for the match group \{host="a"\} on the right/],
  ['disk * on (host) c', /many-to-one matching must be explicit/],
  ['label_replace(disk, "mount", "", "mount", ".*")', /same labelset/],
  ['(g + g) offset 1m', /must be preceded by a selector/],
  ['(g)[5m]', /ranges only allowed/],
  ['topk(0/0, g)', /is NaN/],
  [`${'('.repeat(60)}1${')'.repeat(60)}`, /nested over 50/],
];
for (const [query, message] of REFUSED) {
  test(`refused: ${query.slice(0, 60)}`, async () => {
    await assert.rejects(answerTo(query, SERIES, { minute: 5 }), { code: 'BAD_EXPRESSION', message });
  });
}
