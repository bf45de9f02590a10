// Load whose every acknowledged sample is known by key and value: agents that report one tick after the other.
import { createReportClient } from '../../src/api/grpc/report-client.ts';
import type { Discovery } from '../../src/discovery/discovery.ts';
import { messageOf } from '../../src/domain/errors.ts';
import { delay } from '../../src/runtime/clock.ts';
import { encodeRequest, encodeTick } from '../../src/wire/tick-writer.ts';
import { until } from '../until.ts';

export type Load = {
  readonly hosts: readonly string[];
  /** Host -> how many of its ticks, from the first on, were acknowledged. */
  acknowledged(): ReadonlyMap<string, number>;
  ticks(): number;
  /** Why reports failed, although the client tries each several times: an agent would send them from its spool. */
  failures(): readonly string[];
  /** Resolves when so many more ticks than now are acknowledged. */
  flows(more: number): Promise<void>;
  /** Ends after the answer to what is under way; nothing is left in doubt. */
  stop(): Promise<void>;
};

/** Metrics of a tick: two InfluxDB lines, one with a label. */
export const METRICS = ['load.1', 'load.5', 'load.15', 'disk.usage'] as const;
export const MOUNT = '/srv';

export const tickTime = (startMs: number, tick: number): number => startMs + tick * 1_000;
/** Any double that tells its key. */
export const sampleValue = (at: { host: number; tick: number; metric: number }): number =>
  at.tick / 7 + at.host * 1_000 + at.metric / 3;

export function startLoad(options: {
  readonly discovery: Pick<Discovery, 'addresses' | 'onChange'>;
  /** Default plain, and nothing is shown. */
  readonly access?: Pick<Parameters<typeof createReportClient>[0], 'tls' | 'bearer'>;
  readonly name: string;
  readonly hosts: number;
  /** Between the answer to a tick and the next one. */
  readonly pauseMs: number;
  /** Of the first tick; within the last 24 h. */
  readonly startMs: number;
}): Load {
  const { discovery, name, pauseMs, startMs } = options;
  const client = createReportClient({ discovery, ...options.access });
  const hosts = Array.from({ length: options.hosts }, (_, i) => `${name}-${String(i).padStart(3, '0')}`);
  const acknowledged = new Map<string, number>();
  const failures: string[] = [];
  let ticks = 0;
  let running = true;

  const loops = hosts.map(async (hostId, host) => {
    // Agents are not in step.
    await delay((pauseMs * host) / hosts.length);
    for (let tick = 0; running; tick++) {
      const samples = METRICS.map((metric, i) => ({
        metric,
        labels: metric === 'disk.usage' ? { mount: MOUNT } : {},
        value: sampleValue({ host, tick, metric: i }),
      }));
      const request = encodeRequest(
        [
          encodeTick({
            ...{ hostId, timeMs: tickTime(startMs, tick), intervalMs: 1_000, samples },
            ...{ machineId: `machine of ${hostId}`, bootId: 'boot', agentVersion: 'load' },
          }),
        ],
        false,
      );
      await send(request, samples.length);
      acknowledged.set(hostId, tick + 1);
      ticks++;
      await delay(pauseMs);
    }
  });

  async function send(request: Uint8Array, samples: number): Promise<void> {
    for (;;) {
      try {
        const answer = await client.report(request);
        if (answer.acceptedSamples === samples) return;
        throw new Error(`${answer.acceptedSamples} of ${samples} samples were accepted`);
      } catch (error) {
        failures.push(messageOf(error));
        if (!running) throw error;
        await delay(200);
      }
    }
  }

  return {
    hosts,
    acknowledged: () => acknowledged,
    ticks: () => ticks,
    failures: () => failures,
    async flows(more) {
      const goal = ticks + more;
      await until(`${more} more ticks acknowledged`, () => ticks >= goal, {
        withinMs: 90_000,
        seen: () => `${goal - ticks} still missing; ${failures.slice(-3).join('; ')}`,
      });
    },
    async stop() {
      running = false;
      await Promise.all(loops);
      await client.stop();
    },
  };
}
