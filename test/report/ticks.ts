// Ticks and a running report service for the tests of the pipeline.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Bus, BusRecord } from '../../src/bus/bus.ts';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import type { AdmissionLimits } from '../../src/daemons/report/admission.ts';
import { createReportService } from '../../src/daemons/report/service.ts';
import type { Tick } from '../../src/domain/tick.ts';
import { createVirtualClock, systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { encodeRequest, encodeTick } from '../../src/wire/tick-writer.ts';
import { decodeBatch, type TickBatch } from '../tick-batch.ts';

/** 2025-11-25T01:00:00Z */
export const NOW = 1_764_032_400_000;
export const DAY = 86_400_000;

export const tick = (more: Partial<Tick> = {}): Tick => ({
  hostId: 'web-1',
  timeMs: NOW,
  intervalMs: 60_000,
  machineId: 'm-1',
  bootId: 'b-1',
  agentVersion: '0.1.0',
  samples: [
    { metric: 'cpu.usage', labels: {}, value: 12.5 },
    { metric: 'disk.usage', labels: { mount: '/' }, value: 71.25 },
  ],
  ...more,
});

export const request = (ticks: readonly Tick[], backfill = false) =>
  encodeRequest(ticks.map(encodeTick), backfill);

const opened: { stop(): Promise<void> }[] = [];
const directories: string[] = [];
after(
  async () => {
    for (const part of opened.reverse()) await part.stop();
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  },
  { timeout: 60_000 },
);

export function owned<T extends { stop(): Promise<void> }>(part: T): T {
  opened.push(part);
  return part;
}

export function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'minimon-pipeline-'));
  directories.push(made);
  return made;
}

export type Collected = TickBatch & { readonly record: BusRecord };

const buses = new Map<number, Promise<Bus>>();
let groups = 0;

/** One bus a number of partitions for all tests of a file: its thread takes longer to start than most tests. */
function busOf(partitions: number): Promise<Bus> {
  let bus = buses.get(partitions);
  if (!bus) {
    bus = createEmbeddedBus({ directory: directory(), partitions, clock: systemClock, logger: silentLogger });
    buses.set(partitions, bus);
    void bus.then(owned);
  }
  return bus;
}

/** A report service on an embedded bus, and all that it publishes. */
export async function reportOnBus(
  options: {
    partitions?: number;
    bus?: (bus: Bus) => Bus;
    limits?: Partial<AdmissionLimits>;
    knownHosts?: readonly string[];
  } = {},
) {
  const clock = createVirtualClock(NOW);
  const bus = await busOf(options.partitions ?? 1);
  const metrics = createMetrics('report');
  const service = owned(
    createReportService({
      bus: options.bus?.(bus) ?? bus,
      clock,
      logger: silentLogger,
      metrics,
      id: 'report-1',
      retentionMs: 35 * DAY,
      limits: { maxHosts: 10_000, maxSeries: 100_000, maxSeriesPerHost: 2_000, ...options.limits },
      ...(options.knownHosts && { knownHosts: async () => options.knownHosts ?? [] }),
    }),
  );
  const batches: Collected[] = [];
  const group = `test-${++groups}`;
  await bus.consume({
    group,
    from: 'latest',
    async onBatch(records) {
      for (const record of records) batches.push({ ...decodeBatch(record.bytes), record });
    },
  });
  /** Everything that was published, once the bus has nothing more. */
  async function published(): Promise<Collected[]> {
    for (;;) {
      if ((await bus.lag(group)).every(({ unread }) => unread === 0)) return batches;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return { bus, clock, metrics, service, published };
}

/** The request or tick with an unknown field that makes it so long. */
export function padded(bytes: Uint8Array, length: number): Uint8Array {
  const result = Buffer.alloc(length);
  result.set(bytes);
  const field = length - bytes.length;
  // Field 15, length-delimited, its length as a varint of three bytes.
  const payload = field - 4;
  result.set([122, (payload & 127) | 128, ((payload >> 7) & 127) | 128, payload >> 14], bytes.length);
  return result;
}

/** A number of the metrics text, summed over labels. */
export function metricValue(text: string, name: string, label = ''): number {
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith(`minimon_${name}{`) && line.includes(label));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
