// minimon hosts assign against services in memory: what it takes, what it asks first, and how it ends.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import HostsAssign from '../../src/commands/hosts/assign.ts';
import { runCommand, type Scene } from './run-in-process.ts';
import { HOSTS, manageInMemory } from './services-in-memory.ts';

async function run(command: unknown, argv: readonly string[], scene: Scene = {}) {
  const { service, calls } = manageInMemory();
  return { calls, ...(await runCommand(command, argv, { manage: service, ...scene })) };
}

const lines = (text: string) => text.split('\n').map((line) => line.trimEnd());

test('hosts assign takes ids and globs and says what changed', async () => {
  const { calls, stdout, stderr } = await run(HostsAssign, ['web-*', 'new-1', '-l', '726']);
  assert.deepEqual(calls.at(-1), [
    'assignHosts',
    {
      actor: 'ann',
      assignments: [
        { hostId: 'web-1', location: '726' },
        { hostId: 'web-2', location: '726' },
        { hostId: 'new-1', location: '726' },
      ],
    },
  ]);
  assert.deepEqual(lines(stdout), [
    'HOST   CHANGE  FROM  LOCATION',
    'web-1  moved   725   726',
    'web-2  moved   725   726',
    'new-1  added   -     726',
    '',
  ]);
  assert.equal(stderr, '1 added, 2 moved\n');
  const again = await run(HostsAssign, ['web-1', '-l', '725'], { terminal: true });
  assert.deepEqual([again.stdout, again.stderr, again.exit], ['', 'web-1: in 725 already\n', 0]);
  const nothing = await run(HostsAssign, ['wob-*', '-l', '725']);
  assert.deepEqual([nothing.exit, nothing.error?.message], [3, 'no host matches wob-*']);
});

test('hosts assign reads lines from a file and from standard input, and names the line that is wrong', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-assign-'));
  try {
    const file = join(directory, 'hosts.tsv');
    writeFileSync(file, '# ours\nweb-1\t727\r\n\n机房-1\t728\n');
    const fromFile = await run(HostsAssign, ['-f', file, '--new-location', '-o', 'name']);
    assert.equal(fromFile.stdout, 'web-1\n机房-1\n');
    const piped = await run(HostsAssign, ['-f', '-', '-l', '725', '-o', 'csv'], { input: 'a\nb\n' });
    assert.equal(piped.stdout, 'host_id,change,from,location\r\na,added,,725\r\nb,added,,725\r\n');
    for (const [input, message] of [
      ['a\t725\nb 726\n', 'standard input:2: expected host<TAB>location, found "b 726"'],
      ['a\t725\t9\n', 'standard input:1: expected host<TAB>location, found "a\\t725\\t9"'],
      ['a\t725\n\nb \t725\n', 'standard input:3: host id begins or ends with white space'],
    ] as const) {
      const { calls, error, exit } = await run(HostsAssign, ['-f', '-'], { input });
      assert.deepEqual([error?.message, exit, calls.length], [message, 2, 0]);
    }
    for (const [input, message] of [
      ['a\nweb-05 903\n', 'standard input:2: expected host<TAB>location, found "web-05 903"'],
      ['web-06,903\n', 'standard input:1: expected host<TAB>location, found "web-06,903"'],
      ['a\t726\n', 'standard input:1: the line says 726 and --location 725'],
    ] as const) {
      const { calls, error, exit } = await run(HostsAssign, ['-f', '-', '-l', '725'], { input });
      assert.deepEqual([error?.message, exit, calls.length], [message, 2, 0]);
    }
    const twice = await run(HostsAssign, ['-f', '-'], { input: 'a\t1\nb\t1\na\t2\n' });
    assert.equal(twice.error?.message, 'standard input:3: a is assigned to 2, and in line 1 to 1');
    const missing = await run(HostsAssign, ['-f', join(directory, 'none')]);
    assert.deepEqual([missing.error?.code, missing.exit], ['FILE_MISSING', 3]);
    assert.match(missing.error?.message ?? '', /none: no such file or directory$/);
    assert.equal(
      (await run(HostsAssign, ['a', '-f', file])).error?.message,
      'give hosts or a file, not both',
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('hosts assign asks before it moves more than three hosts, and shows from where', async () => {
  const hosts = ['1', '2', '3', '4', '5'].map((n) => ({ ...HOSTS[1]!, hostId: `机-${n}` }));
  const scene = () => manageInMemory({ hosts });
  const few = scene();
  await runCommand(HostsAssign, ['机-[1-3]', '-l', '726'], { manage: few.service });
  assert.equal(few.calls.at(-1)?.[0], 'assignHosts', 'three are moved without a question');
  const piped = scene();
  const refused = await runCommand(HostsAssign, ['机-[1-4]', '-l', '726'], { manage: piped.service });
  assert.deepEqual([refused.exit, refused.error?.code], [2, 'NEEDS_CONFIRMATION']);
  assert.match(refused.error?.message ?? '', /would move 4 hosts to 726 /);
  assert.match(refused.stderr, /机-1 +moved +725 +726 *\n/);
  assert.ok(
    piped.calls.every(([name, request]) => name !== 'assignHosts' || (request as { dryRun?: true }).dryRun),
  );
  const asked = scene();
  const agreed = await runCommand(HostsAssign, ['*', '-l', '726'], {
    manage: asked.service,
    terminal: true,
    answers: [[/Move 5 hosts to 726\?/, 'y\r']],
  });
  assert.deepEqual([agreed.exit, asked.calls.filter(([name]) => name === 'assignHosts').length], [0, 2]);
  const told = await runCommand(HostsAssign, ['机-*', '-l', '726', '--yes', '--json'], {
    manage: scene().service,
  });
  assert.equal(JSON.parse(told.stdout).length, 5);
  const dry = scene();
  const shown = await runCommand(HostsAssign, ['机-*', '-l', '726', '--dry-run'], { manage: dry.service });
  assert.match(shown.stdout, /^HOST +CHANGE +FROM +LOCATION *\n机-1 /);
  assert.equal(shown.stderr, 'Dry run, nothing was changed: 5 moved\n');
  assert.equal((dry.calls.at(-1)![1] as { dryRun?: true }).dryRun, true);
});

test('a question about many hosts shows twenty of them and how many more there are', async () => {
  const hosts = Array.from({ length: 30 }, (_, i) => ({ ...HOSTS[1]!, hostId: `h-${i}` }));
  const { stderr } = await runCommand(HostsAssign, ['*', '-l', '726'], {
    manage: manageInMemory({ hosts }).service,
  });
  assert.equal(stderr.match(/ moved /g)?.length, 20);
  assert.match(stderr, /\nand 10 more; --dry-run lists them all\n/);
});

test('hosts assign makes a location beside others only when told to, and names the one that was meant', async () => {
  const typo = await run(HostsAssign, ['app-1', '-l', '752']);
  assert.deepEqual([typo.exit, typo.error?.code], [3, 'LOCATION_UNKNOWN']);
  assert.equal(typo.error?.message, 'there is no location 752 yet; did you mean 725?');
  assert.match(typo.error?.hint ?? '', /Create it with --new-location/);
  const assigned = ({ calls }: { readonly calls: readonly (readonly [string, unknown])[] }) =>
    calls.filter(([name]) => name === 'assignHosts').length;
  assert.equal(assigned(typo), 0);
  const several = await run(HostsAssign, ['-f', '-'], { input: 'a\t725\nb\t728\nc\t999\n' });
  assert.equal(several.error?.message, 'there is no location 728, 999 yet; did you mean 725?');
  for (const flag of ['--new-location', '--yes']) {
    const told = await run(HostsAssign, ['app-1', '-l', '752', flag]);
    assert.deepEqual([told.exit, assigned(told)], [0, 1], flag);
  }
  const declined = await run(HostsAssign, ['app-1', '-l', '752'], {
    terminal: true,
    answers: [[/Create location 752\?/, '\r']],
  });
  assert.equal(declined.stderr, 'There is no location 752 yet; did you mean 725?\nNothing was changed.\n');
  assert.equal(assigned(declined), 0);
  const agreed = await run(HostsAssign, ['app-1', '-l', '752'], {
    terminal: true,
    answers: [[/Create location 752\?/, 'y\r']],
  });
  assert.deepEqual([agreed.exit, assigned(agreed)], [0, 1]);
  const dry = await run(HostsAssign, ['app-1', '-l', '752', '--dry-run', '--yes']);
  assert.match(dry.stderr, /Warning: there is no location 752 yet; did you mean 725\?/);
  const { service } = manageInMemory();
  const empty = { ...service, listLocations: async () => ({ locations: [], warnings: [] }) };
  const first = await runCommand(HostsAssign, ['-f', '-'], { manage: empty, input: 'a\t1\nb\t2\n' });
  assert.equal(first.exit, 0, 'there is nothing to mistype in an empty installation');
});

test('hosts assign --new says that hosts nobody has seen are meant', async () => {
  const { calls } = await run(HostsAssign, ['soon-1', '-l', '725', '--new']);
  assert.equal((calls.at(-1)![1] as { new?: true }).new, true);
});

test('flags behind -- are no part of the hint', async () => {
  const { error } = await run(HostsAssign, ['--', '-x', '--location', '7']);
  assert.deepEqual(
    [error?.message, error?.hint],
    ['--location is missing', 'Arguments after -- are host ids: put flags before it.'],
  );
});

test('hosts assign without arguments asks on a terminal, and says how to do it elsewhere', async () => {
  const { calls, stderr } = await run(HostsAssign, [], {
    terminal: true,
    answers: [
      [/Which hosts\?/, ' \r'],
      [/Location for app-1\?.*725/s, '\r'],
    ],
  });
  assert.deepEqual(calls.at(-1), [
    'assignHosts',
    { actor: 'ann', assignments: [{ hostId: 'app-1', location: '725' }] },
  ]);
  assert.equal(stderr, 'app-1: added to 725\n');
  for (const scene of [{}, { terminal: true }]) {
    const { error, exit, calls } = await run(HostsAssign, ['--no-input'], scene);
    assert.deepEqual([error?.code, exit, calls.length], ['NEEDS_CONFIRMATION', 2, 0]);
    assert.match(error?.hint ?? '', /minimon hosts assign web-1 web-2 --location 725/);
  }
});
