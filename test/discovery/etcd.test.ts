// Reports in a real etcd: found, followed, put back; and what stands while etcd is away.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { createReportClient } from '../../src/api/grpc/report-client.ts';
import type { Discovery, Registration } from '../../src/discovery/discovery.ts';
import { createEtcdDiscovery } from '../../src/discovery/etcd.ts';
import { registerReport } from '../../src/discovery/etcd-registration.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { skipReason } from '../servers/backends.ts';
import { type Etcd, startEtcd } from '../servers/etcd.ts';
import { freePorts } from '../servers/ports.ts';
import { until } from '../until.ts';
import { discoveryContract } from './contract.ts';
import { startLoad, startReport } from './reports.ts';

const encode = (text: string) => Buffer.from(text).toString('base64');

describe('reports in etcd', { skip: skipReason('etcd') }, () => {
  let etcd: Etcd;
  let prefixes = 0;
  let prefix = '';
  const parts: (Discovery | Registration)[] = [];

  before(async () => {
    etcd = await startEtcd();
  });
  after(() => etcd?.stop());
  afterEach(async () => {
    while (parts.length > 0) await parts.pop()!.stop();
  });

  /** A part of etcd of its own for each test. */
  const freshPrefix = () => {
    prefix = `/minimon/test-${++prefixes}/report/`;
  };

  async function discover(endpoints = [etcd.url]): Promise<Discovery> {
    const discovery = await createEtcdDiscovery({ endpoints, prefix, logger: silentLogger });
    parts.push(discovery);
    return discovery;
  }

  async function register(id: string, address: string, endpoints = [etcd.url]): Promise<Registration> {
    const options = { endpoints, prefix, id, address, ttlMs: 2_000, logger: silentLogger };
    const registration = await registerReport(options);
    parts.push(registration);
    return registration;
  }

  async function call(path: string, body: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${etcd.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
    assert.ok(response.ok, `${path}: ${response.status}`);
    return (await response.json()) as Record<string, unknown>;
  }
  const leaseOf = async (id: string): Promise<string | undefined> => {
    const { kvs = [] } = (await call('/v3/kv/range', { key: encode(prefix + id) })) as {
      kvs?: { lease?: string }[];
    };
    return kvs[0]?.lease;
  };

  discoveryContract(
    async (addresses) => {
      freshPrefix();
      const put = async (wanted: readonly string[]) => {
        await call('/v3/kv/deleterange', { key: encode(prefix), range_end: encode(`${prefix}~`) });
        for (const [i, address] of wanted.entries()) {
          await call('/v3/kv/put', { key: encode(`${prefix}${i}`), value: encode(address) });
        }
      };
      await put(addresses);
      const discovery = await createEtcdDiscovery({ endpoints: [etcd.url], prefix, logger: silentLogger });
      return { discovery, change: put, close: () => discovery.stop() };
    },
    { name: 'etcd discovery', changes: true },
  );

  test('changes are followed although etcd forgets what was before: compacted while it watches, and while it was away', async () => {
    freshPrefix();
    const discovery = await discover();
    const put = (id: string, address: string) =>
      call('/v3/kv/put', { key: encode(prefix + id), value: encode(address) });
    const compact = async () => {
      const { header } = (await call('/v3/kv/range', { key: encode(prefix) })) as {
        header: { revision: string };
      };
      await call('/v3/kv/compaction', { revision: header.revision, physical: true });
    };
    await put('a', '10.0.0.1:8000');
    await until('the first', () => discovery.addresses().length === 1);
    await compact();
    await put('b', '10.0.0.2:8000');
    await until('the second', () => discovery.addresses().length === 2);
    await etcd.kill('SIGKILL');
    await etcd.restart();
    await put('c', '10.0.0.3:8000');
    await compact();
    await until('the third', () => discovery.addresses().length === 3);
    assert.equal(discovery.unhealthy(), undefined);
  });

  test('a report is listed from its registration until its stop, in the order of the ids', async () => {
    freshPrefix();
    const discovery = await discover();
    await register('b', '127.0.0.1:2');
    const first = await register('a', '127.0.0.1:1');
    await until('both are listed', () => discovery.addresses().length === 2);
    assert.deepEqual(discovery.addresses(), ['127.0.0.1:1', '127.0.0.1:2']);
    assert.deepEqual([first.unhealthy(), discovery.unhealthy()], [undefined, undefined]);
    await first.stop();
    await until('the stopped one is gone', () => discovery.addresses().length === 1);
  });

  test('a lost lease is granted again and the key put back; so is a key that somebody deleted', async () => {
    freshPrefix();
    const discovery = await discover();
    const registration = await register('a', '127.0.0.1:1');
    const lease = await leaseOf('a');
    await call('/v3/lease/revoke', { ID: lease });
    await until('the key is back under another lease', async () => {
      const now = await leaseOf('a');
      return now !== undefined && now !== lease;
    });
    await call('/v3/kv/deleterange', { key: encode(`${prefix}a`) });
    await until('the key is back', async () => (await leaseOf('a')) !== undefined);
    await until('it is listed', () => discovery.addresses().length === 1);
    assert.equal(registration.unhealthy(), undefined);
  });

  test('a report that died without a word is dropped when its lease ends', async () => {
    freshPrefix();
    const { ID } = await call('/v3/lease/grant', { TTL: '2' });
    await call('/v3/kv/put', { key: encode(`${prefix}dead`), value: encode('127.0.0.1:9'), lease: ID });
    await register('alive', '127.0.0.1:1');
    const discovery = await discover();
    assert.equal(discovery.addresses().length, 2);
    await until('the dead one is gone', () => discovery.addresses().length === 1);
    assert.deepEqual(discovery.addresses(), ['127.0.0.1:1']);
  });

  test('two reports under one id are named to both', async () => {
    freshPrefix();
    const first = await register('same', '127.0.0.1:1');
    const second = await register('same', '127.0.0.1:2');
    await until('one sees the other', () => /another report.* id same/.test(first.unhealthy() ?? ''));
    await first.stop();
    await until('the other is alone', () => second.unhealthy() === undefined);
  });

  test('a value that is no address is left out', async () => {
    freshPrefix();
    await call('/v3/kv/put', { key: encode(`${prefix}x`), value: encode('not an address') });
    await register('a', '127.0.0.1:1');
    assert.deepEqual((await discover()).addresses(), ['127.0.0.1:1']);
  });

  test('a member that is away is passed over for the next', async () => {
    freshPrefix();
    const [dead] = await freePorts(1);
    const endpoints = [`http://127.0.0.1:${dead}`, etcd.url];
    const registration = await register('a', '127.0.0.1:1', endpoints);
    const discovery = await discover(endpoints);
    assert.deepEqual(discovery.addresses(), ['127.0.0.1:1']);
    assert.deepEqual([registration.unhealthy(), discovery.unhealthy()], [undefined, undefined]);
  });

  test('agents follow reports that come and go without a failed report', async (t) => {
    freshPrefix();
    const reports = await Promise.all([startReport(), startReport(), startReport()]);
    const registrations = await Promise.all(reports.map(({ address }, i) => register(`${i}`, address)));
    const discovery = await discover();
    const client = createReportClient({ discovery });
    const load = startLoad(client);
    t.after(() => load.end());
    await until('each report has some', () => reports.every((report) => report.count() > 5));
    const fourth = await startReport();
    await register('3', fourth.address);
    await until('the new one has some', () => fourth.count() > 5);
    await registrations[0]!.stop();
    await until('the list is shorter', () => discovery.addresses().length === 3);
    await reports[0]!.stop();
    const before = load.done();
    await until('reports go on', () => load.done() > before + 50);
    assert.deepEqual(await load.end(), []);
    await client.stop();
    for (const report of [...reports.slice(1), fourth]) await report.stop();
  });

  test('while etcd is away the last list stands and both sides say so; afterwards changes are followed', async () => {
    freshPrefix();
    const registration = await register('a', '127.0.0.1:1');
    const discovery = await discover();
    assert.deepEqual(discovery.addresses(), ['127.0.0.1:1']);
    await etcd.kill('SIGKILL');
    await until('both have a fault', () => !!discovery.unhealthy() && !!registration.unhealthy());
    assert.match(discovery.unhealthy()!, /etcd/);
    assert.match(registration.unhealthy()!, /not registered in etcd/);
    assert.deepEqual(discovery.addresses(), ['127.0.0.1:1']);
    // Who starts now starts without a list.
    const later = await discover();
    assert.deepEqual(later.addresses(), []);
    assert.match(later.unhealthy()!, /etcd does not answer.*connection refused/);
    await register('b', '127.0.0.1:2');
    await etcd.restart();
    for (const one of [discovery, later]) {
      await until(
        'both reports are known',
        () => one.addresses().length === 2 && one.unhealthy() === undefined,
      );
    }
    await until('registered again', () => registration.unhealthy() === undefined);
  });
});
