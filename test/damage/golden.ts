// A data directory with everything in it and a ledger of what was acknowledged, as a kill -9 and as a stop leave it.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeadLetter } from '../../src/bus/deadletter.ts';
import { type Sample, seriesKey, type Tick } from '../../src/domain/tick.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import type { OtherDirectories } from './harm.ts';
import { openParts, type Parts } from './parts.ts';

/** A Monday: the six hours before it are of two weeks. */
export const NOW = Date.parse('2025-11-24T03:00:00Z');
const MINUTE = 60_000;
const MINUTES = 360;
const HOSTS = 24;
const SPOOLED = 40;
const LETTERS = 6;
const OLDER_AT = 180;
/** After the older copy, and before what is still on the bus at the end. */
const FACTS_CHANGE_AT = 201;

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
  /** Facts and locations as they were when the older copy was made: `host text`. */
  readonly before: Set<string>;
};

export type Golden = {
  readonly ledger: Ledger;
  readonly templates: { readonly killed: string; readonly stopped: string };
  readonly root: string;
  readonly others: OtherDirectories;
};

export const keyOf = (hostId: string, { metric, labels }: Pick<Sample, 'metric' | 'labels'>) =>
  `${hostId} ${seriesKey(metric, labels)}`;
export const pointOf = (series: string, timeMs: number) => `${series} ${timeMs}`;

export const hostName = (i: number) => `host-${String(i).padStart(2, '0')}`;
/** Different at every place, so that a value that moved is found out. */
const numberAt = (host: number, series: number, minute: number) =>
  ((host * 7919 + series * 104_729 + minute * 1_299_709) % 100_003) / 100;

/** `shift`: for a second directory, in which everything differs. */
export function tickAt(host: number, minute: number, shift = 0): Tick {
  const timeMs = NOW - MINUTES * MINUTE + minute * MINUTE;
  const value = (series: number) => numberAt(host, series + shift, minute);
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
    ...((minute === 0 || minute === FACTS_CHANGE_AT) && { facts: factsOf(host, minute + shift) }),
  };
}

const factsOf = (host: number, shift: number) => ({ os: `Linux ${host}`, kernel: `6.${host}.${shift}` });

/** One record with a tick of every host, entered into the ledger by whoever sees it acknowledged. */
export const recordAt = (minute: number, shift = 0) => ({
  partition: 0,
  receivedMs: NOW - MINUTES * MINUTE + minute * MINUTE + 300,
  bytes: encodeBatch(Array.from({ length: HOSTS }, (_, host) => encodeTick(tickAt(host, minute, shift)))),
});

export function enter(ledger: Ledger, minute: number, shift = 0): void {
  for (let host = 0; host < HOSTS; host++) {
    const { hostId, timeMs, samples, facts } = tickAt(host, minute, shift);
    if (facts) ledger.facts.set(hostId, JSON.stringify(facts));
    for (const sample of samples) {
      const series = keyOf(hostId, sample);
      const points = ledger.samples.get(series) ?? new Map();
      points.set(timeMs, sample.value);
      ledger.samples.set(series, points);
      ledger.recordOf.set(pointOf(series, timeMs), minute);
    }
  }
}

const letterAt = (offset: number, shift: number): DeadLetter => ({
  ...{
    writtenMs: NOW,
    reason: 'refused for the trial',
    partition: 0,
    offset: 1_000_000 + offset + shift * 100,
    receivedMs: NOW,
  },
  sample: { hostId: 'h', timeMs: NOW, metric: 'cpu.usage', labels: {}, value: offset },
});
export const letterName = ({ offset, sample }: DeadLetter) => `${offset} ${JSON.stringify(sample)}`;

/** `withForeign`: with a second data directory, for the harm that takes files from it. */
export async function makeGolden(
  directory: string,
  { withForeign }: { readonly withForeign: boolean },
): Promise<Golden> {
  const foreign = withForeign ? await fill(join(directory, 'foreign'), 50) : undefined;
  const { older, ...golden } = await fill(directory, 0);
  return { ...golden, others: { foreign: foreign?.templates.stopped, older } };
}

/** Half way through there is a copy of what it was then: `older`. */
async function fill(directory: string, shift: number) {
  const older = join(directory, 'older');
  const root = join(directory, 'root');
  mkdirSync(join(root, 'proc'), { recursive: true });
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/hostname'), 'h\n');
  const data = join(directory, 'data');
  const clock = createVirtualClock(NOW - MINUTES * MINUTE);
  const lines: string[] = [];
  const parts = await openParts({ data, root, clock, onLine: ({ text }) => lines.push(text) });
  const ledger: Ledger = {
    ...{ samples: new Map(), recordOf: new Map(), facts: new Map(), locations: new Map(), before: new Set() },
    ...{ spooled: new Map(), letters: new Set(), machineId: parts.machineId },
  };
  for (let minute = 0; minute < MINUTES; minute += 3) {
    await clock.advanceTo(NOW - (MINUTES - minute) * MINUTE + 1_000);
    const minutes = [minute, minute + 1, minute + 2];
    await parts.bus.publish(minutes.map((one) => recordAt(one, shift)));
    for (const one of minutes) enter(ledger, one, shift);
    await parts.consumed();
    if (minute === OLDER_AT) {
      await addTheRest(parts, { ledger, shift, half: 0 });
      // A spooled tick that is acknowledged goes with the next ones.
      parts.spool.remove(parts.spool.newest({ samples: 1e9, bytes: 1e9 }));
      await clock.advanceTo(clock.nowMs() + 10_000);
      // Nothing is being written: what a kill -9 leaves.
      cpSync(data, older, { recursive: true });
      for (const known of [...ledger.facts, ...ledger.locations, ...ledger.spooled])
        ledger.before.add(known.join(' '));
      ledger.spooled.clear();
    }
  }
  await addTheRest(parts, { ledger, shift, half: 1 });
  await clock.advanceTo(NOW);
  await parts.commitDurable();
  const templates = { killed: join(directory, 'killed'), stopped: join(directory, 'stopped') };
  cpSync(data, templates.killed, { recursive: true });
  await parts.stop();
  cpSync(data, templates.stopped, { recursive: true });
  if (lines.length > 0) throw new Error(`the golden directory is not whole: ${lines.join('')}`);
  return { ledger, templates, root, older };
}

/** What does not come over the bus, in two halves: the second moves hosts of the first, too. */
async function addTheRest(
  { catalog, spool, deadLetters }: Parts,
  { ledger, shift, half }: { readonly ledger: Ledger; readonly shift: number; readonly half: number },
): Promise<void> {
  for (let i = 0; i < HOSTS; i++) {
    if (half === 0 && i % 2 === 1) continue;
    const location = `room ${(i + shift + half) % 5}`;
    await catalog.inventory.assign([{ hostId: hostName(i), location }], 'trial');
    ledger.locations.set(hostName(i), location);
  }
  for (let i = half * SPOOLED; i < (half + 1) * SPOOLED; i++) {
    const tick = tickAt(i % HOSTS, i, shift);
    const bytes = encodeTick(tick);
    const timeMs = NOW - i * MINUTE;
    spool.put({ timeMs, samples: tick.samples.length, bytes });
    ledger.spooled.set(timeMs, Buffer.from(bytes).toString('hex'));
  }
  for (let i = half * LETTERS; i < (half + 1) * LETTERS; i++) {
    await deadLetters.put([letterAt(i, shift)]);
    ledger.letters.add(letterName(letterAt(i, shift)));
  }
}
