// The silences commands over a real manage service: what is said before and after, times with their zone, what is refused.
import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { after, before, test } from 'node:test';
import SilencesAdd from '../../src/commands/silences/add.ts';
import SilencesExpire from '../../src/commands/silences/expire.ts';
import SilencesExtend from '../../src/commands/silences/extend.ts';
import SilencesList from '../../src/commands/silences/list.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { NOW } from '../terminal/screens.ts';
import { alertBackends } from '../warn/alert-parts.ts';
import { runCommand, type Scene } from './run-in-process.ts';

const zone = process.env['TZ'];
before(() => {
  process.env['TZ'] = 'Asia/Shanghai';
});
after(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

async function operator() {
  const clock = createVirtualClock(NOW);
  const { manage } = await alertBackends(undefined, clock, clock);
  await manage.assignHosts({
    new: true,
    assignments: ['web-1', 'web-2', 'db-1'].map((hostId, i) => ({ hostId, location: i < 2 ? '725' : '726' })),
  });
  const asked: unknown[] = [];
  const warn = {
    listAlerts: async (request: unknown) => {
      asked.push(request);
      return { nowMs: NOW, alerts: [], warnings: [] };
    },
  };
  const run = (command: unknown, argv: readonly string[], scene: Scene = {}) =>
    runCommand(command, argv, { manage, warn, environment: { USER: 'ann' }, ...scene });
  return { run, manage, asked, clock };
}
const WHY = ['--reason', 'disk swap'];

test('without a name in the environment the author is who the operating system says', async () => {
  const { run, manage } = await operator();
  await run(SilencesAdd, ['location=725', '--for', '2h', ...WHY], { environment: { USER: '' } });
  assert.equal((await manage.listSilences({})).silences[0]!.author, userInfo().username);
});

test('a silence says what it covers, prints its id, and its end with the zone; then it is listed and ended', async () => {
  const { run, manage, asked } = await operator();
  const added = await run(SilencesAdd, ['location=725', 'host~web-*', '--for', '2h', ...WHY]);
  const [silence] = (await manage.listSilences({})).silences;
  assert.equal(added.stdout, `${silence!.id}\n`);
  assert.equal(
    added.stderr,
    `location=725 host~web-* matches 0 alerts now, 2 of 3 hosts: web-1, web-2
silenced until 2026-11-26 00:00:05 UTC+8 (2h); to revoke it: minimon silences expire ${silence!.id}
`,
  );
  assert.deepEqual(asked, [{ matchers: ['location=725', 'host~web-*'] }]);
  assert.deepEqual([silence!.author, silence!.reason], ['ann', 'disk swap']);
  const onPipe = (await run(SilencesList, [])).stdout;
  assert.match(
    onPipe,
    /active +location=725 host~web-\* +2026-11-25T14:00:05\.000Z +2026-11-25T16:00:05\.000Z +ann +disk swap/,
  );
  assert.match((await run(SilencesList, [], { terminal: true })).stdout, /UTC\+8 \(in 2h\)|in 120m/);
  const extended = await run(SilencesExtend, [silence!.id.slice(0, 4), '--until', '07:00']);
  assert.match(extended.stderr, /silenced until 2026-11-26 07:00:00 UTC\+8 \(8h 59m\)/);
  const ended = await run(SilencesExpire, [silence!.id.slice(0, 4)]);
  assert.match(ended.stderr, /location=725 host~web-\* ended 2026-11-25 22:00:05 UTC\+8/);
  assert.equal((await run(SilencesList, ['-o', 'name'])).stdout, '');
  assert.equal((await run(SilencesList, ['--expired', '-o', 'name'])).stdout, `${silence!.id}\n`);
});

test('--dry-run saves nothing; a failing warn does not keep anybody from silencing', async () => {
  const { run, manage } = await operator();
  const dry = await run(SilencesAdd, ['host=web-1', '--until', '07:00', '--dry-run', ...WHY]);
  assert.match(
    dry.stderr,
    /1 of 3 hosts: web-1\nwould be silenced until 2026-11-26 07:00:00 UTC\+8 \(8h 59m\)\nNothing was saved\.\n$/,
  );
  const later = await run(SilencesAdd, ['host=web-1', '--starts', '9h', '--for', '30m', '--dry-run', ...WHY]);
  assert.match(later.stderr, /would be silenced from 2026-11-26 07:00:05 UTC\+8 until .* \(30m\)/);
  assert.equal((await manage.listSilences({})).silences.length, 0);
  const warn = { listAlerts: () => Promise.reject(new Error('connection refused')) };
  const blind = await run(SilencesAdd, ['host=web-1', ...WHY], { warn });
  assert.match(
    blind.stderr,
    /Warning: firing alerts are not available: connection refused\nhost=web-1 matches an unknown number of alerts now, 1 of 3 hosts: web-1\n/,
  );
  assert.equal(blind.exit, 0);
});

test('case 24: all hosts need a yes; a typo, a bare word, an end that is over and a missing reason are refused', async () => {
  const { run, manage } = await operator();
  const all = await run(SilencesAdd, ['host~*', ...WHY]);
  assert.equal(all.exit, 2);
  assert.match(all.stderr, /0 alerts now, all 3 hosts/);
  assert.match(`${all.error?.message} ${all.error?.hint}`, /silence all 3 hosts.*--yes/);
  for (const [argv, message] of [
    [['lcoation=725', ...WHY], /Did you mean location\?/],
    [['web-17', ...WHY], /Is it host=web-17\?/],
    [['rack!~a.*', ...WHY], /unknown label "rack"/],
    [['host=web-1', '--until', 'now', ...WHY], /--until now is now/],
    [['host=web-1', '--for', '0s', '--dry-run', ...WHY], /--for 0s is not above 0/],
    [['host=web-1', '--until', 'yesterday', ...WHY], /in the past/],
    [['host=web-1', '--until', '2h', '--for', '2h', ...WHY], /until/],
    [['host=web-1'], /reason/],
    [[...WHY], /matcher/i],
  ] as const) {
    const { error, exit } = await run(SilencesAdd, [...argv]);
    assert.equal(exit, 2, String(argv));
    assert.match(`${error?.message}\n${error?.hint}`, message);
  }
  assert.equal((await manage.listSilences({})).silences.length, 0);
  assert.equal((await run(SilencesAdd, ['host~*', '--yes', ...WHY])).exit, 0);
  for (const [matcher, note] of [
    ['rule=host-silnt', /Note: no rule has the name "host-silnt"\. Did you mean host-silent\?\n/],
    ['location=752', /no host is in location "752"\. Did you mean 725\?/],
    ['host=wbe-1', /no host with a location is "wbe-1"\. Did you mean web-1\?/],
  ] as const) {
    const absent = await run(SilencesAdd, [matcher, ...WHY]);
    assert.deepEqual([absent.exit, absent.error?.code], [2, 'NEEDS_CONFIRMATION']);
    assert.match(absent.error?.message ?? '', /^this would silence names that do not exist and/);
    assert.match(absent.stderr, note);
    assert.equal((await run(SilencesAdd, [matcher, '--yes', ...WHY])).exit, 0);
  }
  assert.equal((await run(SilencesExpire, ['nope'])).exit, 3);
});

test('one that begins later says so, and its duration runs from its start', async () => {
  const { run } = await operator();
  const { stderr } = await run(SilencesAdd, ['host=web-1', '--starts', '9h', '--for', '30m', ...WHY]);
  assert.match(stderr, /silenced from 2026-11-26 07:00:05 UTC\+8 until 2026-11-26 07:30:05 UTC\+8 \(30m\)/);
  assert.match((await run(SilencesList, [])).stdout, /pending/);
});

test('of several silences those that are there are ended, and the others named: partly done', async () => {
  const { run, manage } = await operator();
  const ids: string[] = [];
  for (const host of ['web-1', 'web-2'])
    ids.push((await run(SilencesAdd, [`host=${host}`, ...WHY])).stdout.trim());
  const mixed = await run(SilencesExpire, [ids[0]!, 'zzzz', ids[1]!]);
  assert.deepEqual([mixed.exit, mixed.error?.code], [7, 'PARTLY_DONE']);
  assert.match(mixed.error!.message, /^no silence "zzzz"$/);
  assert.deepEqual((await manage.listSilences({})).silences, []);
  assert.equal((await run(SilencesExpire, ['zzzz', 'yyyy'])).exit, 3, 'none of them');
});
