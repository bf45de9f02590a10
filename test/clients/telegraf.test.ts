// A real Telegraf that writes line protocol, as docs/interop.md says: version 2's output, and version 1's.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { until } from '../until.ts';
import { countersOf, openPushTarget, valuesOf } from './push-target.ts';
import type { Exchange } from './recording-proxy.ts';
import { startTelegraf } from './start.ts';
import { skipClient } from './wanted.ts';

const V2_OUTPUT = /^\[\[outputs\.influxdb_v2\]\].*?(?=^\[\[inputs)/ms;

const linesOf = ({ body }: Exchange): readonly string[] => gunzipSync(body).toString().trim().split('\n');

const OF_A_HOST = [
  ...['cpu.usage', 'cpu.iowait', 'cpu.steal', 'load.1', 'load.5', 'load.15', 'mem.available', 'mem.usage'],
  ...['disk.usage{mount=/}', 'disk.free{mount=/}', 'disk.inodes{mount=/}', 'procs.total', 'procs.blocked'],
  'uptime',
];

describe('Telegraf', { skip: skipClient('telegraf') }, () => {
  it("its host has minimon's metrics; what waits while the bus is away comes later, whole", async () => {
    const target = await openPushTarget();
    await startTelegraf(target.address, 'telegraf-1');
    const values = () => valuesOf(target.ticks, 'telegraf-1');
    await until('all of the first rounds', () => OF_A_HOST.every((metric) => values().has(metric)), {
      seen: () => OF_A_HOST.filter((metric) => !values().has(metric)).join(),
    });
    await until('counters', () => countersOf(target.ticks, 'telegraf-1').has('net.received'));
    assert.ok(target.ticks.every(({ source }) => source === 'telegraf'));
    assert.ok(target.exchanges.every(({ status }) => status === 204));

    target.setBusAway(true);
    const isUnavailable = ({ status }: Exchange) => status === 503;
    await until('it is answered 503', () => target.exchanges.some(isUnavailable));
    const kept = linesOf(target.exchanges.find(isUnavailable)!);
    target.setBusAway(false);
    // Perhaps in a batch with newer ones.
    const taken = () => new Set(target.exchanges.filter(({ status }) => status === 204).flatMap(linesOf));
    await until('it sends the same lines again', () => {
      const lines = taken();
      return kept.every((line) => lines.has(line));
    });
  });

  it("version 1's output asks for its database and writes", async () => {
    const target = await openPushTarget();
    const output = `[[outputs.influxdb]]\n  urls = ["http://${target.address}"]\n`;
    await startTelegraf(target.address, 'telegraf-1', (pasted) => pasted.replace(V2_OUTPUT, output));
    await until('its first round', () => valuesOf(target.ticks, 'telegraf-1').has('load.1'));
    const answered = () =>
      new Set(target.exchanges.map(({ path, status }) => `${status} ${path.split('?')[0]}`));
    await until('it is answered', () => answered().has('204 /write'));
    assert.deepEqual([...answered()], ['200 /query', '204 /write']);
  });

  it('lines of no host are refused once, with what to do, and not sent again', async () => {
    const target = await openPushTarget();
    await startTelegraf(target.address, '', (pasted) =>
      pasted.replace('omit_hostname = false', 'omit_hostname = true'),
    );
    await until('it is refused twice', () => target.exchanges.length >= 2);
    const [first, second] = target.exchanges;
    assert.deepEqual([first!.status, second!.status], [204, 204]);
    assert.match(first!.refused, /the line has no tag host/);
    assert.ok(!first!.body.equals(second!.body));
    assert.deepEqual(target.ticks, []);
  });
});
