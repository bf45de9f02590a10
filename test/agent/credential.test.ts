// A host's credential over a manage that answers at once: what its file is through other names, full disks and lost answers.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createHostCredential } from '../../src/daemons/agent/credential.ts';
import { RENEWED_AT_MOST_EVERY_MS } from '../../src/domain/enrolment.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { makeToken } from '../../src/runtime/token.ts';
import { until } from '../until.ts';

const DAY = 86_400_000;
const RIGHT = { hostId: 'web-1', machineId: '00112233445566778899aabbccddeeff' };
const PATTERN = /^mm_[0-9a-f]{12}_[0-9a-f]{64}$/;

/** A data directory, and hosts that start on it. `answer`: what manage does with a call, which it takes by default. */
function world(t: TestContext) {
  const stateDir = mkdtempSync(join(tmpdir(), 'minimon-credential-'));
  t.after(() => rmSync(stateDir, { recursive: true, force: true }));
  const clock = createVirtualClock(Date.UTC(2026, 10, 25, 12));
  const asked: string[] = [];
  const logged: string[] = [];
  const say = (fields: object, text: string) => void logged.push(`${text} ${JSON.stringify(fields)}`);
  const logger = { ...silentLogger, warn: say, error: say } as unknown as typeof silentLogger;
  const manage = { answer: (_call: string, _shown: string) => {} };

  async function start(
    identity: typeof RIGHT,
    given: { joinToken?: string; noJoinToken?: ExpectedError } = {},
  ) {
    const credential = createHostCredential({
      ...{ stateDir, clock, logger, random: () => 0.5, ...given },
      async enrolling(shown) {
        const call = (name: string) => async (request: { hostId: string }) => {
          asked.push(`${name} ${request.hostId}`);
          manage.answer(name, shown);
          return { endsMs: clock.nowMs() + 30 * DAY, renewMs: clock.nowMs() + 10 * DAY };
        };
        const [joinHost, renewCredential] = [call('join'), call('renew')];
        return { joinHost, renewCredential, stop: async () => {} } as never;
      },
    });
    t.after(() => credential.stop());
    credential.start(identity, () => {});
    return credential;
  }
  const refuse = () => {
    throw new ExpectedError('HOST_ENROLLED', 'enrolled as another');
  };
  const when = (what: string, isSo: () => boolean) => until(what, isSo, { clock, seen: () => asked });
  const file = join(stateDir, 'credential');
  const stored = () => JSON.parse(readFileSync(file, 'utf8'));
  return { stateDir, file, stored, clock, asked, logged, manage, start, refuse, when };
}

type Credential = Awaited<ReturnType<ReturnType<typeof world>['start']>>;
/** What is done at once has been done. */
const turns = async () => {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
};
const isEnrolled = (credential: Credential) => () => credential.unhealthy() === undefined;

test('a start under another name or machine id leaves the credential of the right one, mode 0600', async (t) => {
  const { start, when, manage, refuse, asked, file, stateDir } = world(t);
  const first = await start(RIGHT, { joinToken: makeToken().text });
  await when('it is enrolled', isEnrolled(first));
  const token = first.token();
  await first.stop();
  manage.answer = refuse;
  for (const wrong of [
    { ...RIGHT, hostId: 'dhcp-17' },
    { ...RIGHT, machineId: 'f'.repeat(32) },
  ]) {
    const renamed = await start(wrong, { joinToken: makeToken().text });
    await when('it is refused', () => /enrolled as another/.test(renamed.unhealthy() ?? ''));
    await renamed.stop();
  }
  const calls = asked.length;
  for (const name of readdirSync(stateDir))
    assert.equal(statSync(join(stateDir, name)).mode & 0o777, 0o600, name);
  const again = await start(RIGHT);
  assert.equal(again.token(), token);
  assert.equal(asked.length, calls, 'nobody is asked');
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).hostId, 'web-1');
});

test('of many names few are kept: what never became a credential goes first', async (t) => {
  const { start, when, manage, refuse, stateDir } = world(t);
  const first = await start(RIGHT, { joinToken: makeToken().text });
  await when('it is enrolled', isEnrolled(first));
  await first.stop();
  manage.answer = refuse;
  for (let i = 0; i < 12; i++) {
    const renamed = await start({ ...RIGHT, hostId: `dhcp-${i}` }, { joinToken: makeToken().text });
    await when('it is refused', () => /enrolled as another/.test(renamed.unhealthy() ?? ''));
    await renamed.stop();
  }
  assert.equal(readdirSync(stateDir).length, 9);
  const again = await start(RIGHT);
  assert.match(again.token() ?? '', PATTERN);
});

test('a disk that fails once manage has the new credential: it is used, said once, and stored later', async (t) => {
  const { start, when, manage, stateDir, stored, asked, logged, clock } = world(t);
  const away = `${stateDir}.away`;
  t.after(() => rmSync(away, { recursive: true, force: true }));
  const host = await start(RIGHT, { joinToken: makeToken().text });
  await when('it is enrolled', isEnrolled(host));
  const old = host.token();
  manage.answer = () => renameSync(stateDir, away);
  await clock.skip(10 * DAY);
  await when('it is renewed', () => host.token() !== old);
  await when('it says so', () => host.lastError() !== undefined);
  assert.match(host.lastError() ?? '', /not stored yet: cannot write \S+\/credential: no such file/);
  assert.equal(host.unhealthy(), undefined);
  // A restart now goes on with the same one.
  const kept = JSON.parse(readFileSync(join(away, 'credential'), 'utf8'));
  assert.deepEqual([kept.current.token, kept.next], [old, host.token()]);
  const endMs = clock.nowMs() + 5 * 60_000;
  await when('some tries have passed', () => clock.nowMs() > endMs);
  assert.equal(
    logged.filter((line) => line.includes('could not be stored yet')).length,
    1,
    logged.join('\n'),
  );
  renameSync(away, stateDir);
  await when('it is stored', () => stored().current.token === host.token());
  await when('nothing is said any more', () => host.lastError() === undefined);
  assert.deepEqual(asked, ['join web-1', 'renew web-1']);
});

test('a disk that is full before manage is asked: nobody is asked, and it is logged once', async (t) => {
  const { start, when, stateDir, asked, logged, clock } = world(t);
  const away = `${stateDir}.away`;
  t.after(() => rmSync(away, { recursive: true, force: true }));
  renameSync(stateDir, away);
  const host = await start(RIGHT, { joinToken: makeToken().text });
  const endMs = clock.nowMs() + 5 * 60_000;
  await when('some tries have passed', () => clock.nowMs() > endMs);
  assert.match(host.unhealthy() ?? '', /^not enrolled: cannot write \S+\/credential: no such file/);
  assert.equal(logged.length, 1, logged.join('\n'));
  assert.deepEqual(asked, []);
  renameSync(away, stateDir);
  await when('it is enrolled', isEnrolled(host));
});

test('one whose answer was lost is asked for without the join token', async (t) => {
  const { start, when, manage, stored } = world(t);
  manage.answer = () => {
    throw new ExpectedError('UNREACHABLE', 'the answer was lost');
  };
  const first = await start(RIGHT, { joinToken: makeToken().text });
  await when('it was asked', () => /lost/.test(first.unhealthy() ?? ''));
  await first.stop();
  const { next } = stored();
  manage.answer = (_call, shown) => assert.equal(shown, next);
  const again = await start(RIGHT);
  await when('it is enrolled', isEnrolled(again));
  assert.equal(again.token(), next);
});

test('a clock that leaps over the time of renewal makes a host ask no sooner than all may', async (t) => {
  const { start, when, asked, clock } = world(t);
  const host = await start(RIGHT, { joinToken: makeToken().text });
  await when('it is enrolled', isEnrolled(host));
  await turns();
  await clock.stepBy(11 * DAY);
  await clock.skip(RENEWED_AT_MOST_EVERY_MS - 1);
  await turns();
  assert.deepEqual(asked, ['join web-1']);
  await clock.skip(1);
  await when('it is renewed', () => asked.length === 2);
});

test('a credential that report refuses is renewed once, unless it is new', async (t) => {
  const { start, when, asked, clock } = world(t);
  const host = await start(RIGHT, { joinToken: makeToken().text });
  await when('it is enrolled', isEnrolled(host));
  await turns();
  host.refused();
  await clock.skip(RENEWED_AT_MOST_EVERY_MS);
  await turns();
  assert.deepEqual(asked, ['join web-1'], 'it was new');
  host.refused();
  await when('it is renewed', () => asked.length === 2);
  for (let i = 0; i < 3; i++) {
    await clock.skip(RENEWED_AT_MOST_EVERY_MS);
    await turns();
  }
  assert.deepEqual(asked, ['join web-1', 'renew web-1']);
});

test('what failed is forgotten with the next success: it is not said, and a later failure is retried soon', async (t) => {
  const { start, when, manage, asked, logged, clock } = world(t);
  const host = await start(RIGHT, { joinToken: makeToken().text });
  await when('it is enrolled', isEnrolled(host));
  const fail = (why: string) => () => {
    throw new ExpectedError('UNREACHABLE', why);
  };
  const retries = () => logged.map((line) => Number(/"retryMs":(\d+)/.exec(line)![1]));
  for (const [round, whys] of [
    ['no manage', 'no route', 'no manage', 'no route'],
    ['away again'],
  ].entries()) {
    manage.answer = fail(whys[0]!);
    await clock.skip(10 * DAY);
    for (const why of whys) {
      manage.answer = fail(why);
      await when('it says so', () => host.lastError() === `no new credential: ${why}`);
    }
    const [first, last] = [retries()[0]!, retries().at(-1)!];
    assert.ok(round === 0 ? last > first : last === first, `${last} ms`);
    manage.answer = () => {};
    await when('nothing is said any more', () => host.lastError() === undefined);
  }
  assert.equal(asked.indexOf('join web-1', 1), -1, 'no join token helps against that');
});

test('a credential that has ended is said from that very moment', async (t) => {
  const { start, when, manage, clock, stored } = world(t);
  const host = await start(RIGHT, { joinToken: makeToken().text });
  await when('it is enrolled', isEnrolled(host));
  await turns();
  manage.answer = () => {
    throw new ExpectedError('UNREACHABLE', 'no manage');
  };
  await clock.skip(stored().current.endsMs - clock.nowMs() - 1);
  assert.equal(host.unhealthy(), undefined);
  await clock.skip(1);
  assert.match(host.unhealthy()!, /its credential has ended/);
});

test('a credential that could not be stored is not stored over a newer one', async (t) => {
  const { start, when, manage, stateDir, stored, asked, clock } = world(t);
  const away = `${stateDir}.away`;
  t.after(() => rmSync(away, { recursive: true, force: true }));
  const host = await start(RIGHT, { joinToken: makeToken().text });
  await when('it is enrolled', isEnrolled(host));
  manage.answer = () => renameSync(stateDir, away);
  await clock.skip(10 * DAY);
  await when('it says so', () => /not stored yet/.test(host.lastError() ?? ''));
  const unstored = host.token();
  manage.answer = () => {};
  await clock.skip(RENEWED_AT_MOST_EVERY_MS);
  await turns();
  renameSync(away, stateDir);
  host.refused();
  await turns();
  assert.equal(asked.length, 3);
  const newer = host.token();
  assert.notEqual(newer, unstored);
  await clock.skip(60_000);
  await turns();
  assert.deepEqual([host.token(), stored().current.token], [newer, newer]);
});

test('a join token that cannot be read stops a host that has nothing else, and no other', async (t) => {
  const { start, when, logged, file, manage, refuse } = world(t);
  const noJoinToken = new ExpectedError('FILE_MISSING', 'cannot read /nowhere/join.token');
  await assert.rejects(start(RIGHT, { noJoinToken }), { code: 'FILE_MISSING' });
  const first = await start(RIGHT, { joinToken: makeToken().text });
  await when('it is enrolled', isEnrolled(first));
  await first.stop();
  const again = await start(RIGHT, { noJoinToken });
  assert.equal(again.token(), first.token());
  assert.match(logged.join('\n'), /goes on with .*cannot read \/nowhere/);
  // One that manage never gave: the host asks, and says what is missing.
  manage.answer = refuse;
  const named = { ...RIGHT, hostId: 'web-2' };
  const refused = await start(named, { joinToken: makeToken().text });
  await when('it is refused', () => /enrolled as another/.test(refused.unhealthy() ?? ''));
  await refused.stop();
  const waiting = await start(named, { noJoinToken });
  await when('it asks', () => /^not enrolled: cannot read \/nowhere/.test(waiting.unhealthy() ?? ''));
  await waiting.stop();
  // One that is damaged is none.
  writeFileSync(file, '{"hostId":');
  await assert.rejects(start(named, { noJoinToken }), { code: 'FILE_MISSING' });
});
