// The newest samples as Prometheus scrapes them from analyze: both text forms, chosen by selectors, over a real listener.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parsePrometheusText } from '../../src/daemons/agent/own-metrics/prometheus-text.ts';
import { tickOf } from './ticks.ts';
import { openTwoDaemons, type TwoDaemons } from './two-daemons.ts';

const NOW_MS = Date.parse('2026-11-25T10:00:00.000Z');
const SCRAPER =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

type Sample = { readonly labels: string; readonly value: string; readonly seconds: number };

/** As strict as OpenMetrics: a family's lines together, HELP and TYPE once and first, no other comment, the end last. */
function readOpenMetrics(text: string): ReadonlyMap<string, readonly Sample[]> {
  assert.ok(text.endsWith('# EOF\n'));
  const families = new Map<string, Sample[]>();
  const types = new Set<string>();
  let current = '';
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const comment = /^# (HELP|TYPE) ([a-z_:][a-z0-9_:]*) (.+)$/.exec(line);
    if (comment) {
      const [, kind, name = '', rest = ''] = comment;
      if (kind === 'TYPE') {
        assert.ok(!types.has(name), `${name} has two types`);
        assert.match(rest, /^(gauge|unknown)$/);
        types.add(name);
      } else assert.match(rest, /^(?:[^"\\]|\\[n"\\])+$/);
      assert.ok(!families.has(name), `the lines of ${name} are apart`);
      current = name;
      continue;
    }
    const sample =
      /^([a-z_:][a-z0-9_:]*)(\{(?:[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\[n"\\])*",?)*\}) (\S+) ([\d.]+)$/.exec(
        line,
      );
    assert.ok(sample, `not a sample: ${line}`);
    const [, name = '', labels = '', value = '', seconds] = sample;
    assert.equal(name, current);
    assert.ok(types.has(name));
    assert.match(value, /^(NaN|[+-]Inf|-?\d+(\.\d+)?(e[+-]\d+)?)$/);
    const before = families.get(name) ?? [];
    assert.ok(!before.some((one) => one.labels === labels), `twice: ${line}`);
    families.set(name, [...before, { labels, value, seconds: Number(seconds) }]);
  }
  return families;
}

describe('federation', () => {
  let system: TwoDaemons;
  let base: string;

  before(async () => {
    system = await openTwoDaemons(NOW_MS);
    base = `http://${system.daemons.analyze.addresses()['http']}`;
    await system.grpc.manage.insertHost({ hostId: 'web-1', location: '725' });
    await system.grpc.manage.insertHost({ hostId: 'web-2', location: 'a "quoted" \\ room' });
    await system.put([
      tickOf('web-1', NOW_MS - 90_500, { 'cpu.usage': 41, 'disk.usage{mount=/}': 50.25, 'a.b': 1e-9 }),
      tickOf('web-1', NOW_MS - 30_500, { 'cpu.usage': 42, 'disk.usage{mount=/}': 50.5, jobs_total: 7 }),
      tickOf('web-2', NOW_MS - 30_000, {
        'cpu.usage': -0,
        'queue{host=x}': 1,
        'queue{exported_host=x}': 1,
        'same.name': 1,
        same_name: 2,
      }),
      tickOf('lost-1', NOW_MS - 5 * 60_000 - 1, { 'cpu.usage': 5 }),
    ]);
  });
  after(() => system.stop());

  async function scrape(matches: readonly string[], accept = SCRAPER, path = '/federate') {
    const parameters = new URLSearchParams(matches.map((text): [string, string] => ['match[]', text]));
    const response = await fetch(`${base}${path}?${parameters}`, { headers: { accept } });
    const type = response.headers.get('content-type');
    return { status: response.status, type, text: await response.text() };
  }

  it('answers a scraper with OpenMetrics: newest values with their times, name by name', async () => {
    const { status, type, text } = await scrape(['cpu_usage', '{__name__=~"disk_.+|a_b|jobs_total|queue"}']);
    assert.equal(status, 200, text);
    assert.equal(type, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
    const web1 = 'host="web-1",location="725"';
    const web2 = 'host="web-2",location="a \\"quoted\\" \\\\ room"';
    const [first, second] = [NOW_MS / 1_000 - 30.5, NOW_MS / 1_000 - 30];
    assert.deepEqual(
      [...readOpenMetrics(text)],
      [
        ['a_b', [{ labels: `{${web1}}`, value: '1e-09', seconds: first - 60 }]],
        [
          'cpu_usage',
          [
            { labels: `{${web1}}`, value: '42', seconds: first },
            { labels: `{${web2}}`, value: '-0', seconds: second },
          ],
        ],
        ['disk_usage', [{ labels: `{${web1},mount="/"}`, value: '50.5', seconds: first }]],
        ['jobs_total', [{ labels: `{${web1}}`, value: '7', seconds: first }]],
        ['queue', [{ labels: `{exported_host="x",${web2}}`, value: '1', seconds: second }]],
      ],
    );
    assert.match(
      text,
      /^# HELP cpu_usage CPU time not idle and not waiting for I\/O\n# TYPE cpu_usage gauge$/m,
    );
    assert.match(text, /^# TYPE jobs_total unknown$/m);
  });

  it('answers a reader of the older text with it', async () => {
    for (const accept of ['text/plain', '*/*', 'application/openmetrics-text;q=0.1, text/plain;q=0.9']) {
      const { type, text } = await scrape(
        ['{location="725",__name__!="same_name"}'],
        accept,
        '/prometheus/federate',
      );
      assert.equal(type, 'text/plain; version=0.0.4; charset=utf-8');
      assert.match(
        text,
        new RegExp(`^cpu_usage\\{host="web-1",location="725"\\} 42 ${NOW_MS - 30_500}$`, 'm'),
      );
      // Files of the agent have no times.
      const { samples, bad } = parsePrometheusText(Buffer.from(text.replace(/ \d{13}$/gm, '')));
      assert.deepEqual(bad, []);
      assert.deepEqual(
        samples.map(({ name, labels, type: kind, value }) => ({ name, mount: labels['mount'], kind, value })),
        [
          { name: 'a_b', mount: undefined, kind: 'untyped', value: 1e-9 },
          { name: 'cpu_usage', mount: undefined, kind: 'gauge', value: 42 },
          { name: 'disk_usage', mount: '/', kind: 'gauge', value: 50.5 },
          { name: 'jobs_total', mount: undefined, kind: 'untyped', value: 7 },
        ],
      );
    }
  });

  it('writes a series once that two selectors choose, and none where nothing fits', async () => {
    const twice = await scrape(['cpu_usage{host="web-1"}', '{location="725",__name__="cpu_usage"}']);
    assert.equal(readOpenMetrics(twice.text).get('cpu_usage')?.length, 1);
    // Each selector with its own metrics and hosts.
    const apart = await scrape(['cpu_usage{host="web-2"}', 'disk_usage{host="web-1"}', 'jobs_total']);
    assert.deepEqual(
      [...readOpenMetrics(apart.text).values()].map(({ length }) => length),
      [1, 1, 1],
    );
    assert.equal((await scrape(['no_such_metric'])).text, '# EOF\n');
  });

  it('refuses more selectors than it would ask of every host, in a form too', async () => {
    const selectors = (count: number) => Array.from({ length: count }, (_, i) => `cpu_usage{host!="${i}"}`);
    assert.equal((await scrape(selectors(100))).status, 200);
    const tooMany = selectors(101).map((text): [string, string] => ['match[]', text]);
    const body = new URLSearchParams(tooMany);
    const answers = [
      await scrape(selectors(101)),
      await fetch(`${base}/api/v1/series`, { method: 'POST', body }).then(async (response) => ({
        ...{ status: response.status, text: await response.text() },
      })),
    ];
    for (const { status, text } of answers) {
      assert.equal(status, 400);
      assert.match(text, /"match\[\]\\": 101 selectors are over the limit of 100/);
    }
  });

  it('refuses what is no selector, no selector at all, and a name that two metrics share', async () => {
    const answers = await Promise.all([scrape([]), scrape(['rate(cpu_usage[5m])']), scrape(['same_name'])]);
    assert.deepEqual(
      answers.map(({ status, text }) => {
        const { errorType, error } = JSON.parse(text) as { errorType: string; error: string };
        return [status, errorType, /match\[\]|series selector|same\.name, same_name/.exec(error)?.[0]];
      }),
      [
        [400, 'bad_data', 'match[]'],
        [400, 'bad_data', 'series selector'],
        [422, 'execution', 'same.name, same_name'],
      ],
    );
  });

  it('gives its place among the queries back, whoever leaves', async () => {
    for (let i = 0; i < 8; i++) {
      const client = new AbortController();
      const url = `${base}/federate?${new URLSearchParams({ 'match[]': 'cpu_usage' })}`;
      const scraping = fetch(url, { signal: client.signal }).catch(() => {});
      client.abort();
      await scraping;
    }
    for (let i = 0; i < 8; i++) assert.equal((await scrape(['cpu_usage'])).status, 200);
  });
});
