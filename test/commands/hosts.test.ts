// The hosts and locations commands against services in memory: what they print, what they ask for, how they end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import HostsAssign from '../../src/commands/hosts/assign.ts';
import HostsList from '../../src/commands/hosts/list.ts';
import HostsRemove from '../../src/commands/hosts/remove.ts';
import HostsUnassign from '../../src/commands/hosts/unassign.ts';
import HostsUnmanaged from '../../src/commands/hosts/unmanaged.ts';
import LocationsList from '../../src/commands/locations/list.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { NOW } from '../terminal/screens.ts';
import { runCommand, type Scene } from './run-in-process.ts';
import { analyzeInMemory, HOSTS, manageInMemory } from './services-in-memory.ts';

async function run(command: unknown, argv: readonly string[], scene: Scene = {}) {
  const { service, calls } = manageInMemory();
  return { calls, ...(await runCommand(command, argv, { manage: service, ...scene })) };
}

const lines = (text: string) => text.split('\n').map((line) => line.trimEnd());

test('hosts list on a terminal: ages and a summary; on a pipe: instants and nothing else', async () => {
  const onTerminal = await run(HostsList, [], { terminal: true });
  assert.deepEqual(lines(onTerminal.stdout), [
    'HOST   LOCATION  STATE      LAST SEEN  ADDRESS',
    'db-1   726       silent     60m ago    -',
    'web-1  725       reporting  5s ago     10.0.0.1',
    'web-2  725       never      -          -',
    '',
    '3 hosts: 1 reporting, 1 silent, 1 never',
    '2 more report without a location: minimon hosts unmanaged',
    '',
  ]);
  const onPipe = await run(HostsList, []);
  assert.deepEqual(lines(onPipe.stdout), [
    'HOST   LOCATION  STATE      LAST SEEN                 ADDRESS',
    'db-1   726       silent     2026-11-25T13:00:00.000Z  -',
    'web-1  725       reporting  2026-11-25T14:00:00.000Z  10.0.0.1',
    'web-2  725       never      -                         -',
    '',
  ]);
  assert.equal(onPipe.exit, 0);
});

test('hosts list passes its filters on and reads as many as asked', async () => {
  const { calls, stdout } = await run(HostsList, [
    '-l',
    '725',
    '--state',
    'never',
    '-o',
    'name',
    '--limit',
    '1',
  ]);
  assert.deepEqual(calls, [['listHosts', { all: undefined, location: '725', state: 'never', limit: 1 }]]);
  assert.equal(stdout, 'web-2\n');
  const sorted = await run(HostsList, ['-o', 'name', '--sort=-host_id']);
  assert.equal(sorted.stdout, 'web-2\nweb-1\ndb-1\n');
});

test('hosts list takes several locations and globs, and the worst first of as many as asked', async () => {
  const names = async (...argv: string[]) => (await run(HostsList, [...argv, '-o', 'name'])).stdout;
  assert.equal(await names('-l', '725', '-l', '726'), 'db-1\nweb-1\nweb-2\n');
  assert.equal(await names('-l', '*6'), 'db-1\n');
  assert.equal(await names('-l', '72?', '--state', 'reporting'), 'web-1\n');
  assert.equal(await names('-l', '72?', '--limit', '2'), 'db-1\nweb-1\n');
  assert.equal(await names('--top', '2'), 'db-1\nweb-1\n', 'silent, reporting; never is no fault');
  assert.equal(await names('--top', '1', '-l', '725'), 'web-1\n');
  const typo = await run(HostsList, ['-l', '725', '-l', '752']);
  assert.deepEqual([typo.error?.code, typo.error?.hint], ['LOCATION_UNKNOWN', 'Did you mean 725?']);
});

test('an empty list says what to do next on a terminal, and nothing but headers on a pipe', async () => {
  const scene = () => ({ manage: manageInMemory({ hosts: [] }).service });
  const onTerminal = await runCommand(HostsList, [], { ...scene(), terminal: true });
  assert.equal(
    onTerminal.stdout,
    'No managed hosts yet. Assign reporting hosts: minimon hosts assign\n2 more report without a location: minimon hosts unmanaged\n',
  );
  assert.match((await runCommand(HostsList, [], scene())).stdout, /^HOST +LOCATION[^\n]+\n$/);
});

test('warnings that came with an answer go to stderr', async () => {
  const { service } = manageInMemory({ warnings: ['analyze is down; states are not known'] });
  const { stdout, stderr } = await runCommand(HostsList, ['--json'], { manage: service });
  assert.equal(stderr, 'Warning: analyze is down; states are not known\n');
  assert.equal(JSON.parse(stdout).length, 3);
});

test('ten thousand hosts come page by page, each once, on a terminal and a pipe', async () => {
  const hosts = Array.from({ length: 10_001 }, (_, i) => ({ ...HOSTS[2]!, hostId: `n-${i}` }));
  const { service, calls } = manageInMemory({ hosts });
  const { stdout } = await runCommand(HostsList, ['-o', 'name'], { manage: service });
  assert.equal(new Set(stdout.trim().split('\n')).size, 10_001);
  assert.equal(calls.length, 2);
  const drawn = await runCommand(HostsList, [], { manage: service, terminal: true });
  assert.equal(drawn.stdout.split('\n').length, 1 + 10_001 + 4);
});

test('hosts list --where gives the hosts on which an expression holds now, and says of how many nothing is known', async () => {
  const scene = () => ({ manage: manageInMemory().service, analyze: analyzeInMemory().service });
  const hot = await runCommand(HostsList, ['--where', 'cpu.usage < 1', '-o', 'name'], scene());
  assert.deepEqual([hot.stdout, hot.exit], ['web-1\n', 0]);
  assert.match(hot.stderr, /^Warning: no current values of 2 hosts: silent, or without these metrics\n$/);
  const none = await runCommand(HostsList, ['--where', 'cpu.usage > 50', '-o', 'name'], scene());
  assert.equal(none.stdout, '');
  const typo = await runCommand(HostsList, ['--where', 'cpu.usge > 50'], scene());
  assert.deepEqual(
    [typo.exit, typo.error?.message, typo.error?.hint],
    [3, 'unknown metric cpu.usge: no host reports it', 'Did you mean cpu.usage?'],
  );
  for (const [where, code] of [
    ['cpu.usage >', 'BAD_EXPRESSION'],
    ['share(cpu.usage > 90) > 50%', 'USAGE'],
  ] as const)
    assert.equal((await runCommand(HostsList, ['--where', where], scene())).error?.code, code);
});

test('ids that break the naming rules are refused before anything is asked', async () => {
  for (const argv of [
    ['x'.repeat(10_000), '-l', '725'],
    ['web-1 ', '-l', '725'],
    ['web-1', '-l', '\u001b[2J'],
    ['', '-l', '725'],
  ]) {
    const { error, exit, calls } = await run(HostsAssign, argv);
    assert.deepEqual([error?.code, exit, calls.length], ['BAD_ID', 2, 0], JSON.stringify(argv).slice(0, 60));
    assert.ok((error?.message.length ?? 0) < 200);
  }
});

for (const [verb, command, call, past] of [
  ['remove', HostsRemove, 'removeHosts', 'removed'],
  ['unassign', HostsUnassign, 'unassignHosts', 'unassigned'],
] as const) {
  test(`hosts ${verb} asks first, and not with --yes`, async () => {
    const agreed = await run(command, ['web-1'], { terminal: true, answers: [[/web-1\?/, 'y\r']] });
    assert.deepEqual(agreed.calls, [
      [call, { actor: 'ann', hostIds: ['web-1'], dryRun: true }],
      [call, { actor: 'ann', hostIds: ['web-1'] }],
    ]);
    assert.equal(agreed.stderr, `web-1 ${past}\n`);
    const refused = await run(command, ['web-1'], { terminal: true, answers: [[/web-1\?/, '\r']] });
    assert.deepEqual([refused.calls.length, refused.stderr, refused.exit], [1, 'Nothing was changed.\n', 0]);
    assert.deepEqual(lines((await run(command, ['web-*', 'db-1', '-y'])).stdout), [
      `HOST   ${'CHANGE'.padEnd(past.length)}  FROM`,
      `web-1  ${past}  725`,
      `web-2  ${past}  725`,
      `db-1   ${past}  726`,
      '',
    ]);
    const yes = await run(command, ['web-*', '--yes']);
    assert.deepEqual(yes.calls.at(-1), [call, { actor: 'ann', hostIds: ['web-1', 'web-2'] }]);
    assert.equal(yes.stderr, `web-1, web-2 ${past}\n`);
  });

  test(`hosts ${verb} without a terminal does nothing and names --yes`, async () => {
    const { calls, error, exit } = await run(command, ['web-1']);
    assert.deepEqual([calls.length, exit, error?.code], [1, 2, 'NEEDS_CONFIRMATION']);
    assert.match(error?.hint ?? '', /--yes/);
  });

  test(`hosts ${verb} shows which hosts before it asks, and with --dry-run alone`, async () => {
    const asked = await run(command, ['web-*'], { terminal: true, answers: [[/web-2\?/, '\r']] });
    assert.deepEqual(lines(asked.stderr).slice(1, 3), [`web-1  ${past}  725`, `web-2  ${past}  725`]);
    const dry = await run(command, ['web-1', '--dry-run', '--json']);
    assert.deepEqual(dry.calls, [[call, { actor: 'ann', hostIds: ['web-1'], dryRun: true }]]);
    assert.deepEqual(JSON.parse(dry.stdout), [
      { host_id: 'web-1', change: past, from: '725', location: null },
    ]);
    assert.deepEqual([dry.exit, dry.stderr], [0, '']);
    const table = await run(command, ['web-1', '--dry-run']);
    assert.equal(table.stderr, `web-1 would be ${past} (dry run: nothing was changed)\n`);
  });

  test(`hosts ${verb} that found only some ends with 7, none with 3`, async () => {
    const partly = await run(command, ['web-1', 'nope', '-y']);
    assert.deepEqual([partly.exit, partly.error?.message], [7, `web-1 ${past}; not in the inventory: nope`]);
    const none = await run(command, ['nope', '-y']);
    assert.deepEqual([none.exit, none.error?.message], [3, 'not in the inventory: nope']);
  });
}

test('hosts unmanaged --since takes durations, times of day, dates and RFC 3339', async () => {
  for (const [since, start] of [
    ['90m', '2026-11-25T12:30:05.000Z'],
    ['13:30', '2026-11-25T13:30:00.000Z'],
    ['15:00', '2026-11-24T15:00:00.000Z'],
    ['yesterday', '2026-11-24T00:00:00.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2026-11-25T14:00+01:00', '2026-11-25T13:00:00.000Z'],
  ] as const) {
    const { calls } = await run(HostsUnmanaged, ['--utc', '--since', since]);
    assert.deepEqual(calls, [['listUnmanaged', { sinceMs: Date.parse(start) }]], since);
  }
  const { error, exit, calls } = await run(HostsUnmanaged, ['--utc', '--since', '2026-11-26']);
  assert.deepEqual([error?.code, exit, calls], ['BAD_RANGE', 2, []]);
});

test('hosts unmanaged lists with suggestions, and --apply takes them after asking', async () => {
  const listed = await run(HostsUnmanaged, ['--since', '1h'], { terminal: true });
  assert.deepEqual(listed.calls, [['listUnmanaged', { sinceMs: NOW - 3_600_000 }]]);
  assert.deepEqual(lines(listed.stdout).slice(0, 3), [
    'HOST   STATE      LAST SEEN  ADDRESS   SUGGESTED  BECAUSE',
    'app-1  reporting  5s ago     10.0.0.9  725        same subnet as web-1',
    'app-2  reporting  9s ago     -         -          -',
  ]);
  const assigned = ['assignHosts', { actor: 'ann', assignments: [{ hostId: 'app-1', location: '725' }] }];
  const applied = await run(HostsUnmanaged, ['--apply', '--yes', '--json']);
  assert.deepEqual(applied.calls.at(-1), assigned);
  assert.deepEqual(JSON.parse(applied.stdout), [
    { host_id: 'app-1', change: 'added', from: null, location: '725' },
  ]);
  const asked = await run(HostsUnmanaged, ['--apply'], {
    terminal: true,
    answers: [[/Assign 1 host as suggested\?/, 'y\r']],
  });
  assert.deepEqual(asked.calls.at(-1), assigned);
  const piped = await run(HostsUnmanaged, ['--apply']);
  assert.deepEqual([piped.exit, piped.stdout, piped.calls.length], [2, '', 1]);
  assert.match(piped.error?.hint ?? '', /--yes/);
  assert.match(piped.stderr, /app-1 .* 725 /);
});

test('locations list counts hosts by state', async () => {
  const scene = () => ({ manage: manageInMemory().service, analyze: analyzeInMemory().service });
  const { stdout } = await runCommand(LocationsList, ['--sort=-hosts'], scene());
  assert.deepEqual(lines(stdout), [
    'LOCATION  HOSTS  REPORTING  LATE  SILENT  NEVER  CPU%  WORST CPU   MEM%  DISK%',
    '725           2          1     0       0      1    59  59.0 web-1  41.5      -',
    '726           1          0     0       1      0     -  -              -      -',
    '',
  ]);
  const [first] = JSON.parse((await runCommand(LocationsList, ['--sort=-cpu', '--json'], scene())).stdout);
  assert.deepEqual(
    [first.location, first['cpu.usage'], first['cpu.usage.worst_host_id'], first.states.never, first.never],
    ['725', 59, 'web-1', 1, undefined],
  );
  const down = () => Promise.reject(new ExpectedError('UNREACHABLE', 'analyze is down'));
  const without = await runCommand(LocationsList, [], {
    manage: manageInMemory().service,
    analyze: { ...analyzeInMemory().service, queryLatest: down },
  });
  assert.match(without.stdout, /^725 +2 +1 +0 +0 +1 +- /m);
  assert.equal(
    without.stderr,
    'Warning: analyze is down; CPU, memory and disk of locations are not available\n',
  );
});
