// A host of which every tick was refused: listed while it tries, with the reason and without times that it never had.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostOf } from '../../src/daemons/manage/host-view.ts';
import type { ReportingView } from '../../src/daemons/manage/reporting-hosts.ts';
import { newerRefusal, newHostRecord, storedHost } from '../../src/store/host-record.ts';

const NOW = 1_764_032_400_000;
const REASON = 'host is over the limit of 50 hosts (report.max_hosts)';

function shown(more: { lastReceivedMs?: number; receivedMs: number; reason?: string }) {
  const { lastReceivedMs = 0, receivedMs, reason = REASON } = more;
  const record = newHostRecord();
  Object.assign(record, {
    ...{ firstSeenMs: lastReceivedMs, lastSeenMs: lastReceivedMs, lastReceivedMs },
    intervalMs: lastReceivedMs === 0 ? 0 : 60_000,
    refusal: newerRefusal(undefined, { reason, samples: 1 }, receivedMs),
  });
  const view: ReportingView = {
    hosts: new Map([['made-up', storedHost('made-up', record, NOW)]]),
    ids: ['made-up'],
    byMachine: new Map(),
    watermarks: [],
    streamMs: NOW,
    known: true,
  };
  return hostOf({ hostId: 'made-up', entry: undefined }, { view, nowMs: NOW });
}

test('it has no times, is refused with the reason, and never was seen once it gave up', () => {
  const host = shown({ receivedMs: NOW - 100_000 });
  assert.deepEqual(
    [host.state, host.note, host.firstSeenMs, host.lastSeenMs],
    ['refused', REASON, undefined, undefined],
  );
  assert.equal(shown({ receivedMs: NOW - 200_000 }).state, 'never');
});

test('of a tick that is partly over a limit the host is refused; of one with a bad value it is noted', () => {
  const both = { lastReceivedMs: NOW - 1_000, receivedMs: NOW - 1_000 };
  assert.equal(shown(both).state, 'refused');
  const host = shown({ ...both, reason: 'cpu.usage: value is NaN; samples are finite numbers' });
  assert.equal(host.state, 'reporting');
  assert.match(host.note ?? '', /its samples were rejected: cpu\.usage: value is NaN/);
});
