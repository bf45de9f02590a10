// The line of alerts in one process for tests: an embedded bus, manage and warn over files, a webhook that keeps what it is told.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bus } from '../../src/bus/bus.ts';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { createWarnService } from '../../src/daemons/warn/service.ts';
import { createVirtualClock, type VirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { directory, NOW, owned, tick } from '../report/ticks.ts';
import { until } from '../until.ts';
import { alertParts } from './alert-parts.ts';
import { createInFlight, type InFlight } from './in-flight.ts';

export const MINUTE = 60_000;
export const START = Math.ceil(NOW / MINUTE) * MINUTE;

export type Told = {
  readonly status: string;
  readonly reason: string;
  readonly title: string;
  readonly id: string;
};

export async function webhook() {
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

export type Setup = {
  readonly path: string;
  readonly bus: Bus;
  readonly clock: VirtualClock;
  readonly inFlight: InFlight;
  /** How far time moves at once. */
  readonly stepMs: number;
};

export async function setup({ lateMs = 0, stepMs = 100 } = {}): Promise<Setup> {
  const path = directory();
  const virtual = createVirtualClock(START);
  // Timers fire late on a real machine.
  const clock = {
    ...virtual,
    sleep: (ms: number, signal?: AbortSignal) => virtual.sleep(ms + lateMs, signal),
  };
  const inFlight = createInFlight();
  const bus = owned(await createEmbeddedBus({ directory: path, clock, logger: silentLogger }));
  return { path, bus: inFlight.bus(bus), clock, inFlight, stepMs };
}

export async function startWarn({ path, bus, clock, inFlight }: Setup) {
  const parts = await alertParts(clock, path, {
    receivers: inFlight.receivers,
    polls: clock,
    stateOf: (id) => warn.stateOf(id),
    acknowledgementOf: (alert) => warn.acknowledgementOf(alert),
    onDelivery: (delivery) => warn.onDelivery(delivery),
  });
  const warn: ReturnType<typeof createWarnService> = createWarnService({
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
export async function play(
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

/** More than any test has to wait for. */
const LIMIT_MS = 12 * 60 * MINUTE;

/** Moves time a little at a time, so that what waits for it and what it wakes take turns. */
export async function settle(
  { clock, bus, inFlight, stepMs }: Setup,
  condition: () => boolean | Promise<boolean>,
  what: string,
) {
  const startMs = clock.nowMs();
  while (!(await condition())) {
    if (clock.nowMs() - startMs > LIMIT_MS) throw new Error(`not within ${LIMIT_MS / MINUTE} min: ${what}`);
    await clock.advanceTo(clock.nowMs() + stepMs);
    // As report does: without heartbeats the pipeline would count as stalled.
    if (clock.nowMs() % 10_000 < stepMs) {
      const heartbeat = { reportId: 'r', timeMs: clock.nowMs() };
      await bus.publish([{ partition: 0, receivedMs: clock.nowMs(), bytes: encodeBatch([], { heartbeat }) }]);
    }
    await inFlight.idle();
  }
}
