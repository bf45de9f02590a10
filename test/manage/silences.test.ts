// Silences in manage: what is saved, when they begin and end, how they are found, and when they are gone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { auditEntries } from '../catalog/audit-entries.ts';
import { alertBackends } from '../warn/alert-parts.ts';

const NOW = Date.parse('2026-11-28T23:30:00+08:00');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

async function manager() {
  const clock = createVirtualClock(NOW);
  const { manage, catalog } = await alertBackends(undefined, clock, clock);
  await manage.assignHosts({
    new: true,
    assignments: ['web-1', 'web-2', 'db-1'].map((hostId, i) => ({ hostId, location: i < 2 ? '725' : '726' })),
  });
  const add = (more: Partial<Parameters<typeof manage.putSilence>[0]> = {}) =>
    manage.putSilence({ matchers: ['location=725'], reason: 'disk swap', author: 'ann', ...more });
  return { manage, catalog, clock, add };
}

test('a silence lasts an hour by default; a duration runs from its start; times are those of the server', async () => {
  const { add, manage } = await manager();
  const plain = await add();
  assert.match(plain.id, /^[0-9a-f]{8}$/);
  assert.deepEqual([plain.startsMs, plain.endsMs, plain.author], [NOW, NOW + HOUR, 'ann']);
  const later = await add({ startsMs: NOW + 9 * HOUR, forMs: HOUR / 2 });
  assert.deepEqual([later.startsMs, later.endsMs], [NOW + 9 * HOUR, NOW + 9.5 * HOUR]);
  const { silences, nowMs } = await manage.listSilences({});
  assert.equal(nowMs, NOW);
  assert.deepEqual(silences.map(({ id }) => id).sort(), [plain.id, later.id].sort());
});

test('what would silence nothing, everything or for ever is refused, and nothing is saved', async () => {
  const { add, manage } = await manager();
  for (const [more, code, message] of [
    [{ matchers: [] }, 'USAGE', /without matchers/],
    [{ matchers: ['lcoation=725'] }, 'BAD_EXPRESSION', /Did you mean location\?/],
    [{ matchers: ['web-17'] }, 'BAD_EXPRESSION', /no operator/],
    [{ reason: ' ' }, 'USAGE', /needs a reason/],
    [{ endsMs: NOW }, 'BAD_RANGE', /not in the future/],
    [{ endsMs: NOW - 1 }, 'BAD_RANGE', /not in the future/],
    [{ startsMs: NOW + HOUR, endsMs: NOW + HOUR }, 'BAD_RANGE', /not after the start/],
    [{ forMs: 0 }, 'BAD_RANGE', /duration of a silence must be above 0/],
    [{ forMs: HOUR, endsMs: NOW + HOUR }, 'USAGE', /end and a duration/],
    [{ forMs: 366 * DAY + 1 }, 'BAD_RANGE', /over a year/],
    [{ endsMs: NOW + HOUR + 0.5 }, 'BAD_TIME', /not a whole number/],
  ] as const) {
    await assert.rejects(add(more), { code, message }, JSON.stringify(more));
  }
  assert.deepEqual((await manage.listSilences({ expired: true })).silences, []);
  await add({ endsMs: NOW + 1 });
  await add({ forMs: 366 * DAY });
});

test('labels of a saved rule may be matched, also one that only its expression names', async () => {
  const { add, manage } = await manager();
  await assert.rejects(add({ matchers: ['team=db'] }), { code: 'BAD_EXPRESSION' });
  await manage.putRule({
    name: 'r',
    expression: 'disk.usage{raid="md0"} > 90',
    labels: { team: 'db' },
    force: true,
  });
  assert.deepEqual((await add({ matchers: ['team=db', 'raid=md0'] })).matchers, ['team=db', 'raid=md0']);
});

test('a preview counts hosts with a location; other labels choose no hosts', async () => {
  const { manage } = await manager();
  await manage.assignHosts({ new: true, assignments: [{ hostId: 'loose', location: '727' }] });
  await manage.unassignHosts({ hostIds: ['loose'] });
  assert.deepEqual(await manage.previewMatchers({ matchers: [' host~web-*', 'rule=cpu'] }), {
    matchers: ['host~web-*', 'rule=cpu'],
    hosts: 2,
    ofHosts: 3,
    hostIds: ['web-1', 'web-2'],
    notes: ['no rule has the name "cpu"'],
  });
  assert.equal((await manage.previewMatchers({ matchers: ['host~web'] })).hosts, 0);
  await assert.rejects(manage.previewMatchers({ matchers: ['hots=1'] }), { code: 'BAD_EXPRESSION' });
});

test('a preview names rules, hosts and locations that nothing has, with the nearest; globs are anchored', async () => {
  const { manage } = await manager();
  const notes = async (...matchers: string[]) => (await manage.previewMatchers({ matchers })).notes;
  assert.deepEqual(await notes('rule=host-silnt'), [
    'no rule has the name "host-silnt". Did you mean host-silent?',
  ]);
  assert.deepEqual(await notes('rule~host'), ['no rule has the name "host". Did you mean host*?']);
  assert.deepEqual(await notes('host~web'), ['no host with a location is "web". Did you mean web*?']);
  assert.deepEqual(await notes('host=web', 'location!=752'), [
    'no host with a location is "web"',
    'no host is in location "752". Did you mean 725?',
  ]);
  assert.deepEqual(await notes('host~nosuch*'), ['no host with a location is "nosuch*"']);
  assert.deepEqual(await notes('location=72[56]'), ['no host is in location "72[56]"']);
  for (const fine of [
    'host~web*',
    'host=',
    'rule=pipeline-stalled',
    'rule~host-*',
    'location~72[56]',
    'mount=/x',
  ])
    assert.deepEqual(await notes(fine), [], fine);
});

test('the author of a rule hears of names in its scope that nothing has, and of a scope without hosts', async () => {
  const { manage } = await manager();
  const saved = async (scope: object) =>
    (await manage.putRule({ name: 'r', expression: 'cpu.usage > 90', replace: true, ...scope })).notes;
  assert.deepEqual(await saved({ locations: ['72'], hosts: ['web1'] }), [
    'no host is in location "72". Did you mean 72*?',
    'no host with a location is "web1". Did you mean web-1?',
  ]);
  assert.deepEqual(await saved({ locations: ['725'], hosts: ['db-*'] }), [
    'no host db-* is in location 725: it matches nothing',
  ]);
  assert.deepEqual(await saved({ locations: ['7*'], hosts: ['web-1'] }), []);
  const rules = ['a', 'b'].map((name) => ({ name, expression: 'cpu.usage > 90', locations: ['727'] }));
  const { notes } = await manage.planRules({ rules, sources: [] });
  assert.deepEqual(notes.slice(-2), [
    'a: no host is in location "727". Did you mean 726?',
    'b: no host is in location "727". Did you mean 726?',
  ]);
});

test('one is found by id or the beginning of it, ended at once, and not changed after that', async () => {
  const { add, manage, clock } = await manager();
  const silence = await add({ forMs: 2 * HOUR });
  const pending = await add({ startsMs: NOW + HOUR });
  await clock.advanceTo(NOW + HOUR / 2);
  await assert.rejects(manage.expireSilence({ id: 'xyz' }), { code: 'SILENCE_UNKNOWN' });
  await assert.rejects(manage.expireSilence({ id: '' }), { code: 'SILENCE_UNKNOWN' });
  const ended = await manage.expireSilence({ id: silence.id.slice(0, 7), actor: 'bob' });
  assert.deepEqual(ended, { ...silence, endsMs: NOW + HOUR / 2 });
  await clock.advanceTo(NOW + HOUR / 2 + 1_000);
  assert.deepEqual(await manage.expireSilence({ id: silence.id }), ended);
  const never = await manage.expireSilence({ id: pending.id });
  assert.deepEqual([never.startsMs, never.endsMs], [NOW + HOUR / 2 + 1_000, NOW + HOUR / 2 + 1_000]);
  await assert.rejects(manage.putSilence({ id: silence.id, forMs: HOUR }), {
    code: 'USAGE',
    message: /ended/,
  });
  assert.deepEqual((await manage.listSilences({})).silences, []);
  assert.equal((await manage.listSilences({ expired: true })).silences.length, 2);
});

test('a beginning that two ids share is refused with both', async () => {
  const { catalog, add, manage } = await manager();
  const silence = await add();
  for (const id of ['ab01', 'ab02']) {
    const record = { ...silence, id };
    await catalog.alertConfiguration.change(
      () => [{ kind: 'silence', name: id, record, action: 'silence.add', detail: {} }],
      'ann',
    );
  }
  await assert.rejects(manage.expireSilence({ id: 'ab0' }), { code: 'USAGE', hint: /ab01, ab02/ });
});

test('one that is in force is extended from now on; its start and matchers stay', async () => {
  const { add, manage, clock } = await manager();
  const silence = await add();
  await clock.advanceTo(NOW + HOUR / 2);
  const longer = await manage.putSilence({ id: silence.id, forMs: HOUR });
  assert.deepEqual(longer, { ...silence, endsMs: NOW + 1.5 * HOUR });
  const reworded = await manage.putSilence({ id: silence.id, reason: 'and a fan' });
  assert.deepEqual(reworded, { ...longer, reason: 'and a fan' });
  await assert.rejects(manage.putSilence({ id: silence.id, matchers: ['host=a'] }), { code: 'USAGE' });
  await assert.rejects(manage.putSilence({ id: silence.id, startsMs: NOW + 2 * HOUR }), { code: 'USAGE' });
  await assert.rejects(manage.putSilence({ id: silence.id, endsMs: NOW + HOUR / 2 }), { code: 'BAD_RANGE' });
});

test('each change is in the audit log; what ended over 30 days ago goes with the next change', async () => {
  const { add, manage, catalog, clock } = await manager();
  const old = await add();
  await clock.advanceTo(NOW + HOUR + 30 * DAY);
  const second = await add();
  await clock.advanceTo(NOW + HOUR + 31 * DAY - 1);
  const third = await add();
  await manage.expireSilence({ id: third.id, actor: 'bob' });
  assert.equal((await manage.listSilences({ expired: true })).silences.length, 3);
  await clock.advanceTo(NOW + HOUR + 31 * DAY);
  const fourth = await add();
  await manage.expireSilence({ id: fourth.id, actor: 'bob' });
  const left = await manage.listSilences({ expired: true });
  assert.deepEqual(left.silences.map(({ id }) => id).sort(), [second.id, third.id, fourth.id].sort());
  const entries = (await auditEntries(catalog.audit)).filter(({ action }) => action.startsWith('silence'));
  assert.deepEqual(
    entries.map(({ action, subject, actor }) => [action, subject, actor]),
    [
      ['silence.add', old.id, 'ann'],
      ['silence.add', second.id, 'ann'],
      ['silence.add', third.id, 'ann'],
      ['silence.expire', third.id, 'bob'],
      ['silence.add', fourth.id, 'ann'],
      ['silence.expire', fourth.id, 'bob'],
      ['silence.prune', old.id, 'bob'],
    ],
  );
});

for (const [what, stepMs] of [
  ['-5 h', -5 * HOUR],
  ['-3 h', -3 * HOUR],
  ['+3 h', 3 * HOUR],
  ['+40 d', 40 * DAY],
] as const) {
  test(`a clock that is wrong by ${what} for an hour costs no silence, and one of an hour is not over for it`, async () => {
    const { add, manage, clock } = await manager();
    const running = await add({ forMs: 5 * DAY });
    const ended = await add();
    await clock.advanceTo(NOW + 2 * HOUR);
    await clock.stepBy(stepMs);
    const meanwhile = await add({ forMs: 2 * HOUR });
    assert.deepEqual([meanwhile.startsMs, meanwhile.endsMs], [clock.nowMs(), clock.nowMs() + 2 * HOUR]);
    await clock.skip(HOUR);
    const second = await add();
    await manage.expireSilence({ id: second.id });
    await clock.stepBy(-stepMs);
    const all = await manage.listSilences({ expired: true });
    assert.deepEqual(
      all.silences.map(({ id }) => id).sort(),
      [running.id, ended.id, meanwhile.id, second.id].sort(),
    );
    const active = (await manage.listSilences({})).silences.map(({ id }) => id);
    assert.ok(active.includes(running.id));
  });
}
