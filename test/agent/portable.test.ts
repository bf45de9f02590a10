// The portable way with what systeminformation answered on macOS and Windows: the names, units and labels of Linux.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCollection } from '../../src/daemons/agent/collection.ts';
import { createPortableReaders, type PortableSystem } from '../../src/daemons/agent/collectors/portable.ts';
import { agentOptions } from '../../src/daemons/agent/options.ts';
import { metricKind } from '../../src/domain/metric-kinds.ts';
import { seriesError, valueError } from '../../src/domain/tick.ts';
import { MACOS, WINDOWS } from './recorded-systems.ts';

async function openHost(system: PortableSystem, options: object = {}) {
  const readers = await createPortableReaders(agentOptions.parse(options), system);
  let nowMs = 0;
  const collection = createCollection({ readers, monotonicMs: () => nowMs, boundMs: 1_000 });
  return async () => {
    nowMs += 60_000;
    const taken = await collection.take();
    for (const sample of taken.samples) {
      assert.equal(seriesError(sample.metric, sample.labels) ?? valueError(sample.value), undefined);
      const label = metricKind(sample.metric)!.label;
      assert.deepEqual(Object.keys(sample.labels), label ? [label] : [], sample.metric);
    }
    const value = (metric: string, label?: string) =>
      taken.samples.find((one) => one.metric === metric && Object.values(one.labels)[0] === label)?.value;
    const labels = (metric: string) =>
      taken.samples.flatMap((one) => (one.metric === metric ? Object.values(one.labels) : []));
    const said = [...taken.omitted, ...taken.failed].map(({ what, why }) => `${what}: ${why}`).join('\n');
    return { ...taken, value, labels, said };
  };
}

test('macOS: memory without its cache, volumes that can be filled, load, traffic of real interfaces', async () => {
  const take = await openHost(MACOS.system);
  const first = await take();
  assert.deepEqual(first.failed, []);
  assert.equal(first.value('mem.available'), 9_663_676_416);
  assert.equal(first.value('mem.usage'), 43.75);
  assert.equal(first.value('swap.usage'), 50);
  assert.deepEqual(first.labels('disk.usage'), ['/', '/System/Volumes/Data', '/Volumes/Backup Disk']);
  assert.equal(first.value('disk.usage', '/System/Volumes/Data'), 75);
  assert.equal(first.value('disk.free', '/System/Volumes/Data'), 100_000_000_000);
  assert.deepEqual(
    ['load.1', 'load.5', 'load.15', 'load.per_core', 'uptime'].map((metric) => first.value(metric)),
    [3.5, 2.75, 2, 0.25, 364_210],
  );
  assert.equal(first.value('cpu.usage'), undefined, 'nothing to compare with yet');
  assert.match(first.said, /mounts \/System\/Volumes\/VM\*: excluded by the filter/);
  assert.match(first.said, /mount Disponibles Capacidad Montado en: the system does not say how full it is/);
  MACOS.later();
  const second = await take();
  assert.equal(second.value('cpu.usage'), 25);
  assert.deepEqual(second.labels('net.received'), ['en0']);
  assert.deepEqual(
    ['net.received', 'net.sent', 'net.errors', 'net.drops'].map((metric) => second.value(metric, 'en0')),
    [1_000, 500, 0.1, 0],
  );
});

test('Windows: drives by their letters, no load, a drive without a disk, counters that it does not tell', async () => {
  const take = await openHost(WINDOWS.system);
  const first = await take();
  assert.deepEqual(first.failed, []);
  assert.deepEqual(first.labels('disk.usage'), ['C:', 'D:']);
  assert.equal(first.value('disk.usage', 'C:'), 40);
  assert.equal(first.value('mem.usage'), 75);
  assert.match(first.said, /mount E:: the system does not say how full it is/);
  assert.match(first.said, /load: this system does not know it/);
  assert.match(first.said, /swap\.usage: there is no swap/);
  for (const metric of ['load.1', 'load.per_core']) assert.equal(first.value(metric), undefined);
  WINDOWS.later();
  const second = await take();
  assert.equal(second.value('cpu.usage'), 10);
  assert.match(second.said, /interface 以太网: the system does not say what it has transferred/);
  assert.equal(second.value('net.received', '以太网'), undefined, 'zeros that nobody counted are no rate');
  assert.equal(second.value('net.received', 'Ethernet 2'), 2_000);
  assert.equal(second.value('net.drops', 'Ethernet 2'), 0);
  assert.equal(second.value('net.errors', 'Ethernet 2'), undefined, 'null is not 0');
});

test('a call that fails or makes no sense costs its own metrics alone', async () => {
  const system: PortableSystem = {
    ...MACOS.system,
    mem: async () => ({ ...(await MACOS.system.mem()), total: Number.NaN }),
    fsSize: () => Promise.reject(new Error('df: timed out')),
  };
  const seen = await (await openHost(system))();
  assert.match(seen.said, /memory: the system does not say how much memory it has/);
  assert.match(seen.said, /disk space: df: timed out/);
  assert.equal(seen.value('load.1'), 3.5);
});

test('the filters of the configuration hold as on Linux', async () => {
  const options = {
    mounts: { exclude: ['/Volumes/*'] },
    interfaces: { include: ['utun*'], exclude: ['en*'] },
  };
  const take = await openHost(MACOS.system, options);
  assert.deepEqual((await take()).labels('disk.free'), ['/', '/System/Volumes/Data']);
  assert.deepEqual((await take()).labels('net.sent'), ['utun3']);
});
