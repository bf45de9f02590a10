// `minimon up` as a process whose wall clock is set: -5 h, -3 h, +3 h and +40 d while it runs, the first and the last
// at its start too; and a command on a clock that is not the server's.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PORTS } from '../../src/domain/address.ts';
import { formatInstant } from '../../src/domain/instant.ts';
import { until } from '../until.ts';
import { installProgram, type RunningUp, temporary } from './installed-program.ts';

const HOUR = 3_600_000;
const SHIFTS_MS = [-5 * HOUR, -3 * HOUR, 3 * HOUR, 40 * 24 * HOUR];

const program = installProgram();

/** An `up` that samples every second, with a clock that `set` puts off by some milliseconds. */
function shiftable(name: string) {
  const folder = temporary(name);
  const file = join(folder, 'shift');
  const environment = {
    CLOCK_SHIFT_FILE: file,
    NODE_OPTIONS: `--import=${new URL('shifted-clock.js', import.meta.url)}`,
  };
  const set = (shiftMs: number) => writeFileSync(file, String(shiftMs));
  const flags = ['--host-id', 'here', '--interval', '1s'];
  return { set, environment, start: () => program.startUp(join(folder, 'data'), flags, environment) };
}

async function get<T>(port: number, up: RunningUp, path: string): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${port + up.offset}/api/v1/${path}`);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as T;
}

type Points = ReadonlyMap<number, number>;

async function pointsOf(up: RunningUp, aroundMs: number): Promise<Points> {
  const [start, stop] = [aroundMs - HOUR, aroundMs + HOUR].map((ms) => encodeURIComponent(formatInstant(ms)));
  const query = `records?host=here&metric=load.1&start_at=${start}&stop_at=${stop}`;
  const { series } = await get<{ series: { times_ms: number[]; values: number[] }[] }>(
    ...([PORTS.analyzeHttp, up, query] as const),
  );
  return new Map(series.flatMap(({ times_ms, values }) => times_ms.map((time, i) => [time, values[i]!])));
}

/** It is sampled by the clock as it is set, shown as reporting, and no rule says otherwise. */
async function worksAt(up: RunningUp, shiftMs: number): Promise<void> {
  const fromMs = Date.now() + shiftMs;
  let seen: unknown;
  await until(
    `the host reports at ${formatInstant(fromMs)}`,
    async () => {
      const { hosts } = await get<{ hosts: { host_id: string; state: string }[] }>(
        ...([PORTS.manageHttp, up, 'hosts?all=true'] as const),
      );
      const sampled = hosts.length === 0 ? [] : [...(await pointsOf(up, fromMs)).keys()];
      const fresh = sampled.filter((timeMs) => timeMs >= fromMs);
      seen = [hosts, fresh];
      // Of more seconds than any list is kept.
      return fresh.length >= 3 && hosts.some(({ state }) => state === 'reporting');
    },
    { withinMs: 60_000, seen: () => JSON.stringify(seen) },
  );
  const { alerts } = await get<{ alerts: { rule: string }[] }>(PORTS.warnHttp, up, 'alerts');
  assert.deepEqual(
    alerts.map(({ rule }) => rule).filter((rule) => /silent|dark/.test(rule)),
    [],
  );
}

async function has(up: RunningUp, points: Points): Promise<void> {
  const found = await pointsOf(up, Date.now());
  assert.ok(points.size > 0);
  for (const [timeMs, value] of points) assert.equal(found.get(timeMs), value);
}

// Side by side: they wait for seconds to pass.
describe('up on a clock that is set', { concurrency: true }, () => {
  it('while it runs', async () => {
    const { set, start } = shiftable('steps');
    set(0);
    const up = await start();
    await worksAt(up, 0);
    const before = await pointsOf(up, Date.now());
    for (const shiftMs of [...SHIFTS_MS, 0]) {
      set(shiftMs);
      await worksAt(up, shiftMs);
    }
    await has(up, before);

    const list = ['hosts', 'unmanaged', '-o', 'name', '--port-offset', String(up.offset)];
    const right = await program.run(list);
    assert.deepEqual(
      [right.stdout, right.stderr],
      ['here\n', ''],
      'a command on a clock as the server has it',
    );
    const command = shiftable('command');
    command.set(3 * HOUR);
    const ahead = await program.run(list, { environment: command.environment });
    assert.equal(ahead.stdout, 'here\n');
    assert.match(ahead.stderr, /^Warning: this machine's clock is 3h ahead of the server's: .*\n$/);
    assert.equal((await up.end('SIGTERM')).code, 0);
  });

  it('between two starts', async () => {
    const { set, start } = shiftable('boots');
    let before: Points | undefined;
    for (const shiftMs of [0, SHIFTS_MS[0]!, SHIFTS_MS[3]!, 0]) {
      set(shiftMs);
      const up = await start();
      await worksAt(up, shiftMs);
      before ??= await pointsOf(up, Date.now());
      await has(up, before);
      assert.equal((await up.end('SIGTERM')).code, 0);
    }
  });
});
