// Which hosts a rule covers: by globs of locations and hosts, whatever the other rules cover, and after each change of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRuleSet } from '../../../src/domain/alerting/rule-set.ts';
import { compileGlob } from '../../../src/domain/glob.ts';
import { at, play, rule, start, ticksOf, told } from './timeline.ts';

const HOSTS = ['web-1', 'web-17', 'db-1', 'Web-1'];
const LOCATIONS = ['725', '726', '机房-1'];
const hostGlobs = fc.subarray(['web-*', '*-1', 'db-1', '*']);
const locationGlobs = fc.subarray(['725', '7*', '机房*']);

test('a rule covers a host when one of its globs of each kind fits, or it has none', () => {
  const scope = fc.record({ hosts: hostGlobs, locations: locationGlobs });
  const fits = (globs: readonly string[], text: string) =>
    globs.length === 0 || globs.some((glob) => compileGlob(glob)(text));
  fc.assert(
    fc.property(fc.array(scope, { minLength: 1, maxLength: 6 }), (scopes) => {
      const set = createRuleSet(scopes.map((one, i) => rule('cpu > 90', { name: `r-${i}`, ...one })));
      for (const location of LOCATIONS) {
        for (const host of HOSTS) {
          const covered = set.scopesOf(host, location);
          for (const { scope, definition } of set.rules.values()) {
            const wanted = fits(definition.hosts, host) && fits(definition.locations, location);
            assert.equal(
              covered[scope] === 1,
              wanted,
              `${host} in ${location}: ${JSON.stringify(definition)}`,
            );
          }
        }
      }
    }),
  );
});

test('a rule that takes the place of another in the list does not take over its hosts', () => {
  const here = rule('cpu > 90', { name: 'here', hosts: ['web-*'] });
  const there = rule('cpu > 90', { name: 'there', hosts: ['db-*'] });
  const run = start([here, there]);
  play(run, ticksOf({ 'cpu.usage': '20' }));
  run.evaluator.setRules([there, here], at('10:00:30'));
  play(run, ticksOf({ 'cpu.usage': '95' }, { startMs: at('10:01') }));
  assert.deepEqual(told(run.changes), ['F 10:01']);
  assert.equal(run.changes.at(-1)!.alert.rule, 'here');
  run.evaluator.setRules([there], at('10:01:30'));
  assert.deepEqual(told(run.changes).slice(1), ['ended 10:01:30 rule deleted']);
});
