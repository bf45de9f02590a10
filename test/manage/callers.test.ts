// The actor of a change is who calls, over both wires, whatever the request says; that is kept as a note.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import { createGrpcClient } from '../../src/api/grpc/client.ts';
import { createHttpClient } from '../../src/api/http/client.ts';
import { manageApi } from '../../src/api/manage.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { createManageDaemon } from '../../src/daemons/manage/manage-daemon.ts';
import { manageOptions } from '../../src/daemons/manage/options.ts';
import { systemClock as clock } from '../../src/runtime/clock.ts';
import { createLogger, silentLogger } from '../../src/runtime/logging.ts';
import { until } from '../until.ts';

const directory = mkdtempSync(join(tmpdir(), 'minimon-callers-'));
const lines: string[] = [];
const written = new Writable({
  write(line, _encoding, done) {
    lines.push(String(line));
    done();
  },
});
const logger = await createLogger({ level: 'info', format: 'json' }, written);
const catalog = await openSqliteCatalog({
  ...{ path: join(directory, 'catalog.sqlite'), logger: silentLogger, clock },
});
const daemon = createManageDaemon(manageOptions.parse({ grpc: '127.0.0.1:0', http: '127.0.0.1:0' }), {
  ...{ catalog, clock, logger },
  analyze: {
    listReportingHosts: async () => ({ nowMs: clock.nowMs(), hosts: [], watermarks: [] }),
    queryLatest: async () => ({ nowMs: clock.nowMs(), samples: [], warnings: [] }),
  },
  // Its own tokens: nobody else is asked.
  callers: { insecure: false, certificatesOptional: false, sync: () => assert.fail('asked of another') },
});
before(() => daemon.start());
after(async () => {
  await daemon.stop();
  await catalog.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function as(name: string, scope: string) {
  const { token } = await daemon.service.createToken({ name, scopes: [scope], actor: 'test' });
  const bearer = { token: () => token, insecure: false };
  const { grpc, http } = daemon.addresses();
  const over = {
    http: createHttpClient(manageApi, { baseUrl: http!, bearer }),
    grpc: createGrpcClient(manageApi, { address: grpc!, bearer }),
  };
  after(() => Promise.all([over.http.stop(), over.grpc.stop()]));
  return over;
}
const newest = async () => (await catalog.audit.changes({ limit: 1 })).changes[0]!;

test('over HTTP and gRPC a change is by its token, from its address', async () => {
  const ann = await as('ann', 'write');
  for (const [wire, hostId] of [
    ['http', 'a'],
    ['grpc', 'b'],
  ] as const) {
    await ann[wire].insertHost({ hostId, location: '725', actor: 'the boss' });
    const { actor, address, entries } = await newest();
    assert.deepEqual([actor, address], ['ann', '127.0.0.1'], wire);
    assert.equal(entries[0]!.detail['said'], 'the boss');
    await ann[wire].unassignHosts({ hostIds: [hostId] });
    assert.deepEqual([(await newest()).actor, (await newest()).entries[0]!.detail], ['ann', { from: '725' }]);
  }
  await until('both are in the log', () => lines.filter((line) => line.includes('host added')).length === 2);
  assert.doesNotMatch(lines.join(''), /"actor":"the boss"/);
});

test('a silence is by who made it, and a token by who made that', async () => {
  const boss = await as('boss', 'admin');
  const until = { forMs: 60_000, reason: 'work', matchers: ['location=725'] };
  const silence = await boss.http.putSilence({ ...until, author: 'ann', actor: 'ann' });
  assert.equal(silence.author, 'boss');
  const { info } = await boss.grpc.createToken({ name: 'ci', scopes: ['read'], actor: 'ann' });
  assert.equal(info.createdBy, 'boss');
  assert.deepEqual([(await newest()).actor, (await newest()).entries[0]!.action], ['boss', 'token.add']);
});

test('a token that was revoked counts no more, and one that was just made does', async () => {
  const reader = await as('reader', 'read');
  assert.equal((await reader.http.listRules()).length > 0, true);
  await assert.rejects(reader.http.insertHost({ hostId: 'c', location: '725' }), {
    code: 'NOT_ALLOWED',
    message: /the token reader has the scope read, but this call needs write/,
  });
  await daemon.service.revokeToken({ name: 'reader' });
  await until('the token is refused', () =>
    reader.http.listRules().then(
      () => false,
      (error: { readonly code?: string }) => error.code === 'UNAUTHENTICATED',
    ),
  );
});
