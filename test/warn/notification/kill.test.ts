// kill -9 between any two steps: nothing that was to be told is lost, and at most one message comes twice, under one id.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Notifications } from '../../../src/catalog/notifications.ts';
import { createNotifier, type Notifier } from '../../../src/daemons/warn/notification/notifier.ts';
import type { AlertState, Change } from '../../../src/domain/alerting/alert.ts';
import type { Message } from '../../../src/receivers/message.ts';
import { silentLogger } from '../../../src/runtime/logging.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { at, receiver, ruleOf, stage, stateOf } from './stage.ts';

const never = () => new Promise<never>(() => {});

const fired = (time: string, host: string): Change => ({
  kind: 'firing',
  atMs: at(time),
  alert: stateOf(host, {}, at(time)),
});
const SCENE: readonly (readonly [time: string, change: Change])[] = [
  ['10:00', fired('10:00', 'a')],
  ['10:00:10', fired('10:00:10', 'b')],
  ['10:06', { kind: 'resolved', atMs: at('10:06'), alert: stateOf('a', {}, at('10:00')) }],
  [
    '10:12',
    { kind: 'ended', atMs: at('10:12'), alert: stateOf('b', {}, at('10:00:10')), reason: 'rule deleted' },
  ],
];

/** Runs the scene; the process dies at this step (a save or a send, before or after it is done) and comes back at once. */
async function run(
  t: Parameters<typeof stage>[0],
  dieAt: number,
  { scene = SCENE, downUntil = '00:00' } = {},
) {
  const s = await stage(t, { receivers: [] });
  const arrived: Message[] = [];
  let steps = 0;
  let died = false;

  function boot(): { notifier: Notifier; dead: () => boolean } {
    let dead = false;
    const step = async () => {
      if (dead) await never();
      if (!died && steps++ === dieAt) {
        dead = true;
        died = true;
        await never();
      }
    };
    const notifications: Notifications = {
      list: s.catalog.notifications.list,
      async save(changes) {
        await step();
        await s.catalog.notifications.save(changes);
        await step();
      },
    };
    const notifier = createNotifier({
      clock: s.clock,
      logger: silentLogger,
      metrics: createMetrics('warn'),
      catalog: { notifications },
      mayTell: async () => {
        if (dead) await never();
        return true;
      },
      openReceiver: async () => ({
        kind: 'webhook',
        address: 'https://ops.example/',
        recipients: ['ops'],
        pace: { rateLimits: [] },
        size: { max: 1e6, of: 'characters of text' },
        requests: () => 1,
        async send(message) {
          await step();
          const isDown = s.clock.nowMs() < at(downUntil);
          if (!isDown) arrived.push(message);
          await step();
          return isDown ? { kind: 'retry', reason: 'ECONNREFUSED' } : { kind: 'sent' };
        },
      }),
    });
    notifier.configure({
      version: 1,
      rules: [ruleOf('high')],
      silences: [],
      receivers: [receiver('ops')],
      assignments: [],
    });
    return { notifier, dead: () => dead };
  }

  const open = new Map<string, AlertState>();
  let process = boot();
  await process.notifier.start([]);
  const revive = async () => {
    process = boot();
    await process.notifier.start([...open.values()]);
  };
  const apply = ({ kind, alert }: Change) => {
    if (kind === 'firing') open.set(alert.id, alert);
    else open.delete(alert.id);
  };
  for (const [time, change] of scene) {
    await s.until(time);
    if (process.dead()) await revive();
    process.notifier.change(change);
    // States and offsets are stored once the notifier has settled; until then a restart reads the tick again.
    let settled = false;
    void process.notifier.settled().then(() => {
      settled = true;
    });
    await s.turn();
    if (process.dead()) {
      if (settled) apply(change);
      await revive();
      if (!settled) process.notifier.change(change);
    }
    apply(change);
    await s.turn();
  }
  for (const time of ['10:13', '10:20', '10:40']) {
    await s.until(time);
    if (process.dead()) await revive();
  }
  await process.notifier.stop();
  return { arrived, steps, died };
}

/** What has to hold of what arrived in the end, whenever it died. */
function check(arrived: readonly Message[], seen: string): void {
  for (const host of ['a', 'b']) {
    const facts = arrived.flatMap(({ alerts }) => alerts.filter(({ subject }) => subject.host === host));
    const firing = facts.findIndex(({ state }) => state === 'firing');
    const over = facts.findIndex(({ state }) => state !== 'firing');
    assert.ok(firing >= 0 || facts.some(({ isNew }) => isNew), `nothing lost: ${seen}`);
    assert.ok(firing < over || facts[over]!.isNew, `no end before its beginning: ${seen}`);
    assert.equal(facts.at(-1)!.state, host === 'a' ? 'resolved' : 'ended', seen);
  }
  const doubled = [...Map.groupBy(arrived, ({ id }) => id).values()].filter((same) => same.length > 1);
  assert.ok(doubled.length <= 1 && doubled.every((same) => same.length === 2), `one double: ${seen}`);
  const open = new Set<string>();
  for (const { alerts } of arrived) {
    for (const { id, state } of alerts) {
      if (state === 'firing') open.add(id);
      else open.delete(id);
    }
  }
  assert.equal(open.size, 0, `nothing stays open: ${seen}`);
}

for (const [name, downUntil, minSteps] of [
  ['a receiver that is there', '00:00', 12],
  ['one that is down while they fire', '10:05', 30],
  ['one that is down until all is over', '10:12:30', 30],
] as const) {
  test(`whenever it dies, each fact arrives at ${name}, and what comes twice has the same id`, async (t) => {
    const whole = await run(t, Number.POSITIVE_INFINITY, { downUntil });
    assert.ok(whole.steps > minSteps, `${whole.steps} steps`);
    check(whole.arrived, 'alive throughout');
    // Retries take the same steps again and again: those of the first few tries and of the last ones.
    const all = Array.from({ length: whole.steps }, (_, i) => i);
    const steps = downUntil === '00:00' ? all : all.filter((i) => i < 16 || i > whole.steps - 12);
    let deaths = 0;
    for (const dieAt of steps) {
      const { arrived, died } = await run(t, dieAt, { downUntil });
      if (died) deaths++;
      const told = arrived.map(({ reason, counts }) => `${reason} ${JSON.stringify(counts)}`);
      check(arrived, `died at ${dieAt}: ${told}`);
    }
    // The backoff is random, so a life may be shorter than the one that was measured.
    assert.ok(deaths > steps.length / 2, `${deaths} of ${steps.length}`);
  });
}

test('whenever it dies, who heard that it fires hears that it is over, also where that is so at the restart', async (t) => {
  const scene = [
    SCENE[0]!,
    ['10:00', { kind: 'resolved', atMs: at('10:00'), alert: stateOf('a', {}, at('10:00')) }],
  ] as const;
  for (let dieAt = 0; dieAt < 10; dieAt++) {
    const { arrived } = await run(t, dieAt, { scene });
    if (arrived.length === 0) continue;
    assert.equal(arrived.at(-1)!.alerts[0]!.state, 'resolved', `died at ${dieAt}`);
  }
});
