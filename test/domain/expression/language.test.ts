// The alert expression language: what is read, how it is printed, and every class of fault with its caret.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CheckOptions, check, type Finding } from '../../../src/domain/expression/check.ts';
import { globFits, matchersFit, parseMatcher } from '../../../src/domain/expression/matcher.ts';
import { checkMessageText, fillMessageText } from '../../../src/domain/expression/message-text.ts';
import { parse, parseExpression } from '../../../src/domain/expression/parser.ts';
import { printExpression } from '../../../src/domain/expression/printer.ts';
import { ExpressionError } from '../../../src/domain/expression/syntax.ts';

const canonical = (text: string): string => printExpression(parseExpression(text));

function faultOf(run: () => unknown): ExpressionError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ExpressionError, String(error));
    return error;
  }
  assert.fail('no fault was found');
}

const findings = (text: string, options?: CheckOptions): Finding[] => check(parse(text), options);

test('the expressions of the design and the stock rules are printed as they are written', () => {
  for (const text of [
    'cpu.usage > 90 for 5m',
    'disk.usage > 80 warning clear < 78, > 90 critical clear < 88 for 10m',
    'avg(cpu.usage, 10m) > 80 clear < 70',
    'disk.usage > 90 and disk.free < 20GiB for 10m',
    'forecast(disk.free, 1d) < 0 and disk.usage > 60 for 1h',
    'abs(clock.offset) > 2s clear < 1s for 10m',
    'silent for 3m',
    'share(silent) > 20% min 2 for 2m',
    'avg(net.errors, 1h) > 1/s clear < 0.1/s',
    'uptime < 10m',
    'min(procs.blocked, 10m) > 5 clear < 2',
    'cpu.usage > 90 for 3m keep 2m',
    'disk.usage{mount!~"/mnt/*",mount~"/*"} > 90',
    'delta(disk.free, 1h) < -1GiB',
    'share(cpu.usage > 90 and mem.usage > 80) >= 50%',
  ]) {
    assert.equal(canonical(text), text);
    assert.deepEqual(findings(text), [], text);
  }
});

test('what means the same has one form', () => {
  const same: Readonly<Record<string, readonly string[]>> = {
    'cpu.usage > 90 for 5m': [
      'CPU_Rate > 90 for 5m',
      'cpu.usage>90% for 300s',
      ' cpu.usage\n>\t90.0 for 5m ',
    ],
    'disk.free < 5GiB': ['disk.free < 5368709120', 'disk.free < 5120MiB', 'disk.free < 5368709120B'],
    'net.received > 12.5MB/s': ['net.received > 100Mbit/s', 'net.received > 12500000'],
    'clock.offset > 500ms': ['clock.offset > 0.5', 'clock.offset > 0.5s'],
    'uptime < 1h30m': ['uptime < 5400', 'uptime < 90m'],
    'net.errors > 1/s': ['net.errors > 1'],
    'forecast(disk.free, 1d) < 0': ['forecast(disk.free, 24h) < 0B'],
    'disk.usage > 80 warning, > 90 critical': ['disk.usage > 90 critical, > 80 warning'],
    'disk.usage{mount!="/b",mount="/a"} > 1': ['disk.usage{mount=\'/a\', mount!="/b"} > 1'],
  };
  for (const [form, texts] of Object.entries(same)) {
    for (const text of texts) assert.equal(canonical(text), form, text);
  }
});

test('units are what they say', () => {
  const value = (text: string): number => {
    const [first] = parseExpression(text).tests;
    assert.ok(first?.kind === 'compare');
    return first.levels[0]!.bound.value;
  };
  assert.equal(value('disk.free < 5GB'), 5_000_000_000);
  assert.equal(value('disk.free < 5GiB'), 5_368_709_120);
  assert.equal(value('net.received > 100Mbit/s'), 12_500_000);
  assert.equal(value('net.received > 1Gbit/s'), 125_000_000);
  assert.equal(value('clock.offset > 500ms'), 0.5);
  assert.equal(value('uptime < 10m'), 600);
  assert.equal(value('abs(clock.offset) > 1m30s'), 90);
  assert.equal(value('clock.offset < -1.5s'), -1.5);
});

/** Expression with the fault between «» (at the end: missing), the message, and what the hint must hold. */
const FAULTS: readonly (readonly [string, RegExp, RegExp?])[] = [
  ['«»', /empty/],
  ['cpu.usage«»', /expected >, >=/, /shell takes >/],
  ['cpu.usage «for» 5m', /expected >, >=.*found "for"/, /shell takes >/],
  ['cpu.usage >«»', /expected a number/],
  ['cpu.usage > 90«,»5', /comma/, /dot/],
  ['cpu.usage > «９»０', /unexpected character/, /Write 9/],
  ['cpu.usage «＞» 90', /unexpected character/, /Write >/],
  ['cpu.usage «≥» 90', /unexpected character/, /Write >=/],
  ['cpu.usage > «1e400»', /too large/],
  ['cpu.usage > «inf»', /expected a number/],
  ['cpu.usage «==» 90', /equality is not supported/, />= or <=/],
  ['up «==» 0', /equality is not supported/, /silent for 2m/],
  ['cpu.usage «!=» 90', /equality is not supported/, />= or <=/],
  ['cpu.usage «=>» 90', /unknown operator/, />=/],
  ['cpu.usage «=» 90', /equality is not supported/, />= or <=/],
  ['cpu.usage > 90 «fro» 5m', /expected the end/, /mean for/],
  ['cpu.usage > 90 «criticl» for 5m', /expected the end/, /mean critical/],
  ['cpu.usage > 90 for «30»', /no unit/, /30s or 30m/],
  ['cpu.usage > 90 for «5» minutes', /one letter/, /Write 5m/],
  ['cpu.usage > 90 for «2» hours', /one letter/, /Write 2h/],
  ['cpu.usage > 90 for «5x»', /not a duration/],
  ['cpu.usage > 90 for «90d»', /limit of 30 d/],
  ['cpu.usage > 90 for 5m «for» 5m', /once/],
  ['cpu.usage > 90 keep 5m «for» 5m', /before "keep"/],
  ['cpu.usage > 90 for 5m «and» mem.usage > 90', /at the end/],
  ['cpu.usage > 90 «or» mem.usage > 90', /no "or"/, /two rules/],
  ['cpu.usage > 90 clear«»', /expected >, >=/],
  ['cpu.usage > 90 for 5m «clear» < 80', /directly after its bound/],
  ['cpu.usage > 90 clear < 80 «warning»', /severity must come before/],
  ['disk.free < «5gb»', /unknown unit "gb"/, /GB .* or GiB/],
  ['disk.free < 5 «GiB»', /no space is allowed/, /Write 5GiB/],
  ['net.received > «100Mbps»', /unknown unit/, /Mbit\/s/],
  ['uptime < «30m1h»', /out of order/],
  ['«aveg»(cpu.usage, 5m) > 1', /unknown function/, /mean avg/],
  ['avg(cpu.usage«)» > 1', /expected ", window"/, /avg\(cpu.usage, 10m\)/],
  ['avg(cpu.usage, «25h») > 1', /limit of 1 d/],
  ['forecast(disk.free, «8d») < 0', /limit of 7 d/],
  ['avg(«abs»(clock.offset), 5m) > 1', /expected a metric/],
  ['«CPU.usage» > 1', /not of the form/, /mean cpu.usage/],
  ['«for» > 1', /expected a metric/],
  ['«"cpu.usage"» > 1', /expected a metric/, /without quotes/],
  ['disk.usage{mount=«/»var} > 1', /unexpected character/],
  ['disk.usage{mount=«var»} > 1', /quoted string/, /Write mount="/],
  ['disk.usage{mount«==»"/var"} > 1', /unknown operator/, /Write =/],
  ['disk.usage{mount«=~»"/var"} > 1', /unknown operator/, /~/],
  ['disk.usage{mount=«"»/var} > 1', /no end/],
  ['disk.usage{mount="a«\\q»"} > 1', /escape/],
  ['disk.usage{«host_id»="a"} > 1', /label name/],
  ['disk.usage{mount=«"a\\n"»} > 1', /control character/],
  ['disk.usage{mount="a" «>» 1', /"," or "}"/],
  ['share(silent) > «0.2»', /percentage/, /Write 20%/],
  ['share(silent) > «20»', /percentage/, /Write 20%/],
  ['share(silent) > 20% min «0»', /1 or more/],
  ['share(«share»(silent) > 2%) > 20%', /shares cannot be nested/],
  ['share(cpu.usage > 90 «for» 5m) > 20%', /at the end/],
  ['share(silent«»', /expected "\)"/],
  ['cpu.usage > 90\n  «fro» 5m', /expected the end/, /mean for/],
];

test('every fault of the form has a place, a caret under it and the nearest word', () => {
  for (const [marked, message, hint] of FAULTS) {
    const [start, end] = [marked.indexOf('«'), marked.indexOf('»') - 1];
    const source = marked.replace(/[«»]/g, '');
    const fault = faultOf(() => parse(source));
    assert.match(fault.message, message, marked);
    if (hint) assert.match(fault.hint ?? '', hint, marked);
    assert.deepEqual([fault.place.start, fault.place.end], [start, end], fault.text);
  }
});

test('who writes as elsewhere is told what is written here', () => {
  for (const [source, hint] of [
    ['rate(net.received[5m]) > 100', /rates already/],
    ['rate(net.received) > 100', /rates already/],
    ['avg_over_time(cpu.usage[5m]) > 90', /avg\(cpu\.usage, 5m\)/],
    ['predict_linear(disk.free[6h], 86400) < 0', /forecast\(disk\.free, 24h\)/],
    ['absent(cpu.usage)', /silent for 5m/],
    ['cpu.usage[5m] > 90', /avg\(METRIC, 5m\)/],
    ['disk.usage[mount="/"] > 90', /braces/],
    ['disk.usage{mount=/} > 90', /in quotes/],
    ['disk.usage > 80 warn, > 90 crit', /mean warning/],
    ['cpu.usage > 90 for 5m critical', /directly after the number/],
    ['cpu.usage > 90 high', /info, warning, critical/],
    ['90 < cpu.usage', /cpu\.usage > 90/],
    ['90 >= cpu.usage', /cpu\.usage <= 90/],
    ['cpu.usage + 5 > 90', /no arithmetic/],
    ['cpu.usage - 5 > 90', /no arithmetic/],
    ['cpu-usage > 90', /mean cpu\.usage/],
    ['cpu.usage > 90 || mem.usage > 90', /two rules/],
    ['cpu.usage > 90 && mem.usage > 90', /Write and/],
    ['(cpu.usage > 90)', /no parentheses/],
    ['not cpu.usage > 90', /no "not"/],
    ['if cpu.usage > 90', /Begin with the metric/],
    ['cpu.usage between 5 and 10', /two tests/],
    ['cpu.usage over 90', /Write >/],
    ['cpu.usage > 90 over 5m', /for 5m/],
    ['cpu.usage > mem.usage', /with a number/],
    ['cpu.usage > "90"', /without quotes/],
    ['cpu.usage 90', /Quote the whole/],
    ['silent > 5m', /silent for 5m/],
    ['host=web-1 and cpu.usage > 90', /scope/],
    ['count(silent) > 2', /share/],
    ['cpu.usage > 90 for 5 m', /Write 5m/],
    ['cpu.usage ^ 90', /For example/],
  ] as const) {
    const fault = faultOf(() => parse(source));
    assert.match(fault.hint ?? '', hint, source);
  }
});

test('the text of a fault can be printed as it is', () => {
  const fault = faultOf(() => parse('disk.usage{mount="机房"} > 90\n  and cpu.usage > 9０'));
  const lines = ['unexpected character "０"', '    and cpu.usage > 9０', `${' '.repeat(21)}^^`, 'Write 0'];
  assert.equal(fault.text, lines.join('\n'));
  assert.deepEqual([fault.place.line, fault.place.column], [2, 20]);
  assert.equal(fault.code, 'BAD_EXPRESSION');
});

/** Expression, kind of finding, message, and the text under the caret. */
const MEANINGS: readonly (readonly [string, Finding['kind'], RegExp, string])[] = [
  ['cpu.usage > 0.9', 'force', /0 to 100, not 0 to 1/, '0.9'],
  ['cpu.usage > 190', 'force', /0 to 100/, '190'],
  ['disk.free < 5', 'force', /5 without a unit is 5 bytes/, '5'],
  ['cpu.usage > 100', 'force', /no value crosses/, '100'],
  ['mem.available >= 0', 'force', /every value crosses/, '0'],
  ['abs(clock.offset) > -2s', 'force', /every value crosses/, '-2s'],
  ['cpu.usgae > 90', 'force', /unknown metric/, 'cpu.usgae'],
  ['cpu.usage{core="1"} > 90', 'force', /has no labels/, 'core="1"'],
  ['disk.usage{mout="/"} > 90', 'force', /has the label mount/, 'mout="/"'],
  ['net.received > 100MB', 'error', /bytes a second/, '100MB'],
  ['mem.available < 10%', 'error', /measured in bytes/, '10%'],
  ['cpu.usage > 5GiB', 'error', /measured in percent/, '5GiB'],
  ['load.1 > 5m', 'error', /plain number/, '5m'],
  ['cpu.usage > 90 clear < 95', 'error', /less strict/, 'clear < 95'],
  ['cpu.usage >= 90 clear <= 90', 'error', /less strict/, 'clear <= 90'],
  ['cpu.usage > 90 clear > 70', 'error', /point away/, 'clear > 70'],
  ['disk.free < 5GiB clear > 4GiB', 'error', /less strict/, 'clear > 4GiB'],
  ['disk.usage > 80, > 90', 'error', /names its severity/, '> 80'],
  ['disk.usage > 80 warning, > 90 warning', 'error', /two levels are warning/, '> 90 warning'],
  ['disk.usage > 95 warning, > 90 critical', 'error', /stricter/, '> 90 critical'],
  ['disk.usage > 80 warning, < 90 critical', 'error', /different directions/, '< 90 critical'],
  ['disk.usage > 90 and disk.busy > 90', 'error', /nothing joins them/, 'disk.busy > 90'],
  ['silent and cpu.usage > 90', 'error', /cannot be combined with other tests/, 'silent'],
  ['cpu.usage > 90 and share(silent) > 20%', 'error', /about a location/, 'share(silent) > 20%'],
  ['share(cpu.usage > 90 critical) > 20%', 'error', /no severities/, '> 90 critical'],
  ['share(cpu.usage > 90 clear < 80) > 20%', 'error', /no "clear"/, 'clear < 80'],
  ['share(silent) > 120%', 'error', /0 to 100/, 'share(silent) > 120%'],
  ['share(silent) > 0.2%', 'force', /less than one host/, 'share(silent) > 0.2%'],
  ['max(cpu.usage, 5m) > 90 for 3m', 'note', /keeps this true for 5 min/, 'max(cpu.usage, 5m)'],
];

test('what an expression means is judged with the place of the fault', () => {
  for (const [source, kind, message, under] of MEANINGS) {
    const found = findings(source).find((finding) => message.test(finding.message));
    assert.ok(found, `${source}: ${JSON.stringify(findings(source))}`);
    assert.equal(found.kind, kind, source);
    assert.equal(source.slice(found.place.start, found.place.end), under, source);
    assert.ok(found.text.includes('^'));
  }
});

test('a metric that is near none is told with the metrics there are', () => {
  assert.match(findings('zzzzzzz.q > 90')[0]!.text, /Metrics are cpu\.usage, mem\.usage/);
});

test('sensible thresholds need no force', () => {
  for (const text of [
    'cpu.usage >= 100',
    'delta(disk.usage, 1h) > 0.5',
    'forecast(disk.usage, 4h) > 100',
    'procs.blocked > 0',
    'disk.free < 100B',
    'net.drops > 0',
    'cpu.usage > 90 clear < 90',
    'clock.offset < -1s',
    'disk.free < 1MiB',
  ])
    assert.deepEqual(findings(text), [], text);
  assert.deepEqual(findings('gpu.heat > 90', { reported: ['gpu.heat'] }), []);
  assert.match(findings('gpu.haet > 90', { reported: ['gpu.heat'] })[0]!.hint!, /gpu.heat/);
});

test('matchers on the command line are anchored globs on known labels', () => {
  const hosts = ['web-1', 'web-10', 'xweb-1', 'Web-1', '机房-1', 'a/b'];
  const fits = (glob: string) => hosts.filter((host) => globFits(glob, host));
  assert.deepEqual(fits('web-1*'), ['web-1', 'web-10']);
  assert.deepEqual(fits('web'), []);
  assert.deepEqual(fits('机房*'), ['机房-1']);
  assert.ok(!matchersFit([{ label: 'constructor', op: '~', value: '?*' }], {}));
  assert.deepEqual(fits('???-1'), ['web-1', 'Web-1']);
  assert.equal(globFits(`${'*a'.repeat(60)}b`, 'a'.repeat(128)), false);
  assert.deepEqual(parseMatcher('host~web-*'), { label: 'host', op: '~', value: 'web-*' });
  assert.deepEqual(parseMatcher('rack!~a b'), { label: 'rack', op: '!~', value: 'a b' });
  const known = ['host', 'location', 'severity', 'rule'];
  assert.match(faultOf(() => parseMatcher('lcoation=725', known)).hint!, /location/);
  assert.match(faultOf(() => parseMatcher('web-17', known)).hint!, /host=/);
  assert.match(faultOf(() => parseMatcher('host=~web', known)).hint!, /Write ~/);
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: a shell's syntax must stay as it is
test('placeholders of a text are checked at save and filled in once', () => {
  const text = 'say "hi" \\ {value} {label.mount} {{x}} %s ${HOME} $(id)\n\t{host}';
  checkMessageText(text);
  const filled = fillMessageText(text, { value: '{host}', host: 'a"b', labels: { mount: '/a"b\\c d' } });
  assert.equal(filled, 'say "hi" \\ {host} /a"b\\c d {{x}} %s ${HOME} $(id)\n\ta"b');
  assert.equal(
    fillMessageText('{label.mount} {since} {label.constructor}', { since: '', labels: {} }),
    '- - -',
  );
  const fault = faultOf(() => checkMessageText('on {lable.mount}'));
  assert.match(fault.hint!, /label\.mount/);
  assert.equal(fault.place.column, 4);
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above
