// Hosts go to the partition that Kafka's own clients would choose.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { murmur2, partitionOf } from '../../src/bus/partition.ts';

// Vectors of Kafka's own unit test of its murmur2 (signed 32-bit).
const KAFKA: readonly (readonly [string, number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
];

it('hashes as the hash of the Kafka clients does', () => {
  for (const [text, hash] of KAFKA) assert.equal(murmur2(Buffer.from(text)), hash, text);
});

it('hashes inputs of every length modulo four, and bytes above 127, without a sign slipping in', () => {
  const hashes = ['', 'a', 'ab', 'abc', 'abcd', 'é', '𠮷', '机房-网关'].map((text) =>
    murmur2(Buffer.from(text)),
  );
  assert.ok(hashes.every((hash) => Number.isInteger(hash) && hash === (hash | 0)));
  assert.equal(new Set(hashes).size, hashes.length);
});

it('puts ten known hosts where they always were', () => {
  const hosts = ['web-1', 'Web-1', 'wéb-1', 'ｱ', '𠮷', 'db-3', '机房-网关', 'app-725-17', 'a', 'node-000123'];
  assert.deepEqual(
    hosts.map((host) => partitionOf(host, 12)),
    [5, 5, 4, 10, 6, 7, 2, 10, 4, 7],
  );
});

it('knows one partition without hashing', () => assert.equal(partitionOf('anything', 1), 0));
