// Who may call what: every route and RPC of every daemon says it, and here stands what each says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCESS, type Access, allows, checkScopes } from '../../src/api/access.ts';
import { analyzeApi } from '../../src/api/analyze.ts';
import { createGrpcServer } from '../../src/api/grpc/server.ts';
import { createRoutesApp, type HttpRoutes } from '../../src/api/http/fastify.ts';
import { manageApi } from '../../src/api/manage.ts';
import { persistApi } from '../../src/api/persist.ts';
import { warnApi } from '../../src/api/warn.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { daemonParts } from './memory-services.ts';
import { RPCS, registered } from './served.ts';

/** All but those that are `read`. */
const NOT_READ: Partial<Record<Access, readonly string[]>> = {
  open: [
    ...['analyze GET /-/healthy', 'analyze GET /-/ready', 'analyze HEAD /-/healthy', 'analyze HEAD /-/ready'],
    ...['report GET /health', 'report GET /ping', 'report HEAD /health', 'report HEAD /ping'],
  ],
  report: [
    ...['report GET /query', 'report HEAD /query', 'report POST /query'],
    ...['report POST /api/v2/write', 'report POST /write'],
    ...['report POST /api/v1/push', 'report POST /api/v1/write', 'report POST /prometheus/v1/write'],
    ...['report POST /v1/metrics', 'report POST /otlp/v1/metrics', 'report Report'],
  ],
  enrol: [
    ...['manage POST /api/v1/enrolments/join', 'manage JoinHost'],
    ...['manage POST /api/v1/enrolments/renew', 'manage RenewCredential'],
  ],
  service: ['manage SyncTokens', 'manage WatchAlertConfiguration'],
  admin: [
    ...['manage GET /api/v1/tokens', 'manage HEAD /api/v1/tokens', 'manage ListTokens'],
    ...['manage POST /api/v1/tokens', 'manage CreateToken'],
    ...['manage POST /api/v1/tokens/revoke', 'manage RevokeToken'],
    ...['manage POST /api/v1/enrolments/tokens', 'manage CreateJoinToken'],
    ...['manage POST /api/v1/enrolments/replace', 'manage ReplaceHost'],
  ],
  write: [
    ...[
      'manage POST /InsertAHost',
      'manage InsertAHost',
      'manage POST /UpdateHostMsg',
      'manage UpdateHostMsg',
    ],
    ...['manage POST /api/v1/hosts', 'manage InsertHost', 'manage POST /api/v1/hosts/assign'],
    ...['manage AssignHosts', 'manage POST /api/v1/hosts/remove', 'manage RemoveHosts'],
    ...['manage POST /api/v1/hosts/unassign', 'manage UnassignHosts'],
    ...['manage POST /api/v1/hosts/undo', 'manage UndoChange'],
    ...['manage POST /api/v1/hosts/update', 'manage UpdateHost'],
    ...['manage POST /api/v1/locations/remove', 'manage RemoveLocation'],
    ...['manage POST /api/v1/locations/rename', 'manage RenameLocation'],
    ...['manage POST /api/v1/receivers', 'manage PutReceiver'],
    ...['manage POST /api/v1/receivers/remove', 'manage RemoveReceiver'],
    ...[
      'manage POST /api/v1/rules',
      'manage PutRule',
      'manage POST /api/v1/rules/apply',
      'manage ApplyRules',
    ],
    ...['manage POST /api/v1/rules/enabled', 'manage SetRuleEnabled'],
    ...['manage POST /api/v1/rules/remove', 'manage RemoveRule'],
    ...['manage POST /api/v1/rules/rename', 'manage RenameRule'],
    ...['manage POST /api/v1/silences', 'manage PutSilence'],
    ...['manage POST /api/v1/silences/expire', 'manage ExpireSilence'],
    ...['warn POST /api/v1/alerts/acknowledge', 'warn Acknowledge'],
    ...['warn POST /api/v1/receivers/test', 'warn TestReceiver'],
    'persist POST /api/v1/deadletters/retry',
  ],
};

test('each route and RPC says what its caller must be allowed, and nothing changes that unseen', async () => {
  const all = await registered();
  for (const access of ACCESS.filter((one) => one !== 'read')) {
    const calls = all.filter(([, said]) => said === access).map(([call]) => call);
    assert.deepEqual(calls.sort(), [...(NOT_READ[access] ?? [])].sort(), access);
  }
  assert.deepEqual(
    all.filter(([, access]) => !ACCESS.includes(access)),
    [],
  );
});

test('what has an actor, or does something else a second time, is not called by readers', () => {
  for (const { daemon, calls } of [analyzeApi, manageApi, warnApi, persistApi]) {
    for (const [name, call] of Object.entries(calls)) {
      const changes = ('actor' in call.request && name !== 'planRules') || 'notIdempotent' in call;
      // The filter of listAudit has the name, too.
      if (changes && name !== 'listAudit') assert.notEqual(call.access, 'read', `${daemon} ${name}`);
    }
  }
});

test('a route or an RPC without it is not served', async () => {
  const bare: HttpRoutes = (app) => {
    app.get('/bare', () => 'nothing');
  };
  await assert.rejects(
    createRoutesApp({ daemon: 'warn', routes: [bare], logger: silentLogger }),
    /GET \/bare does not say who may call it/,
  );
  const services = [{ ...RPCS['warn']!, access: {} }];
  assert.throws(
    () => createGrpcServer({ address: '127.0.0.1:0', services, ...daemonParts() }),
    /does not say who may call it/,
  );
});

test('scopes are those of the table; what every object has is none', () => {
  assert.deepEqual(checkScopes(['read', 'read', 'report:web-*']), ['read', 'report:web-*']);
  for (const scope of [
    'root',
    'Read',
    'constructor',
    'toString',
    '__proto__',
    'report:',
    'minimon:read',
    '',
  ]) {
    assert.throws(() => checkScopes([scope]), ExpectedError, scope);
    for (const access of ['report', 'read', 'write', 'service', 'admin'] as const)
      assert.equal(allows([scope], access), scope === 'report:' && access === 'report', `${scope} ${access}`);
  }
  assert.throws(() => checkScopes(['join']), ExpectedError);
  assert.deepEqual(
    ACCESS.filter((access) => allows(['join'], access)),
    ['open', 'enrol'],
  );
});

test('what each scope allows, and nothing else', () => {
  const all = { 'report:web-1': 'report enrol', 'report:*': 'report enrol', join: 'enrol', read: 'read' };
  const tables = { ...all, write: 'read write', service: 'read service', nonsense: '' };
  for (const [scope, allowed] of Object.entries({ ...tables, admin: ACCESS.slice(1).join(' ') })) {
    const found = ACCESS.filter((access) => access !== 'open' && allows([scope], access));
    assert.deepEqual(found.toSorted(), allowed.split(' ').filter(Boolean).toSorted(), scope);
    assert.ok(allows([scope], 'open'));
  }
  assert.ok(allows(['read', 'join'], 'enrol'), 'of several one is enough');
});
