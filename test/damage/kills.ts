// npm run test:kills [-- --kills N --seed N]: `minimon up` is killed with -9 again and again, also while it starts, under load;
// then every acknowledged sample is looked for: there once, with its value, and nothing beside.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createStaticDiscovery } from '../../src/discovery/discovery.ts';
import { delay } from '../../src/runtime/clock.ts';
import { foundOnce } from '../cluster/found-once.ts';
import { startLoad } from '../cluster/load.ts';
import { createServerProcess } from '../servers/server-process.ts';

const { values: flags } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    'port-offset': { type: 'string', default: '3900' },
  },
});
const MOST_MS = 4_000;
const HOURS_20 = 20 * 3_600_000;
const offset = Number(flags['port-offset']);
const analyze = `127.0.0.1:${8020 + offset}`;
const directory = mkdtempSync(join(tmpdir(), 'minimon-kills-'));
let state = Number(flags.seed);
/** In [0, 1), the same for the same seed. */
const random = () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
};

const launcher = fileURLToPath(new URL('../../bin/minimon.js', import.meta.url));
const up = createServerProcess({
  name: 'up',
  command: [
    ...[process.execPath, launcher, 'up', '--data', join(directory, 'data')],
    ...['--port-offset', String(offset)],
  ],
  directory,
  env: { XDG_CONFIG_HOME: '/nonexistent' },
  ready: async () => (await fetch(`http://${analyze}/readyz`)).ok,
});

try {
  const startMs = Math.floor((Date.now() - HOURS_20) / 1_000) * 1_000;
  await up.start();
  const discovery = createStaticDiscovery([`127.0.0.1:${8000 + offset}`]);
  const load = startLoad({ discovery, name: 'killed', hosts: 20, pauseMs: 50, startMs });
  let early = 0;
  for (let kill = 1; kill <= Number(flags.kills); kill++) {
    let ready = false;
    const started = up.start().then(
      () => (ready = true),
      () => false,
    );
    // On a busy machine nearly all would fall into the start.
    if (kill % 2 === 0) await started;
    await delay(random() * MOST_MS);
    if (!ready) early++;
    await up.kill('SIGKILL');
    await started;
    if (kill % 10 === 0)
      process.stdout.write(`${kill} kills, ${early} of them before it was ready, ${load.ticks()} ticks\n`);
  }
  await up.start();
  await load.flows(100);
  await load.stop();
  const samples = await foundOnce(load, { analyze: { baseUrl: `http://${analyze}` }, startMs });
  process.stdout.write(
    `${flags.kills} kills, ${early} before it was ready: ${samples} acknowledged samples, each there once with its value\n`,
  );
} finally {
  await up.stop();
  rmSync(directory, { recursive: true, force: true });
}
