// Other agents push line protocol: what becomes of it on the bus, and the answers that make each client keep or drop.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { pushRoutes } from '../../src/api/http/push-routes.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import { createKeep } from '../../src/daemons/report/ingest/kept-series.ts';
import { createPushService } from '../../src/daemons/report/ingest/line-ingest.ts';
import { type Line, readLines } from '../../src/domain/line-protocol.ts';
import { createHealth } from '../../src/runtime/health.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { metricValue, NOW, owned, reportOnBus } from './ticks.ts';

type Options = Parameters<typeof reportOnBus>[0] & { readonly keep?: readonly string[] };

async function pushOn(options: Options = {}) {
  const parts = await reportOnBus(options);
  const push = createPushService({
    ...parts,
    keep: createKeep(options.keep ?? []),
    report: parts.service.report,
  });
  const server = createHttpServer({
    address: '127.0.0.1:0',
    daemon: 'report',
    health: createHealth(),
    metrics: parts.metrics,
    routes: [pushRoutes({ service: push, logger: silentLogger })],
  });
  const address = await owned(server).start();
  async function write(body: string | Uint8Array, path = '/api/v2/write', headers = {}) {
    const answer = await fetch(`http://${address}${path}`, { method: 'POST', body, headers });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }
  async function stored() {
    const ticks = (await parts.published()).flatMap((batch) => batch.ticks);
    return ticks.map(({ hostId, source, timeMs, samples }) => ({
      ...{ hostId, source, timeMs },
      samples: Object.fromEntries(
        samples.map(({ metric, labels, value }) => {
          const { source: from, ...rest } = labels;
          assert.equal(from, source);
          return [`${metric}${Object.values(rest).join()}`, value];
        }),
      ),
    }));
  }
  return { ...parts, write, stored, address };
}

const NS = `${NOW}000000`;

test("a round of Telegraf's is one tick of minimon's metrics, with its source", async () => {
  const { write, stored, metrics } = await pushOn();
  const round = [
    `cpu,cpu=cpu-total,host=a usage_idle=56.860706860706074,usage_iowait=1.0395010395012383,usage_steal=0 ${NS}`,
    `cpu,cpu=cpu0,host=a usage_idle=1 ${NS}`,
    `system,host=a load1=0.5,load5=1,load15=2i,n_cpus=2i ${NS}`,
    `system,host=a uptime=8880i ${NS}`,
    `system,host=a uptime_format=" 2:28" ${NS}`,
    `mem,host=a available=1000i,available_percent=25,swap_free=30i,swap_total=40i ${NS}`,
    `disk,device=vda1,fstype=ext4,host=a,path=/data\\ 1 used_percent=71.5,free=5u,inodes_used=1i,inodes_total=4i ${NS}`,
    `processes,host=a total=90i,blocked=1i ${NS}`,
  ].join('\r\n');
  const { status, headers } = await write(gzipSync(round), '/api/v2/write?org=-&bucket=-&precision=ns', {
    'content-encoding': 'gzip',
    'user-agent': 'Telegraf/1.37.2',
  });
  assert.deepEqual([status, headers.get('x-minimon-refused')], [204, null]);
  const [tick, ...more] = await stored();
  assert.deepEqual(more, []);
  assert.deepEqual([tick?.hostId, tick?.source, tick?.timeMs], ['a', 'telegraf', NOW]);
  const { 'cpu.usage': usage, ...rest } = tick!.samples;
  assert.ok(Math.abs(usage! - 42.0997920997927) < 1e-9);
  assert.deepEqual(rest, {
    'cpu.iowait': 1.0395010395012383,
    'cpu.steal': 0,
    ...{ 'load.1': 0.5, 'load.5': 1, 'load.15': 2, uptime: 8880 },
    ...{ 'mem.available': 1000, 'mem.usage': 75, 'swap.usage': 25 },
    ...{ 'disk.usage/data 1': 71.5, 'disk.free/data 1': 5, 'disk.inodes/data 1': 25 },
    ...{ 'procs.total': 90, 'procs.blocked': 1 },
  });
  // usage_idle of cpu0 and n_cpus.
  assert.equal(metricValue(await metrics.text(), 'push_fields_not_kept_total'), 2);
});

test('a field under its own name is measurement_field with its tags, unless PromQL has a metric of that name', async () => {
  const { write, stored, metrics } = await pushOn({ keep: ['*'] });
  const lines = [
    `cpu,cpu=cpu0,host=a,time=x usage_idle=1,usage_user=2 ${NS}`,
    `mem,host=a available=5i,total=9i ${NS}`,
    `my\\ app.http,host=a,Tag.1=v,hostname=h value=3,2xx=4i ${NS}`,
  ];
  assert.equal((await write(lines.join('\n'))).status, 204);
  const [tick] = await stored();
  assert.deepEqual(tick?.samples, {
    'mem.available': 5,
    'cpu_usage_idlecpu0,x': 1,
    'cpu_usage_usercpu0,x': 2,
    mem_total: 9,
    'my_app_httpv,h': 3,
    'my_app_http_2xxv,h': 4,
  });
  assert.equal(metricValue(await metrics.text(), 'push_fields_not_kept_total'), 0);
});

test('each precision is one time; without a timestamp it is the time of receipt', async () => {
  const { write, stored } = await pushOn();
  const hour = Math.floor(NOW / 3_600_000);
  const times = { n: NS, ns: NS, u: `${NOW}000`, us: `${NOW}000`, ms: NOW, s: NOW / 1_000, m: NOW / 60_000 };
  for (const [precision, time] of Object.entries({ ...times, h: hour }))
    assert.equal(
      (await write(`system,host=${precision} load1=1 ${time}`, `/write?precision=${precision}`)).status,
      204,
    );
  await write('system,host=none load1=1', '/write');
  const found = Object.fromEntries((await stored()).map(({ hostId, timeMs }) => [hostId, timeMs]));
  const expected = Object.fromEntries(Object.keys(times).map((precision) => [precision, NOW]));
  assert.deepEqual(found, { ...expected, h: hour * 3_600_000, none: NOW });
});

test('a time in nanoseconds is the millisecond that it says', async () => {
  const { write, stored } = await pushOn();
  const times = Array.from({ length: 50 }, (_, i) => NOW - i);
  await write(times.map((timeMs) => `system,host=a load1=1 ${timeMs}000000`).join('\n'));
  assert.deepEqual(
    (await stored()).map(({ timeMs }) => timeMs),
    times.reverse(),
  );
});

test('one bad line is refused, named and counted; the others are stored', async () => {
  const { write, stored, metrics } = await pushOn();
  const bad: [line: string | Buffer, reason: RegExp][] = [
    ['x,host=a v=', /line 2: field "v"/],
    ['x,host=a v=NaN', /line 2: field "v"/],
    ['x,host=a', /line 2: the line has no fields/],
    ['x,host=a v=1 yesterday', /line 2: "yesterday" is not a timestamp/],
    ['x,host=a,host=b v=1', /line 2: tag "host" is there twice/],
    ['system load1=1', /no tag host/],
    ['system,host=a load1=1 1795871750', /1970-01-01.*precision=ns/],
    [Buffer.from('system,host=\xff load1=1', 'latin1'), /line 2 is not valid UTF-8/],
    ['system,host=a\\\\ load1=1', /host_id ends with a backslash/],
  ];
  for (const [line, reason] of bad) {
    const body = Buffer.concat([
      Buffer.from('system,host=ok load5=1\n'),
      Buffer.from(line as string),
      Buffer.from('\nsystem,host=ok load15=1\n# comment\n'),
    ]);
    const { status, headers } = await write(body);
    assert.equal(status, 204, String(line));
    const refused = headers.get('x-minimon-refused') ?? '';
    assert.match(refused, /^1; /, String(line));
    assert.match(refused, reason);
  }
  assert.equal((await stored()).filter(({ hostId }) => hostId === 'ok').length, bad.length);
  assert.equal(metricValue(await metrics.text(), 'push_refused_total'), bad.length);
});

test('what is our fault is 503 with Retry-After, what is too large 413, what cannot be read 400 or 415', async () => {
  const down = await pushOn({
    bus: (bus) => ({
      ...bus,
      publish: () => Promise.reject(new Error('the broker is gone')),
    }),
  });
  for (const path of ['/write', '/api/v2/write']) {
    const { status, headers, text } = await down.write('system,host=a load1=1', path);
    assert.deepEqual([status, headers.get('retry-after')], [503, '5'], text);
  }
  const { write, address } = await pushOn();
  assert.equal((await write(Buffer.alloc(8 * 1024 * 1024 + 1))).status, 413);
  const bomb = gzipSync(Buffer.alloc(33 * 1024 * 1024));
  assert.equal((await write(bomb, '/write', { 'content-encoding': 'gzip' })).status, 413);
  const many = `x,host=a ${Array.from({ length: 50_001 }, (_, i) => `f${i}=1`).join(',')}`;
  assert.equal((await write(many)).status, 413);
  const cut = gzipSync('system,host=a load1=1').subarray(0, 20);
  const unreadable = await write(cut, '/api/v2/write', { 'content-encoding': 'gzip' });
  assert.deepEqual([unreadable.status, JSON.parse(unreadable.text).code], [400, 'invalid']);
  const unknown = await write('x', '/write?precision=d');
  assert.deepEqual([unknown.status, Object.keys(JSON.parse(unknown.text))], [400, ['error']]);
  assert.equal((await write('x', '/write', { 'content-encoding': 'br' })).status, 415);
  assert.equal((await write('', '/query?q=CREATE+DATABASE+telegraf')).status, 200);
  assert.equal((await write('', '/query?q=SELECT+1')).status, 400);
  assert.equal((await fetch(`http://${address}/ping`)).status, 204);
});

test('the series of a host are limited as those of an agent', async () => {
  const { write } = await pushOn({ limits: { maxSeriesPerHost: 40 } });
  const lines = Array.from({ length: 41 }, (_, i) => `disk,host=a,path=/${i} free=1`).join('\n');
  const { status, headers } = await write(lines);
  assert.equal(status, 204);
  assert.match(headers.get('x-minimon-refused') ?? '', /^1; disk\.free: .*40/);
});

test('hostile lines are refused or read, and never end the reader', () => {
  const pieces = fc.constantFrom(
    ...['a', ',', '=', ' ', '\\', '"', '\n', '\r', '#', '1', 'i', '__proto__', '1e999', 'é', '\u0000'],
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const text = parts.join('');
      let lines = 0;
      const seen: Line[] = [];
      readLines(
        text,
        (line) => seen.push(line),
        () => lines++,
      );
      assert.ok(seen.length + lines <= text.split('\n').length);
      for (const { fields } of seen) for (const value of fields.values()) assert.ok(Number.isFinite(value));
    }),
    { seed: 14, numRuns: 2_000 },
  );
});
