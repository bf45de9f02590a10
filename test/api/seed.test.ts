// The seed's interfaces to the letter: keys, case, nesting, numbers, and failures, over HTTP and gRPC.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type AnalyzeService, analyzeApi } from '../../src/api/analyze.ts';
import type { AnalyzeServiceDefinition } from '../../src/api/generated/minimon/v1/AnalyzeService.ts';
import type { ManageServiceDefinition } from '../../src/api/generated/minimon/v1/ManageService.ts';
import { openChannel } from '../../src/api/grpc/channel.ts';
import { loadService } from '../../src/api/grpc/proto.ts';
import { createGrpcServer } from '../../src/api/grpc/server.ts';
import { apiGrpcService } from '../../src/api/grpc/service.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import { manageApi } from '../../src/api/manage.ts';
import { seedAnalyze, seedManage } from '../../src/api/seed/calls.ts';
import { analyzeSeedRoutes, manageSeedRoutes } from '../../src/api/seed/routes.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { formatLocalInstant } from '../../src/domain/instant.ts';
import { daemonParts, memoryAnalyze, memoryManage, NOW } from './memory-services.ts';

const CREATED_MS = Date.parse('2022-02-23T13:44:04.949+08:00');
let rooms: unknown[] = [];

const analyze: AnalyzeService = {
  ...memoryAnalyze(),
  async findRecordsByLocation(request) {
    rooms.push(request);
    if (request.location === '999') {
      throw new ExpectedError('LOCATION_UNKNOWN', 'no host was ever assigned to location 999', {
        hint: 'Did you mean 725?',
      });
    }
    if (request.location === 'empty') return [];
    // Off the second by as much as can be: its stamp is the second it lies in.
    const timesMs = [1645607160_000, 1645607220_999, 1645610688_500];
    return [
      { hostId: 'Kevin-D20', metric: request.metric, timesMs, values: [7.884615421295166, 12.109375, 15] },
    ];
  },
};
const manage = {
  ...memoryManage(),
  findAllHosts: async () => [
    { id: 5, hostId: 'Kevin-D40', location: '725', createdMs: CREATED_MS, updatedMs: CREATED_MS },
    { id: 6, hostId: 'Kevin-D20', location: undefined, createdMs: CREATED_MS, updatedMs: CREATED_MS },
  ],
};

const nowMs = () => NOW;
const http = createHttpServer({
  address: '127.0.0.1:0',
  ...daemonParts(),
  routes: [analyzeSeedRoutes(analyze, nowMs), manageSeedRoutes(manage)],
});
const grpc = createGrpcServer({
  address: '127.0.0.1:0',
  services: [
    apiGrpcService(analyzeApi, analyze, seedAnalyze(analyze, nowMs)),
    apiGrpcService(manageApi, manage, seedManage(manage)),
  ],
  ...daemonParts(),
});
let base = '';
let channel: ReturnType<typeof openChannel>;
const zone = process.env['TZ'];

before(async () => {
  process.env['TZ'] = 'Asia/Shanghai';
  base = `http://${await http.start()}`;
  channel = openChannel({ daemon: 'seed', to: await grpc.start() });
});
after(async () => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
  await channel.stop();
  await Promise.all([http.stop(), grpc.stop()]);
});

async function ask(path: string, body?: unknown) {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await fetch(base + path, body === undefined ? {} : init);
  return { status: response.status, text: await response.text() };
}
const compact = (value: unknown) => JSON.stringify(value);

test('FindRecordsByLocation answers the seed byte for byte, times in seconds', async () => {
  const expected = compact([
    {
      host_id: 'Kevin-D20',
      metrics_type: 'CPU_Rate',
      metrics_value: [7.884615421295166, 12.109375, 15],
      time_stamp: [1645607160, 1645607220, 1645610688],
    },
  ]);
  rooms = [];
  const path = '/FindRecordsByLocation?location=725&metrics_type=CPU_Rate&start=1645607100&stop=1645610700';
  assert.deepEqual(await ask(path), { status: 200, text: expected });
  const body = { location: '725', metrics_type: 'CPU_Rate', start: 1645607100, stop: 1645610700 };
  assert.deepEqual(await ask('/FindRecordsByLocation', body), { status: 200, text: expected });
  const request = {
    location: '725',
    metric: 'cpu.usage',
    startMs: 1645607100_000,
    stopMs: 1645610700_000,
  };
  assert.deepEqual(rooms, [request, request]);
});

test('the last hour is the default, and stop alone means the hour before it', async () => {
  rooms = [];
  await ask('/FindRecordsByLocation?location=725&metrics_type=Mem_Rate');
  await ask('/FindRecordsByLocation?location=725&metrics_type=mem.usage&stop=7200');
  assert.deepEqual(rooms, [
    { location: '725', metric: 'mem.usage', startMs: NOW - 3_600_000, stopMs: NOW },
    { location: '725', metric: 'mem.usage', startMs: 3_600_000, stopMs: 7_200_000 },
  ]);
});

test('a known room without samples is [], an unknown one 404 in the shape of the seed', async () => {
  const query = '&metrics_type=CPU_Rate';
  assert.deepEqual(await ask(`/FindRecordsByLocation?location=empty${query}`), { status: 200, text: '[]' });
  assert.deepEqual(await ask(`/FindRecordsByLocation?location=999${query}`), {
    status: 404,
    text: compact({
      CODE: 404,
      MSG: 'no host was ever assigned to location 999. Did you mean 725?',
      DATA: null,
    }),
  });
});

test('times in milliseconds, microseconds or nanoseconds are refused with the word seconds, never []', async () => {
  rooms = [];
  for (const [start, stop] of [
    ['1764028800000', '1764032400000'],
    ['1764028800000000', '1764032400000000'],
    ['1764028800', '1764032400000'],
    ['1764028800000000000', '1764032400000000000'],
    ['-5', '10'],
    ['abc', '10'],
    ['2026-03-01T12:00:00Z', '10'],
    ['1e3', '1764032400'],
    ['20', '10'],
  ]) {
    for (const answer of [
      await ask(`/FindRecordsByLocation?location=725&metrics_type=CPU_Rate&start=${start}&stop=${stop}`),
      await ask('/FindRecordsByLocation', {
        location: '725',
        metrics_type: 'CPU_Rate',
        start: Number.isNaN(Number(start)) || start === '1e3' ? start : Number(start),
        stop: Number(stop),
      }),
    ]) {
      assert.equal(answer.status, 400, `${start} ${answer.text}`);
      const { CODE, MSG, DATA } = JSON.parse(answer.text) as { CODE: number; MSG: string; DATA: null };
      assert.deepEqual([CODE, DATA], [400, null]);
      if (start !== '1e3' && !Number.isNaN(Number(start))) assert.match(MSG, /seconds/);
    }
  }
  assert.deepEqual(rooms, []);
});

test('InsertAHost, FindAllHost, UpdateHostMsg and FindNotManagedHosts answer the seed byte for byte', async () => {
  const inserted = compact({ CODE: 200, MSG: 'Insert success!', DATA: { num: 1 } });
  assert.deepEqual(await ask('/InsertAHost', { HostID: 'x', Location: '1' }), {
    status: 200,
    text: inserted,
  });
  const stamps = { CreatedAt: '2022-02-23T13:44:04.949+08:00', UpdatedAt: '2022-02-23T13:44:04.949+08:00' };
  const found = [
    { ID: 5, ...stamps, DeletedAt: null, HostID: 'Kevin-D40', Location: '725' },
    { ID: 6, ...stamps, DeletedAt: null, HostID: 'Kevin-D20', Location: '' },
  ];
  assert.deepEqual(await ask('/FindAllHost'), {
    status: 200,
    text: compact({ CODE: 200, MSG: 'Find success!', DATA: found }),
  });
  const updated = { status: 200, text: compact({ code: 200, data: 'ok', msg: '更新成功' }) };
  assert.deepEqual(await ask('/UpdateHostMsg', { ID: 5, Location: '726' }), updated);
  assert.deepEqual(await ask('/UpdateHostMsg', { HostID: 'Kevin-D40', Location: '726' }), updated);
  assert.deepEqual(await ask('/FindNotManagedHosts'), {
    status: 200,
    text: compact({ CODE: 200, MSG: 'Find success!', DATA: ['𠮷', '𠮷'] }),
  });
});

test('failures have the shape of the seed, lower case on UpdateHostMsg alone, bugs without their words', async () => {
  for (const [path, body, status, says] of [
    ['/InsertAHost', { HostID: 'taken', Location: '1' }, 409, /in the inventory already/],
    ['/InsertAHost', { HostID: 5, Location: '1' }, 400, /HostID/],
    ['/InsertAHost', { HostId: 'x', Location: '1' }, 400, /HostID/],
    ['/InsertAHost', 'x'.repeat(5 * 1024 * 1024), 413, /4 MiB/],
    ['/UpdateHostMsg', { Location: '1' }, 400, /ID or HostID/],
    ['/UpdateHostMsg', { ID: '5', Location: '1' }, 400, /ID/],
    ['/UpdateHostMsg', { HostID: 'bug', Location: '1' }, 500, /a bug in the daemon/],
  ] as const) {
    const answer = await ask(path, body);
    assert.equal(answer.status, status, answer.text);
    const failure = JSON.parse(answer.text) as Record<string, unknown>;
    const keys = path === '/UpdateHostMsg' ? ['code', 'data', 'msg'] : ['CODE', 'MSG', 'DATA'];
    assert.deepEqual(Object.keys(failure), keys);
    assert.equal(failure[keys[0]!], status);
    assert.match(String(failure['msg'] ?? failure['MSG']), says);
    assert.doesNotMatch(answer.text, /secret/);
  }
});

test("the same calls over gRPC carry the seed's fields", async () => {
  const rpc = loadService<ManageServiceDefinition>('minimon/v1/manage.proto', 'minimon.v1.ManageService');
  const inserted = await channel.call(rpc.InsertAHost, { HostID: 'x', Location: '1' });
  assert.deepEqual(inserted, { CODE: 200, MSG: 'Insert success!', DATA: { num: 1 } });
  const found = await channel.call(rpc.FindAllHost, {});
  assert.deepEqual(found.DATA[0], {
    ID: 5,
    CreatedAt: '2022-02-23T13:44:04.949+08:00',
    UpdatedAt: '2022-02-23T13:44:04.949+08:00',
    HostID: 'Kevin-D40',
    Location: '725',
  });
  const updated = await channel.call(rpc.UpdateHostMsg, { ID: 5, Location: '726' });
  assert.deepEqual(updated, { code: 200, data: 'ok', msg: '更新成功' });
  const unmanaged = await channel.call(rpc.FindNotManagedHosts, {});
  assert.deepEqual(unmanaged, { CODE: 200, MSG: 'Find success!', DATA: ['𠮷', '𠮷'] });

  const find = loadService<AnalyzeServiceDefinition>(
    'minimon/v1/analyze.proto',
    'minimon.v1.AnalyzeService',
  ).FindRecordsByLocation;
  const range = { location: '725', start: 1645607100, stop: 1645610700 };
  const { records } = await channel.call(find, { ...range, metrics_type: 'CPU_Rate' });
  assert.deepEqual(records[0]?.time_stamp, [1645607160, 1645607220, 1645610688]);
  assert.equal(records[0]?.metrics_type, 'CPU_Rate');
  const wrongUnit = { ...range, start: 1764028800000, stop: 1764032400000, metrics_type: 'CPU_Rate' };
  await assert.rejects(channel.call(find, wrongUnit), { code: 'BAD_TIME', message: /seconds/ });
});

test('CreatedAt has the offset that holds at its own instant, in any zone', () => {
  for (const [tz, iso, expected] of [
    ['Europe/Berlin', '2026-01-01T00:00:00.000Z', '2026-01-01T01:00:00.000+01:00'],
    ['Europe/Berlin', '2026-07-01T00:00:00.000Z', '2026-07-01T02:00:00.000+02:00'],
    ['America/St_Johns', '2026-01-01T00:00:00.005Z', '2025-12-31T20:30:00.005-03:30'],
    ['UTC', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000+00:00'],
  ] as const) {
    process.env['TZ'] = tz;
    assert.equal(formatLocalInstant(Date.parse(iso)), expected);
    assert.equal(Date.parse(expected), Date.parse(iso));
  }
  process.env['TZ'] = 'Asia/Shanghai';
});
