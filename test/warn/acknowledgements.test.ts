// Acknowledged alerts: of one firing and no other, kept over restarts, no repeats, all else told; and what fits nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAcknowledgements } from '../../src/daemons/warn/acknowledgements.ts';
import { viewOf } from '../../src/daemons/warn/alert-list.ts';
import { type AlertState, alertId, type Change } from '../../src/domain/alerting/alert.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { nameOf } from '../../src/terminal/alerts-view.ts';
import { owned } from '../report/ticks.ts';
import { MINUTE, play, START, settle, setup, startWarn, webhook } from './alert-line.ts';
import { at, stage, stateOf } from './notification/stage.ts';

type Stage = Awaited<ReturnType<typeof stage>>;
type Records = Parameters<typeof createAcknowledgements>[0]['records'];

/** What warn keeps of acknowledged alerts, over the catalog and the alerts that are open now. */
const acknowledgementsOf = (
  s: Pick<Stage, 'catalog' | 'clock'>,
  open: () => readonly AlertState[],
  more: { readonly ruleNames?: readonly string[]; readonly records?: Records } = {},
) =>
  createAcknowledgements({
    records: more.records ?? s.catalog.acknowledgements,
    open,
    stateOf: (id) => open().find((alert) => alert.id === id),
    viewOf: (alert) =>
      viewOf(alert, { notifier: { silenceOf: () => undefined }, acknowledgementOf: () => undefined }),
    ruleNames: () => more.ruleNames ?? [],
    clock: s.clock,
    logger: silentLogger,
  });

async function acknowledgedStage(t: Parameters<typeof stage>[0]) {
  let service: ReturnType<typeof createAcknowledgements> | undefined;
  const open = new Map<string, AlertState>();
  const s = await stage(t, { parts: { acknowledgementOf: (alert) => service?.of(alert) } });
  const start = async () => {
    service = acknowledgementsOf(s, () => [...open.values()], { ruleNames: ['high', 'low'] });
    await service.step(false);
    await service.step(true);
  };
  await start();
  return {
    ...s,
    start,
    ack: (more: Partial<Parameters<NonNullable<typeof service>['acknowledge']>[0]>) =>
      service!.acknowledge({ alert: 'high', note: 'disk ordered', by: 'ada', ...more }),
    of: (host: string) => service!.of(open.get(stateOf(host).id)!),
    async fire(time: string, host: string, more: Partial<AlertState> = {}) {
      const before = open.get(stateOf(host).id);
      open.set(stateOf(host).id, stateOf(host, more, before?.sinceMs ?? at(time)));
      await s.fire(time, host, more);
    },
    async end(time: string, host: string) {
      const alert = open.get(stateOf(host).id)!;
      open.delete(alert.id);
      await s.end(time, host);
      service!.change({ kind: 'resolved', atMs: at(time), alert } as Change);
    },
  };
}

test('case 13: no repeat of acknowledged alerts, also after a restart; new ones, ends and rises are told', async (t) => {
  const s = await acknowledgedStage(t);
  await s.fire('10:00', 'a');
  await s.fire('10:00', 'b');
  await s.until('10:10');
  assert.equal((await s.ack({})).alerts.length, 2);
  await s.fire('10:15', 'c');
  assert.equal(s.lines()[2], '10:15 new F c* F a(ack ada) F b(ack ada)');
  await s.end('10:30', 'c');
  await s.start();
  await s.restart('12:00');
  assert.deepEqual(s.of('a'), { by: 'ada', note: 'disk ordered', atMs: at('10:10') });
  await s.until('12:59');
  assert.equal(s.lines().length, 4);
  await s.end('13:00', 'a');
  assert.equal(s.lines()[4], '13:00 some_resolved F b(ack ada) R a');
  await s.fire('13:30', 'a');
  assert.equal(s.lines()[5], '13:30 new F a* F b(ack ada)');
  assert.equal(s.of('a'), undefined);
  await s.fire('13:45', 'b', { severity: 'critical' });
  assert.match(s.lines()[6]!, /^13:45 new F b\(warning->critical\)\(ack ada\) F a$/);
});

test('an alert that ended and fired again while warn was down is not acknowledged', async (t) => {
  const s = await acknowledgedStage(t);
  await s.fire('10:00', 'a');
  await s.ack({});
  await s.end('11:00', 'a');
  await s.fire('11:30', 'a');
  // Nobody stepped: the catalog still has the one of 10:00.
  assert.equal((await s.catalog.acknowledgements.list()).length, 1);
  await s.start();
  assert.equal(s.of('a'), undefined);
  assert.deepEqual(await s.catalog.acknowledgements.list(), []);
});

test('by glob, host, location or id; what fits nothing says why; one that is undone is repeated', async (t) => {
  const s = await acknowledgedStage(t);
  await s.fire('10:00', 'web-1');
  await s.fire('10:00', 'web-2');
  const count = async (more: Parameters<typeof s.ack>[0]) => {
    const { alerts, hint } = await s.ack(more);
    return hint ?? alerts.length;
  };
  assert.equal(await count({ alert: 'hi*', host: 'web-*' }), 2);
  assert.equal(await count({ alert: '*', location: '725', host: 'web-2' }), 1);
  assert.equal(await count({ alert: stateOf('web-1').id }), 1);
  assert.equal(await count({ alert: 'high web-1' }), 1);
  assert.equal(await count({ alert: 'high web-9' }), 'high web-9 does not fire now');
  assert.equal(await count({ alert: 'zz*' }), 'no rule name matches');
  assert.equal(await count({ alert: 'pipeline-stalled' }), 'pipeline-stalled does not fire now');
  assert.equal(await count({ alert: 'high', host: 'web-9' }), 'high fires, but not on web-9');
  assert.equal(await count({ alert: 'low' }), 'low does not fire now');
  await assert.rejects(s.ack({ alert: 'hihg' }), { code: 'RULE_UNKNOWN', hint: 'Did you mean high?' });
  await assert.rejects(s.ack({ alert: 'zzz' }), { code: 'RULE_UNKNOWN', hint: /minimon alerts list/ });
  await assert.rejects(s.ack({ note: ' ' }), { code: 'USAGE' });
  assert.notEqual(s.of('web-1'), undefined);
  assert.equal(await count({ undo: true, host: 'web-1' }), 1);
  assert.equal(await count({ undo: true }), 1);
  assert.equal(await count({ undo: true }), 'high fires, but is not acknowledged');
  assert.equal(s.of('web-1'), undefined);
  assert.deepEqual(await s.catalog.acknowledgements.list(), []);
});

test('alerts about rules have a name each, which takes one of them', async (t) => {
  const s = await stage(t);
  const name = 'rule-matches-nothing';
  const open = ['hot', 'swap'].map((rule) =>
    stateOf('', { id: alertId(name, rule), rule: name, subject: { kind: 'rule', rule, before: 3 } }),
  );
  const service = acknowledgementsOf(s, () => open);
  const { alerts } = await service.acknowledge({ alert: `${name} rule=swap`, note: 'ordered' });
  assert.deepEqual(alerts.map(nameOf), [`${name} rule=swap`]);
});

test('over the calls of warn: shown with the alert, kept over a restart, gone with its end', async () => {
  const line = await setup();
  const { url, told } = await webhook();
  const first = await startWarn(line);
  const { manage } = first;
  const options = JSON.stringify({ url });
  await manage.putReceiver({ name: 'ops', kind: 'webhook', options, isDefault: true });
  await manage.assignHosts({ new: true, assignments: [{ hostId: 'web-1', location: '725' }] });
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90', severity: 'critical' });
  await settle(line, () => line.clock.nowMs() >= START + 3_000, 'the configuration is followed');
  assert.match((await first.warn.acknowledge({ alert: 'hot', note: 'n' })).hint ?? '', /does not fire now/);
  await play(line, first.warn, { from: 1, values: [95] });
  await settle(line, () => told.length === 1, 'the first message');
  const { alerts } = await first.warn.acknowledge({ alert: 'hot', note: 'fan ordered', by: 'ann' });
  assert.deepEqual(alerts[0]!.acknowledged, { by: 'ann', note: 'fan ordered', atMs: line.clock.nowMs() });
  await settle(line, () => line.clock.nowMs() >= START + MINUTE + 5_000, 'a commit');
  await first.warn.stop();
  await first.notifier.stop();
  await first.catalog.stop();

  const second = await startWarn(line);
  owned(second.warn);
  await settle(line, () => line.clock.nowMs() >= START + MINUTE + 30_000, 'the restart');
  assert.equal((await second.warn.listAlerts({})).alerts[0]!.acknowledged?.note, 'fan ordered');
  await play(line, second.warn, { from: 2, values: [20, 95] });
  const [again] = (await second.warn.listAlerts({})).alerts;
  assert.deepEqual([again!.sinceMs, again!.acknowledged], [START + 3 * MINUTE, undefined]);
});

test('a standby that saw an alert end takes over what was acknowledged of its next firing', async (t) => {
  const s = await stage(t);
  let open: AlertState | undefined = { ...stateOf('a'), firedMs: at('10:00') };
  const serviceOf = () => acknowledgementsOf(s, () => (open ? [open] : []));
  const [active, standby] = [serviceOf(), serviceOf()];
  const ack = () => active.acknowledge({ alert: '*', note: 'seen', by: 'ada' });
  await ack();
  await standby.step(false);
  for (const one of [active, standby]) one.change({ kind: 'resolved', atMs: at('10:10'), alert: open });
  open = undefined;
  await active.step(true);
  open = { ...stateOf('a'), firedMs: at('10:20') };
  await ack();
  await s.until('10:30');
  await standby.step(false);
  assert.equal(standby.of(open)?.note, 'seen');
  await standby.step(true);
  assert.equal((await s.catalog.acknowledgements.list()).length, 1);
});

test('an acknowledgement that comes while the others are read is not forgotten', async (t) => {
  const s = await stage(t);
  const open: AlertState = { ...stateOf('a'), firedMs: at('10:00') };
  const read = Promise.withResolvers<void>();
  let isSlow = true;
  const records: Records = {
    ...s.catalog.acknowledgements,
    async list() {
      const list = await s.catalog.acknowledgements.list();
      if (isSlow) await read.promise;
      return list;
    },
  };
  const service = acknowledgementsOf(s, () => [open], { records });
  const step = service.step(true);
  await s.turn();
  await service.acknowledge({ alert: '*', note: 'seen', by: 'ada' });
  isSlow = false;
  read.resolve();
  await step;
  assert.equal(service.of(open)?.note, 'seen');
});

test('an alert that ended and fired again within a minute while warn was down is not acknowledged', async (t) => {
  const s = await stage(t);
  let open: AlertState | undefined = { ...stateOf('a'), firedMs: at('10:00') };
  const serviceOf = () => acknowledgementsOf(s, () => (open ? [open] : []));
  await serviceOf().acknowledge({ alert: '*', note: 'seen', by: 'ada' });
  // Killed once its end was stored, and before what was acknowledged of it was removed.
  open = undefined;
  const next = serviceOf();
  await next.step(false);
  next.begin();
  open = { ...stateOf('a'), firedMs: at('10:00:50') };
  assert.equal(next.of(open), undefined);
  await next.step(true);
  assert.deepEqual(await s.catalog.acknowledgements.list(), []);
});
