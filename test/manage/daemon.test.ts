// The manage daemon as its clients meet it: the original system's four calls to the letter, /api/v1, probes.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createHttpClient } from '../../src/api/http/client.ts';
import { manageApi } from '../../src/api/manage.ts';
import { manageOptions } from '../../src/daemons/manage/options.ts';
import { tickOf } from '../analyze/ticks.ts';
import { openTwoDaemons, type TwoDaemons } from '../analyze/two-daemons.ts';

const FIRST_MS = Date.parse('2022-02-23T13:44:04.949+08:00');
const SECOND_MS = Date.parse('2022-02-23T13:51:55.599+08:00');

describe("the original system's calls", () => {
  let system: TwoDaemons;
  const zone = process.env['TZ'];
  before(async () => {
    process.env['TZ'] = 'Asia/Shanghai';
    system = await openTwoDaemons(FIRST_MS);
    // The example's hosts have the numbers 5 and 6: four were there before them and are gone.
    for (const hostId of ['a', 'b', 'c', 'd'])
      await system.catalog.inventory.insert({ hostId, location: '1' }, 'test');
    await system.catalog.inventory.remove(['a', 'b', 'c', 'd'], 'test');
  });
  after(async () => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
    await system.stop();
  });

  it('InsertAHost and FindAllHost answer the examples byte for byte', async () => {
    const inserted = { status: 200, body: { CODE: 200, MSG: 'Insert success!', DATA: { num: 1 } } };
    const insert = (HostID: string, Location: string) =>
      system.post('manage', '/InsertAHost', { HostID, Location });
    assert.deepEqual(await insert('Kevin-D40', '725'), inserted);
    await system.clock.advanceTo(SECOND_MS);
    assert.deepEqual(await insert('Kevin-D20', '726'), inserted);
    const { status, body } = await system.get('manage', '/FindAllHost');
    assert.equal(status, 200);
    const row = (ID: number, at: string, HostID: string, Location: string) =>
      `{"ID":${ID},"CreatedAt":"${at}","UpdatedAt":"${at}","DeletedAt":null,"HostID":"${HostID}","Location":"${Location}"}`;
    const rows = [
      row(5, '2022-02-23T13:44:04.949+08:00', 'Kevin-D40', '725'),
      row(6, '2022-02-23T13:51:55.599+08:00', 'Kevin-D20', '726'),
    ];
    assert.equal(JSON.stringify(body), `{"CODE":200,"MSG":"Find success!","DATA":[${rows.join(',')}]}`);
  });

  it('FindNotManagedHosts names who reports without a location, and [] when all have one', async () => {
    const at = SECOND_MS;
    await system.put(['Kevin-D40', 'Kevin-D30'].map((hostId) => tickOf(hostId, at, { 'cpu.usage': 1 })));
    await system.clock.advanceTo(SECOND_MS + 3_000);
    const find = async () => (await system.get('manage', '/FindNotManagedHosts')).body;
    assert.deepEqual(await find(), { CODE: 200, MSG: 'Find success!', DATA: ['Kevin-D30'] });
    await system.post('manage', '/InsertAHost', { HostID: 'Kevin-D30', Location: '725' });
    assert.deepEqual(await find(), { CODE: 200, MSG: 'Find success!', DATA: [] });
  });

  it('UpdateHostMsg moves by ID or HostID and answers in its own small letters', async () => {
    const done = { status: 200, body: { code: 200, data: 'ok', msg: '更新成功' } };
    assert.deepEqual(await system.post('manage', '/UpdateHostMsg', { ID: 6, Location: '727' }), done);
    assert.deepEqual(
      await system.post('manage', '/UpdateHostMsg', { HostID: 'Kevin-D40', Location: '728' }),
      done,
    );
    const hosts = await system.grpc.manage.findAllHosts();
    assert.deepEqual(
      hosts.slice(0, 2).map((host) => [host.id, host.location]),
      [
        [5, '728'],
        [6, '727'],
      ],
    );
    const failed = await system.post('manage', '/UpdateHostMsg', { HostID: 'Kevin-D4', Location: '725' });
    const { code, data, msg } = failed.body as { code: number; data: null; msg: string };
    assert.deepEqual([failed.status, code, data], [404, 404, null]);
    assert.match(msg, /Did you mean Kevin-D40\?/);
  });

  it('InsertAHost refuses a host that is there, in the shape of a failure', async () => {
    const { status, body } = await system.post('manage', '/InsertAHost', {
      HostID: 'Kevin-D40',
      Location: '1',
    });
    const { CODE, MSG, DATA } = body as { CODE: number; MSG: string; DATA: null };
    assert.deepEqual([status, CODE, DATA], [409, 409, null]);
    assert.match(MSG, /Kevin-D40 is already in the inventory/);
  });

  for (const padded of ['Kevin-D40 ', 'Kevin-D40\t', 'Kevin-D40\u00a0', 'Kevin-D40\u3000', 'Ke\u0301vin']) {
    it(`never takes ${JSON.stringify(padded)} for another host, over any wire`, async () => {
      const before = await system.grpc.manage.findAllHosts();
      for (const path of ['/InsertAHost', '/UpdateHostMsg']) {
        const { status } = await system.post('manage', path, { HostID: padded, Location: '725' });
        assert.equal(status, 400);
      }
      assert.equal(
        (await system.get('manage', `/api/v1/hosts/by-id?host_id=${encodeURIComponent(padded)}`)).status,
        400,
      );
      await assert.rejects(system.grpc.manage.getHost(padded), { code: 'BAD_ID' });
      assert.deepEqual(await system.grpc.manage.findAllHosts(), before);
    });
  }
});

describe('the manage daemon', () => {
  let system: TwoDaemons;
  const NOW_MS = Date.parse('2026-11-25T10:00:00.000Z');
  before(async () => {
    system = await openTwoDaemons(NOW_MS);
  });
  after(() => system.stop());

  it('writes the address of the caller into the audit log, over HTTP, gRPC and the seed interface', async () => {
    const { grpc } = system;
    const baseUrl = `http://${system.daemons.manage.addresses()['http']}`;
    await createHttpClient(manageApi, { baseUrl }).insertHost({ hostId: 'by-http', location: '1' });
    await grpc.manage.insertHost({ hostId: 'by-grpc', location: '1' });
    await system.post('manage', '/InsertAHost', { HostID: 'by-seed', Location: '1' });
    const { changes } = await grpc.manage.listAudit({ limit: 3 });
    assert.deepEqual(
      changes.map(({ address, entries }) => [entries[0]?.subject, address]),
      [
        ['by-seed', '127.0.0.1'],
        ['by-grpc', '127.0.0.1'],
        ['by-http', '127.0.0.1'],
      ],
    );
    await grpc.manage.removeHosts({ hostIds: ['by-http', 'by-grpc', 'by-seed'] });
  });

  it('gives one answer over HTTP and gRPC, page by page, in byte order', async () => {
    const http = createHttpClient(manageApi, {
      baseUrl: `http://${system.daemons.manage.addresses()['http']}`,
    });
    const ids = ['ｱ', 'Web-1', 'web-1', '\u{20bb7}', 'w\u00e9b-1'];
    await http.assignHosts({
      new: true,
      assignments: ids.map((hostId) => ({ hostId, location: '机房' })),
      actor: 'ann',
    });
    await system.put([
      tickOf('web-1', NOW_MS, { 'cpu.usage': 1 }),
      tickOf('stray', NOW_MS, { 'cpu.usage': 1 }),
    ]);
    await system.clock.advanceTo(NOW_MS + 3_000);
    for (const client of [http, system.grpc.manage]) {
      const seen: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await client.listHosts({ limit: 1, all: true, ...(cursor && { cursor }) });
        seen.push(...page.hosts.map((host) => `${host.hostId} ${host.state}`));
        cursor = page.nextCursor;
        if (!cursor) break;
      }
      assert.deepEqual(seen, [
        'Web-1 never',
        'stray reporting',
        'web-1 reporting',
        'w\u00e9b-1 never',
        'ｱ never',
        '\u{20bb7} never',
      ]);
    }
    assert.deepEqual(await http.getHost('web-1'), await system.grpc.manage.getHost('web-1'));
    assert.deepEqual(await http.listLocations(), await system.grpc.manage.listLocations());
    assert.deepEqual(await http.listUnmanaged({}), await system.grpc.manage.listUnmanaged({}));
    await http.stop();
  });

  it('is ready by its own catalog and says when analyze is down', async () => {
    assert.equal((await system.get('manage', '/readyz')).status, 200);
    await system.daemons.analyze.stop();
    await system.clock.advanceTo(NOW_MS + 9_000);
    const { hosts, warnings } = await system.grpc.manage.listHosts({});
    assert.ok(hosts.every((host) => host.state === 'unknown'));
    assert.match(warnings[0] ?? '', /analyze does not answer/);
    const ready = await system.get('manage', '/readyz?verbose');
    assert.equal(ready.status, 200);
    assert.match(String(ready.body), /catalog ok.*analyze does not answer/s);
    assert.match(
      String((await system.get('manage', '/metrics')).body),
      /minimon_backend_up{[^}]*"catalog"[^}]*} 1/,
    );
  });

  it('has the original ports by default', () => {
    assert.deepEqual(manageOptions.parse({}), { grpc: '127.0.0.1:8030', http: '127.0.0.1:8040' });
  });
});
