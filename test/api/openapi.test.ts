// The OpenAPI documents describe what is really answered: every route is asked and its answer held against them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { analyzeApi } from '../../src/api/analyze.ts';
import { apiRoutes } from '../../src/api/http/routes.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import { manageApi } from '../../src/api/manage.ts';
import { persistApi } from '../../src/api/persist.ts';
import { analyzeSeedRoutes, manageSeedRoutes } from '../../src/api/seed/routes.ts';
import { warnApi } from '../../src/api/warn.ts';
import { daemonParts, memoryAnalyze, memoryManage, memoryPersist } from './memory-services.ts';
import { memoryWarn } from './memory-warn.ts';

type Schema = Parameters<typeof z.fromJSONSchema>[0];
type Operation = {
  summary?: string;
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content: Record<string, { schema: Schema }> }>;
};
type Document = {
  openapi: string;
  info: { title: string };
  paths: Record<string, Record<string, Operation>>;
};

const assignments = [{ host_id: 'a', location: '1' }];
/** A request for each route, and one that fails. */
const DAEMONS = {
  analyze: {
    routes: [apiRoutes(analyzeApi, memoryAnalyze(), Date.now), analyzeSeedRoutes(memoryAnalyze(), Date.now)],
    requests: {
      'GET /api/v1/records': '?metric=cpu.usage&step_ms=60000&host=a&host=b&label=mount%3D/',
      'POST /api/v1/records': { metric: 'cpu.usage', hosts: ['a'], start_at: '2026-03-01T12:00:00+01:00' },
      'GET /api/v1/latest': '?metric=cpu.usage&location=725',
      'POST /api/v1/latest': { hosts: ['a'] },
      'GET /api/v1/hosts/reporting': '?limit=10',
      'GET /api/v1/metrics': '?location=725',
      'GET /api/v1/promql': '?expression=1',
      'POST /api/v1/promql': { expression: '1' },
      'POST /api/v1/metrics': { hosts: ['a'] },
      'POST /api/v1/backtest': {
        rules: [{ name: 'hot', expression: 'cpu.usage > 90', severity: 'critical', hosts: ['web-*'] }],
        start_at: '2026-03-01T12:00:00+01:00',
      },
      'GET /FindRecordsByLocation': '?location=725&metrics_type=CPU_Rate',
      'POST /FindRecordsByLocation': { location: '725', metrics_type: 'CPU_Rate' },
    },
  },
  manage: {
    routes: [apiRoutes(manageApi, memoryManage(), Date.now), manageSeedRoutes(memoryManage())],
    requests: {
      'GET /api/v1/hosts': '?all=true&state=silent',
      'POST /api/v1/hosts': { host_id: 'a', location: '1' },
      'GET /api/v1/hosts/by-id': '?host_id=web-1',
      'GET /api/v1/hosts/unmanaged': '',
      'POST /api/v1/hosts/assign': { assignments, actor: 'ann' },
      'POST /api/v1/hosts/unassign': { host_ids: ['a', 'b'] },
      'POST /api/v1/hosts/remove': { host_ids: ['a', 'b'] },
      'POST /api/v1/hosts/update': { id: 1, location: '1' },
      'GET /api/v1/assignments': '?location=725',
      'GET /api/v1/locations': '',
      'POST /api/v1/hosts/undo': { dry_run: true },
      'POST /api/v1/locations/rename': { location: '725', new_name: '726' },
      'POST /api/v1/locations/remove': { location: '725' },
      'GET /api/v1/audit': '?host=web-1&actor=ann&since_at=2026-03-01T12:00:00Z',
      'GET /api/v1/inventory': '',
      'GET /api/v1/enrolments': '?limit=10',
      'POST /api/v1/enrolments/tokens': { name: 'rack', hosts: 2, ends_at: '2026-03-01T12:00:00Z' },
      'POST /api/v1/enrolments/join': { host_id: 'a', machine_id: 'm', id: 'i', hash: 'h' },
      'POST /api/v1/enrolments/renew': { host_id: 'a', machine_id: 'm', id: 'i', hash: 'h' },
      'POST /api/v1/enrolments/replace': { host_id: 'a' },
      'GET /api/v1/rules': '',
      'POST /api/v1/rules': {
        name: 'hot',
        expression: 'cpu.usage > 90',
        severity: 'critical',
        hosts: ['web-*'],
      },
      'POST /api/v1/rules/plan': { rules: [{ name: 'hot', expression: 'cpu.usage > 90' }], sources: [] },
      'POST /api/v1/rules/apply': { rules: [], sources: ['a.yaml'], prune: true },
      'POST /api/v1/rules/rename': { name: 'hot', new_name: 'hotter' },
      'POST /api/v1/rules/enabled': { name: 'hot', enabled: true },
      'POST /api/v1/rules/remove': { name: 'hot' },
      'GET /api/v1/receivers': '',
      'GET /api/v1/silences': '?expired=true',
      'GET /api/v1/silences/preview': '?matcher=location%3D725',
      'POST /api/v1/silences/preview': { matchers: ['location=725'] },
      'POST /api/v1/silences': { matchers: ['location=725'], reason: 'work', author: 'ann' },
      'POST /api/v1/silences/expire': { id: 'a1' },
      'POST /api/v1/receivers': { name: 'ops', kind: 'webhook', options: '{}' },
      'POST /api/v1/receivers/remove': { name: 'ops', force: true },
      'POST /api/v1/tokens': { name: 'ann', scopes: ['read'], ends_at: '2027-03-01T12:00:00Z' },
      'GET /api/v1/tokens': '?ended=true',
      'POST /api/v1/tokens/revoke': { name: 'ann' },
      'POST /InsertAHost': { HostID: 'a', Location: '1' },
      'GET /FindAllHost': '',
      'POST /UpdateHostMsg': { ID: 1, Location: '1' },
      'GET /FindNotManagedHosts': '',
    },
  },
  persist: {
    routes: [apiRoutes(persistApi, memoryPersist, Date.now)],
    requests: {
      'GET /api/v1/deadletters': '?host=web-1&reason=type&limit=10',
      'POST /api/v1/deadletters/retry': { host: 'web-1' },
    },
  },
  warn: {
    routes: [apiRoutes(warnApi, memoryWarn(), Date.now)],
    requests: {
      'GET /api/v1/status': '',
      'GET /api/v1/alerts': '?location=725&pending=true',
      'GET /api/v1/alerts/history': '?rule=disk-*&since_at=2026-03-01T00:00:00Z&limit=2',
      'GET /api/v1/alerts/why': '?rule=disk-full&host=web-1',
      'GET /api/v1/receivers/health': '',
      'GET /api/v1/rules/health': '',
      'GET /api/v1/receivers/route': '?label=location%3D725&label=severity%3Dcritical',
      'POST /api/v1/alerts/acknowledge': { alert: 'hot web-1', by: 'ann' },
      'POST /api/v1/receivers/test': { name: 'mail' },
    },
  },
};

for (const [daemon, { routes, requests }] of Object.entries(DAEMONS)) {
  test(`${daemon} serves a document that holds for each of its routes`, async (t) => {
    const openapi = { title: `minimon ${daemon}`, description: 'x' };
    const server = createHttpServer({ address: '127.0.0.1:0', ...daemonParts(), routes, openapi });
    const base = `http://${await server.start()}`;
    t.after(() => server.stop(0));
    const document = (await (await fetch(`${base}/openapi.json`)).json()) as Document;
    assert.equal(document.openapi, '3.1.0');
    assert.equal(document.info.title, `minimon ${daemon}`);
    const served = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.deepEqual(served.sort(), Object.keys(requests).sort());

    for (const [route, request] of Object.entries(requests)) {
      const [method = '', path = ''] = route.split(' ');
      const operation = document.paths[path]![method.toLowerCase()]!;
      assert.ok(operation.summary, route);
      const good = await send(base, method, path, request);
      assert.equal(good.status, 200, `${route} ${JSON.stringify(good.value)}`);
      holds(operation.responses['200']!, good.value, route);
      if (typeof request === 'object') holds(operation.requestBody!, request, `${route} request`);
      else describesQuery(operation, request);

      const bad = await send(base, method, path, method === 'GET' ? '?nonsense=1' : { nonsense: 1 });
      if (bad.status === 200) continue;
      assert.equal(bad.status, 400, route);
      holds(operation.responses['default']!, bad.value, `${route} failure`);
    }
  });
}

async function send(base: string, method: string, path: string, request: string | object) {
  if (typeof request === 'string') {
    const response = await fetch(base + path + request);
    return { status: response.status, value: (await response.json()) as unknown };
  }
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(base + path, { method, headers, body: JSON.stringify(request) });
  return { status: response.status, value: (await response.json()) as unknown };
}

function holds(described: { content: Record<string, { schema: Schema }> }, value: unknown, what: string) {
  const { schema } = described.content['application/json']!;
  const { success, error } = z.fromJSONSchema(schema).safeParse(value);
  assert.ok(success, `${what}: ${error?.message}`);
}

function describesQuery(operation: Operation, query: string) {
  const names = (operation.parameters ?? []).filter((one) => one.in === 'query').map((one) => one.name);
  for (const name of new URLSearchParams(query.startsWith('?') ? query : '').keys()) {
    assert.ok(names.includes(name), `${name} is not described`);
  }
}

test('the check itself refuses an answer with a key too many or too few', () => {
  const schema: Schema = {
    type: 'object',
    properties: { a: { type: 'number' } },
    required: ['a'],
    additionalProperties: false,
  };
  const described = { content: { 'application/json': { schema } } };
  holds(described, { a: 1 }, 'good');
  assert.throws(() => holds(described, { a: 1, b: 2 }, 'more'));
  assert.throws(() => holds(described, {}, 'less'));
});
