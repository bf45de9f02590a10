// minimon alerts why, over warn itself: what fired and is told, what does not fire and where the chain stops, and names that are not there.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { owned, tick } from '../report/ticks.ts';
import { MINUTE, play, START, settle, setup, startWarn, webhook } from './alert-line.ts';

async function stage(hosts: readonly string[] = ['web-1', 'web-2', 'db-1']) {
  const at = await setup();
  const hook = await webhook();
  const parts = await startWarn(at);
  owned(parts.warn);
  const { manage, warn } = parts;
  const options = JSON.stringify({ url: hook.url });
  await manage.putReceiver({ name: 'ops', kind: 'webhook', options, isDefault: true });
  await manage.assignHosts({
    new: true,
    assignments: hosts.map((hostId) => ({ hostId, location: hostId.startsWith('db') ? '726' : '725' })),
  });
  const reach = (ms: number) => settle(at, () => at.clock.nowMs() >= START + ms, `${ms} ms`);
  const why = async (rule: string, host?: string, location?: string) => {
    const { steps, summary } = await warn.explain({
      rule,
      ...(host !== undefined && { host }),
      ...(location !== undefined && { location }),
    });
    return [summary, ...steps.map(({ topic, verdict, text }) => `${verdict} ${topic}: ${text}`)].join('\n');
  };
  return { at, ...parts, told: hook.told, reach, why };
}

/** The texts in this order, each in a line of its own. */
function inOrder(text: string, parts: readonly (string | RegExp)[]): void {
  const lines = text.split('\n');
  let from = 0;
  for (const part of parts) {
    const found = lines.findIndex(
      (one, i) => i >= from && (typeof part === 'string' ? one.includes(part) : part.test(one)),
    );
    assert.ok(found >= from, `${part} in\n${text}`);
    from = found + 1;
  }
}

test('what fires: values, since when, route and why, the message; then acknowledged, silenced, over', async () => {
  const s = await stage();
  await s.manage.putRule({ name: 'hot', expression: 'cpu.usage > 90 for 1m', severity: 'critical' });
  await s.reach(3_000);
  await play(s.at, s.warn, { from: 1, values: [95] });
  inOrder(await s.why('hot', 'web-1'), [
    /^hot does not fire: pending for less than 1m: fires (in about \d+s|in about 1m|with the next tick)$/,
    'ok rule: cpu.usage > 90 for 1m (critical)',
    'ok scope: web-1 is in 725, which the rule covers',
    'ok data: it reports',
    'ok value: cpu.usage is 95.0 %, wanted > 90',
    'wait state: pending for less than 1m: fires at about',
    'note route: would notify ops: the default, because no route matches',
  ]);
  await s.manage.putRule({ name: 'calm', expression: 'cpu.usage > 99', notify: ['ops'] });
  await s.reach(MINUTE + 6_000);
  inOrder(await s.why('calm', 'web-1'), ['note route: would notify ops: the rule names it']);
  await play(s.at, s.warn, { from: 2, values: [96] });
  await settle(s.at, () => s.told.length === 1, 'the first message');
  await s.reach(2 * MINUTE + 5_000);
  inOrder(await s.why('hot', 'web-1'), [
    'hot fires and is sent to its receivers',
    'ok state: fires, critical',
    'ok route: to ops, in the messages of location 725: the default, because no route matches',
    'ok message: ops was notified',
    /note history: message \(first\) to ops sent/,
    'note history: firing (critical)',
  ]);
  await s.warn.acknowledge({ alert: 'hot', note: 'fan ordered', by: 'ann' });
  await s.manage.putSilence({ matchers: ['host=web-1'], reason: 'swap', author: 'bob' });
  await s.reach(2 * MINUTE + 10_000);
  inOrder(await s.why('hot', 'web-1'), [
    /hot fires, but does not notify: silenced by .* \(bob: swap\)/,
    'stop silence:',
    'note acknowledgement: acknowledged by ann: fan ordered',
  ]);
  await play(s.at, s.warn, { from: 3, values: [20] });
  await s.reach(3 * MINUTE + 5_000);
  inOrder(await s.why('hot', 'web-1'), [
    'hot does not fire: cpu.usage is 20.0 %, wanted > 90',
    'stop value: cpu.usage is 20.0 %, wanted > 90',
    'stop state: does not fire: the condition does not hold',
    'note history: resolved (critical)',
  ]);
  inOrder(await s.why('hot'), ['hot does not fire: fires on nothing', 'covers all hosts: 3 of 3 hosts']);
});

test('what stops it: off, out of scope, never seen, no such series, a window that fills, nobody to tell', async () => {
  const s = await stage();
  await s.manage.putRule({ name: 'off', expression: 'cpu.usage > 90', disabled: true });
  await s.manage.putRule({ name: 'there', expression: 'cpu.usage > 90', locations: ['726'] });
  await s.manage.putRule({ name: 'disk', expression: 'disk.usage{mount="/"} > 90' });
  await s.manage.putRule({ name: 'mean', expression: 'avg(cpu.usage, 10m) > 80' });
  await s.manage.removeReceiver({ name: 'ops' });
  await s.reach(3_000);
  await play(s.at, s.warn, { from: 1, values: [99] });
  inOrder(await s.why('off', 'web-1'), [
    'off is disabled',
    'stop rule: disabled; enable it: minimon alerts enable off',
  ]);
  inOrder(await s.why('there', 'web-1'), [
    'there does not fire: the rule covers locations 726; web-1 is in 725',
  ]);
  inOrder(await s.why('there', 'db-1'), ['stop data: no tick since warn started']);
  inOrder(await s.why('disk', 'web-1'), [
    'stop data: disk.usage{mount="/"} does not arrive from it',
    'stop route: no receiver: the rule names none',
  ]);
  inOrder(await s.why('mean', 'web-1'), [
    'wait value: avg(cpu.usage, 10m): 1 of 10 samples: too few to say; the last value is 99.0 %',
    'wait state: unknown yet',
  ]);
});

test('names that are not there: the nearest is named; a host without a location is told how to get one', async () => {
  const s = await stage();
  await s.manage.putRule({ name: 'hot', expression: 'cpu.usage > 90' });
  await s.reach(3_000);
  await assert.rejects(s.why('hto'), { code: 'RULE_UNKNOWN', hint: 'Did you mean hot?' });
  await assert.rejects(s.why('hot', 'web-11'), { code: 'HOST_UNKNOWN', hint: 'Did you mean web-1?' });
  await assert.rejects(s.why('hot', 'loose'), { code: 'HOST_UNKNOWN', hint: /hosts assign loose/ });
  await assert.rejects(s.why('hot', undefined, '752'), {
    code: 'LOCATION_UNKNOWN',
    hint: 'Did you mean 725?',
  });
});

test('a receiver that does not take it: how often it was tried, what it says, when it is tried again', async () => {
  const s = await stage();
  const bad = createServer((_, response) => response.writeHead(500).end('down'));
  await new Promise<void>((resolve) => bad.listen(0, '127.0.0.1', resolve));
  owned({ stop: () => new Promise((resolve) => bad.close(() => resolve(undefined))) });
  const url = `http://127.0.0.1:${(bad.address() as AddressInfo).port}/hook`;
  await s.manage.putReceiver({ name: 'bad', kind: 'webhook', options: JSON.stringify({ url }) });
  await s.manage.putRule({ name: 'hot', expression: 'cpu.usage > 90', notify: ['ops', 'bad'] });
  await s.reach(3_000);
  await play(s.at, s.warn, { from: 1, values: [95] });
  await settle(s.at, () => s.told.length === 1, 'the good one');
  await s.reach(MINUTE + 20_000);
  inOrder(await s.why('hot', 'web-1'), [
    'hot fires, but not all receivers are notified yet: bad did not accept it',
    'ok route: to ops, in the messages of location 725: the rule names it',
    'ok message: ops was notified',
    'ok route: to bad',
    /wait message: bad did not accept it, after \d+ attempts: .*500.*; retry/,
  ]);
});

test('an end that is not told yet: who is owed it and when it comes', async () => {
  const s = await stage();
  await s.manage.putRule({ name: 'hot', expression: 'cpu.usage > 90' });
  await s.reach(3_000);
  await play(s.at, s.warn, { from: 1, values: [95] });
  await settle(s.at, () => s.told.length === 1, 'the first message');
  await play(s.at, s.warn, { from: 2, values: [20] });
  await s.reach(2 * MINUTE + 5_000);
  inOrder(await s.why('hot', 'web-1'), [
    'hot does not fire: cpu.usage is 20.0 %, wanted > 90',
    'wait message: ops is notified of its end with the next message of its location',
    'note route: would notify ops',
  ]);
  assert.match(await s.why('hot'), /wait message: ops is notified of its end/);
  assert.doesNotMatch(await s.why('hot', 'web-2'), /its end/);
  await settle(s.at, () => s.told.length === 2, 'the end');
  await s.reach(7 * MINUTE);
  assert.doesNotMatch(await s.why('hot', 'web-1'), /its end/);
});

test('silence and shares: how many hosts count, what is wanted, and rules about silent hosts', async () => {
  const hosts = ['a', 'b', 'c', 'd'];
  const s = await stage(hosts);
  await s.manage.putRule({ name: 'busy', expression: 'share(cpu.usage > 90) > 50%' });
  await s.reach(3_000);
  await play(s.at, s.warn, { from: 1, values: [95], hosts: ['a'] });
  await play(s.at, s.warn, { from: 2, values: [20], hosts });
  await s.reach(2 * MINUTE + 5_000);
  inOrder(await s.why('room-dark', undefined, '725'), [
    'room-dark does not fire: silent: 0 of 4 hosts, 0 %, wanted > 20 % and at least 2',
    'stop state: does not fire',
  ]);
  inOrder(await s.why('busy', 'a'), ['stop value: cpu.usage > 90: 0 of 4 hosts, 0 %, wanted > 50 %']);
  inOrder(await s.why('host-silent', 'a'), [
    'ok data: it reports',
    'stop state: does not fire: it counts as silent after 2m10s without a tick, and fires 3m after that',
  ]);
  await s.manage.assignHosts({ new: true, assignments: [{ hostId: 'lone', location: '800' }] });
  const ofShare = () => s.why('room-dark', undefined, '800').catch(String);
  const isKnown = async () => (await ofShare()).includes('fewer than three of its hosts count');
  await settle(s.at, isKnown, 'the location is known');
});

test('a silent host of a dark room: told by the room, and waits for no message of its own', async () => {
  const hosts = ['a', 'b', 'c', 'd'];
  const s = await stage([...hosts, 'db-1']);
  await s.reach(3_000);
  await play(s.at, s.warn, { from: 1, values: [20], hosts: [...hosts, 'db-1'] });
  for (let minute = 2; minute < 9; minute++) {
    await play(s.at, s.warn, { from: minute, values: [20], hosts: ['db-1'] });
  }
  const text = await s.why('host-silent', 'a');
  inOrder(text, [
    'host-silent fires and is reported by room-dark, in its messages: it has the same cause',
    'ok state: fires, critical',
    'note route: reported by room-dark, in its messages',
  ]);
  assert.doesNotMatch(text, /ok route|does not notify|not all receivers|wait message/);
});

test('rules of minimon itself have a why too', async () => {
  const s = await stage();
  await s.reach(3_000);
  inOrder(await s.why('pipeline-stalled'), [
    'pipeline-stalled does not fire: the condition does not hold now',
    'ok rule: no heartbeat for 30s (critical)',
  ]);
});

test('a clock that was set back is named', async () => {
  const s = await stage();
  await s.manage.putRule({ name: 'hot', expression: 'cpu.usage > 90' });
  await s.reach(3_000);
  await play(s.at, s.warn, { from: 1, values: [20] });
  for (let minute = 2; minute < 6; minute++) {
    await s.reach(minute * MINUTE);
    const samples = [{ metric: 'cpu.usage', labels: {}, value: 99 }];
    const bytes = encodeBatch([
      encodeTick(tick({ hostId: 'web-1', timeMs: START + (minute - 60) * MINUTE, samples })),
    ]);
    await s.at.bus.publish([{ partition: 0, receivedMs: s.at.clock.nowMs(), bytes }]);
  }
  const isKnown = async () => (await s.why('hot', 'web-1')).includes('its clock is behind');
  await settle(s.at, isKnown, 'the fault is known');
});
