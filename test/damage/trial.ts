// One trial: a copy of the golden directory with one file harmed is started, read back whole, and judged by the ledger.
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ExpectedError, messageOf } from '../../src/domain/errors.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { enter, type Golden, keyOf, type Ledger, letterName, NOW, pointOf, recordAt } from './golden.ts';
import { applyHarm, canHarm, HARMS, type Harm, seededRandom } from './harm.ts';
import { type LogLine, openParts, type Parts } from './parts.ts';

/** `file`: inside the data directory; a whole directory, too. */
type Harmed = { readonly file: string; readonly harm: Harm };

export type TrialPlan = {
  readonly template: keyof Golden['templates'];
  /** One, or two at once. */
  readonly harmed: readonly Harmed[];
  readonly seed: number;
};

export type Verdict =
  /** As if nothing had happened. */
  | 'whole'
  /** Something is lost, and it is said, named and counted. */
  | 'loss told'
  /** No start, but an error that names the file and a way out. */
  | 'refused'
  | 'WRONG VALUE'
  | 'SILENT LOSS'
  | 'CRASH';

export type TrialResult = {
  readonly plan: TrialPlan;
  readonly verdict: Verdict;
  readonly details: string;
  readonly said: readonly string[];
};

export const FAILED: readonly Verdict[] = ['WRONG VALUE', 'SILENT LOSS', 'CRASH'];

/** For each such number of single harms one of two at once. */
const PAIR_EVERY = 4;

/** Every file and directory of both templates with every harm that can be done to it, and some pairs; each with a seed. */
export function plansOf(golden: Golden, firstSeed: number): TrialPlan[] {
  let seed = firstSeed;
  const random = seededRandom(firstSeed);
  return (['killed', 'stopped'] as const).flatMap((template) => {
    const singles = filesOf(golden.templates[template]).flatMap((file) =>
      HARMS.filter((harm) => canHarm(join(golden.templates[template], file), harm)).map((harm) => ({
        file,
        harm,
      })),
    );
    const pairs: Harmed[][] = [];
    while (pairs.length < singles.length / PAIR_EVERY) {
      const pair = [singles[random(singles.length)]!, singles[random(singles.length)]!];
      if (!isInside(pair[0]!.file, pair[1]!.file)) pairs.push(pair);
    }
    return [...singles.map((one) => [one]), ...pairs].map((harmed) => ({ template, harmed, seed: seed++ }));
  });
}

/** One of them is the other, its log or its directory. */
const isInside = (a: string, b: string) => {
  const [one, other] = [sqliteFile(a), sqliteFile(b)];
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
};

const filesOf = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();

export async function runTrial(golden: Golden, plan: TrialPlan, scratch: string): Promise<TrialResult> {
  const data = mkdtempSync(join(scratch, 'trial-'));
  const lines: LogLine[] = [];
  let parts: Parts | undefined;
  try {
    cpSync(golden.templates[plan.template], data, { recursive: true });
    const random = seededRandom(plan.seed);
    for (const { file, harm } of plan.harmed) applyHarm({ data, file, others: golden.others }, harm, random);
    const clock = createVirtualClock(NOW + 10_000);
    parts = await openParts({ data, root: golden.root, clock, onLine: (line) => lines.push(line) });
    const said = () => lines.map(({ text }) => text.trim());
    await parts.consumed();
    // What comes after the damage is stored as ever, under offsets of its own.
    const ledger = structuredClone(golden.ledger);
    await parts.bus.publish([recordAt(360)]);
    enter(ledger, 360);
    await parts.consumed();
    const { wrong, lost } = compare(ledger, await readBack(parts));
    const counted = await parts.counted();
    const unsaid = lost.filter((loss) => !isTold(loss, { plan, said: said(), counted }));
    const details = [...wrong, ...lost.map(({ what, amount }) => `${amount} ${what} lost`)].join(', ');
    const numbers = Object.entries(counted).map(([name, value]) => `${name}=${value}`);
    return {
      plan,
      verdict:
        wrong.length > 0
          ? 'WRONG VALUE'
          : unsaid.length > 0
            ? 'SILENT LOSS'
            : lost.length > 0
              ? 'loss told'
              : 'whole',
      details: [details, ...numbers].filter(Boolean).join('; '),
      said: said(),
    };
  } catch (error) {
    const said = lines.map(({ text }) => text.trim());
    return { plan, ...judgeError(error, plan), said };
  } finally {
    await parts?.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

function judgeError(error: unknown, { harmed }: TrialPlan): { verdict: Verdict; details: string } {
  const details = error instanceof Error ? `${error.stack}` : messageOf(error);
  if (!(error instanceof ExpectedError) || !error.hint) return { verdict: 'CRASH', details };
  const named = harmed.some(({ file }) => error.message.includes(sqliteFile(basename(file))));
  return { verdict: named ? 'refused' : 'CRASH', details: `${error.message} (${error.hint})` };
}

/** A log beside a file belongs to the file. */
const sqliteFile = (name: string) => name.replace(/-(?:wal|shm)$/, '');

type Seen = Omit<Ledger, 'recordOf' | 'before'>;

async function readBack({ store, catalog, spool, deadLetters, machineId }: Parts): Promise<Seen> {
  const samples: Ledger['samples'] = new Map();
  const day = 86_400_000;
  for (const metric of ['cpu.usage', 'mem.usage', 'disk.usage']) {
    const found = await store.range({ metric, startMs: NOW - 8 * day, stopMs: NOW + day });
    for (const { hostId, labels, timesMs, values } of found) {
      samples.set(
        keyOf(hostId, { metric, labels }),
        new Map(timesMs.map((timeMs, i) => [timeMs, values[i] ?? Number.NaN])),
      );
    }
  }
  const hosts = await store.hosts({ sinceMs: 0 });
  const inventory = await catalog.inventory.list({ limit: 10_000 });
  const { letters } = await deadLetters.list({ limit: 1_000 });
  const spooled = spool.newest({ samples: 1e9, bytes: 1e9 });
  return {
    samples,
    facts: new Map(hosts.map(({ hostId, facts }) => [hostId, JSON.stringify(facts)])),
    locations: new Map(inventory.map(({ hostId, location }) => [hostId, location ?? ''])),
    spooled: new Map(spooled.map(({ timeMs, bytes }) => [timeMs, Buffer.from(bytes).toString('hex')])),
    // A damaged record is a letter too, and no loss.
    letters: new Set(letters.filter(({ sample }) => sample).map(letterName)),
    machineId,
  };
}

type Loss = { readonly what: string; readonly amount: number; readonly records?: number };

function compare(ledger: Ledger, seen: Seen): { wrong: string[]; lost: Loss[] } {
  const wrong: string[] = [];
  const lost: Loss[] = [];
  const lose = (what: string, amount: number, more: Partial<Loss> = {}) => {
    if (amount > 0) lost.push({ what, amount, ...more });
  };
  let missing = 0;
  const records = new Set<number>();
  for (const [series, points] of ledger.samples) {
    const found = seen.samples.get(series);
    for (const [timeMs, value] of points) {
      const got = found?.get(timeMs);
      if (got === undefined) {
        missing++;
        records.add(ledger.recordOf.get(pointOf(series, timeMs))!);
      } else if (!Object.is(got, value)) wrong.push(`${series} at ${timeMs} is ${got}, was ${value}`);
    }
  }
  lose('samples', missing, { records: records.size });
  for (const [series, points] of seen.samples) {
    for (const timeMs of points.keys()) {
      if (!ledger.samples.get(series)?.has(timeMs)) wrong.push(`${series} at ${timeMs} never was`);
    }
  }
  const maps = [
    ['facts of hosts', ledger.facts, seen.facts],
    ['hosts of the inventory', ledger.locations, seen.locations],
    ['spooled ticks', ledger.spooled, seen.spooled],
  ] as const;
  for (const [what, were, are] of maps) {
    const of = were as ReadonlyMap<string | number, string>;
    const now = are as ReadonlyMap<string | number, string>;
    // A host that is known without its facts has lost them.
    const isLost = (key: string | number) => {
      const text = now.get(key);
      return (
        text === undefined || text === '{}' || (text !== of.get(key) && ledger.before.has(`${key} ${text}`))
      );
    };
    lose(what, [...of.keys()].filter(isLost).length);
    for (const [key, value] of now) {
      if (of.get(key) !== value && !isLost(key)) wrong.push(`${what}: ${key} is ${value.slice(0, 80)}`);
    }
  }
  lose('dead letters', [...ledger.letters].filter((name) => !seen.letters.has(name)).length);
  for (const name of seen.letters) if (!ledger.letters.has(name)) wrong.push(`dead letter ${name}`);
  lose('machine id', seen.machineId === ledger.machineId ? 0 : 1);
  return { wrong, lost };
}

/** Named in the log, and samples also counted: of the bus as many records as are gone. */
function isTold(
  { what, records = 0 }: Loss,
  to: { plan: TrialPlan; said: readonly string[]; counted: Readonly<Record<string, number>> },
): boolean {
  const { plan, said, counted } = to;
  const files = plan.harmed.map(({ file }) => sqliteFile(file));
  const named = said.some(
    (line) => files.some((file) => line.includes(basename(file))) || /lost|damaged on disk/.test(line),
  );
  if (!named) return false;
  // With the directory the mark is gone that says how many there were.
  if (files.includes('agent')) return true;
  if (what === 'spooled ticks') return (counted['spool_dropped_damaged'] ?? 0) > 0;
  if (what !== 'samples') return true;
  if (!files.every((file) => /^bus(?:\/|$)/.test(file))) return Object.keys(counted).length > 0;
  const gone =
    (counted['minimon_records_lost_total'] ?? 0) + (counted['minimon_records_unreadable_total'] ?? 0);
  return gone >= records;
}
