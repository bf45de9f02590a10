// temperature{sensor} from the sensors that the kernel shows: hwmon, or thermal zones where no hwmon has a temperature.
import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf } from '../../../domain/errors.ts';
import { compareBytes } from '../../../domain/names.ts';
import type { Collector, Round } from './collector.ts';
import { type Filter, labelValue } from './filters.ts';
import { isAbsent } from './proc-file.ts';

export type TemperatureParts = {
  /** sys/class, below the root. */
  readonly classPath: string;
  readonly filter: Filter;
};

type Sensor = { readonly name: string; readonly path: string };

const MAX_SENSORS = 32;
/** A reading may ask a disk or a slow bus: not more often, however short the interval. */
const READ_EVERY_MS = 10_000;
/** Sensors come and go with hardware and modules. */
const FIND_EVERY_MS = 300_000;
/** Beyond these a sensor is broken or not connected. */
const COLDEST = -60;
const HOTTEST = 150;

export function createTemperatureCollector({ classPath, filter }: TemperatureParts): Collector {
  let found: readonly Sensor[] = [];
  let foundMs = Number.NEGATIVE_INFINITY;
  let readMs = Number.NEGATIVE_INFINITY;
  let readings: readonly (readonly [string, number | string])[] = [];

  async function readAll(sensors: readonly Sensor[]): Promise<typeof readings> {
    // One after the other: each may take a turn of a bus that they share.
    const all: (readonly [string, number | string])[] = [];
    for (const { name, path } of sensors) {
      try {
        all.push([name, toCelsius(await readFile(path, 'utf8'))]);
      } catch (error) {
        if (isAbsent(error)) foundMs = Number.NEGATIVE_INFINITY;
        else all.push([name, messageOf(error)]);
      }
    }
    return all;
  }

  return {
    name: 'temperature',
    async collect(round) {
      if (round.atMs - foundMs >= FIND_EVERY_MS) {
        foundMs = round.atMs;
        found = await findSensors(classPath);
      }
      const wanted = found.filter(({ name }) => isWanted(name, { filter, round }));
      for (const { name } of wanted.slice(MAX_SENSORS))
        round.omit(`sensor ${name}`, `only ${MAX_SENSORS} sensors are read; exclude others in agent.sensors`);
      if (round.atMs - readMs >= READ_EVERY_MS) {
        readMs = round.atMs;
        readings = await readAll(wanted.slice(0, MAX_SENSORS));
      }
      for (const [name, value] of readings) {
        if (typeof value === 'number') round.add('temperature', value, { sensor: name });
        else round.omit(`sensor ${name}`, value);
      }
    },
    forget() {
      foundMs = Number.NEGATIVE_INFINITY;
      readMs = Number.NEGATIVE_INFINITY;
    },
    close() {},
  };
}

function isWanted(name: string, { filter, round }: { filter: Filter; round: Round }): boolean {
  const pattern = filter.excludedBy(name);
  if (pattern !== undefined) round.omit(`sensors ${pattern}`, 'excluded by the filter');
  return pattern === undefined;
}

function toCelsius(text: string): number {
  const trimmed = text.trim();
  if (!/^-?\d+$/.test(trimmed)) throw new Error(`it reads ${JSON.stringify(trimmed.slice(0, 20))}`);
  const celsius = Math.round(Number(trimmed) / 100) / 10;
  if (celsius < COLDEST || celsius > HOTTEST) throw new Error(`it reads ${celsius} °C, which no part has`);
  return celsius === 0 ? 0 : celsius;
}

async function findSensors(classPath: string): Promise<Sensor[]> {
  const chips = await listIfThere(join(classPath, 'hwmon'));
  const found: Sensor[] = [];
  for (const chip of chips) found.push(...(await sensorsOf(join(classPath, 'hwmon', chip))));
  if (found.length > 0) return unique(found);
  for (const zone of await listIfThere(join(classPath, 'thermal'))) {
    if (!/^thermal_zone\d+$/.test(zone)) continue;
    const type = await textIfThere(join(classPath, 'thermal', zone, 'type'));
    found.push({
      name: labelValue(`${type || 'thermal'}@${zone}`),
      path: join(classPath, 'thermal', zone, 'temp'),
    });
  }
  return unique(found);
}

/** Named `coretemp@coretemp.0/Package id 0`: the number of an hwmon changes with the order of loading, its device's name not. */
async function sensorsOf(path: string): Promise<Sensor[]> {
  const inputs = (await listIfThere(path)).flatMap((file) => /^(temp\d+)_input$/.exec(file)?.[1] ?? []);
  if (inputs.length === 0) return [];
  const chip = (await textIfThere(join(path, 'name'))) || 'hwmon';
  const device = await deviceOf(path);
  const sensors: Sensor[] = [];
  for (const input of inputs) {
    const label = (await textIfThere(join(path, `${input}_label`))) || input;
    sensors.push({ name: labelValue(`${chip}@${device}/${label}`), path: join(path, `${input}_input`) });
  }
  return sensors;
}

async function deviceOf(path: string): Promise<string> {
  try {
    return basename(await realpath(join(path, 'device')));
  } catch {
    return basename(path);
  }
}

/** Boards label several inputs alike. */
function unique(sensors: readonly Sensor[]): Sensor[] {
  const seen = new Map<string, number>();
  return sensors.map((sensor) => {
    const count = (seen.get(sensor.name) ?? 0) + 1;
    seen.set(sensor.name, count);
    return count === 1 ? sensor : { ...sensor, name: labelValue(`${sensor.name} #${count}`) };
  });
}

/** hwmon2 before hwmon10. */
const byNumber = (a: string, b: string): number => a.length - b.length || compareBytes(a, b);

async function listIfThere(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort(byNumber);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function textIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return undefined;
  }
}
