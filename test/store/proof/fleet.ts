// A fleet whose every record and value can be computed from its offset: a bus log that needs no disk.
import type { StoreBatch } from '../../../src/store/store.ts';
import { encodeBatch, encodeTick } from '../../../src/wire/tick-writer.ts';

export type FleetOptions = {
  readonly hosts: number;
  readonly series: number;
  readonly partitions: number;
  readonly stepMs: number;
  /** Live ticks; the first is at startMs. */
  readonly ticks: number;
  /** The first so many hosts are cut off for backlogTicks and then send them newest first, beside their live ticks. */
  readonly backlogHosts: number;
  readonly backlogTicks: number;
  readonly backlogAt: number;
};

export const FLEET_START_MS = Date.parse('2026-03-20T18:00:00Z');

/** What a record of a partition holds: a live tick of all its hosts, or past ticks of one host, newest first. */
type Plan =
  | { readonly tick: number }
  | { readonly tick: number; readonly host: number; readonly newest: number; readonly count: number };

export type Fleet = {
  readonly records: (partition: number) => number;
  readonly record: (partition: number, offset: number) => StoreBatch;
  readonly hostId: (host: number) => string;
  readonly metric: (series: number) => string;
  /** Ticks that a host has: from the first (negative: backlog) up to, not including, the last. */
  readonly ticksOf: (host: number) => { readonly from: number; readonly to: number };
  readonly value: (host: number, series: number, tick: number) => number;
  readonly timeOf: (tick: number) => number;
};

const BACKLOG_RECORD = 250;
const BACKLOG_RECORDS_A_TICK = 3;

export function createFleet(options: FleetOptions): Fleet {
  const { hosts, series, partitions, stepMs, backlogHosts, backlogTicks, backlogAt } = options;
  const hostId = (host: number) => `host-${String(host).padStart(4, '0')}`;
  const metric = (index: number) => `app.gauge_${index}`;
  const timeOf = (tick: number) => FLEET_START_MS + tick * stepMs;
  const value = (host: number, index: number, tick: number) =>
    ((((host * 31 + index * 17 + tick * 7) % 10_007) + 10_007) % 10_007) / 100;
  /** A cut-off host has nothing live before it is back; its backlog ends there. */
  const ticksOf = (host: number) =>
    host < backlogHosts
      ? { from: backlogAt - backlogTicks, to: options.ticks }
      : { from: 0, to: options.ticks };

  const templates = new Map<number, ReturnType<typeof templateOf>>();
  function templateOf(host: number) {
    const samples = Array.from({ length: series }, (_, i) => ({
      metric: metric(i),
      labels: {},
      value: 1e300 + i * 1e290,
    }));
    const bytes = Buffer.from(
      encodeTick({
        hostId: hostId(host),
        timeMs: FLEET_START_MS,
        intervalMs: stepMs,
        machineId: `machine-${host}`,
        bootId: 'boot-1',
        agentVersion: '0.1.0',
        samples,
      }),
    );
    const mark = Buffer.alloc(8);
    const valuesAt = samples.map((sample) => {
      mark.writeDoubleLE(sample.value);
      return bytes.indexOf(mark);
    });
    // Field 2 follows the host id (tag, length, bytes) and is a varint of six bytes for centuries.
    return { bytes, valuesAt, timeAt: 2 + Buffer.byteLength(hostId(host)) + 1 };
  }

  function tickBytes(host: number, tick: number): Buffer {
    let template = templates.get(host);
    if (!template) {
      template = templateOf(host);
      templates.set(host, template);
    }
    const bytes = Buffer.from(template.bytes);
    let left = timeOf(tick);
    for (let i = 0; i < 6; i++) {
      bytes[template.timeAt + i] = (left % 128) | (i < 5 ? 0x80 : 0);
      left = Math.floor(left / 128);
    }
    for (let i = 0; i < series; i++) bytes.writeDoubleLE(value(host, i, tick), template.valuesAt[i]!);
    return bytes;
  }

  const plans = Array.from({ length: partitions }, (_, partition) => {
    const plan: Plan[] = [];
    const left = new Map<number, number>();
    for (let host = partition; host < backlogHosts; host += partitions) left.set(host, backlogTicks);
    for (let tick = 0; tick < options.ticks; tick++) {
      plan.push({ tick });
      if (tick < backlogAt) continue;
      for (const [host, ticks] of left) {
        let rest = ticks;
        for (let i = 0; i < BACKLOG_RECORDS_A_TICK && rest > 0; i++) {
          const count = Math.min(rest, BACKLOG_RECORD);
          plan.push({ tick, host, newest: backlogAt - backlogTicks + rest - 1, count });
          rest -= count;
        }
        if (rest > 0) left.set(host, rest);
        else left.delete(host);
      }
    }
    return plan;
  });

  return {
    records: (partition) => plans[partition]!.length,
    record(partition, offset) {
      const plan = plans[partition]![offset]!;
      const ticks: Buffer[] = [];
      if ('host' in plan) {
        for (let i = 0; i < plan.count; i++) ticks.push(tickBytes(plan.host, plan.newest - i));
      } else {
        for (let host = partition; host < hosts; host += partitions) {
          if (host >= backlogHosts || plan.tick >= backlogAt) ticks.push(tickBytes(host, plan.tick));
        }
      }
      return { partition, next: offset + 1, receivedMs: timeOf(plan.tick) + 200, bytes: encodeBatch(ticks) };
    },
    hostId,
    metric,
    ticksOf,
    value,
    timeOf,
  };
}
