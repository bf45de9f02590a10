// Remote write over a real Kafka: two persists share the partitions, one goes, and each record is sent at least once.
import { after, before, describe, it } from 'node:test';
import type { Bus } from '../../src/bus/bus.ts';
import { REMOTE_WRITE_GROUP } from '../../src/daemons/persist/remote-write.ts';
import type { HttpResult } from '../../src/receivers/http-transport.ts';
import { freshTopic, openBus, stopBuses } from '../bus/kafka-open.ts';
import { skipReason } from '../servers/backends.ts';
import { type KafkaCluster, startKafka } from '../servers/kafka.ts';
import { until } from '../until.ts';
import { answer, recordOf, remoteWriteTo } from './remote-end.ts';

const PARTITIONS = 4;

describe('remote write over Kafka', { skip: skipReason('kafka') }, () => {
  let cluster: KafkaCluster;
  before(async () => {
    cluster = await startKafka({ version: '4.1.1', brokers: 1 });
  });
  after(async () => {
    await stopBuses();
    await cluster?.stop();
  });

  it('two persists share it, one goes while the other end is away, and nothing is missing', async () => {
    const topic = freshTopic();
    const open = () => openBus(cluster, { topic, partitions: PARTITIONS });
    const [first, second, publisher] = [await open(), await open(), await open()];
    const arrived = new Set<string>();
    let isAway = false;
    const answering = (samples: readonly string[]): HttpResult => {
      if (isAway) return answer(503);
      for (const text of samples) arrived.add(/host=(h-\d+)/.exec(text)![1]!);
      return answer(204);
    };
    const startOn = (bus: Bus) => remoteWriteTo([], { bus, answering });
    const [one, other] = [await startOn(first), await startOn(second)];

    let hosts = 0;
    const publish = async (count: number) => {
      const messages = Array.from({ length: count }, () => {
        const host = hosts++;
        return { partition: host % PARTITIONS, ...recordOf(`h-${host}`) };
      });
      await publisher.publish(messages);
    };
    /** Their clocks are virtual: what they wait for passes as it is looked at. */
    const turn = async () => {
      for (const { clock } of [one, other]) await clock.advanceTo(clock.nowMs() + 1_000);
    };
    const all = (what: string) =>
      until(
        what,
        async () => {
          await turn();
          return arrived.size === hosts;
        },
        { seen: () => `${arrived.size} of ${hosts}` },
      );
    await until('each reads some of the partitions', async () => {
      await publish(PARTITIONS);
      await turn();
      return one.tried.length > 0 && other.tried.length > 0;
    });
    await all('the first arrive');

    isAway = true;
    await publish(40);
    await until('both try', async () => {
      await turn();
      return one.writing.note() !== undefined && other.writing.note() !== undefined;
    });
    await one.writing.stop();
    await publish(40);
    isAway = false;
    await all('all arrive at last');
    await until('it is committed', async () => {
      await turn();
      return (await publisher.lag(REMOTE_WRITE_GROUP)).every(({ uncommitted }) => uncommitted === 0);
    });
    await other.writing.stop();
  });
});
