// The original system's answer to FindRecordsByLocation, over HTTP and gRPC, to the letter; and what is refused.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { AnalyzeServiceDefinition } from '../../src/api/generated/minimon/v1/AnalyzeService.ts';
import { openChannel } from '../../src/api/grpc/channel.ts';
import { loadService } from '../../src/api/grpc/proto.ts';
import { tickOf } from './ticks.ts';
import { openTwoDaemons, type TwoDaemons } from './two-daemons.ts';

type SeedRecord = { host_id: string; metrics_type: string; metrics_value: number[]; time_stamp: number[] };

const example = JSON.parse(
  readFileSync(new URL('./fixtures/records-of-725.json', import.meta.url), 'utf8'),
) as SeedRecord[];
const FIRST = 1_645_607_100;
const LAST = 1_645_610_688;
const NOW_MS = Date.parse('2026-11-25T10:00:00.000Z');
const path = `/FindRecordsByLocation?location=725&metrics_type=CPU_Rate&start=${FIRST}&stop=${LAST + 1}`;

describe('FindRecordsByLocation', () => {
  let system: TwoDaemons;
  before(async () => {
    system = await openTwoDaemons(NOW_MS);
    for (const { host_id, metrics_value, time_stamp } of example) {
      const ticks = time_stamp.map((seconds, i) =>
        tickOf(host_id, seconds * 1_000, { 'cpu.usage': metrics_value[i]!, 'mem.usage': 50 }),
      );
      await system.put(ticks);
      await system.post('manage', '/InsertAHost', { HostID: host_id, Location: '725' });
    }
    await system.post('manage', '/InsertAHost', { HostID: 'idle', Location: '900' });
  });
  after(() => system.stop());

  it('answers the example: same keys in the same order, values not rounded, a stamp off the grid', async () => {
    assert.deepEqual(await system.get('analyze', path), { status: 200, body: example });
    const { body } = await system.get('analyze', path);
    assert.equal(JSON.stringify(body), JSON.stringify(example));
    assert.equal(example[1]!.time_stamp.at(-1), LAST);
  });

  it('answers the same to a POST, under its own name of the metric, and over gRPC', async () => {
    const body = { location: '725', metrics_type: 'cpu.usage', start: FIRST, stop: LAST + 1 };
    assert.deepEqual(await system.post('analyze', '/FindRecordsByLocation', body), {
      status: 200,
      body: example,
    });
    const channel = openChannel({ daemon: 'analyze', to: system.daemons.analyze.addresses()['grpc']! });
    const rpc = loadService<AnalyzeServiceDefinition>(
      'minimon/v1/analyze.proto',
      'minimon.v1.AnalyzeService',
    );
    const { records } = await channel.call(rpc.FindRecordsByLocation, body);
    await channel.stop();
    assert.deepEqual(
      records.map(({ times_ms: _, ...record }) => record),
      example.map((record) => ({ ...record, metrics_type: 'CPU_Rate' })),
    );
  });

  it('holds the start and not the stop, and is the last hour unless told', async () => {
    const part = await system.get('analyze', path.replace(`stop=${LAST + 1}`, `stop=${LAST}`));
    assert.equal((part.body as SeedRecord[])[1]!.time_stamp.at(-1), 1_645_610_640);
    const open = await system.get('analyze', '/FindRecordsByLocation?location=725&metrics_type=Mem_Rate');
    assert.deepEqual(open, { status: 200, body: [] });
  });

  it('is [] for a known room without samples and 404 for one that never was', async () => {
    assert.deepEqual(await system.get('analyze', path.replace('725', '900')), { status: 200, body: [] });
    const { status, body } = await system.get('analyze', path.replace('725', '7255'));
    assert.equal(status, 404);
    assert.deepEqual(Object.keys(body as object), ['CODE', 'MSG', 'DATA']);
    assert.match((body as { MSG: string }).MSG, /7255.*Did you mean 725\?/);
  });

  it('refuses milliseconds where seconds are due, instead of saying that the room is idle', async () => {
    const wrong = path.replace(String(FIRST), `${FIRST}000`).replace(String(LAST + 1), `${LAST}000`);
    const { status, body } = await system.get('analyze', wrong);
    const { CODE, MSG, DATA } = body as { CODE: number; MSG: string; DATA: null };
    assert.deepEqual([status, CODE, DATA], [400, 400, null]);
    assert.match(MSG, /seconds/);
  });

  for (const padded of ['725%20', '%20725', '725%09', '725%C2%A0', '725%E3%80%80', '725%00']) {
    it(`never takes location=${padded} for 725`, async () => {
      const { status, body } = await system.get(
        'analyze',
        path.replace('location=725', `location=${padded}`),
      );
      assert.deepEqual([status, (body as { DATA: null }).DATA], [400, null]);
      const v1 = await system.get('analyze', `/api/v1/latest?location=${padded}`);
      assert.equal(v1.status, 400);
    });
  }

  it('refuses a reversed range and a metric that nobody reports', async () => {
    const reversed = path.replace(`start=${FIRST}`, `start=${LAST + 2}`);
    assert.equal((await system.get('analyze', reversed)).status, 400);
    const unknown = await system.get('analyze', path.replace('CPU_Rate', 'cpu.usge'));
    assert.equal(unknown.status, 404);
    assert.match((unknown.body as { MSG: string }).MSG, /Did you mean cpu.usage\?/);
  });
});
