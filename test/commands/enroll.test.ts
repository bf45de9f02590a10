// hosts enroll and hosts enrolled over a real manage service: what is printed where, and what an operator is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import HostsEnroll from '../../src/commands/hosts/enroll.ts';
import HostsEnrolled from '../../src/commands/hosts/enrolled.ts';
import { servedTo } from '../../src/runtime/caller.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { makeToken, readToken } from '../../src/runtime/token.ts';
import { enrolmentsListing, joinTokenText } from '../../src/terminal/enrolments-view.ts';
import { renderListing } from '../../src/terminal/output.ts';
import type { Screen } from '../../src/terminal/screen.ts';
import { directory } from '../report/ticks.ts';
import { NOW, pipe, terminal } from '../terminal/screens.ts';
import { alertBackends } from '../warn/alert-parts.ts';
import { runCommand } from './run-in-process.ts';

const MACHINES = ['1', '2'].map((digit) => digit.repeat(32)) as [string, string];

async function operator() {
  const clock = createVirtualClock(NOW);
  const { manage } = await alertBackends(directory(), clock, clock);
  const run = (command: unknown, argv: readonly string[] = []) =>
    runCommand(command, argv, { manage, environment: { USER: 'ann' } });
  /** As the host would, whose token the gate has let in. */
  const join = (token: string, hostId: string, machineId: string) => {
    const { id, hash } = makeToken();
    return servedTo({ name: 'j', address: '10.0.0.7', tokenId: readToken(token)!.id }, () =>
      manage.joinHost({ hostId, machineId, id, hash: hash.toString('hex') }),
    );
  };
  return { run, join, manage };
}

test('a join token is printed once, on stdout alone; the line to run and how to end it on stderr', async () => {
  const { run, manage } = await operator();
  const made = await run(HostsEnroll, ['--location', '725', '--count', '20', '--name', 'rack 7']);
  assert.match(made.stdout, /^mm_[0-9a-f]{12}_[0-9a-f]{64}\n$/);
  assert.match(
    made.stderr,
    /^rack 7 \(mm_\w+\) lets 20 hosts join until .*; to revoke it: minimon tokens revoke mm_[0-9a-f]{12}\n/,
  );
  assert.match(
    made.stderr,
    /\n {2}ssh HOST sudo minimon install agent --report \S+:8000 --join - --now < join\.token\n/,
  );
  assert.doesNotMatch(made.stderr, new RegExp(made.stdout.trim()));
  const [token] = (await manage.listTokens({})).tokens;
  assert.deepEqual([token?.scopes, token?.endsMs], [['join'], NOW + 3_600_000]);
  assert.match((await run(HostsEnroll)).stderr, /^join-\d{8}-\d{6} \(mm_\w+\) lets one host join/);
  const json = JSON.parse((await run(HostsEnroll, ['--name', 'a', '-o', 'json'])).stdout);
  assert.ok(readToken(json[0].token));
});

test('the line to run says where manage is, where an agent would not look for it', () => {
  const info = { name: 'a', id: 'b', scopes: ['join'], createdBy: 'ann', createdMs: NOW };
  const lineOf = (report: string, manage: string) =>
    joinTokenText(info, { hosts: 1, report, manage }, pipe()).split('\n').at(-1);
  assert.doesNotMatch(lineOf('mon:39000', 'mon:8040')!, /--set/);
  assert.match(
    lineOf('mon:39000', 'mon:39040')!,
    /--report mon:39000 --set agent\.manage=mon:39040 --join - /,
  );
  assert.match(lineOf('[::1]:8000', 'other:8040')!, / --set agent\.manage=other:8040 /);
});

test('what cannot be is refused: no hosts, an end that is past, a name that is there', async () => {
  const { run } = await operator();
  await run(HostsEnroll, ['--name', 'a']);
  const codes = [];
  for (const argv of [
    ['--expires', '2020-01-01'],
    ['--name', 'a'],
    ['--location', ' '],
  ])
    codes.push((await run(HostsEnroll, argv)).error?.code);
  assert.deepEqual(codes, ['BAD_RANGE', 'TOKEN_EXISTS', 'BAD_ID']);
  assert.equal((await run(HostsEnroll, ['--count', '0'])).exit, 2);
});

test('a location that is not there yet, beside others, is made only when told to', async () => {
  const { run, manage } = await operator();
  await manage.assignHosts({ assignments: [{ hostId: 'a', location: '725' }], new: true });
  const typo = await run(HostsEnroll, ['--location', '752']);
  assert.deepEqual([typo.exit, typo.error?.code, typo.stdout], [3, 'LOCATION_UNKNOWN', '']);
  assert.match(typo.error?.message ?? '', /no location 752 yet; did you mean 725\?/);
  for (const flag of ['--new-location', '--yes'])
    assert.equal((await run(HostsEnroll, ['--location', '752', '--name', flag.slice(2), flag])).exit, 0);
});

/** web-1 is the first machine, and the second one asks to be it. */
async function asked() {
  const world = await operator();
  const token = (await world.run(HostsEnroll, ['--count', '9'])).stdout.trim();
  await world.join(token, 'web-1', MACHINES[0]);
  await assert.rejects(world.join(token, 'web-1', MACHINES[1]), {
    code: 'HOST_ENROLLED',
    hint: /hosts enroll --replace web-1 --machine 222222222222\)/,
  });
  const waiting = async () => (await world.manage.listEnrolments({})).enrolments[0]?.waiting;
  return { ...world, token, waiting };
}

test('hosts enrolled shows machines that ask to be a host, and --machine says which one is let in', async () => {
  const { run, join, token, manage } = await asked();
  const [row] = JSON.parse((await run(HostsEnrolled, ['-o', 'json'])).stdout);
  assert.deepEqual(
    [row.host, row.state, row.machine, row.waiting, row.waiting_address],
    ['web-1', 'waiting', MACHINES[0], MACHINES[1], '10.0.0.7'],
  );
  assert.match((await run(HostsEnrolled)).stdout, /web-1 +waiting +1{32} .* 2{32} +10\.0\.0\.7/);
  const other = await run(HostsEnroll, ['--replace', 'web-1', '--machine', '1'.repeat(12)]);
  assert.deepEqual([other.error?.code, other.exit], ['MACHINE_UNKNOWN', 3]);
  await assert.rejects(join(token, 'web-1', MACHINES[1]), { code: 'HOST_ENROLLED' });
  const replaced = await run(HostsEnroll, ['--replace', 'web-1', '--machine', '2'.repeat(12)]);
  assert.match(
    replaced.stderr,
    new RegExp(`^The machine ${MACHINES[1]} at 10.0.0.7 may enroll as web-1 now`),
  );
  assert.equal(replaced.stdout, '');
  const unknown = await run(HostsEnroll, ['--replace', 'wbe-1', '--yes']);
  assert.deepEqual([unknown.error?.code, unknown.exit], ['HOST_UNKNOWN', 3]);
  assert.equal((await run(HostsEnroll, ['--replace', 'web-1', '--location', '7'])).exit, 2);
  assert.equal((await run(HostsEnroll, ['--machine', '2'.repeat(12)])).exit, 2);
  assert.equal((await run(HostsEnroll, ['--replace', 'web-1', '--machine', 'web-1'])).error?.code, 'USAGE');
  // Whoever comes next is let in only by somebody who says so.
  await manage.assignHosts({ assignments: [{ hostId: 'web-2', location: '725' }], new: true });
  assert.equal((await run(HostsEnroll, ['--replace', 'web-2'])).error?.code, 'NEEDS_CONFIRMATION');
  assert.match(
    (await run(HostsEnroll, ['--replace', 'web-2', '--yes'])).stderr,
    /^No machine is waiting to be web-2; the next one/,
  );
});

test('ids are shortened on a terminal alone, where the list is not wide, and no cell is empty', () => {
  const waiting = { machineId: MACHINES[1], tokenId: 'c'.repeat(12), askedMs: NOW };
  const enrolled = { tokenId: 'b'.repeat(12), enrolledMs: NOW, renewedMs: NOW, endsMs: NOW + 1 };
  const rows = [
    { hostId: 'web-1', machineId: MACHINES[0], ...enrolled, revoked: false },
    { hostId: 'web-2', revoked: false, waiting },
  ];
  const shown = (screen: Screen, format: 'table' | 'wide') => {
    const listing = enrolmentsListing(rows, { nowMs: NOW, wide: format === 'wide' });
    const text = renderListing(listing, { format, screen });
    const [head, ...lines] = text.trimEnd().split('\n');
    const starts = [...head!.matchAll(/\S+( \S+)*/g)].map(({ index }) => index);
    for (const line of lines) for (const start of starts) assert.match(line.slice(start), /^\S/, text);
    return [/ 1{32} .* 2{32} /s.test(text), / 1{12} .* 2{12} /s.test(text)];
  };
  const columns = 300;
  assert.deepEqual(shown(pipe(), 'table'), [true, false]);
  assert.deepEqual(shown(pipe(), 'wide'), [true, false]);
  assert.deepEqual(shown(terminal({ columns }), 'wide'), [true, false]);
  assert.deepEqual(shown(terminal({ columns }), 'table'), [false, true]);
});

test('a machine that does not ask yet is named by its whole id, and no other one gets in', async () => {
  const { run, join, manage } = await operator();
  const token = (await run(HostsEnroll, ['--count', '9'])).stdout.trim();
  await join(token, 'web-1', MACHINES[0]);
  const short = await run(HostsEnroll, ['--replace', 'web-1', '--machine', '2'.repeat(12)]);
  assert.deepEqual([short.error?.code, /whole id/.test(short.error?.hint ?? '')], ['MACHINE_UNKNOWN', true]);
  const named = await run(HostsEnroll, ['--replace', 'web-1', '--machine', MACHINES[1]]);
  assert.match(
    named.stderr,
    new RegExp(`^Only the machine ${MACHINES[1]} may enroll as web-1, with a join token, until .*\\.`),
  );
  await assert.rejects(join(token, 'web-1', '3'.repeat(32)), { code: 'HOST_ENROLLED' });
  await join(token, 'web-1', MACHINES[1]);
  // A host that has no machine yet is kept for the named one too.
  await manage.assignHosts({ assignments: [{ hostId: 'web-2', location: '725' }], new: true });
  await run(HostsEnroll, ['--replace', 'web-2', '--machine', MACHINES[1]]);
  await assert.rejects(join(token, 'web-2', MACHINES[0]), {
    code: 'HOST_ENROLLED',
    message: 'web-2 is reserved for another machine',
  });
  await join(token, 'web-2', MACHINES[1]);
});

test('while one machine asks, another one is let in by its whole id, and the one that asks is not', async () => {
  const { run, join, token } = await asked();
  const third = '3'.repeat(32);
  const named = await run(HostsEnroll, ['--replace', 'web-1', '--machine', third]);
  assert.match(named.stderr, new RegExp(`^Only the machine ${third} may enroll as web-1, with a join token`));
  await assert.rejects(join(token, 'web-1', MACHINES[1]), { code: 'HOST_ENROLLED' });
  await join(token, 'web-1', third);
});

test('without --machine it shows who asks and asks on a terminal; elsewhere not even --yes lets it in', async () => {
  const { run, manage, waiting } = await asked();
  const piped = await run(HostsEnroll, ['--replace', 'web-1', '--yes']);
  assert.deepEqual([piped.error?.code, piped.exit], ['NEEDS_CONFIRMATION', 2]);
  assert.match(piped.error?.hint ?? '', /--machine 222222222222$/);
  const question = /Let the machine 222222222222 replace web-1\?/;
  const ask = (key: string) =>
    runCommand(HostsEnroll, ['--replace', 'web-1'], {
      ...{ manage, terminal: true, environment: { USER: 'ann' } },
      answers: [[question, key]],
    });
  const no = await ask('n\r');
  assert.match(no.stderr, new RegExp(`^web-1 is the machine ${MACHINES[0]}, whose credential is from `));
  assert.match(no.stderr, new RegExp(`The machine ${MACHINES[1]} at 10.0.0.7 asks to replace it, last at `));
  assert.match(no.stderr, /Nothing was changed\./);
  assert.ok(await waiting());
  assert.match((await ask('y\r')).stderr, /may enroll as web-1 now/);
});
