// The hosts of the metrics screen: few are asked for one by one, many are one list.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnalyzeService } from '../../src/api/analyze.ts';
import type { Host } from '../../src/api/manage.ts';
import { readOverview } from '../../src/api/metrics-overview.ts';

const host = (hostId: string): Host => ({ hostId, managed: true, state: 'reporting', facts: {} });

async function overviewOf(count: number, listed = count) {
  const ids = Array.from({ length: count }, (_, i) => `host-${i}`);
  const calls = { list: 0, get: 0 };
  const answer = { startMs: 0, stopMs: 1, series: [], warnings: [], nowMs: 1, samples: [] };
  const { hosts } = await readOverview(
    {
      analyze: {
        queryRange: async () => answer,
        queryLatest: async () => answer,
      } as unknown as AnalyzeService,
      manage: {
        async listHosts() {
          calls.list++;
          return { hosts: ['another', ...ids.slice(0, listed)].map(host), warnings: [] };
        },
        async getHost(hostId) {
          calls.get++;
          return host(hostId);
        },
      },
    },
    { scope: { hosts: ids }, shown: [], metric: 'cpu.usage', startMs: 0, stopMs: 1, nowMs: 1 },
  );
  assert.deepEqual(
    hosts?.map(({ hostId }) => hostId),
    ids,
  );
  return calls;
}

test('twenty hosts are asked for by name, more in one list, and those it lacks by name', async () => {
  assert.deepEqual(await overviewOf(20), { list: 0, get: 20 });
  assert.deepEqual(await overviewOf(21), { list: 1, get: 0 });
  assert.deepEqual(await overviewOf(1_000, 998), { list: 1, get: 2 });
});
