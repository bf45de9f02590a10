// A real Telegraf that writes line protocol, as docs/interop.md says: version 2's output, and version 1's.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { until } from '../until.ts';
import { ensureTelegraf } from './builds.ts';
import { snippet } from './doc-snippets.ts';
import { countersOf, directory, openPushTarget, startClient, valuesOf } from './push-target.ts';
import { skipClient } from './wanted.ts';

const V2_OUTPUT = /^\[\[outputs\.influxdb_v2\]\].*?(?=^\[\[inputs)/ms;

/** The snippet, measuring every second, beside a file of the test's own. */
async function startTelegraf(pasted: string, own: { readonly hostname: string; readonly more?: string }) {
  const home = directory();
  writeFileSync(join(home, 'pasted.conf'), pasted);
  const agent = `[agent]\n  interval = "1s"\n  flush_interval = "1s"\n  hostname = "${own.hostname}"\n`;
  writeFileSync(join(home, 'own.conf'), agent + (own.more ?? ''));
  const files = ['pasted.conf', 'own.conf'].flatMap((name) => ['--config', join(home, name)]);
  return startClient('telegraf', [await ensureTelegraf(), ...files], (log) => /Loaded outputs/.test(log()));
}

const OF_A_HOST = [
  ...['cpu.usage', 'cpu.iowait', 'cpu.steal', 'load.1', 'load.5', 'load.15', 'mem.available', 'mem.usage'],
  ...['disk.usage{mount=/}', 'disk.free{mount=/}', 'disk.inodes{mount=/}', 'procs.total', 'procs.blocked'],
  'uptime',
];

describe('Telegraf', { skip: skipClient('telegraf') }, () => {
  it("its host has minimon's metrics; what waits while the bus is away comes later, whole", async () => {
    const target = await openPushTarget();
    await startTelegraf(snippet('Telegraf', target.address), { hostname: 'telegraf-1' });
    const values = () => valuesOf(target.ticks, 'telegraf-1');
    await until('all of the first rounds', () => OF_A_HOST.every((metric) => values().has(metric)), {
      seen: () => OF_A_HOST.filter((metric) => !values().has(metric)).join(),
    });
    await until('counters', () => countersOf(target.ticks, 'telegraf-1').has('net.received'));
    assert.ok(target.ticks.every(({ source }) => source === 'telegraf'));
    assert.ok(target.exchanges.every(({ status }) => status === 204));

    target.setBusAway(true);
    await until('it is answered 503', () => target.exchanges.some(({ status }) => status === 503));
    const awayMs = Date.now();
    target.setBusAway(false);
    await until('it goes on', () => target.ticks.some(({ timeMs }) => timeMs > awayMs + 1_000));
    const seconds = new Set(target.ticks.map(({ timeMs }) => Math.floor(timeMs / 1_000)));
    const [first, last] = [Math.min(...seconds), Math.max(...seconds)];
    assert.equal(seconds.size, last - first + 1, 'a round of each second');
  });

  it("version 1's output asks for its database and writes", async () => {
    const target = await openPushTarget();
    const pasted = snippet('Telegraf', target.address).replace(
      V2_OUTPUT,
      `[[outputs.influxdb]]\n  urls = ["http://${target.address}"]\n`,
    );
    assert.match(pasted, /outputs\.influxdb\]/);
    await startTelegraf(pasted, { hostname: 'telegraf-1' });
    await until('its first round', () => valuesOf(target.ticks, 'telegraf-1').has('load.1'));
    const answered = () =>
      new Set(target.exchanges.map(({ path, status }) => `${status} ${path.split('?')[0]}`));
    await until('it is answered', () => answered().has('204 /write'));
    assert.deepEqual([...answered()], ['200 /query', '204 /write']);
  });

  it('lines of no host are refused once, with what to do, and not sent again', async () => {
    const target = await openPushTarget();
    const pasted = snippet('Telegraf', target.address).replace(
      'omit_hostname = false',
      'omit_hostname = true',
    );
    await startTelegraf(pasted, { hostname: '' });
    await until('it is refused twice', () => target.exchanges.length >= 2);
    const [first, second] = target.exchanges;
    assert.deepEqual([first!.status, second!.status], [204, 204]);
    assert.match(first!.refused, /the line has no tag host/);
    assert.ok(!first!.body.equals(second!.body));
    assert.deepEqual(target.ticks, []);
  });
});
