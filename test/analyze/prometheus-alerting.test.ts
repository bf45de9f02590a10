// Rules and alerts in Prometheus' form on analyze, as Grafana's alert list and promtool read them.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { AlertView, RuleHealthView, WarnService } from '../../src/api/warn.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { openTwoDaemons, type TwoDaemons } from './two-daemons.ts';

const NOW_MS = Date.parse('2026-11-25T10:00:00.000Z');

const alert: AlertView = {
  ...{ id: 'a1', rule: 'disk-full', severity: 'critical', state: 'firing', location: '725', host: 'web-1' },
  ...{ labels: { mount: '/var' }, expression: 'disk.usage > 90 for 2m', value: 93.5 },
  ...{ sinceMs: NOW_MS - 600_000, firedMs: NOW_MS - 480_000, evaluatedMs: NOW_MS },
  silence: { id: 's', author: 'eve', reason: 'moving', endsMs: NOW_MS + 3_600_000 },
  acknowledged: { by: 'bob', note: 'on it', atMs: NOW_MS },
};
const alertInPrometheusForm = {
  labels: { mount: '/var', alertname: 'disk-full', severity: 'critical', host: 'web-1', location: '725' },
  annotations: {
    description: 'disk.usage > 90 for 2m',
    silenced: 'until 2026-11-25T11:00:00.000Z by eve: moving',
    acknowledged: 'by bob: on it',
  },
  state: 'firing',
  activeAt: '2026-11-25T09:50:00.000Z',
  value: '93.5',
};

describe("rules and alerts in Prometheus' form", () => {
  let system: TwoDaemons;
  let alerts: readonly AlertView[];
  let health: readonly RuleHealthView[];
  let down: ExpectedError | undefined;

  const answer = <T>(value: T): T => {
    if (down) throw down;
    return value;
  };
  const warn: Pick<WarnService, 'listAlerts' | 'listRuleHealth'> = {
    listAlerts: async ({ pending }) =>
      answer({
        ...{ nowMs: NOW_MS, warnings: ['warn is 3 min behind'] },
        alerts: alerts.filter(({ state }) => pending || state === 'firing'),
      }),
    listRuleHealth: async () =>
      answer({ nowMs: NOW_MS, evaluatedMs: NOW_MS - 1_000, rules: health, warnings: [] }),
  };

  before(async () => {
    system = await openTwoDaemons(NOW_MS, { warn });
    const put = (name: string, expression: string, rest: object = {}) =>
      system.grpc.manage.putRule({ name, expression, ...rest });
    await put('disk-full', 'disk.usage > 90 for 2m', {
      ...{ text: '{host} is full', runbook: 'https://wiki/disk', labels: { team: 'storage' } },
    });
    await put('busy', 'cpu.usage > 95', { severity: 'info' });
    await put('off', 'cpu.usage > 99', { disabled: true });
  });
  beforeEach(() => {
    alerts = [alert];
    health = [{ name: 'disk-full', firing: 1, pending: 0 }];
    down = undefined;
  });
  after(() => system.stop());

  type Rule = { name: string; state: string; alerts: object[] };
  type Answered = { data: { groups: { name: string; rules: Rule[] }[] }; warnings?: string[] };
  const rulesOf = async (parameters = '') => {
    const { status, body } = await system.get('analyze', `/api/v1/rules${parameters}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body as Answered;
  };
  const namesOf = async (parameters: string) =>
    (await rulesOf(parameters)).data.groups.flatMap(({ rules }) => rules.map(({ name }) => name));

  it('lists what is open, with what is known of it', async () => {
    assert.deepEqual(await system.get('analyze', '/prometheus/api/v1/alerts'), {
      status: 200,
      body: {
        ...{ status: 'success', data: { alerts: [alertInPrometheusForm] } },
        warnings: ['warn is 3 min behind'],
      },
    });
  });

  it('lists a rule with its alerts, their state, and how it is', async () => {
    const { data, warnings } = await rulesOf('?rule_name[]=disk-full');
    assert.deepEqual(warnings, ['warn is 3 min behind']);
    const annotations = { summary: '{host} is full', runbook_url: 'https://wiki/disk' };
    assert.deepEqual(data.groups, [
      {
        ...{ name: 'minimon', file: 'minimon', interval: 60, limit: 0, evaluationTime: 0 },
        lastEvaluation: '2026-11-25T09:59:59.000Z',
        rules: [
          {
            ...{ type: 'alerting', state: 'firing', name: 'disk-full', query: 'disk.usage > 90 for 2m' },
            ...{ duration: 120, keepFiringFor: 0, evaluationTime: 0 },
            labels: { severity: 'warning', team: 'storage' },
            annotations,
            ...{ health: 'ok', lastError: '', lastEvaluation: '2026-11-25T09:59:59.000Z' },
            alerts: [
              {
                ...alertInPrometheusForm,
                labels: { ...alertInPrometheusForm.labels, team: 'storage' },
                annotations: { ...alertInPrometheusForm.annotations, ...annotations },
              },
            ],
          },
        ],
      },
    ]);
  });

  it('says pending, inactive, unknown and why a rule is not evaluated', async () => {
    alerts = [{ ...alert, state: 'pending' }];
    health = [{ name: 'busy', firing: 0, pending: 0, error: 'no such metric' }];
    const found = (await rulesOf()).data.groups.flatMap(({ rules }) => rules);
    const ours = found.filter(({ name }) => name === 'busy' || name === 'disk-full');
    assert.deepEqual(
      ours.map((rule) => {
        const { name, state, health, lastError } = rule as Rule & { health: string; lastError: string };
        return { name, state, health, lastError };
      }),
      [
        { name: 'busy', state: 'inactive', health: 'err', lastError: 'no such metric' },
        { name: 'disk-full', state: 'pending', health: 'unknown', lastError: '' },
      ],
    );
  });

  it('lists a rule that only a newer version can read, and the others', async () => {
    const name = 'newer';
    const { rules } = await system.catalog.alertConfiguration.read();
    const record = { ...rules[0]!, name, expression: 'forecast(cpu.usage) > 90', identity: name };
    const put = { kind: 'rule' as const, name, record, action: 'rule.add', detail: {} };
    await system.catalog.alertConfiguration.change(() => [put], 'a newer version');
    const names = await namesOf('?type=alert');
    for (const one of ['busy', 'disk-full', name]) assert.ok(names.includes(one), names.join());
    await system.grpc.manage.removeRule({ name });
  });

  it('chooses by name, group, label and type, and leaves alerts out', async () => {
    assert.ok(!(await namesOf('')).includes('off'));
    assert.deepEqual(await namesOf('?match[]={team="storage"}'), ['disk-full']);
    assert.deepEqual(await namesOf('?match[]={severity=~"info|none"}&rule_name[]=busy'), ['busy']);
    assert.deepEqual(await namesOf('?rule_group[]=elsewhere'), []);
    assert.deepEqual(await namesOf('?type=record'), []);
    const { data } = await rulesOf('?exclude_alerts=true&rule_name[]=disk-full&type=alert');
    assert.deepEqual(data.groups[0]!.rules[0]!.alerts, []);
    assert.equal((await system.get('analyze', '/api/v1/rules?type=all')).status, 400);
  });

  it('says that warn is down, as an error that is tried again', async () => {
    down = new ExpectedError('UNREACHABLE', 'cannot reach warn at 127.0.0.1:8050');
    for (const path of ['/api/v1/alerts', '/api/v1/rules'])
      assert.deepEqual(await system.get('analyze', path), {
        status: 503,
        body: {
          ...{ status: 'error', errorType: 'unavailable' },
          error: 'cannot reach warn at 127.0.0.1:8050',
        },
      });
  });
});
