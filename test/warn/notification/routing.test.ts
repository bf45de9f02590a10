// Routes: active times over midnight and by day in their zone, names that are gone, what matchers see of an alert.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isActive, routeAlert } from '../../../src/daemons/warn/notification/routing.ts';
import { matchLabels } from '../../../src/domain/alerting/alert-matching.ts';
import { receiver, stateOf } from './stage.ts';

const active = (times: { days?: number[]; from: string; to: string; timeZone?: string }, iso: string) =>
  isActive({ activeTimes: [{ timeZone: 'UTC', days: [], ...times }] }, Date.parse(iso));

test('active times: the end is exclusive, over midnight they belong to the day they start on', () => {
  const day = { from: '08:00', to: '18:00', days: [6] };
  // 2026-11-28 is a Saturday.
  assert.equal(active(day, '2026-11-28T07:59:59Z'), false);
  assert.equal(active(day, '2026-11-28T08:00:00Z'), true);
  assert.equal(active(day, '2026-11-28T17:59:59Z'), true);
  assert.equal(active(day, '2026-11-28T18:00:00Z'), false);
  assert.equal(active(day, '2026-11-27T10:00:00Z'), false);
  const night = { from: '22:00', to: '06:00', days: [6] };
  assert.equal(active(night, '2026-11-28T05:00:00Z'), false, 'that night began on Friday');
  assert.equal(active(night, '2026-11-28T22:00:00Z'), true);
  assert.equal(active(night, '2026-11-29T05:59:59Z'), true);
  assert.equal(active(night, '2026-11-29T06:00:00Z'), false);
  assert.equal(active(night, '2026-11-29T22:00:00Z'), false);
  const sunday = { from: '22:00', to: '06:00', days: [7] };
  assert.equal(active(sunday, '2026-11-30T03:00:00Z'), true, 'Monday morning belongs to Sunday');
});

test('active times: equal ones are a whole day; hours follow the zone through summer time', () => {
  const whole = { from: '08:00', to: '08:00' };
  for (const hour of ['00', '07', '08', '23']) assert.equal(active(whole, `2026-11-28T${hour}:30:00Z`), true);
  const berlin = { from: '08:00', to: '18:00', timeZone: 'Europe/Berlin' };
  assert.equal(active(berlin, '2026-10-24T06:00:00Z'), true, 'summer: 08:00');
  assert.equal(active(berlin, '2026-10-26T06:30:00Z'), false, 'winter: 07:30');
  assert.equal(active(berlin, '2026-10-26T07:00:00Z'), true);
});

test('a rule that names a receiver which is gone goes to the default, once, beside those that are there', () => {
  const receivers = [receiver('a', { isDefault: false }), receiver('default')];
  const names = (notify: string[]) => routeAlert({}, notify, { receivers }, 0).map((one) => one.receiver);
  assert.deepEqual(names(['a']), ['a']);
  assert.deepEqual(names(['a', 'gone', 'lost']), ['a', 'default']);
  assert.deepEqual(names(['gone', 'default']), ['default']);
  assert.deepEqual(names([]), ['default']);
});

test('a receiver without matchers gets nothing by route, and what identifies an alert wins over labels', () => {
  const receivers = [
    receiver('none', { isDefault: false }),
    receiver('web', { isDefault: false, matchers: ['host~web-*'] }),
  ];
  const route = (host: string) =>
    routeAlert(matchLabels(stateOf(host), { labels: { host: 'web-9', team: 'x' } }), [], { receivers }, 0);
  assert.deepEqual(
    route('web-1').map((one) => one.receiver),
    ['web'],
  );
  assert.deepEqual(route('db-1'), []);
  assert.equal(matchLabels(stateOf('db-1'), { labels: { team: 'x' } })['team'], 'x');
});
