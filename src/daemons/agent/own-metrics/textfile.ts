// Custom metrics from a directory of *.prom files in Prometheus text format; counters become rates here.
import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { roughDuration } from '../../../domain/duration.ts';
import { messageOf } from '../../../domain/errors.ts';
import { formatInstant } from '../../../domain/instant.ts';
import { seriesKey } from '../../../domain/tick.ts';
import type { Collector, Round } from '../collectors/collector.ts';
import { labelValue } from '../collectors/filters.ts';
import { isAbsent } from '../collectors/proc-file.ts';
import { type OwnSeries, ownSeries } from './names.ts';
import { type BadLine, parsePrometheusText, type TextSample } from './prometheus-text.ts';

export type TextfileOptions = {
  readonly directory: string;
  /** Files that were not written for longer give no samples. */
  readonly maxAgeMs: number;
  /** What files' times are compared with. */
  readonly nowMs: () => number;
};

const MAX_BYTES = 1_048_576;
const MAX_FILES = 200;
/** Of a file; the others are counted in one sentence. */
const BAD_LINES_NAMED = 10;
/** Times of files that tell of another span than the rounds between them: a clock was set. */
const CLOCK_SLACK_MS = 120_000;

type Version = {
  readonly stamp: string;
  readonly mtimeMs: number;
  readonly atMs: number;
  readonly readings: readonly Reading[];
  readonly bad: readonly BadLine[];
};
type Reading = OwnSeries & {
  readonly key: string;
  readonly line: number;
  /** Undefined: a counter without a rate yet, which is taken from `counter`. */
  readonly value: number | undefined;
  readonly counter?: number;
};

export function createTextfileCollector({ directory, maxAgeMs, nowMs }: TextfileOptions): Collector {
  let versions = new Map<string, Version>();

  async function list(): Promise<string[]> {
    try {
      return (await readdir(directory)).filter((name) => name.endsWith('.prom')).sort();
    } catch (error) {
      if (!isAbsent(error)) throw new Error(`cannot list ${directory}: ${messageOf(error)}`);
      throw new Error(`${directory} (agent.textfile_dir) does not exist`);
    }
  }

  /** The file as it is now; the version before where it is the same, or is being written. */
  async function read(name: string, round: Round): Promise<Version> {
    const before = versions.get(name);
    // Does not wait for a FIFO that nobody writes to.
    const file = await open(join(directory, name), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const { stamp, mtimeMs, size } = await stateOf(file);
      if (before?.stamp === stamp) return before;
      if (size > MAX_BYTES) throw new Error(`it has ${size} bytes; the limit is ${MAX_BYTES}`);
      const bytes = await file.readFile();
      if ((await stateOf(file)).stamp !== stamp) {
        if (before) return before;
        throw new Error('it is being written; write to another file and rename it');
      }
      const { samples, bad } = parsePrometheusText(bytes);
      return versionOf({ samples, bad, stamp, mtimeMs, atMs: round.atMs }, before);
    } finally {
      await file.close();
    }
  }

  return {
    name: 'textfile',
    async collect(round) {
      const names = await list();
      for (const name of names.slice(MAX_FILES))
        round.omit(`textfile ${name}`, `only ${MAX_FILES} files are read`);
      const current = new Map<string, Version>();
      const seen = new Map<string, string>();
      for (const name of names.slice(0, MAX_FILES)) {
        try {
          const version = await read(name, round);
          current.set(name, version);
          addFile({ name, version, seen, round });
        } catch (error) {
          if (!isAbsent(error)) round.omit(`textfile ${name}`, messageOf(error));
        }
      }
      versions = current;
    },
    /** Files outlive a reboot, and a counter that fell is seen as one. */
    forget() {},
    close() {},
  };

  function addFile({ name, version, seen, round }: AddFile): void {
    for (const { line, why } of version.bad.slice(0, BAD_LINES_NAMED))
      round.omit(`textfile ${name}:${line}`, why);
    const more = version.bad.length - BAD_LINES_NAMED;
    if (more > 0) round.omit(`textfile ${name}`, `${more} more lines cannot be taken`);
    const ageMs = Math.max(0, nowMs() - version.mtimeMs);
    round.add('textfile.age', Math.round(ageMs / 1_000), { file: labelValue(name) });
    if (ageMs > maxAgeMs) {
      const written = formatTime(version.mtimeMs);
      round.omit(
        `textfile ${name}`,
        `it is stale: last written ${written}, over ${roughDuration(maxAgeMs)} ago (agent.textfile_max_age)`,
      );
      return;
    }
    for (const { key, line, metric, labels, value } of version.readings) {
      const other = seen.get(key);
      if (other !== undefined)
        round.omit(`textfile ${name}:${line}`, `${metric} with these labels is in ${other}`);
      else if (value !== undefined) round.add(metric, value, labels);
      if (other === undefined) seen.set(key, `${name}:${line}`);
    }
  }
}

type AddFile = {
  readonly name: string;
  readonly version: Version;
  /** Where each series of the round was found. */
  readonly seen: Map<string, string>;
  readonly round: Round;
};

const formatTime = (ms: number): string => formatInstant(ms).replace(/\.\d+Z$/, 'Z');

async function stateOf(file: FileHandle) {
  const { ino, size, mtimeMs, isFile } = await file
    .stat()
    .then((stat) => ({ ...stat, isFile: stat.isFile() }));
  if (!isFile) throw new Error('it is not a regular file');
  return { stamp: `${ino} ${size} ${mtimeMs}`, size, mtimeMs };
}

type Parsed = Omit<Version, 'readings'> & { readonly samples: readonly TextSample[] };

/** Names and rates are made once a version of the file, not once a round. */
function versionOf({ samples, ...file }: Parsed, before: Version | undefined): Version {
  const bad: BadLine[] = [...file.bad];
  const readings: Reading[] = [];
  const keys = new Set<string>();
  const counters = new Map(before?.readings.map((reading) => [reading.key, reading.counter]));
  const elapsedMs = before ? elapsedOf(before, file) : undefined;
  for (const { line, name, labels, value, type } of samples) {
    const refuse = (why: string) => void bad.push({ line, why });
    if (type === 'histogram' || type === 'summary') {
      refuse(`${name} is part of a ${type}, of which minimon keeps nothing`);
      continue;
    }
    const series = ownSeries(name, labels);
    if ('why' in series) refuse(series.why);
    else if (!Number.isFinite(value)) refuse(`its value is ${value}; samples are finite numbers`);
    else {
      const key = seriesKey(series.metric, series.labels);
      if (keys.has(key)) refuse(`${series.metric} with these labels is in this file already`);
      else if (type !== 'counter') readings.push({ ...series, key, line, value });
      else {
        const rate = rateOf(value, counters.get(key), elapsedMs);
        readings.push({ ...series, key, line, value: rate, counter: value });
      }
      keys.add(key);
    }
  }
  bad.sort((a, b) => a.line - b.line);
  return { ...file, readings, bad };
}

/** Between two versions of a file, by its times: it may be written once an hour and is read with every tick. */
function elapsedOf(before: Version, now: Pick<Version, 'mtimeMs' | 'atMs'>): number | undefined {
  const byFile = now.mtimeMs - before.mtimeMs;
  const byRounds = now.atMs - before.atMs;
  if (byFile <= 0 || Math.abs(byFile - byRounds) > Math.max(CLOCK_SLACK_MS, byRounds / 2)) return undefined;
  return byFile;
}

/** None for a first reading, one that fell, and one whose distance in time is not known. */
function rateOf(now: number, before: number | undefined, elapsedMs: number | undefined): number | undefined {
  if (before === undefined || elapsedMs === undefined || now < before) return undefined;
  return Math.round(((now - before) * 1_000_000) / elapsedMs) / 1_000;
}
