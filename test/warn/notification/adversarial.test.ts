// Receivers that are slow, hang, drip, fail for an hour or take twenty messages a minute: real servers, and what the others
// and the receiver itself get in the end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPaceRecord } from '../../../src/daemons/warn/notification/paces.ts';
import { type Answer, type Received, startHttpStub } from '../../receivers/servers/http-stub.ts';
import { dingtalk } from '../../receivers/servers/vendors.ts';
import { realStage } from './real-receivers.ts';
import { at, receiver, ruleOf, stateOf } from './stage.ts';

const inRoom = (room: number, more = {}) => ({
  subject: { kind: 'host' as const, host: `h-${room}`, location: `room-${room}`, labels: {} },
  ...more,
});
const OK: Answer = { status: 200 };

type Body = {
  readonly id: string;
  readonly data: {
    readonly location: string;
    readonly reason: string;
    readonly counts: { readonly firing: number; readonly resolved: number };
    readonly alerts: readonly { readonly host: string; readonly state: string; readonly new: boolean }[];
  };
};
const bodyOf = ({ body }: Received) => JSON.parse(body) as Body;

test('case 11: slow, slower, hanging, dripping and one that is well, 40 rooms to all of them', async (t) => {
  const quickMs = at('10:07');
  const isQuick = () => s.clock.nowMs() >= quickMs;
  const after = (ms: number) => async (): Promise<Answer> => {
    if (!isQuick()) await s.clock.sleep(ms);
    return OK;
  };
  const servers = {
    slow: await startHttpStub(t, after(9_000)),
    slower: await startHttpStub(t, after(25_000)),
    hanging: await startHttpStub(t, () => (isQuick() ? OK : 'hang')),
    dripping: await startHttpStub(t, () => (isQuick() ? OK : 'drip')),
    normal: await startHttpStub(t, () => OK),
  };
  const names = Object.keys(servers);
  const s = await realStage(t, {
    receivers: Object.entries(servers).map(([name, { url }]) =>
      receiver(name, { options: { url }, isDefault: false }),
    ),
    rules: [ruleOf('high', { notify: names })],
  });
  const arrivedMs: number[] = [];
  for (let room = 0; room < 40; room++) {
    s.tell({ kind: 'firing', atMs: s.clock.nowMs(), alert: stateOf(`h-${room}`, inRoom(room)) });
    await s.pass(s.clock.nowMs() + 1_000, servers);
    arrivedMs.push(servers.normal.received.length);
    await s.pass(s.clock.nowMs() + 6_000, servers);
  }
  assert.deepEqual(
    arrivedMs,
    Array.from({ length: 40 }, (_, i) => i + 1),
    'normal has each first fact within the second',
  );
  for (let room = 0; room < 20; room++) {
    s.tell({ kind: 'resolved', atMs: s.clock.nowMs(), alert: stateOf(`h-${room}`, inRoom(room)) });
  }
  await s.pass(quickMs, servers);
  const { receivers: health } = await s.notifier().calls.listReceiverHealth();
  const states = Object.fromEntries(health.map(({ name, state }) => [name, state]));
  assert.deepEqual(states, {
    slow: 'ok',
    slower: 'behind',
    hanging: 'behind',
    dripping: 'behind',
    normal: 'ok',
  });
  assert.match(health.find(({ name }) => name === 'hanging')!.lastError!, /no answer within 10 s/);
  const before = Object.fromEntries(
    Object.entries(servers).map(([name, one]) => [name, one.received.length]),
  );
  await s.pass(quickMs + 120_000, servers);
  for (const [name, server] of Object.entries(servers)) {
    assert.ok(server.mostConnections() <= 5, `${name}: ${server.mostConnections()} connections`);
    const bodies = server.received.map(bodyOf);
    // What each of them knows in the end.
    const open = new Set<string>();
    for (const { data } of bodies) {
      for (const { host, state } of data.alerts) {
        if (state === 'firing') open.add(host);
        else open.delete(host);
      }
    }
    assert.equal(open.size, 20, `${name} knows what fires`);
    assert.deepEqual(
      (await s.notifier().calls.listReceiverHealth()).receivers.map(({ owed }) => owed),
      [0, 0, 0, 0, 0],
    );
    if (name === 'hanging' || name === 'dripping' || name === 'slower') {
      const late = bodies.slice(before[name]);
      for (const { data } of late) {
        const room = Number(data.location.slice('room-'.length));
        assert.equal(data.counts.firing, room < 20 ? 0 : 1, `${name}: no firing that is over`);
      }
      const groups = Map.groupBy(late, ({ data }) => data.location);
      assert.ok(
        [...groups.values()].every((same) => new Set(same.map(({ id }) => id)).size === 1),
        'one message a room brings it up to date',
      );
    }
  }
});

test('500 for an hour, then well: one message says what is so, and the default receiver heard of it', async (t) => {
  const backMs = at('11:10');
  const broken = await startHttpStub(t, () =>
    s.clock.nowMs() < backMs ? { status: 500, body: 'boom' } : OK,
  );
  const other = await startHttpStub(t, () => OK);
  const servers = { broken, other };
  const s = await realStage(t, {
    receivers: [
      receiver('broken', { options: { url: broken.url }, isDefault: false }),
      receiver('other', { options: { url: other.url } }),
    ],
    rules: [ruleOf('high', { notify: ['broken'] })],
  });
  await s.fire('10:00', 'web-1');
  await s.pass(at('10:30'), servers);
  await s.end('10:30', 'web-1');
  await s.fire('10:30', 'web-2');
  await s.pass(at('11:09:59'), servers);
  assert.ok(broken.received.length <= 200, `${broken.received.length} tries in 70 min`);
  assert.deepEqual(
    other.received.map(bodyOf).map(({ data }) => data.reason),
    ['first'],
  );
  assert.match(other.received[0]!.body, /Receiver broken accepts no messages: answered 500: boom/);
  const tried = broken.received.length;
  await s.pass(backMs + 61_000, servers);
  const [caughtUp, ...more] = broken.received.slice(tried).map(bodyOf);
  assert.deepEqual(more, []);
  assert.deepEqual(
    caughtUp!.data.alerts.map(({ host, state }) => [host, state]),
    [
      ['web-2', 'firing'],
      ['web-1', 'resolved'],
    ],
  );
  await s.pass(backMs + 120_000, servers);
  assert.equal(other.received.map(bodyOf).at(-1)!.data.reason, 'all_resolved');
});

test('60 rooms at once, receivers of twenty messages a minute: within the limit each, worst first, nothing lost', async (t) => {
  const sentMs: Record<string, number[]> = { one: [], two: [] };
  /** Closes for ten minutes where it gets more than 20 in a minute. */
  const robot = (name: string) =>
    startHttpStub(t, (request) => {
      const nowMs = s.clock.nowMs();
      sentMs[name]!.push(nowMs);
      if (sentMs[name]!.filter((ms) => nowMs - ms < 60_000).length > 20)
        return { status: 200, body: { errcode: 130101, errmsg: 'send too fast' } };
      return dingtalk({ nowMs })(request);
    });
  const servers = { one: await robot('one'), two: await robot('two') };
  const s = await realStage(t, {
    receivers: Object.entries(servers).map(([name, { url }]) =>
      receiver(name, { kind: 'dingtalk', options: { url: `${url}/robot/send` }, isDefault: false }),
    ),
    rules: [ruleOf('high', { notify: ['one', 'two'] })],
  });
  for (let room = 0; room < 60; room++) {
    const severity = room >= 50 ? ('critical' as const) : ('warning' as const);
    s.tell({ kind: 'firing', atMs: at('10:00'), alert: stateOf(`h-${room}`, inRoom(room, { severity })) });
  }
  await s.pass(at('10:02'), servers);
  for (let room = 0; room < 60; room++) {
    s.tell({ kind: 'resolved', atMs: at('10:02'), alert: stateOf(`h-${room}`, inRoom(room)) });
  }
  await s.pass(at('10:20'), servers);
  for (const server of Object.values(servers)) {
    const texts = server.received.map(({ body }) => JSON.parse(body).text.content as string);
    assert.ok(server.received.length <= 42, `${server.received.length} messages`);
    assert.ok(
      texts.slice(0, 10).every((text) => /CRITICAL/.test(text)),
      'worst first',
    );
    const rooms = (part: readonly string[]) =>
      new Set(part.flatMap((text) => text.match(/\broom-\d+\b/g) ?? []));
    const digest = texts.find((text) => /^\[DIGEST: FIRING/.test(text))!;
    assert.match(digest, /^\[DIGEST: FIRING 41/);
    assert.match(digest, /and 11 more locations/);
    const told = rooms(texts.filter((text) => !text.startsWith('[DIGEST')));
    assert.ok(told.size >= 19);
    const last = texts.at(-1)!;
    assert.match(last, /RESOLVED/);
  }
  const { receivers: health } = await s.notifier().calls.listReceiverHealth();
  assert.deepEqual(
    health.map(({ state, owed }) => [state, owed]),
    [
      ['ok', 0],
      ['ok', 0],
    ],
  );
  const open = (await s.catalog.notifications.list()).filter(({ record }) => !isPaceRecord(record));
  assert.deepEqual(open, [], 'nothing is open for anybody');
});
