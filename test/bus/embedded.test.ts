// The embedded bus: the contract, and what only it has (one file, a size limit, damage, kill -9).
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Bus } from '../../src/bus/bus.ts';
import { createEmbeddedBus, type EmbeddedBusOptions } from '../../src/bus/embedded/bus.ts';
import { type Clock, createVirtualClock, systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { until } from '../until.ts';
import { busContract, message, reader } from './contract.ts';

const root = mkdtempSync(join(tmpdir(), 'minimon-bus-'));
const opened: Bus[] = [];
after(async () => {
  await Promise.all(opened.map((bus) => bus.stop()));
  rmSync(root, { recursive: true, force: true });
});
const freshDirectory = () => mkdtempSync(join(root, 'bus-'));

// Backoffs of a failed batch pass at once: time runs as fast as somebody waits for it.
const eagerClock: Clock = {
  ...systemClock,
  sleep: () => new Promise((resolve) => setImmediate(resolve)),
};

async function open(directory: string, more: Partial<EmbeddedBusOptions> = {}) {
  const bus = await createEmbeddedBus({ directory, clock: eagerClock, logger: silentLogger, ...more });
  opened.push(bus);
  return bus;
}

busContract('the embedded bus', async (partitions) => {
  const directory = freshDirectory();
  const test = {
    bus: await open(directory, { partitions }),
    async reopen() {
      await test.bus.stop();
      test.bus = await open(directory, { partitions });
      return test.bus;
    },
    async loseBefore(partition: number, offset: number) {
      // What persist has committed is trimmed, whether or not others have read it.
      const persist = await reader(test.bus, 'minimon.persist', { holds: true });
      const ends = (await persist.consumer.lag()).map(({ partition: p, end }) => [p, end] as const);
      await persist.consumer.commit(new Map([...ends.filter(([p]) => p !== partition), [partition, offset]]));
      await persist.consumer.stop();
      // Memory still has what the disk has not: a reader that is that close behind loses nothing.
      await test.reopen();
      await until('the trim', async () => {
        const probe = await reader(test.bus, `probe-${Math.random()}`);
        await until('a record', () => probe.records.some((record) => record.partition === partition));
        const first = probe.records.find((record) => record.partition === partition)!;
        await probe.consumer.stop();
        return first.offset >= offset;
      });
    },
    close: () => test.bus.stop(),
  };
  return test;
});

describe('the embedded bus on its disk', () => {
  it('keeps what a holding group has not committed, and frees the space of what it has', async () => {
    const directory = freshDirectory();
    const bus = await open(directory, { maxBytes: 400_000 });
    const persist = await reader(bus, 'minimon.persist', { holds: true });
    const big = 'x'.repeat(50_000);
    const published: number[] = [];
    await assert.rejects(
      async () => {
        for (let i = 0; i < 20; i++) {
          await bus.publish([message(0, big)]);
          published.push(i);
        }
      },
      { code: 'BUS_FULL', kind: 'unavailable' },
    );
    assert.ok(published.length >= 5 && published.length <= 8, `${published.length} fitted`);
    assert.match(bus.unhealthy() ?? '', /limit/);
    await until('all read', () => persist.records.length === published.length);
    await persist.consumer.commit(new Map([[0, persist.records.at(-1)!.offset + 1]]));
    await until('room again', () => bus.unhealthy() === undefined);
    await bus.publish([message(0, big)]);
    await bus.stop();
  });

  it('answers BUS_FULL while the disk has too little room', async () => {
    const bus = await open(freshDirectory(), { minFreeShare: 1 });
    await assert.rejects(bus.publish([message(0, 'x')]), { code: 'BUS_FULL' });
    assert.match(bus.unhealthy() ?? '', /free/);
    await bus.stop();
  });

  it('keeps everything while no holding group ever came', async () => {
    const directory = freshDirectory();
    let bus = await open(directory);
    await bus.publish([message(0, 'early')]);
    const warn = await reader(bus, 'minimon.warn');
    await until('read', () => warn.records.length === 1);
    await warn.consumer.commit(new Map([[0, warn.records[0]!.offset + 1]]));
    await bus.stop();
    bus = await open(directory);
    const persist = await reader(bus, 'minimon.persist', { holds: true });
    await until('read', () => persist.records.length === 1);
    assert.deepEqual(persist.texts(), ['early']);
    await bus.stop();
  });

  it('reads back from the disk what is no longer in memory, in order', async () => {
    const bus = await open(freshDirectory(), { cacheBytes: 2_000 });
    for (let i = 0; i < 100; i++) await bus.publish([message(0, `${i}`.padEnd(200))]);
    const seen = await reader(bus, 'late', { maxBytes: 3_000 });
    await until('all', () => seen.records.length === 100);
    assert.deepEqual(
      seen.texts().map(Number),
      Array.from({ length: 100 }, (_, i) => i),
    );
    await bus.stop();
  });

  it('never assigns an offset twice, even after everything was trimmed and it was opened again', async () => {
    const directory = freshDirectory();
    let bus = await open(directory);
    let persist = await reader(bus, 'minimon.persist', { holds: true });
    await bus.publish([message(0, 'a'), message(0, 'b')]);
    await until('both', () => persist.records.length === 2);
    const next = persist.records[1]!.offset + 1;
    await persist.consumer.commit(new Map([[0, next]]));
    await bus.stop();
    bus = await open(directory);
    persist = await reader(bus, 'minimon.persist', { holds: true });
    await bus.publish([message(0, 'c')]);
    await until('the new one', () => persist.records.length === 1);
    assert.ok(persist.records[0]!.offset >= next);
    await bus.stop();
  });

  it('refuses a directory that another bus has, and another number of partitions', async () => {
    const directory = freshDirectory();
    const bus = await open(directory, { partitions: 2 });
    await assert.rejects(open(directory, { partitions: 2 }), {
      code: 'DATA_IN_USE',
      message: new RegExp(`pid ${process.pid}`),
    });
    await bus.stop();
    await assert.rejects(open(directory, { partitions: 3 }), { code: 'BAD_CONFIG' });
  });

  it('writes what was published before a stop, and refuses what comes after', async () => {
    const directory = freshDirectory();
    const bus = await open(directory);
    const published = bus.publish([message(0, 'last')]);
    const stopped = bus.stop();
    await assert.rejects(bus.publish([message(0, 'late')]), { kind: 'unavailable', message: /is stopping/ });
    await Promise.all([published, stopped]);
    const again = await open(directory);
    const seen = await reader(again, 'minimon.persist', { holds: true });
    await until('the record', () => seen.records.length === 1);
    assert.deepEqual(seen.texts(), ['last']);
    await again.stop();
  });

  it('names a directory that cannot be made', async () => {
    const file = join(freshDirectory(), 'file');
    writeFileSync(file, '');
    await assert.rejects(open(join(file, 'bus')), { code: 'DIR_NOT_WRITABLE' });
  });

  for (const [damage, harm] of [
    ['is garbage', (path: string) => writeFileSync(path, 'this is no database'.repeat(500))],
    [
      'was cut short',
      (path: string) => truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096),
    ],
    ['is gone', (path: string) => rmSync(path)],
  ] as const) {
    it(`goes on with what can be read when the log ${damage}, and says what was lost`, async () => {
      const directory = freshDirectory();
      let bus = await open(directory);
      const before = await reader(bus, 'minimon.persist', { holds: true });
      for (let i = 0; i < 30; i++) await bus.publish([message(0, `${i}`.padEnd(2_000))]);
      await until('all', () => before.records.length === 30);
      await before.consumer.commit(new Map([[0, before.records[9]!.offset + 1]]));
      await bus.stop();
      harm(join(directory, 'bus.sqlite'));
      bus = await open(directory);
      const seen = await reader(bus, 'minimon.persist', { holds: true });
      await bus.publish([message(0, 'after')]);
      await until('the new record', () => seen.texts().at(-1) === 'after');
      const readBack = seen.records.length - 1;
      assert.ok(damage === 'was cut short' ? readBack > 0 && readBack < 20 : readBack === 0);
      assert.ok(seen.records.at(-1)!.offset > before.records[29]!.offset);
      assert.equal(
        seen.lost.reduce((sum, gap) => sum + gap.records, 0),
        20 - readBack,
      );
      await bus.stop();
      const aside = readdirSync(directory).some((name) => name.includes('.damaged-'));
      assert.equal(aside, damage !== 'is gone');
    });
  }

  it('begins a new log when damage shows up while reading, and goes on', async () => {
    const directory = freshDirectory();
    let bus = await open(directory);
    const before = await reader(bus, 'minimon.persist', { holds: true });
    // Larger than what is checked when it is opened, so that only reading can find the damage.
    for (let i = 0; i < 70; i++) await bus.publish([message(0, `${i}`.padEnd(1_000_000))]);
    await until('all', () => before.records.length === 70);
    await bus.stop();
    const path = join(directory, 'bus.sqlite');
    const file = openSync(path, 'r+');
    // Only the middle of the file: the first and the last record, which are all that opening looks at, stay whole.
    const pages = statSync(path).size / 4096;
    for (let page = Math.floor(pages / 3); page < (pages * 2) / 3; page++) {
      writeSync(file, Buffer.alloc(8, 0xff), 0, 8, page * 4096);
    }
    closeSync(file);
    bus = await open(directory);
    const seen = await reader(bus, 'minimon.persist', { holds: true });
    await until('the loss', () => seen.lost.length > 0);
    await bus.publish([message(0, 'after')]);
    await until('the new record', () => seen.texts().includes('after'));
    assert.ok(readdirSync(directory).some((name) => name.includes('.damaged-')));
    await bus.stop();
  });

  it('starts with damaged offsets: readers begin again, nothing is lost', async () => {
    const directory = freshDirectory();
    let bus = await open(directory);
    await bus.publish([message(0, 'kept')]);
    await bus.stop();
    writeFileSync(join(directory, 'bus-offsets.sqlite'), 'rubbish'.repeat(1_000));
    bus = await open(directory);
    const seen = await reader(bus, 'minimon.persist', { holds: true });
    await until('the record', () => seen.records.length === 1);
    await bus.stop();
  });

  it('holds a failed batch back for 1 s, then longer, up to 30 s', async () => {
    const clock = createVirtualClock(0);
    const bus = await open(freshDirectory(), { clock });
    let attempts = 0;
    await reader(bus, 'failing', {
      async onBatch() {
        attempts++;
        throw new Error('the store is down');
      },
    });
    await bus.publish([message(0, 'x')]);
    await until('the first attempt', () => attempts === 1 && clock.sleepers() === 1);
    await clock.advanceTo(999);
    assert.equal(attempts, 1);
    await clock.advanceTo(2_000);
    await until('the second attempt', () => attempts === 2 && clock.sleepers() === 1);
    for (let seconds = 2; seconds < 600; seconds++) await clock.advanceTo(seconds * 1_000);
    assert.ok(attempts > 20 && attempts < 60, `${attempts} attempts in 10 min`);
    await bus.stop();
  });
});

describe('the embedded bus without its thread', () => {
  it('says so to publishers, readers and readiness, and has what was acknowledged when started again', async () => {
    const directory = freshDirectory();
    const workerUrl = new URL('./dying-worker.ts', import.meta.url);
    const bus = await open(directory, { workerUrl });
    const deaths: Error[] = [];
    await reader(bus, 'minimon.warn', { onDead: (error) => deaths.push(error) });
    const acknowledged: string[] = [];
    await assert.rejects(
      async () => {
        for (let i = 0; ; i++) {
          await bus.publish([message(0, `${i}`)]);
          acknowledged.push(`${i}`);
        }
      },
      { kind: 'unavailable' },
    );
    await until('the reader is told', () => deaths.length === 1);
    assert.match(bus.unhealthy() ?? '', /thread of the bus stopped/);
    await assert.rejects(bus.publish([message(0, 'late')]), { kind: 'unavailable' });
    await bus.stop();
    const again = await open(directory);
    const seen = await reader(again, 'minimon.persist', { holds: true });
    await until('all', () => seen.records.length >= acknowledged.length);
    assert.deepEqual(seen.texts().slice(0, acknowledged.length), acknowledged);
    await again.stop();
  });

  it('names a partition that it does not have', async () => {
    const bus = await open(freshDirectory());
    await assert.rejects(bus.publish([message(1, 'x')]), /no partition 1/);
    await bus.stop();
  });
});

describe('the embedded bus under kill -9', () => {
  it('has everything that was acknowledged', { timeout: 120_000 }, async () => {
    const directory = freshDirectory();
    const acknowledged = new Set<string>();
    for (let round = 0; round < 5; round++) {
      const child = fork(join(import.meta.dirname, 'publisher.ts'), [directory, `${round}`], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      const before = acknowledged.size;
      child.on('message', (text) => acknowledged.add(String(text)));
      await until('some acknowledgements', () => acknowledged.size > before + 100 + 57 * round);
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
    }
    const bus = await open(directory);
    const seen = await reader(bus, 'minimon.persist', { holds: true });
    const { end } = (await seen.consumer.lag())[0]!;
    await until('all', async () => (await seen.consumer.lag())[0]!.position === end);
    const texts = seen.texts();
    const there = new Set(texts);
    assert.deepEqual(
      [...acknowledged].filter((text) => !there.has(text)),
      [],
    );
    assert.equal(there.size, texts.length, 'nothing is there twice');
    assert.equal(existsSync(join(directory, 'bus.sqlite')), true);
    await bus.stop();
  });
});
