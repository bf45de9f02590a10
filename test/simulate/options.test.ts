// What a simulation may be asked for, and what it is told when that makes no sense.
import assert from 'node:assert/strict';
import test from 'node:test';
import { simulateOptions } from '../../src/daemons/simulate/options.ts';

test('without anything said it is 50 hosts in 5 locations, a week of history, a tick a minute, seed 1, all faults', () => {
  assert.deepEqual(simulateOptions.parse({}), {
    hosts: 50,
    locations: 5,
    since: 7 * 86_400_000,
    interval: 60_000,
    seed: 1,
    batch: 1,
    fault: ['leak', 'burst', 'reboot', 'silent', 'dark'],
    agentVersion: 'simulated',
  });
});

test('durations and numbers may be words of a command line', () => {
  const options = simulateOptions.parse({ hosts: '500', since: '1h30m', interval: '10s', seed: '7' });
  assert.deepEqual(
    [options.hosts, options.since, options.interval, options.seed],
    [500, 5_400_000, 10_000, 7],
  );
});

test('faults are chosen by name, and none is a healthy fleet', () => {
  assert.deepEqual(simulateOptions.parse({ fault: ['dark', 'leak'] }).fault, ['leak', 'dark']);
  assert.deepEqual(simulateOptions.parse({ fault: ['none'] }).fault, []);
});

test('what makes no sense is refused by name', () => {
  for (const [given, path, says] of [
    [{ since: '5x' }, 'since', /not a duration/],
    [{ interval: '500ms' }, 'interval', /1s to 24h/],
    [{ hosts: 0 }, 'hosts', />=1/],
    [{ hosts: 3, locations: 4 }, 'locations', /more locations than hosts/],
    [{ seed: -1 }, 'seed', />=0/],
    [{ batch: 201 }, 'batch', /<=200/],
    [{ fault: ['flood'] }, 'fault.0', /leak/],
    [{ host: 5 }, '', /host/],
  ] as const) {
    const { error } = simulateOptions.safeParse(given);
    const issue = error?.issues[0];
    assert.equal(issue?.path.join('.'), path);
    assert.match(issue?.message ?? '', says);
  }
});
