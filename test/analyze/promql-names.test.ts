// Names in queries of PromQL: those that no host reports, and minimon's own spelling.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnalyzeService } from '../../src/daemons/analyze/service.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { putInto, tickOf } from './ticks.ts';
import { openWatchedStore } from './watched-store.ts';

const NOW_MS = Date.parse('2026-11-25T10:00:00.000Z');

test('an empty answer says which names no host reports; a name with dots how PromQL writes it', async (t) => {
  const store = await openWatchedStore(NOW_MS);
  t.after(() => store.stop());
  await putInto(store)([tickOf('a', NOW_MS, { 'cpu.usage': 7.5, 'mem.usage': 40 })]);
  const service = createAnalyzeService({
    ...{ store, clock: createVirtualClock(NOW_MS), logger: silentLogger, replaying: () => undefined },
    manage: { listAssignments: async () => ({ assignments: [], locations: [] }) },
  });
  const ask = (expression: string) => service.queryPromql({ startMs: NOW_MS, stopMs: NOW_MS, expression });
  const warnings = async (expression: string) => (await ask(expression)).warnings;
  assert.deepEqual(await warnings('sum(cpu_usge) / absent_total + rate(absent_total[5m])'), [
    'no host reports cpu_usge; did you mean cpu_usage?',
    'no host reports absent_total; see minimon metrics list',
  ]);
  assert.deepEqual(await warnings('{"cpu.usage"} > 90'), [], 'the name is known, the value is not there');
  assert.deepEqual(await warnings('cpu_usage or cpu_usge'), [], 'there is an answer');
  await assert.rejects(ask('avg(net.in.rate{host="a"})'), {
    code: 'BAD_EXPRESSION',
    hint: 'Names have no dots in PromQL: write net_in_rate, or {"net.in.rate"}.',
  });
  await assert.rejects(ask('1.5.2'), { hint: /docs/ });
});
