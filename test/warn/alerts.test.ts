// A rule's way from manage through the stream to a webhook, in one process with real files; restarts, edits and ends.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Bus } from '../../src/bus/bus.ts';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { createWarnService } from '../../src/daemons/warn/service.ts';
import { createVirtualClock, type VirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-codec.ts';
import { directory, NOW, owned, tick } from '../report/ticks.ts';
import { until } from '../until.ts';
import { alertParts } from './alert-parts.ts';

const MINUTE = 60_000;
const START = Math.ceil(NOW / MINUTE) * MINUTE;

type Told = { readonly status: string; readonly reason: string; readonly title: string; readonly id: string };

async function webhook() {
  const told: Told[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { id, data } = JSON.parse(body) as { id: string; data: Omit<Told, 'id'> };
      told.push({ ...data, id });
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  owned({ stop: () => new Promise((resolve) => server.close(() => resolve(undefined))) });
  return { told, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

type Setup = { readonly path: string; readonly bus: Bus; readonly clock: VirtualClock };

async function setup({ lateMs = 0 } = {}): Promise<Setup> {
  const path = directory();
  const virtual = createVirtualClock(START);
  // Timers fire late on a real machine.
  const clock = {
    ...virtual,
    sleep: (ms: number, signal?: AbortSignal) => virtual.sleep(ms + lateMs, signal),
  };
  const bus = owned(await createEmbeddedBus({ directory: path, clock, logger: silentLogger }));
  return { path, bus, clock };
}

async function startWarn({ path, bus, clock }: Setup) {
  const parts = await alertParts(clock, path);
  const warn = createWarnService({
    bus,
    clock,
    logger: silentLogger,
    metrics: createMetrics('warn'),
    ...parts,
  });
  await warn.start();
  return { warn, ...parts };
}

/** A tick of web-1 a minute, from the `from`th minute on, each heard at once. */
async function play(
  at: Setup,
  warn: { status(): Promise<{ readonly partitions: readonly { readonly receivedMs?: number }[] }> },
  {
    from,
    values,
    hosts = ['web-1'],
  }: { readonly from: number; readonly values: readonly number[]; readonly hosts?: readonly string[] },
) {
  const { bus, clock } = at;
  for (const [i, value] of values.entries()) {
    const timeMs = START + (from + i) * MINUTE;
    await settle(at, () => clock.nowMs() >= timeMs, 'the time of the tick');
    const ticks = hosts.map((hostId) =>
      encodeTick(tick({ hostId, timeMs, samples: [{ metric: 'cpu.usage', labels: {}, value }] })),
    );
    await bus.publish([{ partition: 0, receivedMs: timeMs + 50, bytes: encodeBatch(ticks) }]);
    await until(
      'it was read',
      async () => ((await warn.status()).partitions[0]?.receivedMs ?? 0) >= timeMs + 50,
    );
  }
}

/** Moves time a little at a time, so that what waits for it and what it wakes take turns. */
async function settle({ clock, bus }: Setup, condition: () => boolean, what: string) {
  await until(what, async () => {
    if (condition()) return true;
    await clock.advanceTo(clock.nowMs() + 100);
    // As report does: without heartbeats the pipeline would count as stalled.
    if (clock.nowMs() % 10_000 < 100) {
      const heartbeat = { reportId: 'r', timeMs: clock.nowMs() };
      await bus.publish([{ partition: 0, receivedMs: clock.nowMs(), bytes: encodeBatch([], { heartbeat }) }]);
    }
    return false;
  });
}

test('a rule fires, is told once over a kill, and its end is told', async () => {
  const at = await setup();
  const { told, url } = await webhook();
  const first = await startWarn(at);
  const { manage } = first;
  await manage.putReceiver({
    name: 'ops',
    kind: 'webhook',
    options: JSON.stringify({ url }),
    isDefault: true,
  });
  await manage.assignHosts({ assignments: [{ hostId: 'web-1', location: '725' }] });
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90 for 1m', severity: 'critical' });
  await settle(at, () => at.clock.nowMs() >= START + 3_000, 'the configuration is followed');
  await play(at, first.warn, { from: 1, values: [95, 95] });
  await settle(at, () => told.length === 1, 'the first message');
  assert.match(told[0]!.title, /FIRING 1.*725.*hot.*web-1/);
  const { alerts } = await first.warn.listAlerts({});
  assert.deepEqual(
    alerts.map(({ rule, host, location, state, sinceMs }) => [rule, host, location, state, sinceMs]),
    [['hot', 'web-1', '725', 'firing', START + MINUTE]],
  );
  // Stored with the next commit; after that a process that is gone leaves everything behind.
  await settle(at, () => at.clock.nowMs() >= START + 2 * MINUTE + 5_000, 'a commit');
  await first.warn.stop();
  await first.notifier.stop();
  await first.catalog.stop();

  const second = await startWarn(at);
  owned(second.warn);
  await settle(at, () => at.clock.nowMs() >= START + 2 * MINUTE + 40_000, 'the restart');
  assert.equal((await second.warn.listAlerts({})).alerts.length, 1);
  await play(at, second.warn, { from: 3, values: [96, 20] });
  await settle(at, () => told.length === 2, 'the end');
  assert.equal(told[1]!.status, 'resolved');
  assert.notEqual(told[1]!.id, told[0]!.id);
  assert.deepEqual((await second.warn.listAlerts({})).alerts, []);
});

test('a rule that is removed ends its alerts, and a host that is not in the inventory raises none', async () => {
  const at = await setup();
  const { told, url } = await webhook();
  const { warn, manage } = await startWarn(at);
  owned(warn);
  await manage.putReceiver({
    name: 'ops',
    kind: 'webhook',
    options: JSON.stringify({ url }),
    isDefault: true,
  });
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90' });
  await settle(at, () => at.clock.nowMs() >= START + 3_000, 'the configuration is followed');
  await play(at, warn, { from: 1, values: [95] });
  assert.deepEqual((await warn.listAlerts({})).alerts, []);
  await manage.assignHosts({ assignments: [{ hostId: 'web-1', location: '725' }] });
  await settle(at, () => at.clock.nowMs() >= START + MINUTE + 5_000, 'the host is known');
  await play(at, warn, { from: 2, values: [95] });
  await settle(at, () => told.length === 1, 'the first message');
  await manage.removeRule({ name: 'hot' });
  await settle(at, () => told.length === 2, 'the end');
  assert.match(told[1]!.title + JSON.stringify(told[1]), /rule deleted/);
});

test('what fires with a first alert follows in one message half a minute later, also where timers are late', async () => {
  const at = await setup({ lateMs: 3 });
  const { told, url } = await webhook();
  const { warn, manage } = await startWarn(at);
  owned(warn);
  await manage.putReceiver({
    name: 'ops',
    kind: 'webhook',
    options: JSON.stringify({ url }),
    isDefault: true,
  });
  const hosts = ['web-1', 'web-2', 'web-3'];
  await manage.assignHosts({ assignments: hosts.map((hostId) => ({ hostId, location: '725' })) });
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90' });
  await settle(at, () => at.clock.nowMs() >= START + 3_000, 'the configuration is followed');
  await play(at, warn, { from: 1, values: [95] });
  await settle(at, () => told.length === 1, 'the first message');
  await play(at, warn, { from: 1 + 1 / 6, values: [95], hosts: ['web-2', 'web-3'] });
  await settle(at, () => at.clock.nowMs() >= START + MINUTE + 32_000, 'the time for gathering');
  assert.deepEqual(
    told.map(({ title }) => /FIRING (\d)/.exec(title)?.[1]),
    ['1', '3'],
  );
});
