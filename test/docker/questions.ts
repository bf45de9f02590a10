// What the test asks the system, through the published ports and in the original system's words.
import { delay } from '../../src/runtime/clock.ts';
import type { Engine } from './engine.ts';

export type Samples = {
  readonly hostId: string;
  readonly values: readonly number[];
  /** Seconds since the epoch. */
  readonly times: readonly number[];
};

const JSON_HEADER = 'content-type: application/json';

/** How the published ports are called. */
export type Access = { readonly scheme: 'http' | 'https'; readonly curl: readonly string[] };
export const PLAIN: Access = { scheme: 'http', curl: [] };

export async function insertHost(
  engine: Engine,
  { hostId, location }: { readonly hostId: string; readonly location: string },
  { scheme, curl }: Access = PLAIN,
): Promise<void> {
  const body = JSON.stringify({ HostID: hostId, Location: location });
  const url = `${scheme}://127.0.0.1:8040/InsertAHost`;
  const answer = JSON.parse(
    await engine.inside('curl', '-sS', ...curl, '-H', JSON_HEADER, '-d', body, url),
  ) as {
    CODE: number;
    MSG: string;
  };
  if (answer.CODE !== 200) throw new Error(`InsertAHost ${hostId}: ${answer.CODE} ${answer.MSG}`);
}

/** The last hour's CPU usage of a location's only host; nothing while no answer comes. */
async function samplesOf(
  engine: Engine,
  location: string,
  { scheme, curl }: Access,
): Promise<Samples | undefined> {
  const url = `${scheme}://127.0.0.1:8020/FindRecordsByLocation?location=${location}&metrics_type=CPU_Rate`;
  const text = await engine.inside('curl', '-sS', ...curl, '--max-time', '15', url).catch(() => '');
  if (!text.startsWith('[')) return undefined;
  const [record] = JSON.parse(text) as [{ host_id: string; metrics_value: number[]; time_stamp: number[] }?];
  return record && { hostId: record.host_id, values: record.metrics_value, times: record.time_stamp };
}

/** Resolves with the samples once there is one from `afterMs` on. */
export async function freshSamples(
  engine: Engine,
  at: {
    readonly location: string;
    readonly afterMs: number;
    readonly withinMs: number;
    readonly access?: Access;
  },
): Promise<Samples> {
  const until = Date.now() + at.withinMs;
  for (;;) {
    const samples = await samplesOf(engine, at.location, at.access ?? PLAIN);
    if (samples && (samples.times.at(-1) ?? 0) * 1_000 >= at.afterMs) return samples;
    if (Date.now() > until) {
      const last = samples ? new Date((samples.times.at(-1) ?? 0) * 1_000).toISOString() : 'none';
      throw new Error(
        `no sample of location ${at.location} from ${new Date(at.afterMs).toISOString()} on; last ${last}`,
      );
    }
    await delay(1_000);
  }
}

/** The grid's times between the first and the last sample that have none. */
export function missingTimes({ times }: Samples, intervalS: number): readonly number[] {
  const there = new Set(times);
  const missing: number[] = [];
  for (let time = times[0] ?? 0; time < (times.at(-1) ?? 0); time += intervalS)
    if (!there.has(time)) missing.push(time);
  return missing;
}
