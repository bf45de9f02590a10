// persist sends on to a real Prometheus by remote write: kill -9 of minimon and of the other end in turn, and each
// acknowledged sample is there.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { createReportClient } from '../../src/api/grpc/report-client.ts';
import { createStaticDiscovery } from '../../src/discovery/discovery.ts';
import { request, tick } from '../report/ticks.ts';
import { freePorts } from '../servers/ports.ts';
import { until } from '../until.ts';
import { ensurePrometheus3 } from './builds.ts';
import { directory, startClient } from './push-target.ts';
import { skipClient } from './wanted.ts';

const SECOND = 1_000;
const ROUNDS = 60;
const HOSTS = Array.from({ length: 20 }, (_, i) => `web-${i}`);
const METRICS = ['cpu.usage', 'mem.usage', 'load.1'];

it('what is acknowledged to agents arrives once, whoever is killed in between', {
  skip: skipClient('prometheus3'),
}, async () => {
  const home = directory();
  writeFileSync(join(home, 'prometheus.yml'), '{}');
  const [port] = await freePorts(1);
  const own = `http://127.0.0.1:${port}`;
  const receiver = await startClient(
    'receiver',
    [
      ...[await ensurePrometheus3(), '--web.enable-remote-write-receiver'],
      ...[`--config.file=${join(home, 'prometheus.yml')}`, `--storage.tsdb.path=${join(home, 'data')}`],
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    async () => (await fetch(`${own}/-/ready`)).ok,
  );
  const data = directory();
  let child: ChildProcess | undefined;
  let client: ReturnType<typeof createReportClient> | undefined;
  async function start() {
    const file = join(import.meta.dirname, '../persist/pipeline-process.ts');
    child = fork(file, [data, `${own}/api/v1/write`]);
    const [address] = (await once(child, 'message')) as [string];
    client = createReportClient({ discovery: createStaticDiscovery([address]), timeoutMs: 5_000 });
  }
  async function kill() {
    const ended = once(child!, 'exit');
    child!.kill('SIGKILL');
    await ended;
    await client!.stop();
  }
  after(() => void child?.kill('SIGKILL'));
  await start();

  const firstMs = Math.floor(Date.now() / SECOND) * SECOND - ROUNDS * SECOND;
  for (let round = 0; round < ROUNDS; round++) {
    const ticks = HOSTS.map((hostId) =>
      tick({
        ...{ hostId, timeMs: firstMs + round * SECOND },
        samples: METRICS.map((metric, i) => ({ metric, labels: {}, value: round + i / 8 })),
      }),
    );
    const { acceptedSamples } = await client!.report(request(ticks));
    assert.equal(acceptedSamples, HOSTS.length * METRICS.length);
    if (round === 25) await receiver.kill('SIGKILL');
    // The first one while it sends, the second while nobody takes it.
    if (round === 10 || round === 30 || round === 50) {
      await kill();
      await start();
    }
    if (round === 40) await receiver.start();
  }

  const expected = Array.from({ length: ROUNDS }, (_, round) => (firstMs + round * SECOND) / 1_000);
  const found = async () => {
    const query = new URLSearchParams({ query: '{host=~"web-.+"}[1h]' });
    const { data: answer } = (await (await fetch(`${own}/api/v1/query?${query}`)).json()) as {
      data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
    };
    return answer.result;
  };
  const count = async () => (await found()).reduce((sum, { values }) => sum + values.length, 0);
  await until('all is there', async () => (await count()) === ROUNDS * HOSTS.length * METRICS.length, {
    seen: count,
  });
  for (const { metric, values } of await found()) {
    assert.deepEqual(
      values.map(([seconds]) => seconds),
      expected,
    );
    const index = METRICS.findIndex((name) => name.replace('.', '_') === metric['__name__']);
    for (const [round, [, value]] of values.entries()) assert.equal(Number(value), round + index / 8);
  }
});
