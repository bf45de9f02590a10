// A data directory with everything in it and a ledger of what was acknowledged, as a kill -9 and as a stop leave it.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeadLetter } from '../../src/bus/deadletter.ts';
import { type Sample, seriesKey, type Tick } from '../../src/domain/tick.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-codec.ts';
import { openParts } from './parts.ts';

/** A Monday: the six hours before it are of two weeks. */
export const NOW = Date.parse('2025-11-24T03:00:00Z');
const MINUTE = 60_000;
const MINUTES = 360;
const HOSTS = 24;
const SPOOLED = 40;

/** What was acknowledged, kept apart from everything under test. */
export type Ledger = {
  /** By host, metric and labels: time -> value. */
  readonly samples: Map<string, Map<number, number>>;
  /** By series and time: the number of the record that it came in. */
  readonly recordOf: Map<string, number>;
  readonly facts: Map<string, string>;
  readonly locations: Map<string, string>;
  /** Spooled ticks by their time, as hex. */
  readonly spooled: Map<number, string>;
  readonly letters: Set<string>;
  readonly machineId: string;
};

export type Golden = {
  readonly ledger: Ledger;
  readonly templates: { readonly killed: string; readonly stopped: string };
  readonly root: string;
};

export const keyOf = (hostId: string, { metric, labels }: Pick<Sample, 'metric' | 'labels'>) =>
  `${hostId} ${seriesKey(metric, labels)}`;
export const pointOf = (series: string, timeMs: number) => `${series} ${timeMs}`;

export const hostName = (i: number) => `host-${String(i).padStart(2, '0')}`;
/** Different at every place, so that a value that moved is found out. */
const numberAt = (host: number, series: number, minute: number) =>
  Math.round((host * 7919 + series * 104_729 + minute * 1_299_709) % 100_003) / 100;

export function tickAt(host: number, minute: number): Tick {
  const timeMs = NOW - MINUTES * MINUTE + minute * MINUTE;
  const value = (series: number) => numberAt(host, series, minute);
  return {
    hostId: hostName(host),
    timeMs,
    intervalMs: MINUTE,
    machineId: `machine-${host}`,
    bootId: 'boot-1',
    agentVersion: '0.1.0',
    samples: [
      { metric: 'cpu.usage', labels: {}, value: value(0) },
      { metric: 'mem.usage', labels: {}, value: value(1) },
      { metric: 'disk.usage', labels: { mount: '/' }, value: value(2) },
      { metric: 'disk.usage', labels: { mount: `/data/${'x'.repeat(host * 3)}` }, value: -value(3) },
    ],
    ...(minute === 0 && { facts: { os: `Linux ${host}`, kernel: `6.${host}` } }),
  };
}

/** One record with a tick of every host, entered into the ledger by whoever sees it acknowledged. */
export const recordAt = (minute: number) => ({
  partition: 0,
  receivedMs: NOW - MINUTES * MINUTE + minute * MINUTE + 300,
  bytes: encodeBatch(Array.from({ length: HOSTS }, (_, host) => encodeTick(tickAt(host, minute)))),
});

export function enter(ledger: Ledger, minute: number): void {
  for (let host = 0; host < HOSTS; host++) {
    const { hostId, timeMs, samples } = tickAt(host, minute);
    for (const sample of samples) {
      const series = keyOf(hostId, sample);
      const points = ledger.samples.get(series) ?? new Map();
      points.set(timeMs, sample.value);
      ledger.samples.set(series, points);
      ledger.recordOf.set(pointOf(series, timeMs), minute);
    }
  }
}

const letterAt = (offset: number): DeadLetter => ({
  ...{
    writtenMs: NOW,
    reason: 'refused for the trial',
    partition: 0,
    offset: 1_000_000 + offset,
    receivedMs: NOW,
  },
  sample: { hostId: 'h', timeMs: NOW, metric: 'cpu.usage', labels: {}, value: offset },
});
export const letterName = ({ offset, sample }: DeadLetter) => `${offset} ${JSON.stringify(sample)}`;

export async function makeGolden(directory: string): Promise<Golden> {
  const root = join(directory, 'root');
  mkdirSync(join(root, 'proc'), { recursive: true });
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/hostname'), 'h\n');
  const data = join(directory, 'data');
  const clock = createVirtualClock(NOW - MINUTES * MINUTE);
  const lines: string[] = [];
  const parts = await openParts({ data, root, clock, onLine: ({ text }) => lines.push(text) });
  const ledger: Ledger = {
    ...{ samples: new Map(), recordOf: new Map(), facts: new Map(), locations: new Map() },
    ...{ spooled: new Map(), letters: new Set(), machineId: parts.machineId },
  };
  for (let minute = 0; minute < MINUTES; minute += 3) {
    await clock.advanceTo(NOW - (MINUTES - minute) * MINUTE + 1_000);
    const minutes = [minute, minute + 1, minute + 2];
    await parts.bus.publish(minutes.map(recordAt));
    for (const one of minutes) enter(ledger, one);
    await parts.consumed();
  }
  const assignments = Array.from({ length: HOSTS }, (_, i) => ({
    hostId: hostName(i),
    location: `room ${i % 5}`,
  }));
  for (const one of assignments) await parts.catalog.inventory.assign([one], 'trial');
  for (const { hostId, location } of assignments) ledger.locations.set(hostId, location);
  for (let host = 0; host < HOSTS; host++) {
    ledger.facts.set(hostName(host), JSON.stringify({ os: `Linux ${host}`, kernel: `6.${host}` }));
  }
  for (let i = 0; i < SPOOLED; i++) {
    const tick = tickAt(i % HOSTS, i);
    const bytes = encodeTick(tick);
    const timeMs = NOW - i * MINUTE;
    parts.spool.put({ timeMs, samples: tick.samples.length, bytes });
    ledger.spooled.set(timeMs, Buffer.from(bytes).toString('hex'));
  }
  for (let i = 0; i < 12; i++) {
    await parts.deadLetters.put([letterAt(i)]);
    ledger.letters.add(letterName(letterAt(i)));
  }
  await clock.advanceTo(NOW);
  await parts.commitDurable();
  // Copied while it is open and nothing is written: what a kill -9 leaves.
  const templates = { killed: join(directory, 'killed'), stopped: join(directory, 'stopped') };
  cpSync(data, templates.killed, { recursive: true });
  await parts.stop();
  cpSync(data, templates.stopped, { recursive: true });
  if (lines.length > 0) throw new Error(`the golden directory is not whole: ${lines.join('')}`);
  return { ledger, templates, root };
}
