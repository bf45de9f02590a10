// Failed units of systemd: as systemctl lists them, once a minute, without it, and when it does not answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFailedUnitsCollector } from '../../src/daemons/agent/collectors/failed-units.ts';
import type { CommandResult } from '../../src/daemons/agent/run-command.ts';

const result = (stdout: string, more: Partial<CommandResult> = {}): CommandResult => ({
  ...{ exitCode: 0, stdout, cut: false },
  ...more,
});

function createReading(...answers: (CommandResult | Promise<CommandResult>)[]) {
  let calls = 0;
  const collector = createFailedUnitsCollector({
    list: async () => answers[Math.min(calls++, answers.length - 1)]!,
  });
  return {
    calls: () => calls,
    async take(atMs: number) {
      const seen: string[] = [];
      await collector.collect({
        number: 1,
        atMs,
        add: (metric: string, value: number, labels = {}) =>
          void seen.push([metric, ...Object.values(labels), value].join(' ')),
        omit: (what: string, why: string) => void seen.push(`${what}: ${why}`),
      } as never);
      return seen;
    },
  };
}

test('a count, and one series for each failed unit; older systemds draw a dot', async () => {
  const { take } = createReading(
    result(
      'nginx.service loaded failed failed A web server\n● run-docker-netns.mount loaded failed failed /run/x\n',
    ),
  );
  assert.deepEqual(await take(0), [
    'units.failed 2',
    'unit.failed nginx.service 1',
    'unit.failed run-docker-netns.mount 1',
  ]);
});

test('none failed is 0; asked for once a minute, told with every tick', async () => {
  const { take, calls } = createReading(result(''));
  for (let second = 0; second <= 119; second++)
    assert.deepEqual(await take(second * 1_000), ['units.failed 0']);
  assert.equal(calls(), 2);
});

test('a failure is said in its own words; one that hangs is told until it is old', async () => {
  const bus = createReading(result('', { exitCode: 1 }));
  assert.deepEqual(await bus.take(0), ['units.failed: systemctl: exit code 1']);
  const { exitCode: _, ...killed } = result('', { why: 'it was killed after 5 s' });
  assert.deepEqual(await createReading(killed).take(0), ['units.failed: systemctl: it was killed after 5 s']);
  const hangs = createReading(result(''), new Promise<CommandResult>(() => {}));
  await hangs.take(0);
  assert.deepEqual(await hangs.take(60_000), ['units.failed 0']);
  assert.deepEqual(await hangs.take(200_000), ['units.failed: systemctl timed out']);
  assert.equal(hangs.calls(), 2);
});

test('a hundred failed units are counted and twenty of them named', async () => {
  const lines = Array.from({ length: 100 }, (_, i) => `u${i}.service loaded failed failed x`);
  const { take } = createReading(result(`${lines.join('\n')}\n`));
  const seen = await take(0);
  assert.equal(seen[0], 'units.failed 100');
  assert.equal(seen.length, 22);
  assert.equal(seen.at(-1), 'unit.failed: only 20 failed units are named');
});
