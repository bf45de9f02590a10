// hosts.sqlite: what outlives a restart, what is forgotten when, and how far the stream is known to be read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directoryId } from '../../src/runtime/directory-id.ts';
import { openHosts } from '../../src/store/embedded/hosts.ts';
import { temporaryFolder } from './opened.ts';

const NOW = Date.parse('2026-03-18T15:20:00Z');
const MINUTE = 60_000;

const open = (directory: string) =>
  openHosts({ directory, owner: directoryId(directory, assert.fail), onDamaged: assert.fail });
const ids = (hosts: ReturnType<typeof openHosts>) =>
  hosts.list({ sinceMs: 0, nowMs: NOW }).map(({ hostId }) => hostId);
const refused = (hostId: string) => ({
  ...{ hostId, timeMs: 0, metric: 'a', labels: {}, samples: 1, reason: 'r' },
});

test('a host is forgotten once neither a tick nor a refusal is as new, and comes back with its next one', async () => {
  const directory = await temporaryFolder();
  const hosts = open(directory);
  hosts.addSeen('old', { firstMs: NOW - 2, lastMs: NOW - 1 });
  hosts.addSeen('new', { firstMs: NOW - 2, lastMs: NOW });
  hosts.addRefusals([refused('refused')], NOW);
  hosts.addRefusals([refused('refused before')], NOW - 1);
  hosts.flush(new Map());
  hosts.deleteBefore(NOW);
  assert.deepEqual(ids(hosts), ['new', 'refused']);
  hosts.addSeen('old', { firstMs: NOW, lastMs: NOW });
  hosts.flush(new Map());
  hosts.close();
  const again = open(directory);
  assert.deepEqual(ids(again), ['new', 'old', 'refused']);
  again.close();
});

test('how far the stream is durable never moves back, not over a restart either', async () => {
  const directory = await temporaryFolder();
  let hosts = open(directory);
  const read = (next: number, durable: number) => {
    hosts.setWatermark({ partition: 0, receivedMs: NOW + next, next });
    hosts.flush(new Map([[0, durable]]));
    return hosts.consumed().get(0);
  };
  assert.deepEqual(read(20, 10), { next: 20, durable: 10 });
  hosts.close();
  hosts = open(directory);
  // What a replay says of itself.
  assert.deepEqual(read(21, 5), { next: 21, durable: 10 });
  assert.deepEqual(read(22, 11), { next: 22, durable: 11 });
  hosts.close();
  hosts = open(directory);
  assert.deepEqual(hosts.consumed().get(0), { next: 22, durable: 11 });
  hosts.close();
});

test("a watermark follows report's clock back by more than five minutes, of new records alone", async () => {
  const hosts = open(await temporaryFolder());
  const mark = (next: number, receivedMs: number) => {
    hosts.setWatermark({ partition: 0, receivedMs, next });
    return hosts.watermarks()[0]!.receivedMs - NOW;
  };
  assert.equal(mark(1, NOW), 0);
  assert.equal(mark(2, NOW - 5 * MINUTE), 0);
  assert.equal(mark(1, NOW - 60 * MINUTE), 0, 'it was read before');
  assert.equal(mark(3, NOW - 5 * MINUTE - 1), -5 * MINUTE - 1);
  assert.equal(mark(3, NOW), 0);
  hosts.close();
});
