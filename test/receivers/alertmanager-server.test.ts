// The kind `alertmanager` against the real one, in real time: one alert through a rise, changing values and a restart that
// forgets it; its end; a name that old versions refuse the whole array for; refusals.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { createNotifier } from '../../src/daemons/warn/notification/notifier.ts';
import type { AlertState } from '../../src/domain/alerting/alert.ts';
import { createReceiverOpener } from '../../src/receivers/kinds.ts';
import { delay, systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { startAlertmanager } from '../servers/alertmanager.ts';
import { skipReason } from '../servers/backends.ts';
import { until } from '../until.ts';
import { receiver, ruleOf, stateOf } from '../warn/notification/stage.ts';
import { alertOf, HOSTILE, hostileMessage, messageOf, NEVER } from './sample-messages.ts';

const skip = skipReason('alertmanager');
/** Over the time between two resends. */
const RESENT_MS = 75_000;
const LOOK_MS = 200;

test('one alert with one start through a rise, values and a restart; its end; a label in Han beside it', {
  skip,
  timeout: 240_000,
}, async (t) => {
  const server = await startAlertmanager();
  t.after(server.stop);
  const directory = mkdtempSync(join(tmpdir(), 'minimon-am-'));
  const clock = systemClock;
  const catalog = await openSqliteCatalog({ path: join(directory, 'c.sqlite'), logger: silentLogger, clock });
  const notifier = createNotifier({
    clock,
    logger: silentLogger,
    metrics: createMetrics('warn'),
    catalog,
    openReceiver: createReceiverOpener({ clock, logger: silentLogger }),
  });
  t.after(async () => {
    await notifier.stop();
    await catalog.stop();
    rmSync(directory, { recursive: true });
  });
  notifier.configure({
    version: 1,
    rules: [ruleOf('high', { labels: { 机房: '一', team: 'ops' } })],
    silences: [],
    receivers: [receiver('am', { kind: 'alertmanager', options: { url: server.url } })],
    assignments: [],
  });
  await notifier.start([]);
  const sinceMs = Date.now() - 1_800_000;
  const state = (host: string, more: Partial<AlertState> = {}) => stateOf(host, more, sinceMs);
  const shown = async () => (await server.alerts()).map(({ labels }) => labels['host']).sort();
  const isShown =
    (...hosts: string[]) =>
    async () => {
      await delay(LOOK_MS);
      return JSON.stringify(await shown()) === JSON.stringify(hosts);
    };
  const tell = (kind: 'firing' | 'level' | 'resolved', alert: AlertState) =>
    notifier.change({ kind, atMs: Date.now(), alert });

  tell('firing', state('a'));
  tell('firing', state('b'));
  await until('both shown', isShown('a', 'b'), { withinMs: RESENT_MS });
  const first = (await server.alerts()).find(({ labels }) => labels['host'] === 'a')!;
  assert.equal(Date.parse(first.startsAt), sinceMs);
  assert.equal(first.labels['team'], 'ops');
  assert.ok(Object.values(first.labels).includes('一'), 'under a name that it takes');

  tell('level', state('a', { severity: 'critical', values: [99], worstValue: 99 }));
  tell('resolved', state('b', { values: [10] }));
  await until(
    'b is over and a is critical',
    async () => {
      await delay(LOOK_MS);
      const alerts = await server.alerts();
      return alerts.length === 1 && alerts[0]!.annotations['severity'] === 'critical';
    },
    { withinMs: RESENT_MS },
  );
  const [raised] = await server.alerts();
  assert.deepEqual([raised!.fingerprint, raised!.startsAt], [first.fingerprint, first.startsAt]);

  await server.kill('SIGKILL');
  await server.restart();
  assert.deepEqual(await shown(), [], 'it forgot');
  await until('a is back', isShown('a'), { withinMs: RESENT_MS });
  const [back] = await server.alerts();
  assert.deepEqual([back!.fingerprint, back!.startsAt], [first.fingerprint, first.startsAt]);

  tell('resolved', state('a', { values: [10] }));
  await until('a is over', isShown(), { withinMs: RESENT_MS });
});

test('it takes every hostile string, and what it refuses is refused with its words', { skip }, async (t) => {
  const server = await startAlertmanager();
  t.after(server.stop);
  const open = createReceiverOpener({ clock: systemClock, logger: silentLogger });
  const am = await open({ kind: 'alertmanager', options: { url: server.url } });
  const sinceMs = Date.now() - 60_000;
  for (const text of HOSTILE) {
    const message = hostileMessage(text);
    const alerts = message.alerts.map((alert) => ({ ...alert, sinceMs }));
    assert.deepEqual(await am.send({ ...message, alerts }, NEVER), { kind: 'sent' }, JSON.stringify(text));
  }
  assert.equal(new Set((await server.alerts()).map(({ fingerprint }) => fingerprint)).size, HOSTILE.length);
  const elsewhere = await open({ kind: 'alertmanager', options: { url: `${server.url}/prefix` } });
  const outcome = await elsewhere.send(messageOf({ alerts: [alertOf({ sinceMs })] }), NEVER);
  assert.equal(outcome.kind, 'refused');
});
