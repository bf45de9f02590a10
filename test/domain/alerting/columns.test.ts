// Ticks as decoders give them, series and values apart: judged as ticks of samples are, whatever is remembered of the series.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamTick } from '../../../src/domain/alerting/evaluator.ts';
import type { Layout } from '../../../src/domain/alerting/host.ts';
import { at, rule, start, ticksOf, told } from './timeline.ts';

/** The same object for the same series, as a decoder has it. */
function columns() {
  const layouts = new Map<string, Layout>();
  return ({ samples, machineId = '', bootId = '', ...tick }: StreamTick) => {
    const series = samples.map(({ metric, labels }) => ({ metric, labels }));
    const key = JSON.stringify(series);
    const layout = layouts.get(key) ?? series;
    layouts.set(key, layout);
    return { ...tick, machineId, bootId, layout, values: Float64Array.from(samples, ({ value }) => value) };
  };
}

test('a rule that is added later finds series that nothing asked for before', () => {
  const run = start([rule('mem.usage > 90')]);
  const of = columns();
  const ticks = ticksOf({ 'cpu.usage': '95x6', 'mem.usage': '10x6', 'disk.usage{/}': '95x6' });
  for (const [i, tick] of ticks.entries()) {
    if (i === 2) {
      const rules = [rule('mem.usage > 90'), rule('cpu > 90', { name: 'hot' })];
      run.evaluator.setRules(rules, at('10:01:30'));
    }
    if (i === 4) run.evaluator.setRules([rule('disk.usage > 90', { name: 'full' })], at('10:03:30'));
    run.evaluator.tickOfColumns(of(tick));
  }
  assert.deepEqual(told(run.changes), ['F 10:02', 'ended 10:03:30 rule deleted', 'F 10:04 /']);
});

test('series that come, go and change places stay themselves', () => {
  const of = columns();
  const plain = start([rule('disk.usage > 90')]);
  const run = start([rule('disk.usage > 90')]);
  const ticks = [
    ...ticksOf({ 'disk.usage{/}': '95', 'disk.usage{/var}': '50' }),
    ...ticksOf({ 'disk.usage{/var}': '95', 'disk.usage{/}': '95' }, { startMs: at('10:01') }),
    ...ticksOf({ 'disk.usage{/}': '50 50 95', 'disk.usage{/var}': '96 _ _' }, { startMs: at('10:02') }),
    ...ticksOf({ 'disk.usage{/}': '95', 'disk.usage{/var}': '50' }, { startMs: at('10:05') }),
  ];
  for (const tick of ticks) {
    plain.evaluator.tick(tick);
    run.evaluator.tickOfColumns(of(tick));
  }
  assert.deepEqual(run.changes, plain.changes);
  assert.ok(run.changes.length > 4);
});

test('a host that had many series, all forgotten by now, is judged by those it has', () => {
  const run = start([rule('disk.usage > 90')]);
  const of = columns();
  const mounts = (day: number) =>
    Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`disk.usage{/${day}-${i}}`, '10']));
  const DAY = 86_400_000;
  run.evaluator.tickOfColumns(of(ticksOf(mounts(0))[0]!));
  const last = { 'disk.usage{/}': '10 95' };
  for (const tick of ticksOf(last, { startMs: at('10:00') + 2 * DAY })) run.evaluator.tickOfColumns(of(tick));
  assert.equal(run.evaluator.hosts.get('web-17')!.series.length, 1);
  assert.deepEqual(told(run.changes), ['F 10:01 /']);
});
