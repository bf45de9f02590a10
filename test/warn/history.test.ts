// The history of alerts: what happened and what came of telling it, stored with the states, found by globs and page by page.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { HistoryView } from '../../src/api/warn.ts';
import { createHistory } from '../../src/daemons/warn/history.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { owned } from '../report/ticks.ts';
import { until } from '../until.ts';
import { MINUTE, play, START, settle, setup, startWarn, webhook } from './alert-line.ts';
import { alertBackends } from './alert-parts.ts';

const line = ({ kind, subjects, count, message, reason, by, text, silence }: HistoryView): string =>
  [
    kind,
    subjects.map(({ rule, host }) => `${rule}/${host ?? '-'}`).join('+') || '-',
    ...(count === 1 ? [] : [count]),
    ...(message ? [`${message.receiver}:${message.reason}`] : []),
    ...(reason ? [reason] : []),
    ...(by ? [`by ${by}`] : []),
    ...(silence ? ['silence'] : []),
    ...(text ? [text] : []),
  ].join(' ');

test('case 21: what fires, is told, refused, silenced, acknowledged and ends is in the history, oldest last, over a restart', async () => {
  const at = await setup();
  const good = await webhook();
  const bad = createServer((_, response) => response.writeHead(404).end('no such hook'));
  await new Promise<void>((resolve) => bad.listen(0, '127.0.0.1', resolve));
  owned({ stop: () => new Promise((resolve) => bad.close(() => resolve(undefined))) });
  const badUrl = `http://127.0.0.1:${(bad.address() as AddressInfo).port}/hook`;
  const first = await startWarn(at);
  const { manage } = first;
  for (const [name, url, isDefault] of [
    ['ops', good.url, true],
    ['bad', badUrl, false],
  ] as const) {
    await manage.putReceiver({ name, kind: 'webhook', options: JSON.stringify({ url }), isDefault });
  }
  await manage.assignHosts({ new: true, assignments: [{ hostId: 'web-1', location: '725' }] });
  await manage.putRule({
    name: 'hot',
    expression: 'cpu.usage > 90',
    severity: 'critical',
    notify: ['ops', 'bad'],
  });
  const reach = (ms: number) => settle(at, () => at.clock.nowMs() >= START + ms, `${ms} ms`);
  await reach(3_000);
  assert.deepEqual((await first.warn.listHistory({})).entries, []);
  await first.warn.testReceiver('bad').catch(() => {});
  await play(at, first.warn, { from: 1, values: [95] });
  await settle(at, () => good.told.length === 1, 'the first message');
  await first.warn.acknowledge({ alert: 'hot', note: 'fan ordered', by: 'ann' });
  await reach(MINUTE + 5_000);
  const silence = await manage.putSilence({ matchers: ['host=web-1'], reason: 'swap', author: 'bob' });
  await reach(MINUTE + 10_000);
  await manage.expireSilence({ id: silence.id });
  await reach(MINUTE + 15_000);
  await first.warn.stop();
  await first.notifier.stop();
  await first.catalog.stop();

  const second = await startWarn(at);
  owned(second.warn);
  await reach(MINUTE + 20_000);
  await play(at, second.warn, { from: 2, values: [95] });
  await second.manage.removeRule({ name: 'hot' });
  await settle(at, () => good.told.at(-1)?.status === 'ended' || good.told.length === 3, 'the end');
  const all = async () => (await second.warn.listHistory({})).entries;
  await settle(at, () => at.clock.nowMs() >= START + 8 * MINUTE, 'all is stored');
  const lines = (await all()).map(line).reverse();
  const wanted = [
    'refused - 0 bad:test',
    'firing hot/web-1',
    'sent hot/web-1 ops:first',
    'refused hot/web-1 bad:first',
    'acknowledged hot/web-1 by ann fan ordered',
    'silenced hot/web-1 by bob silence swap',
    'unsilenced hot/web-1 silence',
    'ended hot/web-1 rule deleted',
    'sent hot/web-1 ops:ended',
  ];
  const missing = wanted.filter((one) => !lines.some((got) => got.startsWith(one)));
  assert.deepEqual(missing, [], lines.join('\n'));
  assert.ok(
    lines.some((one) => /^refused .*404/.test(one)),
    lines.join('\n'),
  );
  assert.ok(lines.indexOf('firing hot/web-1') < lines.findIndex((one) => one.startsWith('ended')));
  const ofTest = (await second.warn.listHistory({ rule: 'hot' })).entries;
  assert.equal(
    ofTest.some(({ message }) => message?.reason === 'test'),
    false,
  );
});

test('entries are found by globs; pages follow each other without a gap; what is not one of its cursors is refused', async () => {
  const clock = createVirtualClock(START);
  const { catalog } = await alertBackends(undefined, clock, clock);
  const history = createHistory({
    records: catalog.alertHistory,
    stateOf: () => undefined,
    silenced: () => [],
    clock,
    logger: silentLogger,
  });
  for (let i = 0; i < 5_000; i++) {
    history.note({
      atMs: START + i,
      kind: 'firing',
      location: i % 2 === 0 ? '725' : '726',
      subjects: [{ rule: i % 10 === 0 ? 'disk-full' : 'cpu', host: `web-${i % 7}` }],
      count: 1,
    });
  }
  await history.step(false);
  assert.deepEqual(history.take().entries, []);
  const pages: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await history.listHistory({
      ...{ rule: 'disk-*', host: 'web-[0-6]', location: '72?', limit: 200 },
      ...(cursor !== undefined && { cursor }),
    });
    pages.push(...page.entries.map(({ atMs }) => atMs - START));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  assert.deepEqual(
    pages,
    Array.from({ length: 500 }, (_, i) => 4_990 - i * 10),
  );
  const since = await history.listHistory({ sinceMs: START + 4_998, untilMs: START + 4_999 });
  assert.deepEqual(since.entries.length, 1);
  assert.equal((await history.listHistory({ host: 'web' })).entries.length, 0);
  await assert.rejects(history.listHistory({ cursor: 'x' }), { code: 'BAD_CURSOR' });
  await assert.rejects(history.listHistory({ limit: 0 }), { code: 'BAD_REQUEST' });
});

test('what cannot be stored waits, in order, and is bounded', async () => {
  const clock = createVirtualClock(START);
  let broken = true;
  const stored: number[] = [];
  const history = createHistory({
    records: {
      append: async (entries) => {
        if (broken) throw new Error('disk full');
        stored.push(...entries.map(({ atMs }) => atMs));
      },
      list: async () => [],
      prune: async () => {},
    },
    stateOf: () => undefined,
    silenced: () => [],
    clock,
    logger: silentLogger,
  });
  for (let i = 0; i < 20_001; i++) history.note({ atMs: i, kind: 'resolved', subjects: [], count: 0 });
  await history.step(false);
  broken = false;
  await history.step(false);
  assert.deepEqual([stored.length, stored[0], stored.at(-1)], [20_000, 1, 20_000]);
  await until('nothing waits', () => history.take().entries.length === 0);
});

test('once an hour what is too old leaves, by the time that this process knows: a clock that is set ahead makes nothing older', async () => {
  const clock = createVirtualClock(START);
  const pruned: number[] = [];
  const history = createHistory({
    records: {
      append: async () => {},
      list: async () => [],
      prune: async (ms) => void pruned.push(ms - START),
    },
    ...{ stateOf: () => undefined, silenced: () => [], clock, logger: silentLogger },
  });
  const hour = 3_600_000;
  await history.step(false);
  for (const afterMs of [0, 1, hour - 1, hour]) {
    await clock.advanceTo(START + afterMs);
    await history.step(true);
  }
  await clock.stepBy(40 * 24 * hour);
  await clock.advanceTo(clock.nowMs() + hour);
  await history.step(true);
  await clock.stepBy(-50 * 24 * hour);
  await clock.advanceTo(clock.nowMs() + hour);
  await history.step(true);
  assert.deepEqual(pruned, [0, hour, 2 * hour, 3 * hour - 10 * 24 * hour]);
});
