// migrate: rules, receivers and silences go to the other catalog once, and what is there already stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyAlertConfiguration } from '../../src/daemons/migrate/alert-configuration.ts';
import { copyAlertHistory } from '../../src/daemons/migrate/alert-history.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { NOW } from '../report/ticks.ts';
import { alertBackends } from '../warn/alert-parts.ts';

const options = JSON.stringify({ url: 'https://hooks.example.org/x' });

async function two() {
  const clock = createVirtualClock(NOW);
  return [
    await alertBackends(undefined, clock, clock),
    await alertBackends(undefined, clock, clock),
  ] as const;
}

test('all is copied in one change, with secrets; a second run copies nothing', async () => {
  const [from, to] = await two();
  await from.manage.putReceiver({ name: 'ops', kind: 'slack', options, isDefault: true });
  await from.manage.putRule({
    name: 'hot',
    expression: 'cpu.usage > 90',
    notify: ['ops'],
    labels: { a: '1' },
  });
  await from.manage.putRule({ name: 'there', expression: 'cpu.usage > 90' });
  await from.manage.setRuleEnabled({ name: 'host-silent', enabled: false });
  await from.manage.putSilence({
    matchers: ['location=725'],
    author: 'ann',
    reason: 'work',
    endsMs: NOW + 60_000,
  });
  const over = await from.manage.putSilence({ matchers: ['location=726'], author: 'ann', reason: 'work' });
  await from.manage.expireSilence({ id: over.id });
  await to.manage.putRule({ name: 'there', expression: 'cpu.usage > 70' });
  const copy = () =>
    copyAlertConfiguration(from.catalog.alertConfiguration, to.catalog.alertConfiguration, NOW + 1);
  assert.deepEqual(await copy(), {
    ...{ rules: 2, receivers: 1, silences: 1 },
    ...{ same: 0, different: ['rule there'] },
  });
  const { rules, receivers, silences, version } = await to.catalog.alertConfiguration.read();
  assert.deepEqual(
    rules.map(({ name, expression, enabled }) => [name, expression, enabled]),
    [
      ['host-silent', 'silent for 3m', false],
      ['hot', 'cpu.usage > 90', true],
      ['there', 'cpu.usage > 70', true],
    ],
  );
  assert.deepEqual([receivers[0]!.options, silences.length], [JSON.parse(options), 1]);
  const second = await copy();
  assert.deepEqual([second.rules, second.same, second.different], [0, 4, ['rule there']]);
  assert.equal((await to.catalog.alertConfiguration.read()).version, version);
});

test('there is one default receiver: that of the target', async () => {
  const [from, to] = await two();
  await from.manage.putReceiver({ name: 'old', kind: 'slack', options, isDefault: true });
  await to.manage.putReceiver({ name: 'new', kind: 'slack', options, isDefault: true });
  const copied = await copyAlertConfiguration(
    from.catalog.alertConfiguration,
    to.catalog.alertConfiguration,
    NOW,
  );
  assert.equal(copied.formerDefault, 'old', 'which is said');
  const receivers = await to.manage.listReceivers();
  assert.deepEqual(
    receivers.map(({ name, isDefault }) => [name, isDefault]),
    [
      ['new', true],
      ['old', false],
    ],
  );
});

test('the history of alerts is copied once, in its order; acknowledgements are counted as left behind', async () => {
  const [from, to] = await two();
  const entries = Array.from({ length: 1_500 }, (_, i) => ({
    ...{ kind: 'firing' as const, atMs: NOW + i, subjects: [{ rule: 'hot', host: 'web-1', labels: {} }] },
    count: 1,
  }));
  await from.catalog.alertHistory.append(entries);
  const record = { alertId: 'hot\u0000web-1', by: 'ann', note: 'n', atMs: NOW, firedMs: NOW };
  await from.catalog.acknowledgements.save({ put: [record], removedIds: [] });
  const copy = () => copyAlertHistory(from.catalog, to.catalog);
  assert.deepEqual(await copy(), { entries: 1_500, left: 0, acknowledgements: 1 });
  const [newest, second] = await to.catalog.alertHistory.list({ limit: 2 });
  assert.deepEqual([newest!.atMs, second!.atMs], [NOW + 1_499, NOW + 1_498]);
  assert.deepEqual(await copy(), { entries: 0, left: 1_500, acknowledgements: 1 });
});
