// Why: what is shown of a rule on a host, how many series a rule matches, and that live and replayed runs agree.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { builtInRules } from '../../../src/domain/alerting/built-in.ts';
import { STOCK_RULES } from '../../../src/domain/alerting/stock-rules.ts';
import { check } from '../../../src/domain/expression/check.ts';
import { parse } from '../../../src/domain/expression/parser.ts';
import { at, play, rule, START_MS, start, ticksOf, told } from './timeline.ts';

test('case 2a: why names the samples that a window has of those due', () => {
  const run = start([rule('avg(cpu, 10m) > 80')]);
  play(run, ticksOf({ 'cpu.usage': '99' }));
  const why = run.evaluator.explain('r', 'web-17')!;
  const [subject] = why.subjects;
  assert.deepEqual(subject!.tests[0]!.coverage, { samples: 1, due: 10, enough: false });
  assert.equal(subject!.tests[0]!.value, undefined);
  assert.deepEqual(subject!.crosses, [undefined]);
});

test('why names what does not arrive, what is out of scope, and what fires', () => {
  const rules = [
    rule('disk.usage > 90 and disk.free < 20GiB', { name: 'disk' }),
    rule('gpu.usage > 90', { name: 'gpu', locations: ['8*'] }),
  ];
  const run = start(rules);
  play(
    run,
    ticksOf({ 'disk.usage{/}': '95', 'disk.free{/}': '1', 'disk.usage{/var}': '50', 'disk.free{/var}': '1' }),
  );
  const disk = run.evaluator.explain('disk', 'web-17')!;
  assert.deepEqual(
    disk.subjects.map(({ labels, crosses, alert }) => [labels.mount, crosses, alert?.state]),
    [
      ['/', [true], 'firing'],
      ['/var', [false], undefined],
    ],
  );
  assert.deepEqual(
    disk.subjects[0]!.tests.map(({ lastValue }) => lastValue),
    [95, 1],
  );
  const gpu = run.evaluator.explain('gpu', 'web-17')!;
  assert.deepEqual([gpu.covered, gpu.missing, gpu.subjects], [false, ['gpu.usage'], []]);
  assert.equal(run.evaluator.explain('gpu', 'unknown'), undefined);
});

test('why of a share gives its counts, and none of fewer than three hosts', () => {
  const run = start(builtInRules(), { a: '725', b: '725', c: '725', d: '8' });
  play(
    run,
    ['a', 'b', 'c', 'd'].flatMap((host) => ticksOf({ 'cpu.usage': '1' }, { host })),
  );
  assert.deepEqual(run.evaluator.sharesOf('room-dark', '725'), [{ of: 0, among: 3 }]);
  assert.deepEqual(run.evaluator.sharesOf('room-dark', '8'), [undefined]);
});

test('a rule whose series vanish says so once, with how many there were', () => {
  const run = start([rule('disk.usage > 90')], { a: '725', b: '725' });
  const ticks = ['a', 'b'].flatMap((host) =>
    ticksOf(
      { 'disk.usage{/}': `10x20 _x20 10x20`, 'disk.usage{/var}': '10x20 _x20 10x20', 'cpu.usage': '1x60' },
      { host },
    ),
  );
  play(
    run,
    ticks.sort((x, y) => x.receivedMs - y.receivedMs),
  );
  assert.deepEqual(
    run.changes.map(({ kind, alert }) => [kind, alert.subject]),
    [
      ['firing', { kind: 'rule', rule: 'r', before: 4 }],
      ['resolved', { kind: 'rule', rule: 'r', before: 4 }],
    ],
  );
  assert.equal(run.evaluator.ruleHealth('r').matches, 4);
});

test('a share rule that was changed while it fired is judged by the new condition', () => {
  const hosts = { a: '725', b: '725', c: '725' };
  for (const [expression, wanted] of [
    ['share(cpu.usage > 90) > 40%', []],
    ['share(cpu.usage > 90) > 80%', ['rule changed']],
  ] as const) {
    const run = start([rule('share(cpu.usage > 90) > 50%')], hosts);
    const busy = (startMs: number) =>
      Object.keys(hosts).flatMap((host) =>
        ticksOf({ 'cpu.usage': host === 'a' ? '1' : '95' }, { host, startMs }),
      );
    play(run, busy(START_MS));
    run.evaluator.setRules([rule(expression)], at('10:00:30'));
    play(run, busy(at('10:01')));
    assert.deepEqual(
      run.changes.slice(1).flatMap(({ reason }) => reason ?? []),
      wanted,
      expression,
    );
    assert.equal(
      run.evaluator.open().some(({ state }) => state === 'firing'),
      wanted.length === 0,
      expression,
    );
  }
});

test('the stock rules are saved without force', () => {
  for (const { expression } of STOCK_RULES)
    assert.deepEqual(check(parse(expression), { reported: ['load.per_core'] }), [], expression);
});

test('a level rises only after its own `for`', () => {
  const run = start([rule('mem.usage > 90 warning, > 97 critical for 2m')]);
  play(run, ticksOf({ 'mem.usage': '92 92 98 98 98 92 80' }));
  assert.deepEqual(told(run.changes), [
    'F 10:02 since 10:00 warning',
    'L 10:04 critical',
    'L 10:05 warning',
    'R 10:06',
  ]);
});

test('every account is balanced: what fired resolves or ends once, and nothing else does', () => {
  const value = fc.constantFrom('95', '85', '50', '_');
  const expression = fc.constantFrom(
    'disk.usage > 80 warning clear < 60, > 90 critical for 1m',
    'disk.usage > 90 keep 2m',
    'avg(disk.usage, 3m) > 80',
    'disk.usage > 80 and cpu.usage > 80 for 1m',
  );
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 40 }),
      fc.array(value, { maxLength: 40 }),
      expression,
      (a, b, text) => {
        const run = start([rule(text)]);
        play(
          run,
          ticksOf({ 'disk.usage{/}': a.join(' '), 'cpu.usage': b.join(' ') || '95', 'load.1': '1x45' }),
        );
        run.evaluator.setRules([], at('11:00'));
        const open = new Set<string>();
        for (const { kind, alert } of run.changes) {
          if (alert.rule !== 'r') continue;
          if (kind === 'firing') assert.ok(!open.has(alert.id) && open.add(alert.id));
          if (kind === 'resolved' || kind === 'ended') assert.ok(open.delete(alert.id));
          if (kind === 'level') assert.ok(open.has(alert.id));
          if (kind === 'dropped') assert.ok(!open.has(alert.id));
        }
        assert.equal(open.size, 0);
        assert.equal(run.evaluator.open().filter((alert) => alert.rule === 'r').length, 0);
      },
    ),
    { numRuns: 300 },
  );
});
