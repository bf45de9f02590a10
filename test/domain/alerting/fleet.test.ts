// A fleet that is silent as a whole: from how many hosts on, and what its end means for the hosts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, describe as line, play, type Run, rule, start, ticksOf } from './timeline.ts';

/** Ticks of these hosts from 10:00 to 10:04, and nothing to 10:12. */
function fallSilent(run: Run, hosts: Iterable<string>): void {
  const ticks = [...hosts].flatMap((host) => ticksOf({ 'cpu.usage': '10x5' }, { host }));
  play(
    run,
    ticks.sort((a, b) => a.receivedMs - b.receivedMs),
    at('10:12'),
  );
}
const said = ({ changes }: Run): string[] =>
  changes.filter(({ alert, kind }) => alert.rule === 'fleet-silent' && kind !== 'pending').map(line);

test('three hosts of two locations are a fleet; those of one location and two hosts are none', () => {
  for (const [hosts, isFleet] of [
    [{ 'web-1': 'a', 'web-2': 'a', 'web-3': 'b' }, true],
    [{ 'web-1': 'a', 'web-2': 'a', 'web-3': 'a' }, false],
    [{ 'web-1': 'a', 'web-2': 'b' }, false],
  ] as const) {
    const run = start([], hosts);
    fallSilent(run, Object.keys(hosts));
    assert.deepEqual(said(run), isFleet ? ['F 10:08:20 since 10:06:20 fleet'] : []);
  }
});

test('with the first host that is back nothing is inside of the fleet any more; it is over by the time of day', () => {
  const hosts = { 'web-1': 'a', 'web-2': 'a', 'web-3': 'b' };
  const run = start([rule('silent', { name: 's' })], hosts);
  fallSilent(run, Object.keys(hosts));
  const inside = () => run.evaluator.open().flatMap((alert) => (alert.rule === 's' ? [alert.inside] : []));
  assert.deepEqual(inside(), ['fleet-silent', 'fleet-silent', 'fleet-silent']);
  // The stream stood still for half an hour before.
  run.evaluator.tick(ticksOf({ 'cpu.usage': '10' }, { host: 'web-1', startMs: at('10:42') })[0]!);
  run.evaluator.advance(at('10:42'));
  assert.deepEqual(said(run).slice(1), ['R 10:42 fleet']);
  assert.deepEqual(inside(), [undefined, undefined]);
});
