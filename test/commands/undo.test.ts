// audit, hosts history, hosts undo and the changes of locations, against manage with a real catalog.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import Audit from '../../src/commands/audit.ts';
import HostsHistory from '../../src/commands/hosts/history.ts';
import HostsUndo from '../../src/commands/hosts/undo.ts';
import LocationsRemove from '../../src/commands/locations/remove.ts';
import LocationsRename from '../../src/commands/locations/rename.ts';
import { type ManageFixture, NOW_MS, openManage, reporter } from '../manage/reporters.ts';
import { runCommand, type Scene } from './run-in-process.ts';

let fixture: ManageFixture;
const HOSTS = ['web-1', 'web-2', '机房-网关', 'db-1'];

beforeEach(async () => {
  fixture = await openManage(HOSTS.map((hostId) => reporter(hostId)));
  await assign('725', ...HOSTS);
  await fixture.clock.advanceTo(NOW_MS + 60_000);
});
afterEach(() => fixture.stop());

const WITHOUT_SAMPLES: Scene = {
  analyze: {
    queryLatest: async () => ({ nowMs: NOW_MS, samples: [], warnings: [] }),
    queryRange: async () => ({ series: [], warnings: [] }),
  } as unknown as NonNullable<Scene['analyze']>,
  warn: { listHistory: async () => ({ entries: [] }) },
};

const run = (command: unknown, argv: readonly string[], scene: Scene = {}) =>
  runCommand(command, argv, { manage: fixture.service, ...scene });
const assign = (location: string, ...hostIds: string[]) =>
  fixture.service.assignHosts({
    assignments: hostIds.map((hostId) => ({ hostId, location })),
    actor: 'ben',
  });
const lines = (text: string) => text.split('\n').map((line) => line.trimEnd());
const placeOf = async (hostId: string) => (await fixture.service.getHost(hostId)).location;

test('audit of a mistyped location or host says so; of one without changes in that time, that there are none', async () => {
  const location = await run(Audit, ['--location', '752']);
  assert.deepEqual([location.error?.code, location.exit], ['LOCATION_UNKNOWN', 3]);
  assert.match(location.error?.hint ?? '', /725/);
  assert.equal((await run(Audit, ['--host', 'wbe-1'])).error?.code, 'HOST_UNKNOWN');
  const quiet = await run(Audit, ['--location', '725', '--since', '10s']);
  assert.deepEqual([quiet.exit, quiet.error], [0, undefined]);
  assert.match((await run(Audit, ['--location', '725'])).stdout, /725/);
  // The log knows what is no more.
  await fixture.service.assignHosts({ assignments: [{ hostId: 'gone-1', location: '9' }], new: true });
  await fixture.service.removeHosts({ hostIds: ['gone-1'] });
  await fixture.service.removeLocation({ location: '9' });
  for (const name of [
    ['--host', 'gone-1'],
    ['--location', '9'],
  ])
    for (const rest of [
      ['--actor', 'nobody'],
      ['--since', '1s'],
    ]) {
      await fixture.clock.advanceTo(fixture.clock.nowMs() + 60_000);
      const gone = await run(Audit, [...name, ...rest]);
      assert.deepEqual([gone.exit, gone.error], [0, undefined], [...name, ...rest].join(' '));
    }
});

test('audit lists a bulk change in one line, and one host of it by name', async () => {
  await assign('7', ...HOSTS);
  const { stdout } = await run(Audit, []);
  assert.deepEqual(lines(stdout), [
    'ID  TIME                      BY   CHANGE',
    ' 5  2026-11-25T10:01:00.000Z  ben  host.move 4 to 7: web-1, web-2 ...',
    ' 1  2026-11-25T10:00:00.000Z  ben  host.add 4 to 725: web-1, web-2 ...',
    '',
  ]);
  const [change] = JSON.parse((await run(Audit, ['--host', 'db-1', '--limit', '1', '--json'])).stdout);
  assert.deepEqual([change.id, change.actor, change.entries.length], [5, 'ben', 4]);
  assert.deepEqual(change.entries[0], {
    action: 'host.move',
    subject: 'web-1',
    before: '725',
    after: '7',
    detail: {},
  });
  const limited = await run(Audit, ['--limit', '1']);
  assert.equal(limited.stderr, 'These are the newest 1: --limit shows more.\n');
  assert.equal((await run(Audit, ['--location', '7', '-o', 'name'])).stdout, '5\n');
});

test('hosts history tells what became of a host, also of one that was removed', async () => {
  await assign('726', 'web-1');
  await fixture.service.unassignHosts({ hostIds: ['web-1'], actor: 'cat' });
  await fixture.service.removeHosts({ hostIds: ['web-1', 'web-2'], actor: 'dan' });
  const { stdout } = await run(HostsHistory, ['web-1'], WITHOUT_SAMPLES);
  assert.deepEqual(
    lines(stdout).map((line) => line.replace(/2026\S+/, 'T')),
    [
      'ID  TIME                      CHANGE         BEFORE  AFTER  BY   HOSTS',
      ' 7  T  host.remove    -       -      dan      2',
      ' 6  T  host.unassign  726     -      cat      1',
      ' 5  T  host.move      725     726    ben      1',
      ' 1  T  host.add       -       725    ben      4',
      '',
    ],
  );
  const typo = await run(HostsHistory, ['web-11'], WITHOUT_SAMPLES);
  assert.deepEqual([typo.exit, typo.error?.hint], [3, 'Did you mean web-1?']);
});

test('hosts undo takes back the last change, then the one before, and any by its number', async () => {
  await assign('7', ...HOSTS);
  const dry = await run(HostsUndo, ['--dry-run']);
  assert.match(dry.stdout, /机房-网关 +moved +7 +725/);
  assert.match(dry.stderr, /^Dry run, nothing was changed\. This would undo change 5 by ben: host\.move 4 /);
  assert.equal(await placeOf('web-1'), '7');
  const piped = await run(HostsUndo, []);
  assert.deepEqual([piped.exit, piped.error?.code, await placeOf('web-1')], [2, 'NEEDS_CONFIRMATION', '7']);
  const asked = await run(HostsUndo, [], {
    terminal: true,
    answers: [[/Restore 4 hosts\?/, 'y\r']],
  });
  assert.deepEqual([asked.exit, await placeOf('web-1')], [0, '725']);
  const [undo] = (await fixture.service.listAudit({})).changes;
  assert.deepEqual([undo?.actor, undo?.undoes], ['ann', 5]);
  const again = await run(HostsUndo, ['--dry-run']);
  assert.match(again.stderr, /would undo change 1 by ben/, 'what was undone is passed over');
  const redo = await run(HostsUndo, [String(undo!.id), '--yes', '--json']);
  assert.deepEqual(JSON.parse(redo.stdout)[0], {
    host_id: 'web-1',
    change: 'moved',
    from: '725',
    location: '7',
  });
  for (const [id, code, exit] of [
    ['4711', 'CHANGE_UNKNOWN', 3],
    ['last', 'USAGE', 2],
  ] as const) {
    const { error, exit: ended } = await run(HostsUndo, [id, '-y']);
    assert.deepEqual([error?.code, ended], [code, exit]);
  }
});

test('hosts undo refuses where hosts were changed since, unless forced', async () => {
  await assign('7', ...HOSTS);
  await assign('8', 'web-2');
  const refused = await run(HostsUndo, ['5', '--yes']);
  assert.deepEqual([refused.error?.code, refused.exit], ['HOST_CHANGED', 4]);
  assert.match(refused.error?.message ?? '', /1 of 4 hosts were changed since: web-2 \(now in 8\)/);
  assert.equal(await placeOf('web-1'), '7');
  assert.equal((await run(HostsUndo, ['5', '--yes', '--force'])).exit, 0);
  assert.equal(await placeOf('web-2'), '725');
});

test('undo passes over changes of rules, and says that they are none of its', async () => {
  await fixture.service.putRule({ name: 'hot', expression: 'cpu.usage > 90' });
  const { changes } = await fixture.service.listAudit({ limit: 1 });
  const { error } = await run(HostsUndo, [String(changes[0]!.id), '--yes']);
  assert.match(error?.message ?? '', /is rule\.add: only changes of hosts and locations are undone/);
  assert.match((await run(HostsUndo, ['--dry-run'])).stderr, /undo change 1 by ben/);
});

test('locations rename takes the hosts along and names the rules that stay behind', async () => {
  await fixture.service.putRule({ name: 'hot', expression: 'cpu.usage > 90', locations: ['725'] });
  const { stderr, exit } = await run(LocationsRename, ['725', '机房 七']);
  assert.equal(exit, 0);
  assert.deepEqual(lines(stderr), [
    '725 is now 机房 七, with 4 hosts',
    'Warning: rule hot still names location 725',
    '',
  ]);
  assert.equal(await placeOf('db-1'), '机房 七');
  const typo = await run(LocationsRename, ['机房七', '7']);
  assert.deepEqual([typo.exit, typo.error?.hint], [3, 'Did you mean 机房 七?']);
  await assign('726', 'db-1');
  assert.equal((await run(LocationsRename, ['726', '机房 七'])).exit, 4);
  assert.equal((await run(HostsUndo, ['--yes'])).exit, 0);
  assert.equal((await run(HostsUndo, ['--yes'])).exit, 0);
  assert.deepEqual((await fixture.service.listAssignments({})).locations, ['725']);
});

test('locations rename and remove show what they would do, and answer in JSON', async () => {
  const argv = ['725', '7'];
  const dry = await run(LocationsRename, [...argv, '--dry-run']);
  assert.match(dry.stdout, /机房-网关 +moved +725 +7/);
  assert.equal(dry.stderr, 'Dry run, nothing was changed. 725 would be 7, with 4 hosts\n');
  assert.equal(await placeOf('web-1'), '725');
  const { changes } = await fixture.service.listAudit({});
  assert.equal(changes.length, 1, 'nothing is in the audit log');
  const renamed = await run(LocationsRename, [...argv, '--json']);
  assert.equal(renamed.stderr, '');
  assert.deepEqual(JSON.parse(renamed.stdout)[0], {
    ...{ host_id: 'db-1', change: 'moved' },
    ...{ from: '725', location: '7' },
  });
  const clash = await run(LocationsRename, ['7', '7', '--dry-run']);
  assert.deepEqual([clash.exit, clash.error?.code], [4, 'LOCATION_EXISTS'], 'a dry run checks as well');
  const planned = JSON.parse((await run(LocationsRemove, ['7', '--dry-run', '--json'])).stdout);
  assert.deepEqual([planned.length, await placeOf('db-1')], [4, '7']);
  const removed = await run(LocationsRemove, ['7', '--yes', '--json']);
  assert.equal(removed.stderr, '');
  assert.deepEqual(JSON.parse(removed.stdout), planned);
});

test('locations remove is for empty ones, asks for others and lists their hosts', async () => {
  await assign('906', 'db-1');
  await assign('725', 'db-1');
  const empty = await run(LocationsRemove, ['906']);
  assert.deepEqual([empty.exit, empty.stderr], [0, '906 removed\n']);
  const dry = await run(LocationsRemove, ['725', '--dry-run']);
  assert.match(dry.stdout, /db-1 +unassigned +725/);
  assert.equal(dry.stderr, 'Dry run, nothing was changed. This would remove 725, with 4 hosts\n');
  assert.equal(await placeOf('db-1'), '725');
  const piped = await run(LocationsRemove, ['725']);
  assert.deepEqual([piped.exit, piped.error?.code], [2, 'NEEDS_CONFIRMATION']);
  assert.match(piped.stderr, /web-1 +unassigned +725/);
  await assert.rejects(fixture.service.removeLocation({ location: '725' }), { code: 'LOCATION_IN_USE' });
  const done = await run(LocationsRemove, ['725', '--yes']);
  assert.equal(done.stderr, '725 removed; 4 hosts have no location now\n');
  for (const argv of [['725'], ['725', '--dry-run']])
    assert.equal((await run(LocationsRemove, argv)).exit, 3);
  assert.equal((await run(HostsUndo, ['--yes'])).exit, 0);
  assert.equal(await placeOf('web-2'), '725');
});
