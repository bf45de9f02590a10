// The topic: how a record is written in it, how it is created if it is missing, and its shortcomings. Never changed.
import type { Admin, ITopicConfig, KafkaMessage, Message } from 'kafkajs';
import { BUS_SCHEMA, type BusMessage, type BusRecord } from '../bus.ts';
import type { KafkaOptions } from './options.ts';

export type PartitionState = {
  readonly partition: number;
  /** Node id, -1 without one. */
  readonly leader: number;
  readonly replicas: number;
  readonly inSync: number;
};

export type TopicState = {
  readonly partitions: readonly PartitionState[];
  readonly brokers: number;
  readonly minInSync: number;
  /** What makes it less safe than it could be. */
  readonly shortcomings: readonly string[];
};

const REPLICATION = 3;

/** Undefined when the topic does not exist. Rejects when the cluster cannot say. */
export async function describePartitions(
  admin: Admin,
  topic: string,
): Promise<readonly PartitionState[] | undefined> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]!.partitions
      .map(({ partitionId, leader, replicas, isr }) => ({
        partition: partitionId,
        leader,
        replicas: replicas.length,
        inSync: isr.length,
      }))
      .sort((a, b) => a.partition - b.partition);
  } catch (error) {
    if (isUnknownTopic(error)) return undefined;
    throw error;
  }
}

/** Creates the topic; another process may do so at the same time. */
export async function createTopic(admin: Admin, options: KafkaOptions): Promise<void> {
  const brokers = (await admin.describeCluster()).brokers.length;
  const config: ITopicConfig = {
    topic: options.topic,
    numPartitions: options.partitions,
    replicationFactor: Math.min(REPLICATION, brokers),
    configEntries: [
      { name: 'retention.ms', value: String(options.retention) },
      { name: 'cleanup.policy', value: 'delete' },
      { name: 'min.insync.replicas', value: String(brokers >= REPLICATION ? 2 : 1) },
      { name: 'unclean.leader.election.enable', value: 'false' },
    ],
  };
  await admin.createTopics({ topics: [config], waitForLeaders: true, timeout: 10_000 });
}

/** The topic with its settings and what is weak about them. */
export async function describeTopic(
  admin: Admin,
  at: { readonly options: KafkaOptions; readonly partitions: readonly PartitionState[] },
): Promise<TopicState> {
  const { options, partitions } = at;
  const brokers = (await admin.describeCluster()).brokers.length;
  const settings = await readSettings(admin, options.topic);
  const minInSync = Number(settings.get('min.insync.replicas') ?? 1);
  const retentionMs = Number(settings.get('retention.ms') ?? options.retention);
  const replicas = Math.min(...partitions.map((partition) => partition.replicas));
  const name = `topic ${options.topic}`;
  const shortcomings: string[] = [];
  if (brokers < REPLICATION)
    shortcomings.push(
      `the cluster has ${brokers} broker(s); with fewer than ${REPLICATION}, losing one can lose ticks`,
    );
  if (replicas < Math.min(REPLICATION, brokers))
    shortcomings.push(
      `${name} has ${replicas} of ${Math.min(REPLICATION, brokers)} possible replicas: a lost broker can take ticks with it`,
    );
  if (replicas >= REPLICATION && minInSync < 2)
    shortcomings.push(
      `${name} has min.insync.replicas ${minInSync} instead of 2: a tick may be confirmed that one broker alone has`,
    );
  if (minInSync >= replicas && replicas > 1)
    shortcomings.push(`${name} needs all its ${replicas} replicas in sync: the loss of one broker stops it`);
  if (retentionMs !== -1 && retentionMs < options.retention)
    shortcomings.push(
      `${name} keeps records ${retentionMs} ms instead of ${options.retention} ms: a longer outage of persist loses ticks`,
    );
  if (settings.get('cleanup.policy')?.includes('compact'))
    shortcomings.push(`${name} is compacted: set cleanup.policy to delete`);
  if (partitions.length !== options.partitions)
    shortcomings.push(
      `${name} has ${partitions.length} partitions, ${options.partitions} are configured; minimon does not change it`,
    );
  return { partitions, brokers, minInSync, shortcomings };
}

/** An account may be allowed to write and read a topic but not to see its settings: then they are unknown. */
async function readSettings(admin: Admin, topic: string): Promise<ReadonlyMap<string, string>> {
  try {
    const { ConfigResourceTypes } = (await import('kafkajs')).default;
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
    });
    return new Map(
      resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
  } catch (error) {
    if (typeOf(error)?.endsWith('AUTHORIZATION_FAILED')) return new Map();
    throw error;
  }
}

/** A bus message as a Kafka message: empty key, explicit partition, two headers. */
export const toKafka = ({ partition, bytes, receivedMs }: BusMessage): Message => ({
  key: null,
  partition,
  value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
  headers: { received_ms: String(receivedMs), schema: String(BUS_SCHEMA) },
});

/** How far report's clock in the header may be ahead of the time that Kafka has for the record. */
const MAX_AHEAD_MS = 3_600_000;

/**
 * A record that minimon did not write has no schema: 0, so that its reader dead-letters it. An absurd received_ms gives
 * way to Kafka's time: stored, it would have its host count as reporting indefinitely.
 */
export function fromKafka(partition: number, message: KafkaMessage): BusRecord {
  const schema = Number(String(message.headers?.['schema'] ?? ''));
  const receivedMs = Number(String(message.headers?.['received_ms'] ?? ''));
  const timestampMs = Number(message.timestamp);
  return {
    partition,
    offset: Number(message.offset),
    bytes: message.value ?? new Uint8Array(0),
    schema: Number.isInteger(schema) ? schema : 0,
    receivedMs: receivedMs > 0 && receivedMs <= timestampMs + MAX_AHEAD_MS ? receivedMs : timestampMs,
  };
}

const isUnknownTopic = (error: unknown): boolean => typeOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION';

/** The protocol's own name of an error, wherever the driver wrapped it. */
export function typeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const type = (at as { type?: string }).type;
    if (type !== undefined) return type;
  }
  return undefined;
}
