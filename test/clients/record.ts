// Records what each real client sends of a small host into test/report/fixtures, of / alone: `node test/clients/record.ts [names]`. What
// minimon makes of it is written beside, to be looked at before it is committed.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../until.ts';
import { startNodeExporter } from './node-exporter.ts';
import { closeAll, openPushTarget, type PushTarget } from './push-target.ts';
import type { Exchange } from './recording-proxy.ts';
import { startCollector, startPrometheus, startPrometheus3, startTelegraf, startVmagent } from './start.ts';

const FIXTURES = join(import.meta.dirname, '../report/fixtures');
const SMALL = ['cpu', 'diskstats', 'filesystem', 'loadavg', 'meminfo', 'netdev', 'time', 'stat'];

const CLIENTS: Readonly<Record<string, (to: string, target: string) => Promise<unknown>>> = {
  prometheus: (to, target) => startPrometheus(to, target, { host: 'recorded-1' }),
  prometheus3: (to, target) => startPrometheus3(to, target, { host: 'recorded-1' }),
  vmagent: (to, target) => startVmagent(to, target, { host: 'recorded-1' }),
  telegraf: (to) =>
    startTelegraf(to, 'recorded-1', (pasted) =>
      pasted.replace('[[inputs.disk]]', '[[inputs.disk]]\n  mount_points = ["/"]'),
    ),
  opentelemetry: (to) =>
    startCollector(to, {
      withHost: true,
      filesystem: { include_mount_points: { mount_points: ['/'], match_type: 'strict' } },
    }),
};

/** Its second request that is no small one: counters of the first round may be missing in the first. */
async function record(name: string, { exchanges }: PushTarget): Promise<void> {
  const taken = () => exchanges.filter(({ status, body }) => status < 300 && body.length > 1_000);
  await until(`two rounds of ${name}`, () => taken().length >= 2);
  const { path, headers, body } = taken()[1] as Exchange;
  const sent = ['content-type', 'content-encoding', 'user-agent'].flatMap((header) => {
    const value = headers[header];
    return value === undefined ? [] : [[header, value]];
  });
  const request = { path, headers: Object.fromEntries(sent), body: body.toString('base64') };
  writeFileSync(join(FIXTURES, `${name}.json`), `${JSON.stringify(request, undefined, 2)}\n`);
  process.stdout.write(`${name}: ${body.length} bytes to ${path}\n`);
}

mkdirSync(FIXTURES, { recursive: true });
try {
  const exporter = await startNodeExporter([
    '--collector.disable-defaults',
    ...SMALL.map((name) => `--collector.${name}`),
    '--collector.filesystem.mount-points-exclude=^/.+',
  ]);
  const [, , ...names] = process.argv;
  for (const [name, start] of Object.entries(CLIENTS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const target = await openPushTarget();
    await start(target.address, exporter.address);
    await record(name, target);
  }
} finally {
  await closeAll();
}
