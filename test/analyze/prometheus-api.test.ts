// Prometheus' HTTP API on analyze as Grafana and promtool call it, over a real listener and the embedded store.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { tickOf } from './ticks.ts';
import { openTwoDaemons, type TwoDaemons } from './two-daemons.ts';

const NOW_MS = Date.parse('2026-11-25T10:00:00.000Z');
const NOW = NOW_MS / 1_000;
const MINUTE = 60_000;

describe("Prometheus' HTTP API", () => {
  let system: TwoDaemons;
  let base: string;

  before(async () => {
    system = await openTwoDaemons(NOW_MS);
    base = `http://${system.daemons.analyze.addresses()['http']}`;
    await system.grpc.manage.insertHost({ hostId: 'web-1', location: '725' });
    await system.grpc.manage.insertHost({ hostId: 'web-2', location: '726' });
    for (let i = 9; i >= 0; i--) {
      for (const [host, extra] of [
        ['web-1', { 'disk.usage{mount=/}': 50, 'jobs_total{host=x}': 60 * (9 - i) }],
        ['web-2', { 'queue.length': 3, queue_length: 4 }],
        ['lost-1', {}],
      ] as const) {
        await system.put([tickOf(host, NOW_MS - i * MINUTE, { 'cpu.usage': 10 + i, ...extra })]);
      }
    }
  });
  after(() => system.stop());

  async function ask(path: string, form?: Readonly<Record<string, string>>) {
    const response = await fetch(
      `${base}${path}`,
      form ? { method: 'POST', body: new URLSearchParams(form) } : {},
    );
    return { status: response.status, text: await response.text(), headers: response.headers };
  }
  const dataOf = async (path: string, form?: Readonly<Record<string, string>>) => {
    const { status, text } = await ask(path, form);
    assert.equal(status, 200, text);
    return (JSON.parse(text) as { data: unknown }).data;
  };
  const query = (text: string, rest = `&time=${NOW}`) =>
    `/api/v1/query?query=${encodeURIComponent(text)}${rest}`;

  it("answers Grafana's health check to the letter", async () => {
    const { text } = await ask('/api/v1/query', { query: '1+1', time: '4' });
    assert.equal(text, '{"status":"success","data":{"resultType":"scalar","result":[4,"2"]}}');
  });

  it('answers a vector with its labels, its time in seconds and its value as a string', async () => {
    const { text } = await ask(query('cpu_usage{host="web-1"}', `&time=${NOW}.904`));
    assert.equal(
      text,
      `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"cpu_usage","host":"web-1","location":"725"},"value":[${NOW}.904,"10"]}]}}`,
    );
  });

  it('answers NaN and infinities as strings', async () => {
    const { text } = await ask(query('vector(0/0) or vector(1/0)'));
    assert.match(text, /"value":\[\d+,"NaN"\]/);
    assert.match((await ask(query('-1/0'))).text, /\[\d+,"-Inf"\]/);
  });

  it('takes the parameters of the URL where a POST has no form, as vmalert asks', async () => {
    const headers = { 'content-type': 'application/json' };
    const path = `${base}/api/v1/query?query=1%2B1&step=300s&time=4`;
    for (const body of ['', '{"query":"2"}']) {
      const response = await fetch(path, { method: 'POST', headers, body });
      assert.match(await response.text(), /"result":\[4,"2"\]/);
    }
  });

  it('answers a range under both prefixes, as GET and as a form', async () => {
    const range = {
      query: 'avg by (location) (cpu_usage)',
      start: `${NOW - 120}`,
      end: `${NOW}`,
      step: '1m',
    };
    const posted = await ask('/api/v1/query_range', range);
    const got = await ask(`/prometheus/api/v1/query_range?${new URLSearchParams(range)}`);
    assert.equal(posted.text, got.text);
    assert.deepEqual(JSON.parse(posted.text), {
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [{}, { location: '725' }, { location: '726' }].map((metric) => ({
          metric,
          values: [
            [NOW - 120, '12'],
            [NOW - 60, '11'],
            [NOW, '10'],
          ],
        })),
      },
    });
  });

  it("keeps a series' own label host beside the one that minimon sets", async () => {
    const found = (await dataOf(query('rate(jobs_total{exported_host="x"}[5m])'))) as {
      result: { metric: object; value: unknown[] }[];
    };
    assert.deepEqual(found.result, [
      { metric: { exported_host: 'x', host: 'web-1', location: '725' }, value: [NOW, '1'] },
    ]);
  });

  it('refuses a name that two metrics share, and takes the exact one', async () => {
    const { status, text } = await ask(query('queue_length'));
    assert.equal(status, 422);
    assert.match(text, /queue.length, queue_length.*\{\\"queue.length\\"\}/);
    const found = (await dataOf(query('{"queue.length"}'))) as { result: { value: unknown[] }[] };
    assert.deepEqual(
      found.result.map(({ value }) => value[1]),
      ['3'],
    );
  });

  it('lists series, labels, values and metadata', async () => {
    assert.deepEqual(await dataOf(`/api/v1/series?match[]=cpu_usage{location="725"}`), [
      { __name__: 'cpu_usage', host: 'web-1', location: '725' },
    ]);
    assert.deepEqual(await dataOf('/api/v1/labels?match[]=disk_usage'), [
      '__name__',
      'host',
      'location',
      'mount',
    ]);
    assert.deepEqual(await dataOf('/api/v1/label/location/values'), ['725', '726']);
    assert.deepEqual(await dataOf('/api/v1/label/host/values?limit=2'), ['lost-1', 'web-1']);
    assert.deepEqual(await dataOf('/api/v1/label/__name__/values?match[]={host="lost-1"}'), ['cpu_usage']);
    assert.deepEqual(await dataOf('/api/v1/metadata?metric=cpu_usage'), {
      cpu_usage: [{ type: 'gauge', help: 'CPU time not idle and not waiting for I/O', unit: 'percent' }],
    });
  });

  it('answers promtool, which asks from the first to the last time there is', async () => {
    const far = '&start=-36000000000&end=99999999999999';
    assert.deepEqual(await dataOf(`/api/v1/series?match[]=disk_usage${far}`), [
      { __name__: 'disk_usage', host: 'web-1', location: '725', mount: '/' },
    ]);
    assert.equal((await ask('/-/healthy')).status, 200);
    assert.equal((await ask('/-/ready')).status, 200);
  });

  it('answers with no more series than a limit, and says so', async () => {
    const step = `&start=${NOW - 60}&end=${NOW}&step=60`;
    for (const path of [
      query('cpu_usage', `&time=${NOW}&limit=2&stats=all`),
      `/api/v1/query_range?query=cpu_usage&limit=2${step}`,
    ]) {
      const { data, warnings } = JSON.parse((await ask(path)).text) as {
        data: { result: { metric: { host: string } }[] };
        warnings: string[];
      };
      assert.equal(data.result.length, 2);
      assert.deepEqual(warnings, ['results truncated due to limit']);
      const all = await ask(path.replace('limit=2', 'limit=3'));
      assert.doesNotMatch(all.text, /warnings/);
    }
    assert.match((await ask(query('cpu_usage', '&limit=x'))).text, /invalid parameter \\"limit\\"/);
  });

  it('says how it answers, and that it scrapes nothing', async () => {
    const flags = (await dataOf('/api/v1/status/flags')) as Record<string, string>;
    assert.equal(flags['query.lookback-delta'], '5m');
    assert.deepEqual(await dataOf('/api/v1/targets?state=active'), {
      ...{ activeTargets: [], droppedTargets: [], droppedTargetCounts: {} },
    });
    for (const path of ['status/config', 'targets/metadata', 'scrape_pools', 'alertmanagers'])
      await dataOf(`/api/v1/${path}`);
  });

  it('says its version without features, and has no exemplars', async () => {
    assert.equal(((await dataOf('/api/v1/status/buildinfo')) as { version: string }).version, '3.0.0');
    assert.deepEqual(
      await dataOf('/api/v1/query_exemplars?query=x&start=1795871954904&end=1795871954905'),
      [],
    );
  });

  it('writes a query in its usual form, and answers with its tree', async () => {
    const text = 'sum(rate( foo{b="2",a="1"}[300s] ))by(host)';
    const formatted = 'sum by (host) (rate(foo{a="1",b="2"}[5m]))';
    assert.equal(await dataOf(`/api/v1/format_query?query=${encodeURIComponent(text)}`), formatted);
    assert.equal(await dataOf('/prometheus/api/v1/format_query', { query: text }), formatted);
    assert.deepEqual(await dataOf('/api/v1/parse_query', { query: '(2)' }), {
      type: 'parenExpr',
      expr: { type: 'numberLiteral', val: '2' },
    });
    for (const path of ['format_query', 'parse_query']) {
      const { status, text: error } = await ask(`/api/v1/${path}?query=rate(up)`);
      assert.equal(status, 400);
      assert.match(error, /"errorType":"bad_data","error":"1:6: parse error/);
    }
  });

  it('warns of a rate of a gauge', async () => {
    const { text } = await ask(query('rate(net_received[5m])'));
    assert.match(text, /"infos":\["PromQL info: metric might not be a counter.*net_received/);
  });

  const FAULTS: readonly (readonly [path: string, status: number, type: string, error: RegExp])[] = [
    [query('up{'), 400, 'bad_data', /1:4: parse error/],
    [query('foo(up)'), 400, 'bad_data', /unknown function/],
    [query('rate(up)'), 400, 'bad_data', /1:6/],
    [query('up[5m]'), 400, 'bad_data', /range vector/],
    ['/api/v1/query', 400, 'bad_data', /invalid parameter "query"/],
    [query('up', '&time=tomorrow'), 400, 'bad_data', /invalid parameter "time"/],
    [query('up', '&time=2026-02-30T12:00:00Z'), 400, 'bad_data', /invalid parameter "time"/],
    ['/api/v1/query_range?query=up&start=0&end=39999&step=0', 400, 'bad_data', /zero or negative/],
    ['/api/v1/query_range?query=up&start=0&end=39999&step=1', 400, 'bad_data', /11,000 points/],
    ['/api/v1/query_range?query=up&start=5&end=4&step=1', 400, 'bad_data', /before start/],
    ['/api/v1/series', 400, 'bad_data', /match\[\]/],
    ['/api/v1/series?match[]=rate(up[5m])', 400, 'bad_data', /series selector/],
    [query('cpu_usage * on () cpu_usage'), 422, 'execution', /many-to-many/],
  ];
  for (const [path, status, type, message] of FAULTS) {
    it(`refuses ${decodeURIComponent(path)}`, async () => {
      const answer = await ask(path);
      const { error, ...rest } = JSON.parse(answer.text) as { error: string };
      assert.deepEqual(
        { httpStatus: answer.status, ...rest },
        { httpStatus: status, status: 'error', errorType: type },
      );
      assert.match(error, message);
    });
  }

  it('has no value of a series that ended, which series and labels still know', async () => {
    const source = 'prometheus/node';
    const mounted = { metric: 'disk.usage', labels: { mount: '/mnt/usb', source } };
    const scrape = { ...tickOf('usb-1', NOW_MS - 3 * MINUTE, { 'load.1': 1 }), source };
    await system.put([
      { ...scrape, samples: [...scrape.samples, { ...mounted, value: 90 }] },
      { ...scrape, timeMs: NOW_MS - 2 * MINUTE, ended: [mounted] },
    ]);
    const mine = 'disk_usage{host="usb-1"}';
    assert.deepEqual(await dataOf(query(mine)), { resultType: 'vector', result: [] });
    const metric = { __name__: 'disk_usage', host: 'usb-1', mount: '/mnt/usb', source };
    assert.deepEqual(
      await dataOf(
        `/api/v1/query_range?query=${encodeURIComponent(mine)}&start=${NOW - 240}&end=${NOW}&step=30`,
      ),
      {
        resultType: 'matrix',
        result: [
          {
            metric,
            values: [
              [NOW - 180, '90'],
              [NOW - 150, '90'],
            ],
          },
        ],
      },
    );
    assert.deepEqual(await dataOf(`/api/v1/series?match[]=${encodeURIComponent(mine)}`), [metric]);
    assert.doesNotMatch((await ask(`/federate?match[]={host="usb-1"}`)).text, /disk_usage/);
    const lists = await system.grpc.analyze.queryLatest({ hosts: ['usb-1'] });
    assert.deepEqual(
      lists.samples.map(({ metric: name }) => name),
      ['load.1'],
    );
  });

  it('takes exactly 11,000 points', async () => {
    assert.equal((await ask('/api/v1/query_range?query=up&start=0&end=10999&step=1')).status, 200);
    assert.equal((await ask('/api/v1/query_range?query=up&start=0&end=11000&step=1')).status, 400);
  });
});
