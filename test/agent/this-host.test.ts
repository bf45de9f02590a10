// The real host that the tests run on, read the Linux way and the portable way.
import assert from 'node:assert/strict';
import { hostname, totalmem } from 'node:os';
import { test } from 'node:test';
import { createCollection, createOmissionLog } from '../../src/daemons/agent/collection.ts';
import { agentOptions } from '../../src/daemons/agent/options.ts';
import { openReaders } from '../../src/daemons/agent/platform.ts';
import { metricKind } from '../../src/domain/metric-kinds.ts';
import { seriesError, valueError } from '../../src/domain/tick.ts';
import type { Logger } from '../../src/runtime/logging.ts';

async function twoRounds(platform: NodeJS.Platform) {
  let nowMs = 0;
  const readers = await openReaders(agentOptions.parse({}), platform);
  const collection = createCollection({ readers, monotonicMs: () => nowMs, boundMs: 20_000 });
  try {
    const first = await collection.take();
    nowMs += 1_000;
    return { first, second: await collection.take() };
  } finally {
    collection.close();
  }
}

for (const platform of ['linux', 'freebsd'] as const) {
  // /proc is only there to be read on Linux; the portable way is tried everywhere.
  const runs = platform !== 'linux' || process.platform === 'linux';
  test(`this host (${hostname()}) has sensible CPU, memory and disk read the ${platform} way`, {
    skip: !runs && 'no /proc here',
  }, async () => {
    const { first, second } = await twoRounds(platform);
    assert.deepEqual(second.failed, []);
    const value = (metric: string) => second.samples.find((one) => one.metric === metric)?.value;
    for (const sample of [...first.samples, ...second.samples]) {
      assert.equal(seriesError(sample.metric, sample.labels) ?? valueError(sample.value), undefined);
      const kind = metricKind(sample.metric);
      assert.ok(kind, sample.metric);
      assert.ok(sample.value >= 0);
      if (kind.kind === 'ratio') assert.ok(sample.value <= 100, `${sample.metric} ${sample.value}`);
    }
    assert.ok(value('mem.available')! > 0 && value('mem.available')! <= totalmem());
    assert.ok(value('mem.usage')! > 0);
    assert.ok(second.samples.some((one) => one.metric === 'disk.usage'));
    assert.ok(value('uptime')! > 0);
    if (platform !== 'linux') assert.ok(second.omitted.some(({ why }) => /Linux only/.test(why)));
  });
}

test('what is not collected is logged once, in one line a reason, and again an hour after it came back', () => {
  const lines: string[] = [];
  const line =
    (level: string) => (fields: { what?: unknown; collector?: string; why?: string }, text: string) =>
      lines.push(`${level}: ${text}: ${[fields.what ?? fields.collector].flat().join(', ')}`);
  const logger = { info: line('info'), warn: line('warn') } as unknown as Logger;
  let nowMs = 0;
  const log = createOmissionLog(logger, () => nowMs);
  const omitted = [
    { what: 'mount /a', why: 'gone' },
    { what: 'mount /b', why: 'gone' },
  ];
  const failed = [{ what: 'load', why: 'torn', collector: 'load' }];
  for (let round = 0; round < 3; round++) log({ omitted, failed });
  assert.deepEqual(lines, [
    'info: not collected: mount /a, mount /b',
    'warn: a collector failed; the others continue: load',
  ]);
  log({ omitted: [], failed: [] });
  assert.equal(lines.length, 5);
  log({ omitted, failed });
  assert.equal(lines.length, 5);
  log({ omitted: [], failed: [] });
  nowMs += 3_600_000;
  log({ omitted: [], failed });
  assert.equal(lines.at(-1), 'warn: a collector failed; the others continue: load');
});
