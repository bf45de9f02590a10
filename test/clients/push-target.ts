// A report daemon in this process for real clients to push to, by the real clock, and all that it has put onto the bus.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Bus } from '../../src/bus/bus.ts';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { reportOptions } from '../../src/daemons/report/options.ts';
import { createReportDaemon } from '../../src/daemons/report/report-daemon.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import type { Tick } from '../../src/domain/tick.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createServerProcess, type ServerProcess } from '../servers/server-process.ts';
import { decodeBatch } from '../tick-batch.ts';
import { until } from '../until.ts';
import { createRecordingProxy, type Exchange } from './recording-proxy.ts';

export type PushTarget = {
  /** `host:port` that clients push to. */
  readonly address: string;
  readonly exchanges: readonly Exchange[];
  /** What is on the bus. */
  readonly ticks: readonly Tick[];
  /** While it is away, report has nowhere to put what it is sent. */
  setBusAway(isAway: boolean): void;
  /** Stops report, and when `whileAway` is over starts it again. */
  restart(whileAway: () => Promise<void>): Promise<void>;
};

const opened: (() => Promise<void> | void)[] = [];
after(closeAll);

/** The tests of a file are ended so by themselves. */
export async function closeAll(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

export function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'minimon-clients-'));
  opened.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Resolves when the client, whose requests are answered 503 for a while, has sent one of these again and it is taken. */
export async function keepsWhatIsNotTaken(target: PushTarget, takenStatus: number): Promise<void> {
  target.setBusAway(true);
  const isUnavailable = ({ status }: Exchange) => status === 503;
  await until('it is answered 503', () => target.exchanges.some(isUnavailable));
  const kept = target.exchanges.find(isUnavailable)!;
  target.setBusAway(false);
  await until('it sends the same again', () =>
    target.exchanges.some(({ status, body }) => status === takenStatus && body.equals(kept.body)),
  );
}

export async function openPushTarget(): Promise<PushTarget> {
  const parts = { clock: systemClock, logger: silentLogger };
  const embedded = await createEmbeddedBus({ directory: directory(), partitions: 1, ...parts });
  opened.push(() => embedded.stop());
  let isAway = false;
  const bus: Bus = {
    ...embedded,
    async publish(messages) {
      if (isAway) throw new ExpectedError('UNAVAILABLE', 'the bus is away', { hint: 'Try again.' });
      await embedded.publish(messages);
    },
  };
  const ticks: Tick[] = [];
  await bus.consume({
    ...{ group: 'test', from: 'earliest' },
    async onBatch(records) {
      for (const record of records) ticks.push(...decodeBatch(record.bytes).ticks);
    },
  });
  const options = reportOptions.parse({
    ...{ grpc: '127.0.0.1:0', push: '127.0.0.1:0', admin: '127.0.0.1:0', id: 'report-1' },
  });
  async function startReport() {
    const started = createReportDaemon(options, {
      ...{ bus, retentionMs: 35 * 86_400_000, roomFor: { maxHosts: 100, maxSeries: 10_000 } },
      ...parts,
    });
    opened.push(() => started.stop());
    await started.start();
    return started;
  }
  let daemon: Awaited<ReturnType<typeof startReport>> | undefined = await startReport();
  const proxy = await createRecordingProxy(() => daemon?.addresses()['push']);
  opened.push(() => proxy.stop());
  return {
    ...{ address: proxy.address, exchanges: proxy.exchanges, ticks },
    setBusAway(away) {
      isAway = away;
    },
    async restart(whileAway) {
      const before = daemon!;
      daemon = undefined;
      await before.stop();
      await whileAway();
      daemon = await startReport();
    },
  };
}

/** A client that runs until the tests of the file are over, or it is stopped. */
export async function startClient(
  name: string,
  command: readonly string[],
  ready: (log: () => string) => boolean | Promise<boolean> = () => true,
): Promise<ServerProcess> {
  const client = createServerProcess({ name, command, directory: directory(), ready });
  opened.push(() => client.kill('SIGKILL'));
  await client.start();
  return client;
}

/** The newest value of each of minimon's metrics of a host, with its labels but for the source. */
export function valuesOf(ticks: readonly Tick[], hostId: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const tick of ticks.filter((one) => one.hostId === hostId)) {
    for (const { metric, labels, value } of tick.samples) {
      const { source: _, ...own } = labels;
      const shown = Object.entries(own).map(([label, text]) => `${label}=${text}`);
      values.set(shown.length > 0 ? `${metric}{${shown.join()}}` : metric, value);
    }
  }
  return values;
}

/** The counters that minimon makes rates of, by name. */
export const countersOf = (ticks: readonly Tick[], hostId: string): ReadonlySet<string> =>
  new Set(
    ticks
      .filter((tick) => tick.hostId === hostId)
      .flatMap(({ counters = [] }) => counters.map(({ metric }) => metric)),
  );
