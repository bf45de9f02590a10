// Stale markers of remote write: which of minimon's series ended, told on the bus with what else its source reports.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeep } from '../../src/daemons/report/ingest/kept-series.ts';
import { createRemoteWriteService } from '../../src/daemons/report/ingest/remote-write-ingest.ts';
import { parseSeriesKey, seriesKey } from '../../src/domain/tick.ts';
import { createWriteRequest } from '../../src/wire/remote-write-request.ts';
import { NOW, reportOnBus } from './ticks.ts';

/** Stands where the marker is put: a NaN of these bits is no number that a program can hold for certain. */
const ENDED = 123_456.75;
const MARKER = Buffer.from([2, 0, 0, 0, 0, 0, 0xf0, 0x7f]);

async function written(
  series: readonly (readonly [name: string, value: number, more?: Record<string, string>])[],
  limits: Parameters<typeof reportOnBus>[0] = {},
) {
  const parts = await reportOnBus(limits);
  const request = createWriteRequest();
  for (const [name, value, more] of series)
    request.add({ __name__: `node_${name}`, instance: 'web-1:9100', job: 'node', ...more }, value, NOW);
  const body = Buffer.from(request.finish());
  const placeholder = Buffer.alloc(8);
  placeholder.writeDoubleLE(ENDED);
  for (let at = body.indexOf(placeholder); at >= 0; at = body.indexOf(placeholder)) MARKER.copy(body, at);
  const keep = createKeep(['node_*']);
  const service = createRemoteWriteService({ ...parts, keep, report: parts.service.report });
  assert.equal((await service.remoteWrite({ body, version: 1 })).refused, 0);
  return (await parts.published()).flatMap(({ ticks }) => ticks);
}

const filesystem = (value: number, labels: Record<string, string>) =>
  ['size_bytes', 'free_bytes', 'avail_bytes'].map(
    (name) => [`filesystem_${name}`, value, { fstype: 'ext4', ...labels }] as const,
  );
const own = (metric: string, labels: Record<string, string> = {}) =>
  seriesKey(metric, { ...labels, source: 'prometheus/node' });

test('what ends of a file system and a network card ends for minimon, under its names and those that are kept', async () => {
  const [tick, ...more] = await written([
    ['load1', 1],
    ...filesystem(ENDED, { mountpoint: '/mnt/usb', device: 'sdb' }),
    ['network_receive_errs_total', ENDED, { device: 'eth1' }],
    ['cpu_seconds_total', ENDED, { cpu: '3', mode: 'idle' }],
  ]);
  const ended = (tick?.ended ?? []).map(({ metric, labels }) => seriesKey(metric, labels));
  const ours = ended.filter((key) => !parseSeriesKey(key).metric.startsWith('node_'));
  assert.deepEqual(ours.toSorted(), [
    own('disk.free', { mount: '/mnt/usb' }),
    own('disk.usage', { mount: '/mnt/usb' }),
    own('net.errors', { interface: 'eth1' }),
  ]);
  assert.equal(ended.length - ours.length, 5);
  assert.deepEqual([tick?.samples.length, tick?.counters, more], [2, undefined, []]);
});

test('a file system that is there under another device has not ended', async () => {
  const [tick] = await written([
    ...filesystem(ENDED, { mountpoint: '/data', device: 'sdb' }),
    ...filesystem(100, { mountpoint: '/data', device: 'sdc' }),
  ]);
  assert.deepEqual(
    tick?.ended?.map(({ metric, labels }) => [metric.startsWith('node_'), labels['device']]),
    new Array(3).fill([true, 'sdb']),
  );
});

test('a scrape that failed has nothing but markers: its series end, the rates of all CPUs too, and nothing was measured', async () => {
  const [tick, ...more] = await written([
    ['load1', ENDED],
    ['cpu_seconds_total', ENDED, { cpu: '0', mode: 'idle' }],
    ['cpu_seconds_total', ENDED, { cpu: '0', mode: 'user' }],
    ['cpu_seconds_total', ENDED, { cpu: '1', mode: 'idle' }],
  ]);
  const ours = (tick?.ended ?? []).filter(({ metric }) => !metric.startsWith('node_'));
  assert.deepEqual(ours.map(({ metric, labels }) => seriesKey(metric, labels)).toSorted(), [
    own('cpu.iowait'),
    own('cpu.steal'),
    own('cpu.usage'),
    own('load.1'),
  ]);
  assert.deepEqual([tick?.samples, tick?.counters, more], [[], undefined, []]);
});

test('more series than a tick may have end in several, and none that are over the limit of the host', async () => {
  const many = Array.from({ length: 1_100 }, (_, i) => [`made_up_${i}`, ENDED] as const);
  const ticks = await written(many);
  assert.deepEqual(
    ticks.map(({ ended }) => ended?.length),
    [500, 500, 100],
  );
  const few = await written(many, { limits: { maxSeriesPerHost: 700 } });
  assert.deepEqual(
    few.map(({ ended }) => ended?.length),
    [500, 200],
  );
});
