// What every bus must do, run against each backend: durability, order, redelivery, offsets, gaps.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Bus, BusMessage, BusRecord, ConsumeOptions, LostRecords } from '../../src/bus/bus.ts';
import { until } from '../until.ts';

export type BusUnderTest = {
  readonly bus: Bus;
  /** Closes the bus and opens it again on the same data. */
  reopen(): Promise<Bus>;
  /** Lets everything of a partition before this offset be lost to retention. */
  loseBefore(partition: number, offset: number): Promise<void>;
  close(): Promise<void>;
};

export const message = (partition: number, text: string): BusMessage => ({
  partition,
  bytes: Buffer.from(text),
  receivedMs: 1_764_032_400_000,
});

/** A reader that keeps what it was given. */
export async function reader(bus: Bus, group: string, more: Partial<ConsumeOptions> = {}) {
  const records: BusRecord[] = [];
  const lost: LostRecords[] = [];
  const consumer = await bus.consume({
    group,
    from: 'earliest',
    async onBatch(batch) {
      records.push(...batch);
    },
    onLost: (gap) => lost.push(gap),
    ...more,
  });
  const texts = () => records.map(({ bytes }) => Buffer.from(bytes).toString());
  return { consumer, records, lost, texts };
}

export function busContract(name: string, open: (partitions: number) => Promise<BusUnderTest>): void {
  describe(`${name} keeps the bus contract`, () => {
    let test: BusUnderTest;
    let groups = 0;
    const group = () => `group-${++groups}`;
    before(async () => {
      test = await open(3);
    });
    after(() => test.close());

    it('delivers the records of a partition in the order they were published', async () => {
      const seen = await reader(test.bus, group(), { from: 'latest' });
      for (let i = 0; i < 50; i++) await test.bus.publish([message(i % 3, `a${i}`), message(i % 3, `b${i}`)]);
      await until('all records', () => seen.records.length === 100);
      for (const partition of [0, 1, 2]) {
        const part = seen.records.filter((record) => record.partition === partition);
        const expected = Array.from({ length: 50 }, (_, i) => i).filter((i) => i % 3 === partition);
        assert.deepEqual(
          part.map(({ bytes }) => Buffer.from(bytes).toString()),
          expected.flatMap((i) => [`a${i}`, `b${i}`]),
        );
        assert.ok(part.every((record, i) => i === 0 || record.offset > part[i - 1]!.offset));
      }
      await seen.consumer.stop();
    });

    it('keeps bytes, arrival time and schema as they were published', async () => {
      const seen = await reader(test.bus, group(), { from: 'latest' });
      const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 256);
      await test.bus.publish([{ partition: 1, bytes: bytes.subarray(3), receivedMs: 1_764_032_400_123 }]);
      await until('the record', () => seen.records.length === 1);
      const [record] = seen.records;
      assert.deepEqual(Buffer.from(record!.bytes), Buffer.from(bytes.subarray(3)));
      assert.equal(record!.receivedMs, 1_764_032_400_123);
      assert.equal(record!.schema, 1);
      await seen.consumer.stop();
    });

    it('delivers the same records again after they were not processed', async () => {
      const attempts: string[][] = [];
      const seen = await reader(test.bus, group(), {
        from: 'latest',
        async onBatch(batch) {
          attempts.push(batch.map(({ bytes }) => Buffer.from(bytes).toString()));
          if (attempts.length === 1) throw new Error('the store is down');
        },
      });
      await test.bus.publish([message(0, 'first'), message(0, 'second')]);
      await until('the second attempt', () => attempts.length === 2);
      assert.deepEqual(attempts, [
        ['first', 'second'],
        ['first', 'second'],
      ]);
      await seen.consumer.stop();
    });

    it('calls onBatch for one batch of a partition at a time', async () => {
      let running = 0;
      let most = 0;
      let count = 0;
      const seen = await reader(test.bus, group(), {
        from: 'latest',
        async onBatch(batch) {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setTimeout(resolve, 2));
          running--;
          count += batch.length;
        },
      });
      await Promise.all(Array.from({ length: 20 }, (_, i) => test.bus.publish([message(2, `${i}`)])));
      await until('all records', () => count === 20);
      assert.equal(most, 1);
      await seen.consumer.stop();
    });

    it('delivers at most maxBytes at once, and a larger record alone', async () => {
      const sizes: number[] = [];
      const seen = await reader(test.bus, group(), {
        from: 'latest',
        maxBytes: 1_000,
        async onBatch(batch) {
          sizes.push(batch.reduce((sum, record) => sum + record.bytes.length, 0));
        },
      });
      await test.bus.publish([400, 400, 400, 3_000, 10].map((size) => message(0, 'x'.repeat(size))));
      await until('all records', () => sizes.reduce((sum, size) => sum + size, 0) === 4_210);
      assert.ok(sizes.every((size) => size <= 1_000 || size === 3_000));
      await seen.consumer.stop();
    });

    it('lets two groups read everything on their own', async () => {
      const one = await reader(test.bus, group(), { from: 'latest' });
      const two = await reader(test.bus, group(), { from: 'latest' });
      await test.bus.publish([message(0, 'for both')]);
      await until('both', () => one.records.length === 1 && two.records.length === 1);
      await one.consumer.commit(new Map([[0, one.records[0]!.offset + 1]]));
      const lag = (await two.consumer.lag())[0]!;
      assert.ok(lag.committed <= two.records[0]!.offset);
      await one.consumer.stop();
      await two.consumer.stop();
    });

    it('begins at the latest record when a new group asks for it', async () => {
      await test.bus.publish([message(1, 'before')]);
      const seen = await reader(test.bus, group(), { from: 'latest' });
      await test.bus.publish([message(1, 'after')]);
      await until('the record', () => seen.records.length > 0);
      assert.deepEqual(seen.texts(), ['after']);
      await seen.consumer.stop();
    });

    it('tells unread from uncommitted', async () => {
      const name = group();
      const seen = await reader(test.bus, name, { from: 'latest' });
      await test.bus.publish([message(0, '1'), message(0, '2'), message(0, '3')]);
      await until('all records', () => seen.records.length === 3);
      const lagOf = async () => (await seen.consumer.lag()).find((lag) => lag.partition === 0)!;
      await until('nothing unread', async () => (await lagOf()).unread === 0);
      await seen.consumer.commit(new Map([[0, seen.records[0]!.offset + 1]]));
      assert.equal((await lagOf()).uncommitted, 2);
      const { unread, uncommitted } = (await test.bus.lag(name))[0]!;
      assert.deepEqual({ unread, uncommitted }, { unread: 0, uncommitted: 2 });
      await seen.consumer.commit(new Map([[0, seen.records[2]!.offset + 1]]));
      assert.equal((await lagOf()).uncommitted, 0);
      await seen.consumer.stop();
    });

    it('counts nothing from before its beginning for a group that began at the latest', async () => {
      await test.bus.publish([message(0, 'before')]);
      const seen = await reader(test.bus, group(), { from: 'latest' });
      assert.deepEqual(
        (await seen.consumer.lag()).map(({ unread, uncommitted }) => [unread, uncommitted]),
        [
          [0, 0],
          [0, 0],
          [0, 0],
        ],
      );
      await seen.consumer.stop();
    });

    it('never moves a committed offset back', async () => {
      const name = group();
      const seen = await reader(test.bus, name, { from: 'latest' });
      await test.bus.publish([message(0, '1'), message(0, '2')]);
      await until('both records', () => seen.records.length === 2);
      const next = seen.records[1]!.offset + 1;
      await seen.consumer.commit(new Map([[0, next]]));
      await seen.consumer.commit(new Map([[0, next - 1]]));
      await seen.consumer.stop();
      assert.equal((await test.bus.lag(name)).find((lag) => lag.partition === 0)!.committed, next);
    });

    it('goes on from the committed offset after a restart, whatever was read', async () => {
      const name = group();
      const seen = await reader(test.bus, name, { from: 'latest' });
      await test.bus.publish([message(0, 'stored'), message(0, 'not stored'), message(0, 'nor this')]);
      await until('all records', () => seen.records.length === 3);
      await seen.consumer.commit(new Map([[0, seen.records[0]!.offset + 1]]));
      const bus = await test.reopen();
      const again = await reader(bus, name, { from: 'latest' });
      await until('the rest', () => again.records.length === 2);
      assert.deepEqual(again.texts(), ['not stored', 'nor this']);
      assert.deepEqual(again.lost, []);
      await again.consumer.stop();
    });

    it('has everything that was acknowledged after a restart, for a group that never committed', async () => {
      const acknowledged = Array.from({ length: 40 }, (_, i) => `kept ${i}`);
      await Promise.all(acknowledged.map((text, i) => test.bus.publish([message(i % 3, text)])));
      const bus = await test.reopen();
      const seen = await reader(bus, group());
      await until('all of them', () => {
        const texts = new Set(seen.texts());
        return acknowledged.every((text) => texts.has(text));
      });
      await seen.consumer.stop();
    });

    it('goes on at the earliest record when the committed one is gone, and tells the loss once', async () => {
      const name = group();
      const seen = await reader(test.bus, name, { from: 'latest' });
      await test.bus.publish([message(0, '0'), message(1, 'other')]);
      await until('the first', () => seen.records.length === 2);
      const first = seen.records.find((record) => record.partition === 0)!;
      const other = seen.records.find((record) => record.partition === 1)!;
      await seen.consumer.commit(
        new Map([
          [0, first.offset + 1],
          [1, other.offset + 1],
        ]),
      );
      await seen.consumer.stop();
      await test.bus.publish([1, 2, 3, 4, 5].map((i) => message(0, `${i}`)));
      await test.loseBefore(0, first.offset + 4);
      let refusals = 1;
      const texts: string[] = [];
      const again = await reader(test.bus, name, {
        from: 'latest',
        async onBatch(batch) {
          // A loss stays told although what comes after it has to be given again.
          if (refusals-- > 0) throw new Error('the store is down');
          texts.push(...batch.map(({ bytes }) => Buffer.from(bytes).toString()));
        },
      });
      await until('what is left', () => texts.length === 2);
      assert.deepEqual(texts, ['4', '5']);
      assert.deepEqual(again.lost, [
        { partition: 0, from: first.offset + 1, to: first.offset + 4, records: 3 },
      ]);
      await again.consumer.stop();
    });

    it('lets any number of readers without a group read all partitions, each from its own offsets', async () => {
      const read = async (offsets: ReadonlyMap<number, number>) => {
        const texts: string[] = [];
        const lost: LostRecords[] = [];
        const reading = await test.bus.read({
          name: 'alone',
          offsets,
          onBatch: async (batch) =>
            void texts.push(...batch.map(({ bytes }) => Buffer.from(bytes).toString())),
          onLost: (gap) => lost.push(gap),
        });
        return { reading, texts, lost };
      };
      const endsNow = async () =>
        new Map((await test.bus.lag('none')).map((lag) => [lag.partition, lag.end]));
      const ends = await endsNow();
      await test.bus.publish([message(0, 'p0'), message(1, 'p1'), message(2, 'p2'), message(2, 'q2')]);
      const first = await read(ends);
      const second = await read(new Map([...(await endsNow())].map(([p, end]) => [p, end - 1])));
      await until('what was there', () => first.texts.length === 4 && second.texts.length === 3);
      assert.deepEqual([...first.texts].sort(), ['p0', 'p1', 'p2', 'q2']);
      assert.deepEqual([...second.texts].sort(), ['p0', 'p1', 'q2']);
      await test.bus.publish([message(1, 'later')]);
      await until('what came later', () => first.texts.includes('later') && second.texts.includes('later'));
      await until('nothing unread', async () =>
        (await first.reading.lag()).every(({ unread, position, end }) => unread === 0 && position === end),
      );
      await first.reading.stop();
      await test.bus.publish([message(0, 'last')]);
      await until('the one that still reads', () => second.texts.includes('last'));
      await second.reading.stop();
      const end = (await endsNow()).get(0)!;
      await test.loseBefore(0, end - 1);
      const late = await read(new Map([...(await endsNow())].map(([p, at]) => [p, p === 0 ? at - 2 : at])));
      await until('what is left', () => late.texts.length === 1);
      assert.deepEqual(late.texts, ['last']);
      assert.deepEqual(late.lost, [{ partition: 0, from: end - 2, to: end - 1, records: 1 }]);
      await late.reading.stop();
      const all = await read(new Map([[1, (await endsNow()).get(1)!]]));
      await until('the earliest of a partition without an offset', () => all.texts.includes('last'));
      assert.ok(!all.texts.includes('later'));
      await all.reading.stop();
    });

    it('aborts the running batch and commits nothing when a consumer stops', async () => {
      const name = group();
      let aborted = false;
      const seen = await reader(test.bus, name, {
        from: 'latest',
        onBatch: (_batch, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              aborted = true;
              reject(signal.reason);
            });
          }),
      });
      const before = (await seen.consumer.lag())[0]!.committed;
      await test.bus.publish([message(0, 'half done')]);
      await until('the batch', async () => (await seen.consumer.lag())[0]!.unread > 0);
      await seen.consumer.stop();
      await seen.consumer.stop();
      assert.ok(aborted || (await test.bus.lag(name))[0]!.committed === before);
      assert.equal((await test.bus.lag(name))[0]!.committed, before);
    });

    it('refuses to publish after it was stopped', async () => {
      const other = await open(1);
      await other.bus.stop();
      await other.bus.stop();
      await assert.rejects(other.bus.publish([message(0, 'late')]), { kind: 'unavailable' });
      assert.ok(other.bus.unhealthy());
      await other.close();
    });
  });
}
