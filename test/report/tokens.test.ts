// A host cannot report as another: over gRPC and by what agents push, with tokens that a report daemon asks manage for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReportClient } from '../../src/api/grpc/report-client.ts';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { reportOptions } from '../../src/daemons/report/options.ts';
import { createReportDaemon } from '../../src/daemons/report/report-daemon.ts';
import { createStaticDiscovery } from '../../src/discovery/discovery.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { makeToken } from '../../src/runtime/token.ts';
import { until } from '../until.ts';
import { fetchText } from './fetch-text.ts';
import { DAY, directory, owned, request, tick } from './ticks.ts';

const options = reportOptions.parse({ grpc: '127.0.0.1:0', push: '127.0.0.1:0', admin: '127.0.0.1:0' });
const now = () => Math.floor(Date.now() / 1_000) * 1_000;

async function reportWithTokens(scopes: Readonly<Record<string, readonly string[]>>) {
  const made = Object.entries(scopes).map(([name, of]) => ({ name, scopes: of, ...makeToken() }));
  const manage = { down: false };
  const revoked = new Set<string>();
  const daemon = owned(
    createReportDaemon(options, {
      ...{ clock: systemClock, logger: silentLogger, retentionMs: 35 * DAY },
      bus: owned(
        await createEmbeddedBus({ directory: directory(), clock: systemClock, logger: silentLogger }),
      ),
      roomFor: { maxHosts: 100, maxSeries: 1_000 },
      callers: {
        ...{ insecure: false, certificatesOptional: false },
        async sync() {
          if (manage.down) throw new ExpectedError('UNREACHABLE', 'no manage service answers');
          const tokens = made
            .filter(({ name }) => !revoked.has(name))
            .map(({ id, name, hash, scopes: of }) => ({
              ...{ id, name, hash: hash.toString('hex'), scopes: of },
            }));
          return { version: 1 + revoked.size, changed: true, tokens };
        },
      },
    }),
  );
  await daemon.start();
  const { grpc, push, http } = daemon.addresses();
  const clientOf = (token: string) =>
    owned(
      createReportClient({
        discovery: createStaticDiscovery([grpc!]),
        ...{ timeoutMs: 5_000, bearer: { token: () => token, insecure: false } },
      }),
    );
  const write = async (line: string, authorization: string, path = '/api/v2/write') => {
    const headers = { authorization };
    const answer = await fetch(`http://${push}${path}`, { method: 'POST', body: line, headers });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  const textOf = (name: string) => made.find((token) => token.name === name)!.text;
  const revoke = (name: string) => void revoked.add(name);
  return { clientOf, write, textOf, manage, revoke, metrics: () => fetchText(`http://${http}/metrics`) };
}

test('ticks of other hosts are refused one by one, counted, and the own ones are taken', async () => {
  const { clientOf, textOf, metrics } = await reportWithTokens({
    'web-1': ['report:web-1'],
    racks: ['report:web-*'],
  });
  const both = request(['web-1', 'web-2', 'db-1'].map((hostId) => tick({ hostId, timeMs: now() })));
  const own = await clientOf(textOf('web-1')).report(both);
  assert.deepEqual([own.acceptedSamples, own.refusedSamples], [2, 4]);
  assert.deepEqual(
    own.refusals.map(({ hostId, reason }) => [hostId, reason]),
    ['web-2', 'db-1'].map((host) => [host, 'the token or certificate may not report this host']),
  );
  const several = await clientOf(textOf('racks')).report(both);
  assert.deepEqual([several.acceptedSamples, several.refusedSamples], [4, 2]);
  assert.match((await metrics()).body, /minimon_foreign_hosts_refused_total\{.*\} 3\n/);
});

test('a captured report is taken from its own host alone, and from nobody once its token is revoked', async () => {
  const { clientOf, textOf, revoke, metrics } = await reportWithTokens({
    'web-1': ['report:web-1'],
    'web-2': ['report:web-2'],
  });
  const captured = request([tick({ hostId: 'web-1', timeMs: now() })]);
  const own = clientOf(textOf('web-1'));
  // Sent twice is how a lost answer looks: it is taken, and stored as it is already.
  for (let i = 0; i < 3; i++) assert.equal((await own.report(captured)).acceptedSamples, 2);
  const taken = async () => /^minimon_samples_received_total\{.*\} (\d+)$/m.exec((await metrics()).body)?.[1];
  const before = await taken();
  const foreign = await clientOf(textOf('web-2')).report(captured);
  assert.deepEqual([foreign.acceptedSamples, foreign.refusedSamples], [0, 2]);
  assert.match((await metrics()).body, /minimon_foreign_hosts_refused_total\{.*\} 1\n/);
  revoke('web-1');
  await until('it is refused', () =>
    own.report(captured).then(
      () => false,
      (error) => (error as ExpectedError).code === 'UNAUTHENTICATED',
    ),
  );
  assert.ok(Number(before) >= 6);
});

test('line protocol is held to the same hosts; what cannot be checked now is to be sent again', async () => {
  const { write, textOf, manage } = await reportWithTokens({ telegraf: ['report:web-1'], ann: ['read'] });
  manage.down = true;
  const lines = ['web-1', 'web-2'].map((host) => `system,host=${host} load1=1 ${now()}000000`).join('\n');
  const unknown = await write(lines, `Token ${textOf('telegraf')}`);
  assert.deepEqual([unknown.status, unknown.headers.get('retry-after')], [503, '5']);
  manage.down = false;
  const answer = await write(lines, `Token ${textOf('telegraf')}`);
  assert.equal(answer.status, 204);
  assert.match(answer.headers.get('x-minimon-refused') ?? '', /^2; the token or certificate may not/);
  assert.equal((await write(lines, `Bearer ${textOf('ann')}`)).status, 403);
  const none = await write(lines, 'Basic YTpi', '/write');
  assert.deepEqual([none.status, none.headers.get('www-authenticate')], [401, 'Bearer realm="minimon"']);
  const remote = await write('', 'Bearer x', '/api/v1/write');
  assert.equal(remote.status, 401);
});
