// The Grafana files: the data source is analyze, and every query of the dashboards is answered with the series that it draws.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { tickOf } from '../analyze/ticks.ts';
import { openTwoDaemons, type TwoDaemons } from '../analyze/two-daemons.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'docker', 'grafana');
const NOW_MS = Date.parse('2026-11-25T10:00:00.000Z');
const MINUTE = 60_000;

type Target = { readonly expr: string; readonly instant: boolean };
type Dashboard = {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly Target[] }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition: string }[] };
};

const dashboards = globSync('dashboards/*.json', { cwd: FOLDER }).map((file) => ({
  file,
  dashboard: JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Dashboard,
}));
const targets = dashboards.flatMap(({ file, dashboard }) =>
  dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map((target) => ({ file, title, ...target })),
  ),
);
const variables = dashboards.flatMap(({ dashboard }) => dashboard.templating.list);

/** As Grafana does with one location and all of its hosts. */
const interpolated = (text: string) => text.replaceAll('$location', '725').replaceAll('$host', '.*');

describe('the Grafana files', () => {
  let system: TwoDaemons;

  before(async () => {
    system = await openTwoDaemons(NOW_MS);
    for (const host of ['web-1', 'web-2'])
      await system.grpc.manage.insertHost({ hostId: host, location: '725' });
    const network = { 'net.received{interface=eth0}': 1e6, 'net.sent{interface=eth0}': 2e6 };
    const faults = { 'net.errors{interface=eth0}': 1, 'net.drops{interface=eth0}': 2 };
    const disks = { 'disk.read{device=vda}': 1e5, 'disk.written{device=vda}': 1e6 };
    for (let i = 60; i >= 0; i--) {
      const full = { 'disk.usage{mount=/}': 90 - i / 60, 'disk.free{mount=/}': 1e9 + i * 1e7 };
      const rest = { 'cpu.usage': 10, 'mem.usage': 50, 'load.per_core': 0.5, uptime: 1e6 };
      const samples = { ...rest, ...network, ...faults, ...disks, ...full };
      await system.put([
        tickOf('web-1', NOW_MS - i * MINUTE, samples),
        tickOf('web-2', NOW_MS - i * MINUTE, samples),
      ]);
    }
  });
  after(() => system.stop());

  it('provision a data source that asks with forms, at the interval of the agents', () => {
    const file = readFileSync(join(FOLDER, 'provisioning/datasources/minimon.yaml'), 'utf8');
    const [source] = (parse(file) as { datasources: Record<string, unknown>[] }).datasources;
    const { type, url, jsonData } = source!;
    assert.deepEqual([type, url], ['prometheus', ['$', '{MINIMON_URL}'].join('')]);
    assert.deepEqual(jsonData, {
      ...{ httpMethod: 'POST', timeInterval: '60s', prometheusType: 'Prometheus' },
      ...{ prometheusVersion: '2.50.1', manageAlerts: true },
    });
  });

  for (const { name, definition } of variables)
    it(`answer the values of $${name}`, async () => {
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? [];
      const query = new URLSearchParams({ 'match[]': interpolated(selector) });
      const { body } = await system.get('analyze', `/api/v1/label/${label}/values?${query}`);
      const expected = { location: ['725'], host: ['web-1', 'web-2'] }[label];
      assert.deepEqual((body as { data: unknown }).data, expected);
    });

  for (const { file, title, expr, instant } of targets)
    it(`draw ${title} of ${file}: ${expr}`, async () => {
      const end = NOW_MS / 1_000;
      const range = `start=${end - 1_800}&end=${end}&step=60`;
      const query = `query=${encodeURIComponent(interpolated(expr))}`;
      const path = instant ? `query?time=${end}&${query}` : `query_range?${range}&${query}`;
      const { status, body } = await system.get('analyze', `/api/v1/${path}`);
      assert.equal(status, 200, JSON.stringify(body));
      const { data, ...remarks } = body as { data: { result: { values?: unknown[] }[] } };
      assert.deepEqual(remarks, { status: 'success' });
      assert.ok(data.result.length > 0, 'no series');
      for (const { values } of data.result) assert.ok(instant || values!.length === 31);
    });
});
