// The Kafka bus keeps the contract on Kafka 4.1 (KRaft) and on three 3.9 brokers with ZooKeeper.
import { after, before, describe } from 'node:test';
import { skipReason } from '../servers/backends.ts';
import { type KafkaCluster, type KafkaOptions, startKafka } from '../servers/kafka.ts';
import { busContract } from './contract.ts';
import { busUnderTest, stopBuses } from './kafka-open.ts';

const CLUSTERS = [
  ['kafka', 'Kafka 4.1', { version: '4.1.1', brokers: 1 }],
  ['kafka-zookeeper', 'Kafka 3.9 with three brokers on ZooKeeper', { version: '3.9.1', brokers: 3 }],
] as const satisfies readonly (readonly [string, string, KafkaOptions])[];

for (const [server, name, options] of CLUSTERS) {
  describe(`the bus on ${name}`, { skip: skipReason(server) }, () => {
    let cluster: KafkaCluster;
    before(async () => {
      cluster = await startKafka(options);
    });
    after(async () => {
      await stopBuses();
      await cluster?.stop();
    });
    busContract(name, (partitions) => busUnderTest(cluster, partitions));
  });
}
