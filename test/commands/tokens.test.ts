// The tokens commands over a real manage service: the secret is printed once, and is nowhere afterwards.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import TokensCreate from '../../src/commands/tokens/create.ts';
import TokensList from '../../src/commands/tokens/list.ts';
import TokensRevoke from '../../src/commands/tokens/revoke.ts';
import { servedTo } from '../../src/runtime/caller.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { makeToken, readToken, withoutTokens } from '../../src/runtime/token.ts';
import { directory } from '../report/ticks.ts';
import { NOW } from '../terminal/screens.ts';
import { alertBackends } from '../warn/alert-parts.ts';
import { runCommand } from './run-in-process.ts';

async function operator() {
  const clock = createVirtualClock(NOW);
  const path = directory();
  const { manage } = await alertBackends(path, clock, clock);
  const run = (command: unknown, argv: readonly string[]) =>
    runCommand(command, argv, { manage, environment: { USER: 'ann' } });
  return { run, manage, clock, path };
}

test('a token is printed once, on stdout alone; a list and the files of the catalog have its id and no secret', async () => {
  const { run, path } = await operator();
  const made = await run(TokensCreate, [
    'grafana',
    '--scope',
    'read',
    '--scope',
    'report:*',
    '--expires',
    '90d',
  ]);
  assert.match(made.stdout, /^mm_[0-9a-f]{12}_[0-9a-f]{64}\n$/);
  const secret = made.stdout.trim().split('_')[2]!;
  assert.match(
    made.stderr,
    /^grafana \(mm_[0-9a-f]{12}\) may read, report:\* until 2027-02-2\d .*; to revoke it: minimon tokens revoke grafana\n/,
  );
  assert.match(made.stderr, /not shown again.*0600/);
  const listed = await run(TokensList, ['-o', 'json']);
  const [row] = JSON.parse(listed.stdout);
  assert.deepEqual(
    [row.name, row.scopes, row.state, row.created_by],
    ['grafana', ['read', 'report:*'], 'valid', 'ann'],
  );
  const files = readdirSync(path).map((name) => readFileSync(join(path, name), 'latin1'));
  assert.doesNotMatch(`${made.stderr}${listed.stdout}${files.join()}`, new RegExp(secret));
});

test('what hosts made for themselves at their enrolment is left out of the list, and said', async () => {
  const { run, manage } = await operator();
  await run(TokensCreate, ['grafana', '--scope', 'read']);
  // By hand, for a host that does not enrol: one of the operator's own.
  await run(TokensCreate, ['web-9', '--scope', 'report:web-9']);
  // By hand too, called as credentials are.
  for (const host of ['*', 'web-*', 'web-8'])
    await run(TokensCreate, [`agent ${host}`, '--scope', `report:${host}`]);
  const joining = await manage.createJoinToken({ name: 'rack', hosts: 9, endsMs: NOW + 3_600_000 });
  for (const hostId of ['web-1', 'web-2']) {
    const { id, hash } = makeToken();
    await servedTo({ name: 'rack', address: '10.0.0.7', tokenId: joining.info.id }, () =>
      manage.joinHost({ hostId, machineId: '1'.repeat(32), id, hash: hash.toString('hex') }),
    );
  }
  const listed = await run(TokensList, ['-o', 'name']);
  assert.deepEqual(listed.stdout.trim().split('\n').sort(), [
    ...['agent *', 'agent web-*', 'agent web-8'],
    ...['grafana', 'rack', 'web-9'],
  ]);
  assert.equal(listed.stderr, '2 credentials of enrolled hosts are not listed (--enrolled).\n');
  const all = await run(TokensList, ['--enrolled', '-o', 'json']);
  assert.deepEqual([JSON.parse(all.stdout).length, all.stderr], [8, '']);
  await run(TokensRevoke, ['agent web-1', '--yes']);
  assert.match(
    (await run(TokensList, [])).stderr,
    /^The credential of an enrolled host is not listed \(--enrolled\)\.\n$/,
  );
});

test('-o json of a new token has the secret, for scripts', async () => {
  const { run } = await operator();
  const made = await run(TokensCreate, ['ci', '--scope', 'write', '-o', 'json']);
  const [row] = JSON.parse(made.stdout);
  assert.ok(readToken(row.token));
  assert.deepEqual([row.name, row.scopes], ['ci', ['write']]);
});

test('what cannot be a token is refused with what to write instead', async () => {
  const { run, manage } = await operator();
  const refused = [
    [['a', '--scope', 'reed'], 'USAGE', /read, write, admin, service, report:HOST/],
    [['a', '--scope', 'report:'], 'BAD_ID', /report:web-1/],
    [[' a', '--scope', 'read'], 'BAD_ID', /./],
    [['a', '--scope', 'read', '--expires', '2020-01-01'], 'BAD_RANGE', /on the server now/],
  ] as const;
  for (const [argv, code, hint] of refused) {
    const { error, stdout } = await run(TokensCreate, argv);
    assert.equal(error?.code, code, argv.join(' '));
    assert.match(error?.hint ?? '', hint);
    assert.equal(stdout, '');
  }
  await run(TokensCreate, ['a', '--scope', 'read']);
  assert.equal((await run(TokensCreate, ['a', '--scope', 'read'])).error?.code, 'TOKEN_EXISTS');
  const unknown = await run(TokensRevoke, ['b']);
  assert.deepEqual([unknown.error?.code, unknown.exit], ['TOKEN_UNKNOWN', 3]);
  assert.equal((await manage.listTokens({})).tokens.length, 1);
});

test('a revoked token is listed with --ended alone, and daemons are told of it', async () => {
  const { run, manage } = await operator();
  await run(TokensCreate, ['web-1', '--scope', 'report:web-1']);
  const before = await manage.syncTokens({ used: [] });
  assert.deepEqual(
    before.tokens.map(({ name, scopes }) => [name, scopes]),
    [['web-1', ['report:web-1']]],
  );
  assert.deepEqual(await manage.syncTokens({ version: before.version, used: [] }), {
    ...{ version: before.version, changed: false, tokens: [] },
  });
  const used = [{ id: before.tokens[0]!.id, usedMs: NOW }];
  await manage.syncTokens({ version: before.version, used });
  assert.equal((await manage.listTokens({})).tokens[0]!.usedMs, NOW);
  assert.match((await run(TokensRevoke, ['web-1', '--yes'])).stderr, /^web-1 \(mm_[0-9a-f]{12}\) is revoked/);
  assert.deepEqual(await manage.syncTokens({ version: before.version, used: [] }), {
    ...{ version: before.version + 1, changed: true, tokens: [] },
  });
  assert.equal((await run(TokensList, ['--no-headers'])).stdout, '');
  assert.match((await run(TokensList, ['--ended'])).stdout, /web-1 .*revoked/);
});

test('a token is revoked by the id as messages show it', async () => {
  const { run } = await operator();
  const made = await run(TokensCreate, ['rack 7', '--scope', 'read']);
  const [, shown] = /to revoke it: minimon tokens revoke (mm_[0-9a-f]{12})\n/.exec(made.stderr) ?? [];
  assert.ok(shown, made.stderr);
  const asked = await run(TokensRevoke, [shown]);
  assert.match(asked.error?.message ?? '', /revoke token rack 7 /);
  assert.match((await run(TokensRevoke, [shown, '--yes'])).stderr, /^rack 7 \(mm_\w+\) is revoked/);
  assert.equal((await run(TokensRevoke, ['mm_0123456789ab', '--yes'])).exit, 3);
});

test('of a token in a text only what may be shown is left', () => {
  const text = `mm_0123456789ab_${'c'.repeat(64)}`;
  assert.equal(
    withoutTokens(`Bearer ${text}, and ${text}!`),
    'Bearer mm_0123456789ab_***, and mm_0123456789ab_***!',
  );
  assert.equal(withoutTokens('mm_0123456789ab is its id'), 'mm_0123456789ab is its id');
  assert.equal(readToken(`${text}0`), undefined);
  assert.equal(readToken(text.toUpperCase()), undefined);
});
