// What every catalog promises about rules, silences and receivers: a part of its contract.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { AlertRecordChange } from '../../src/catalog/alert-configuration.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import type { AlertRule } from '../../src/domain/alerting/configuration.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { compareBytes } from '../../src/domain/names.ts';
import { auditEntries } from './audit-entries.ts';

const ruleOf = (name: string, text: string): AlertRule => ({
  name,
  expression: 'cpu.usage > 90',
  severity: 'warning',
  locations: ['725'],
  hosts: [],
  notify: [],
  text,
  labels: {},
  tellResolved: true,
  enabled: true,
  builtIn: false,
  source: '',
  createdMs: 1_764_061_200_123,
  updatedMs: 1_764_061_200_123,
});

/** Without a text the rule is removed. */
const ruleChange = (name: string, text: string | undefined): AlertRecordChange => ({
  kind: 'rule',
  name,
  record: text === undefined ? undefined : ruleOf(name, text),
  action: text === undefined ? 'rule.remove' : 'rule.add',
  detail: {},
});

export function alertConfigurationContract(
  withCatalog: (work: (catalog: Catalog) => Promise<void>) => Promise<void>,
  /** Names that are alike and must be kept apart. */
  alike: readonly string[],
): void {
  it('stores rules by name as bytes, in any script; each change has the next version and its audit entry', () =>
    withCatalog(async ({ alertConfiguration, audit }) => {
      assert.deepEqual(await alertConfiguration.read(), {
        version: 0,
        rules: [],
        silences: [],
        receivers: [],
      });
      await alertConfiguration.change(
        () => alike.map((name) => ruleChange(name, "'机房 \u{20bb7}' \\")),
        'ann',
      );
      await alertConfiguration.change(() => [ruleChange('web-1', undefined)], 'bob');
      // What changes nothing leaves the version alone.
      await alertConfiguration.change(() => [], 'bob');
      const { version, rules } = await alertConfiguration.read();
      assert.equal(version, 2);
      const left = alike.filter((name) => name !== 'web-1').sort(compareBytes);
      assert.deepEqual(
        rules,
        left.map((name) => ruleOf(name, "'机房 \u{20bb7}' \\")),
      );
      const entries = await auditEntries(audit);
      assert.deepEqual(
        entries.map(({ actor, action, subject }) => [actor, action, subject]),
        [...alike.map((name) => ['ann', 'rule.add', name]), ['bob', 'rule.remove', 'web-1']],
      );
    }));

  it('changes no rule, no version and no audit log when the plan throws', () =>
    withCatalog(async ({ alertConfiguration, audit }) => {
      const refused = alertConfiguration.change(() => {
        throw new ExpectedError('RULE_EXISTS', 'there is one');
      }, 'ann');
      await assert.rejects(refused, { code: 'RULE_EXISTS' });
      assert.equal((await alertConfiguration.read()).version, 0);
      assert.deepEqual(await auditEntries(audit), []);
    }));

  it('plans each of many changes at once on what the one before it left', () =>
    withCatalog(async ({ alertConfiguration, audit }) => {
      // Twice: before the first change there is no row of the version to lock.
      for (const name of ['hot', 'cold']) {
        const before = await alertConfiguration.read();
        const writers = Array.from({ length: 8 }, (_, writer) =>
          alertConfiguration.change(({ rules }) => {
            if (rules.some((rule) => rule.name === name)) throw new ExpectedError('RULE_EXISTS', name);
            return [ruleChange(name, `${writer}`)];
          }, `${writer}`),
        );
        const outcomes = await Promise.allSettled(writers);
        for (const one of outcomes) {
          if (one.status === 'rejected') assert.equal(one.reason.code, 'RULE_EXISTS');
        }
        assert.equal(outcomes.filter((one) => one.status === 'fulfilled').length, 1);
        assert.equal((await alertConfiguration.read()).version, before.version + 1);
      }
      await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          alertConfiguration.change(() => [ruleChange(`r${i}`, '')], 'ann'),
        ),
      );
      assert.equal((await alertConfiguration.read()).version, 10);
      assert.equal((await auditEntries(audit)).length, 10);
    }));
}
