// The list of metrics: the whole table, who reports what and where, own metrics, and a manage that is away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnalyzeService } from '../../src/daemons/analyze/service.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { METRIC_KINDS } from '../../src/domain/metric-table.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { putInto, tickOf } from './ticks.ts';
import { openWatchedStore } from './watched-store.ts';

const NOW_MS = Date.parse('2026-11-25T10:00:00.000Z');
const DAY = 86_400_000;
const sinceMs = NOW_MS - DAY;

async function openList(t: { after(done: () => Promise<void>): void }, down = false) {
  const store = await openWatchedStore(NOW_MS);
  t.after(() => store.stop());
  const places = { a: '725', b: '725', c: '726' };
  const assignments = Object.entries(places).map(([hostId, location]) => ({ hostId, location }));
  const service = createAnalyzeService({
    store,
    clock: createVirtualClock(NOW_MS),
    logger: silentLogger,
    manage: {
      async listAssignments() {
        if (down) throw new ExpectedError('UNREACHABLE', 'no server answered at 127.0.0.1:8030');
        return { assignments, locations: ['725', '726'] };
      },
    },
  });
  await putInto(store)([
    tickOf('a', NOW_MS, { 'cpu.usage': 1, 'shop.orders': 5 }),
    tickOf('b', NOW_MS, { 'cpu.usage': 1 }),
    tickOf('c', NOW_MS, { 'cpu.usage': 1 }),
    tickOf('stray', NOW_MS, { 'cpu.usage': 1, 'apple.x': 1 }),
    tickOf('gone', sinceMs - 60_000, { 'cpu.usage': 1, 'old.one': 1 }),
  ]);
  const list = async (scope: object = {}) => {
    const { metrics, warnings } = await service.listMetrics({ sinceMs, ...scope });
    return { metrics, warnings, of: (name: string) => metrics.find(({ metric }) => metric === name) };
  };
  return { list };
}

test('the table comes first and whole, then own metrics by name', async (t) => {
  const { list } = await openList(t);
  const { metrics, of, warnings } = await list();
  assert.deepEqual(
    metrics.map(({ metric }) => metric),
    [...METRIC_KINDS.map(({ name }) => name), 'apple.x', 'shop.orders'],
  );
  const { hosts, series, locations, unit, seed, known } = of('cpu.usage')!;
  assert.deepEqual(
    { hosts, series, unit, seed, known },
    {
      ...{ hosts: 4, series: 4, unit: 'percent', seed: 'CPU_Rate', known: true },
    },
  );
  assert.deepEqual(locations, [{ location: '725', hosts: 2 }, { hosts: 1 }, { location: '726', hosts: 1 }]);
  assert.deepEqual(of('shop.orders'), {
    ...{ metric: 'shop.orders', known: false, labels: [], hosts: 1, series: 1 },
    locations: [{ location: '725', hosts: 1 }],
  });
  assert.deepEqual([of('disk.usage')!.hosts, of('disk.usage')!.labels], [0, ['mount']]);
  assert.deepEqual(warnings, []);
});

test('a location or hosts are counted alone; an unknown host is said', async (t) => {
  const { list } = await openList(t);
  assert.equal((await list({ location: '725' })).of('cpu.usage')!.hosts, 2);
  assert.equal((await list({ hosts: ['c', 'stray'] })).of('shop.orders'), undefined);
  assert.equal((await list({ hosts: [] })).of('cpu.usage')!.hosts, 0);
  await assert.rejects(list({ hosts: ['nobody'] }), { code: 'HOST_UNKNOWN' });
});

test('without manage hosts are counted, of no location, and it is said', async (t) => {
  const { list } = await openList(t, true);
  const { of, warnings } = await list();
  assert.deepEqual(of('cpu.usage')!.locations, [{ hosts: 4 }]);
  assert.match(warnings.join(), /locations of hosts are not known: manage does not answer/);
});
