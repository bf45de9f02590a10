// Holds what `minimon daemon ready` finds out: who answers, who is ready, who hangs.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { createHttpServer } from '../../src/api/http/server.ts';
import { askDaemons } from '../../src/assembly/daemon-readiness.ts';
import { createHealth } from '../../src/runtime/health.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';

/** Addresses of a port that nobody uses, for the daemons that a test does not start. */
const NOWHERE = '127.0.0.1:1';
const NONE = {
  'agent.admin': NOWHERE,
  'report.admin': NOWHERE,
  'persist.admin': NOWHERE,
  'analyze.http': NOWHERE,
  'manage.http': NOWHERE,
  'warn.http': NOWHERE,
};

async function startDaemon(daemon: string, fault?: string): Promise<string> {
  const health = createHealth();
  health.check('bus', () => fault);
  const server = createHttpServer({ address: '127.0.0.1:0', daemon, health, metrics: createMetrics(daemon) });
  after(() => server.stop(0));
  return server.start();
}

const ask = (
  addresses: Readonly<Record<string, string>>,
  daemons: Parameters<typeof askDaemons>[0]['daemons'] = [],
) =>
  askDaemons({
    environment: { HOME: '/nonexistent' },
    file: undefined,
    flags: Object.entries({ ...NONE, ...addresses }).map(([key, value]) => ({ key, value, flag: key })),
    daemons,
    timeoutMs: 300,
  });

test('without names, the daemons that run here answer and the others are not missed', async () => {
  const report = await startDaemon('report');
  const answers = await ask({ 'report.admin': report });
  assert.deepEqual(
    answers.map(({ daemon, ready }) => [daemon, ready]),
    [['report', true]],
  );
});

test('a daemon that is not ready says what it waits for', async () => {
  const warn = await startDaemon('warn', 'no broker answers');
  const [answer] = await ask({ 'warn.http': warn });
  assert.equal(answer?.ready, false);
  assert.match(answer?.text ?? '', /\[-\] bus: no broker answers/);
});

test('a daemon that was named and does not run is an error, whoever else runs', async () => {
  const report = await startDaemon('report');
  await assert.rejects(ask({ 'report.admin': report }, ['report', 'manage']), { code: 'UNREACHABLE' });
});

test('nobody at all is an error', async () => {
  await assert.rejects(ask({}), { code: 'UNREACHABLE', message: /no daemon answers/ });
});

test('a daemon that accepts and never answers is not taken for absent', async () => {
  const hanging = createServer();
  await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
  after(() => hanging.close());
  const report = await startDaemon('report');
  const { port } = hanging.address() as { port: number };
  await assert.rejects(ask({ 'report.admin': report, 'persist.admin': `127.0.0.1:${port}` }), {
    code: 'TIMEOUT',
  });
});

test('a wildcard address is called on loopback', async () => {
  const report = await startDaemon('report');
  const [answer] = await ask({ 'report.admin': report.replace('127.0.0.1', '0.0.0.0') });
  assert.equal(answer?.address, report);
});
