// What matchers of silences and routes fit: whole values, labels that exist, hosts as a whole, and never minimon itself by chance.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkMatchers,
  matchLabels,
  mayFitHost,
  silenceOf,
  silences,
  silencesHost,
} from '../../../src/domain/alerting/alert-matching.ts';
import type { Silence } from '../../../src/domain/alerting/configuration.ts';

const HOSTS = ['web-1', 'web-10', 'xweb-1', 'Web-1', '机房-1', 'a/b'];
const alertOf = (host: string) =>
  matchLabels(
    {
      rule: 'disk-full',
      severity: 'warning',
      subject: { kind: 'host', host, location: '725', labels: { mount: '/' } },
    },
    { labels: { team: 'db' } },
  );

test('case 15: the hosts that a preview counts are the hosts whose alerts are silenced, and globs are anchored', () => {
  for (const [matcher, expected] of [
    ['host=web-1', ['web-1']],
    ['host~web-1*', ['web-1', 'web-10']],
    ['host~web', []],
    ['host~机房*', ['机房-1']],
    ['location=7*', []],
    ['location~7*', HOSTS],
    ['host!~web*', ['xweb-1', 'Web-1', '机房-1', 'a/b']],
    ['host=a/b', ['a/b']],
  ] as const) {
    const silenced = HOSTS.filter((host) => silences([matcher], alertOf(host)));
    assert.deepEqual(silenced, expected, matcher);
    const previewed = HOSTS.filter((hostId) => mayFitHost([matcher], { hostId, location: '725' }));
    assert.deepEqual(previewed, expected, matcher);
  }
});

test('labels of rules and of series fit; a host is under a silence only where nothing else is asked', () => {
  assert.equal(silences(['team=db', 'mount=/', 'severity=warning', 'rule~disk-*'], alertOf('web-1')), true);
  assert.equal(silences(['team=db', 'mount=/var'], alertOf('web-1')), false);
  const host = { hostId: 'web-1', location: '725' };
  assert.equal(silencesHost(['location=725', 'host~web-*'], host), true);
  assert.equal(silencesHost(['location=725', 'severity!=critical'], host), false);
  assert.equal(silencesHost(['location=726'], host), false);
  assert.equal(mayFitHost(['location=725', 'rule=cpu'], host), true);
});

test('a matcher that fits what has no host does not silence the fleet or the pipeline, unless it names the rule', () => {
  const pipeline = matchLabels(
    { rule: 'pipeline-stalled', severity: 'critical', subject: { kind: 'pipeline' } },
    undefined,
  );
  assert.equal(silences(['host!~web*'], pipeline), false);
  assert.equal(silences(['severity=critical'], pipeline), false);
  assert.equal(silences(['rule=pipeline-stalled'], pipeline), true);
  const room = matchLabels(
    { rule: 'room-dark', severity: 'critical', subject: { kind: 'location', location: '725' } },
    undefined,
  );
  assert.equal(silences(['location=725'], room), true);
  assert.equal(silences(['host=web-1'], room), false);
});

test('case 24: a label that no alert has is refused with the nearest; those of rules and of expressions are known', () => {
  const rules = [{ labels: { team: 'db' }, expression: 'disk.usage{raid="md0"} > 90' }];
  assert.deepEqual(checkMatchers([' location=725', 'team!=db', 'raid~md*', 'mount=/var'], rules), [
    'location=725',
    'team!=db',
    'raid~md*',
    'mount=/var',
  ]);
  for (const [text, message] of [
    ['lcoation=725', /unknown label "lcoation"[\s\S]*\^{8}[\s\S]*Did you mean location\?/],
    ['rack!~a.*', /unknown label "rack"[\s\S]*Labels are location, host, severity, rule/],
    ['web-17', /has no operator[\s\S]*Is it host=web-17\?/],
    ['severity=crit', /unknown severity "crit"[\s\S]*\^{4}[\s\S]*Did you mean critical\?/],
    ['severity!=warnin', /unknown severity "warnin"[\s\S]*Did you mean warning\?/],
    ['severity~crit', /unknown severity/],
    ['severity!~err*', /unknown severity[\s\S]*Severities are info, warning, critical/],
    ['severity=', /every alert has a severity/],
    ['host=~web-.*', /unknown operator =~[\s\S]*Write ~/],
  ] as const) {
    assert.throws(() => checkMatchers([text], rules), { code: 'BAD_EXPRESSION', message });
  }
});

test('severities that there are may be matched in every way', () => {
  for (const text of [
    'severity=critical',
    'severity!=info',
    'severity~crit*',
    'severity!~*',
    'severity~[iw]*',
  ])
    assert.deepEqual(checkMatchers([text], []), [text]);
});

test('of several silences the longest is named; the end is exclusive, the start is not', () => {
  const of = (id: string, startsMs: number, endsMs: number): Silence => ({
    ...{ id, startsMs, endsMs },
    ...{ matchers: ['host=web-1'], reason: 'r', author: 'a', createdMs: 0 },
  });
  const all = [of('short', 100, 200), of('long', 100, 300)];
  const at = (nowMs: number) => silenceOf(alertOf('web-1'), all, nowMs)?.id;
  assert.deepEqual([99, 100, 200, 299, 300].map(at), [undefined, 'long', 'long', 'long', undefined]);
});

test('a silence has 32 matchers at most: each alert is held against each of them', () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => `host=web-${i}`);
  assert.equal(checkMatchers(many(32), []).length, 32);
  assert.throws(() => checkMatchers(many(33), []), { code: 'USAGE', message: /33 matchers/ });
});
